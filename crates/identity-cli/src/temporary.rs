//! Files and folders that end with this process.

use std::io;
use std::path::PathBuf;

use identity::Env;
use tempfile::{Builder, NamedTempFile, TempDir};

/// Where the system wants them.
pub(crate) fn place(env: &Env) -> PathBuf {
    let named = ["TMPDIR", "TEMP", "TMP"].iter().find_map(|name| env.get_os(name));
    named.map_or_else(|| PathBuf::from("/tmp"), PathBuf::from)
}

/// A folder that only its owner can enter.
///
/// # Errors
/// When it can't be made.
pub(crate) fn folder(env: &Env) -> io::Result<TempDir> {
    Builder::new().prefix("azid-").tempdir_in(place(env))
}

/// A file that only its owner can read.
///
/// # Errors
/// When it can't be made.
pub(crate) fn file(env: &Env, suffix: &str) -> io::Result<NamedTempFile> {
    Builder::new().prefix("azid-").suffix(suffix).tempfile_in(place(env))
}
