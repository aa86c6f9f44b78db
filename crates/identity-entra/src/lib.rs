//! The pipes: HTTP, authorities, OAuth requests, the token cache, retries and child processes.
