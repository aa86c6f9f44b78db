//! Child processes: the tools that credentials ask.
//!
//! No shell is ever started. A tool gets its arguments as they are, no input, an environment that is an [`Env`] value, and a working directory that belongs
//! to the system. It is found on `PATH`, in absolute folders only, so nobody's working directory can put another tool in its place. Its time and its
//! output are bounded, and when it is given up, what it started ends with it.
//!
//! On Windows many tools are command scripts (`.cmd`), which the system runs with its own shell. They get only arguments that this shell can't
//! misread; others are refused. The parts for Windows have not been compiled where this was written.

mod child;
mod program;

pub use program::Program;

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use identity_core::{Clock, Env, SecretBytes};

use self::child::{Child, Failure};
use self::program::Platform;
use crate::time::timeout;

/// What to run, and within which bounds. Secrets have no place among the arguments: everybody on a machine sees those.
#[derive(Clone)]
pub struct ProcessRequest {
    program: Program,
    arguments: Vec<OsString>,
    env: Env,
    changes: Vec<(OsString, OsString)>,
    timeout: Duration,
    max_output: usize,
}

impl ProcessRequest {
    /// A run of a program with an environment: no arguments yet, 10 s, and at most 1 MiB from each of its outputs.
    pub fn new(program: Program, env: &Env) -> Self {
        Self {
            program,
            arguments: Vec::new(),
            env: env.clone(),
            changes: Vec::new(),
            timeout: Duration::from_secs(10),
            max_output: 1 << 20,
        }
    }

    /// Adds an argument, which arrives as it is.
    pub fn with_arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Adds arguments.
    pub fn with_args<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Sets a variable of the tool's environment. The variables of the [`Env`] that the program is looked up with stay as they are.
    pub fn with_env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.changes.push((name.into(), value.into()));
        self
    }

    /// The longest time that the tool may take. The default is 10 s.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The most bytes that the tool may write to either of its outputs. The default is 1 MiB.
    pub fn with_max_output(mut self, max_output: usize) -> Self {
        self.max_output = max_output;
        self
    }
}

impl fmt::Debug for ProcessRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessRequest")
            .field("program", &self.program)
            // They may name people, scopes and claims.
            .field("arguments", &self.arguments.len())
            .field("timeout", &self.timeout)
            .field("max_output", &self.max_output)
            .finish_non_exhaustive()
    }
}

/// What a tool that came to its end left behind. Both outputs may hold tokens, and are wiped when they are dropped.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProcessOutput {
    /// The exit code; none when a signal ended it.
    pub status: Option<i32>,
    /// What it wrote to its standard output.
    pub stdout: SecretBytes,
    /// What it wrote to its standard error.
    pub stderr: SecretBytes,
}

/// Why a tool did not come to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProcessError {
    /// There is no such program. Nothing was started.
    #[error("{}", not_found(program))]
    NotFound {
        /// The name or path that was looked for.
        program: String,
    },
    /// There is a file of that name, but it is no program. Nothing was started.
    #[error("{} is not executable", path.display())]
    NotExecutable {
        /// The file.
        path: PathBuf,
    },
    /// The system refused to start it.
    #[error("{} could not be started: {reason}", path.display())]
    CannotStart {
        /// The program.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// The program is a command script of Windows, whose shell could misread an argument. Nothing was started.
    #[error("argument {position} can't be given to the command script {} without being misread", path.display())]
    ArgumentRefused {
        /// The script.
        path: PathBuf,
        /// Which argument, counted from 1.
        position: usize,
    },
    /// It took too long, and was ended with everything that it had started.
    #[error("{} did not finish within {limit:?}", path.display())]
    TimedOut {
        /// The program.
        path: PathBuf,
        /// The time it had.
        limit: Duration,
    },
    /// It wrote too much, and was ended with everything that it had started.
    #[error("{} wrote more than {limit} bytes", path.display())]
    TooMuchOutput {
        /// The program.
        path: PathBuf,
        /// The most bytes it might write to one of its outputs.
        limit: usize,
    },
    /// There is no tokio runtime, or one that can't wait for processes.
    #[error(
        "running {program} needs a tokio runtime with everything on (`enable_all`), and there is none here"
    )]
    NoRuntime {
        /// The name or path of the program.
        program: String,
    },
}

/// Runs a program to its end. Dropping the future ends the program, and on Unix the whole group of processes that it started.
///
/// What the program has left running when it ends by itself is not waited for, and goes on.
///
/// # Errors
/// A [`ProcessError`] when it could not be started, took too long, or wrote too much. A program that ends with an exit code has run, whichever it is.
pub async fn run(clock: &Clock, request: ProcessRequest) -> Result<ProcessOutput, ProcessError> {
    let no_runtime = || ProcessError::NoRuntime { program: request.program.to_string() };
    let path = request.program.find(&request.env)?;
    if is_script(&path)
        && let Some(at) = request.arguments.iter().position(|argument| is_misread(argument))
    {
        return Err(ProcessError::ArgumentRefused { path, position: at + 1 });
    }
    let failed = |failure| match failure {
        Failure::NoRuntime => no_runtime(),
        Failure::TooMuch => ProcessError::TooMuchOutput { path: path.clone(), limit: request.max_output },
        Failure::Io(error) => ProcessError::CannotStart { path: path.clone(), reason: error.to_string() },
    };

    let environment = request.env.iter().chain(request.changes.iter().cloned());
    let directory = Platform::HERE.system_directory(&request.env);
    let mut child = Child::start(&path, &request.arguments, environment, &directory).map_err(failed)?;
    match timeout(clock, request.timeout, child.finish(request.max_output)).await {
        Ok(Some(Ok(output))) => Ok(output),
        Ok(Some(Err(failure))) => {
            child.end(clock).await;
            Err(failed(failure))
        }
        Ok(None) => {
            child.end(clock).await;
            Err(ProcessError::TimedOut { path, limit: request.timeout })
        }
        Err(_) => Err(no_runtime()),
    }
}

fn not_found(program: &str) -> String {
    if Path::new(program).is_absolute() {
        format!("there is no file {program}")
    } else if program.contains(['/', '\\']) {
        format!("{program} is no absolute path")
    } else {
        format!("{program} was not found on PATH (its relative folders are not searched)")
    }
}

/// Whether a file is run by the shell of Windows.
fn is_script(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default();
    Platform::HERE == Platform::Windows
        && ["cmd", "bat"].iter().any(|script| extension.eq_ignore_ascii_case(script))
}

/// Whether the shell of Windows could take an argument for something else, however it is quoted.
fn is_misread(argument: &OsStr) -> bool {
    let special =
        |c: char| matches!(c, '"' | '%' | '!' | '^' | '&' | '|' | '<' | '>' | '(' | ')') || c.is_control();
    argument.to_str().is_none_or(|argument| argument.contains(special) || argument.ends_with('\\'))
}

#[cfg(test)]
mod tests;
