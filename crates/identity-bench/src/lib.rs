//! Measurements of the hot path beside the official `azure_identity` crate, both in one process and one run, over the same token endpoint:
//! a value in memory. `cargo xtask bench` runs them and prints one table; `docs/performance.md` says what came out.
//!
//! - [`endpoint`]: the token endpoint, which both crates take as their transport.
//! - [`subject`]: a credential of either crate, called through its trait object as a client would.
//! - [`rounds`]: the least of many rounds, in which the things that are compared take turns.
//! - [`rows`]: what is measured, a file for each group of the table's lines.
//! - [`table`]: a line of the table, with its target.
//!
//! The program `compare` measures times, `allocations` counts, and `calls` is what the instruction count of `cargo xtask check` runs.

#![allow(clippy::disallowed_methods, reason = "a measurement asks the system for the time")]

#[cfg(feature = "compare")]
pub mod clock;
#[cfg(feature = "endpoint")]
pub mod endpoint;
#[cfg(feature = "compare")]
pub mod rounds;
#[cfg(feature = "compare")]
pub mod rows;
#[cfg(feature = "compare")]
pub mod subject;
#[cfg(feature = "compare")]
pub mod table;

#[cfg(feature = "endpoint")]
pub use endpoint::{CLIENT, SCOPE, TENANT};
