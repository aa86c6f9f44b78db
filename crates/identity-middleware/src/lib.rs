//! Adapter: tokens added to the requests of an HTTP client.
