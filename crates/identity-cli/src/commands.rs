//! What `azid` does: one file for each command.

pub(crate) mod completions;
pub(crate) mod credential_helper;
pub(crate) mod diagnose;
pub(crate) mod emulator;
pub(crate) mod inspect;
pub(crate) mod login;
pub(crate) mod man;
pub(crate) mod token;
