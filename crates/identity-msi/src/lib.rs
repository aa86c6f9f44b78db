//! Credentials of a machine: managed identity on every Azure host.
