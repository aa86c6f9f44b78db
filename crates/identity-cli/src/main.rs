//! azid: tokens for Azure from a terminal.
//!
//! Everything it does, the library does: an option here is an option there. `docs/azid.md` is its contract.

mod acquire;
mod args;
mod cli;
mod commands;
mod credentials;
mod emulated;
mod failure;
mod limits;
mod log;
mod output;
mod report;
mod runtime;
mod secrets;
mod temporary;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run(std::env::args_os().collect(), identity::Env::process())
}
