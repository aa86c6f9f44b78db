//! Drives the built command the way scripts do.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

#[cfg(unix)]
mod browser;
mod certificates;
mod chained;
mod default;
mod diagnose;
mod emulator;
mod environment;
mod errors;
mod helpers;
mod inspect;
mod machines;
mod manual;
mod outputs;
mod people;
mod processes;
#[cfg(unix)]
mod real_az;
mod secrets;
mod settings;
mod support;
#[cfg(unix)]
mod tools;
