use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use identity_core::Env;

use super::ProcessError;

/// Which program to run: by name, as found on `PATH`, or the file at an absolute path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program(Spec);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Spec {
    Name(String),
    Path(PathBuf),
}

impl Program {
    /// The first program of that name in the absolute folders of `PATH`. On Windows `.exe`, `.cmd` and `.bat` are tried in this order.
    pub fn named(name: impl Into<String>) -> Self {
        Self(Spec::Name(name.into()))
    }

    /// The program at a path, which must be absolute.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(Spec::Path(path.into()))
    }

    /// Looks for the program without starting it.
    ///
    /// # Errors
    /// [`ProcessError::NotFound`], or [`ProcessError::NotExecutable`] when there is only a file that is no program.
    pub fn find(&self, env: &Env) -> Result<PathBuf, ProcessError> {
        self.find_on(Platform::HERE, env)
    }

    fn find_on(&self, platform: Platform, env: &Env) -> Result<PathBuf, ProcessError> {
        let candidates = match &self.0 {
            Spec::Path(path) => vec![path.clone()],
            Spec::Name(name) => {
                let search = env.get_os(if platform == Platform::Windows { "Path" } else { "PATH" });
                let search = search.or_else(|| env.get_os("PATH")).unwrap_or_default();
                let names = platform.file_names(name);
                platform
                    .folders(&search)
                    .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
                    .collect()
            }
        };
        let mut no_program = None;
        for path in candidates.into_iter().filter(|path| path.is_absolute()) {
            match is_executable(&path) {
                Some(true) => return Ok(path),
                Some(false) => no_program = no_program.or(Some(path)),
                None => {}
            }
        }
        Err(match no_program {
            Some(path) => ProcessError::NotExecutable { path },
            None => ProcessError::NotFound { program: self.to_string() },
        })
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Spec::Name(name) => f.write_str(name),
            Spec::Path(path) => path.display().fmt(f),
        }
    }
}

/// The rules of a system as a value, so that each can be tested on the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Platform {
    Unix,
    Windows,
}

impl Platform {
    pub(super) const HERE: Self = if cfg!(windows) { Self::Windows } else { Self::Unix };

    /// A folder that only the system may write to, for tools to work in.
    pub(super) fn system_directory(self, env: &Env) -> PathBuf {
        match self {
            Self::Unix if Path::new("/bin").is_dir() => "/bin".into(),
            Self::Unix => "/".into(),
            Self::Windows => {
                let root = env.get_os("SystemRoot").or_else(|| env.get_os("SYSTEMROOT")).map(PathBuf::from);
                root.filter(|root| root.is_absolute()).unwrap_or_else(|| "C:\\Windows".into())
            }
        }
    }

    /// The files that a name may mean; none for a name that is a path.
    fn file_names(self, name: &str) -> Vec<String> {
        match self {
            _ if name.is_empty() || name.contains(['/', '\\', '\0']) || matches!(name, "." | "..") => {
                Vec::new()
            }
            Self::Unix => vec![name.to_owned()],
            Self::Windows if name.contains('.') => vec![name.to_owned()],
            Self::Windows => {
                [".exe", ".cmd", ".bat"].iter().map(|extension| format!("{name}{extension}")).collect()
            }
        }
    }

    /// The folders of a search path. Whoever calls leaves out those that are relative: they depend on the working directory.
    fn folders(self, search: &OsString) -> Box<dyn Iterator<Item = PathBuf> + '_> {
        if self == Self::HERE {
            return Box::new(std::env::split_paths(search));
        }
        let separator = if self == Self::Windows { ';' } else { ':' };
        let folders: Vec<_> = search.to_string_lossy().split(separator).map(PathBuf::from).collect();
        Box::new(folders.into_iter())
    }
}

/// Whether there is a program; nothing when there is no file at all.
#[cfg(unix)]
fn is_executable(path: &Path) -> Option<bool> {
    let metadata = path.metadata().ok().filter(std::fs::Metadata::is_file)?;
    Some(std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111 != 0)
}

/// The same on Windows, where programs from the Store are links that can be started but not followed. Not compiled where it was written.
#[cfg(not(unix))]
fn is_executable(path: &Path) -> Option<bool> {
    path.symlink_metadata().ok().filter(|metadata| !metadata.is_dir()).map(|_| true)
}

#[cfg(test)]
mod tests;
