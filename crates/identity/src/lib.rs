//! Every credential of azure.identity for Rust.
