//! Starting programs: shown before they run, and explained when they fail.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::Outcome;

/// The cargo that runs this program, so that a toolchain chosen on the command line stays chosen.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.args(arguments).current_dir(crate::workspace::root());
    command
}

/// Runs a program with our own output, after a line that says what runs.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let shown = shown(command);
    println!("\n$ {shown}");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{shown}` ended with {status}.")),
        Err(error) => Err(format!("`{shown}` could not be started: {error}.")),
    }
}

/// What a program that ran to its end wrote.
pub(crate) struct Captured {
    pub(crate) success: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a program quietly and keeps what it wrote; fails only when it could not be started.
pub(crate) fn capture(command: &mut Command) -> Outcome<Captured> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("`{}` could not be started: {error}.", shown(command)))?;
    Ok(Captured {
        success: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// What a program wrote to standard output; a failure is an explanation with what it wrote to standard error.
pub(crate) fn stdout_of(command: &mut Command) -> Outcome<String> {
    let captured = capture(command)?;
    if captured.success {
        Ok(captured.stdout)
    } else {
        Err(format!("`{}` failed:\n{}", shown(command), captured.stderr.trim_end()))
    }
}

/// Where a program is found on PATH, or nothing.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .flat_map(|folder| [folder.join(program), folder.join(format!("{program}.exe"))])
        .find(|file| file.is_file())
}

/// A command as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = PathBuf::from(command.get_program());
    let name = program.file_stem().unwrap_or(command.get_program()).to_string_lossy().into_owned();
    let variables = command
        .get_envs()
        .filter_map(|(name, value)| Some(format!("{}={}", name.to_string_lossy(), quoted(value?))));
    let arguments = command.get_args().map(quoted);
    variables.chain([name]).chain(arguments).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    if word.is_empty() || word.contains(char::is_whitespace) {
        format!("'{word}'")
    } else {
        word.into_owned()
    }
}
