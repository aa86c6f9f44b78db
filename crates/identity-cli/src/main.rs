//! azid: tokens for Azure from a terminal.
//!
//! Everything it does, the library does: an option here is an option there. `docs/azid.md` is its contract.

#![allow(rustdoc::broken_intra_doc_links, reason = "help texts name variables in brackets, as help texts do")]

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
