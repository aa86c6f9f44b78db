//! Folders that end with this process.

use std::io;
use std::path::PathBuf;

use identity::Env;
use tempfile::{Builder, TempDir};

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
    let mut builder = Builder::new();
    builder.prefix("azid-");
    #[cfg(unix)]
    let only_mine = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    #[cfg(unix)]
    builder.permissions(only_mine);
    builder.tempdir_in(place(env))
}
