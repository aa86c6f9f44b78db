//! Programs that stand in for the tools of developers: `az`, `azd` and `pwsh`.

mod script;
mod sign_in;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub use sign_in::SignIn;

/// A tool that credentials ask for tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tool {
    /// The Azure CLI, `az`.
    AzureCli,
    /// The Azure Developer CLI, `azd`.
    AzureDeveloperCli,
    /// PowerShell with the module Az.Accounts, `pwsh`.
    AzurePowerShell,
}

impl Tool {
    /// The name of its program.
    pub fn program(self) -> &'static str {
        match self {
            Tool::AzureCli => "az",
            Tool::AzureDeveloperCli => "azd",
            Tool::AzurePowerShell => "pwsh",
        }
    }
}

/// How a tool behaves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Behaviour {
    /// Answers as the real one does when somebody is signed in.
    SignedIn(SignIn),
    /// Says that nobody is signed in.
    SignedOut,
    /// Says, in Entra ID's words, that the sign-in is too old (AADSTS700082).
    Expired,
    /// Knows no flag for claims: an old `azd`. Without claims it says that nobody is signed in.
    KnowsNoClaims,
    /// Has no module Az.Accounts, or an old one: `pwsh` only.
    NoModule,
    /// May not run scripts: `pwsh` only.
    Blocked,
    /// Prints this, whatever it is asked, and ends with this status.
    Says {
        /// To its standard output.
        stdout: String,
        /// To its standard error.
        stderr: String,
        /// The exit status.
        status: u8,
    },
    /// Starts another program and waits for it for ever. Both hold the pipe `PROGRAM.alive` open in the folder, if there is one, so that a test can
    /// see their end.
    Hangs,
    /// Prints without end.
    Floods,
}

/// A folder of such programs, to be put on `PATH`. They keep a record of how they were run.
///
/// They are scripts of a POSIX shell and need `date`, `base64`, `tr` and `sleep` of the system. There are none for Windows.
#[derive(Clone, Debug)]
pub struct ToolFolder {
    path: PathBuf,
}

/// How a tool was run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Run {
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its working directory.
    pub directory: String,
    /// Whether its environment forbids colours.
    pub no_color: bool,
    /// Whether there was something to read for it.
    pub has_input: bool,
}

impl ToolFolder {
    /// A folder, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// When it can't be made.
    pub fn new(path: impl Into<PathBuf>) -> io::Result<ToolFolder> {
        let path = path.into();
        fs::create_dir_all(&path)?;
        Ok(ToolFolder { path: fs::canonicalize(path)? })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where a tool's program is, or would be.
    pub fn program(&self, tool: Tool) -> PathBuf {
        self.path.join(tool.program())
    }

    /// Puts a tool there, in the place of one of the same name.
    ///
    /// # Errors
    ///
    /// When the program can't be written, and on Windows.
    pub fn install(&self, tool: Tool, behaviour: &Behaviour) -> io::Result<()> {
        if !cfg!(unix) {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "the stand-ins are scripts of a POSIX shell",
            ));
        }
        // Another process writes it. If this one did, a child that another thread starts meanwhile could inherit the open file, and as long as
        // somebody can write to a program the system refuses to run it.
        let mut writer = Command::new("/bin/sh")
            .args(["-c", r#"cat >"$0.new" && chmod 755 "$0.new" && mv "$0.new" "$0""#])
            .arg(self.program(tool))
            .env("PATH", script::SYSTEM_PATH)
            .stdin(Stdio::piped())
            .spawn()?;
        if let Some(mut input) = writer.stdin.take() {
            input.write_all(script::of(tool, behaviour).as_bytes())?;
        }
        match writer.wait()?.success() {
            true => Ok(()),
            false => Err(io::Error::other(format!("{} can't be written", self.program(tool).display()))),
        }
    }

    /// Takes a tool away.
    ///
    /// # Errors
    ///
    /// When there is one that can't be removed.
    pub fn remove(&self, tool: Tool) -> io::Result<()> {
        match fs::remove_file(self.program(tool)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// How a tool was run so far, in order.
    pub fn runs(&self, tool: Tool) -> Vec<Run> {
        let record = self.path.join(format!("{}.runs", tool.program()));
        let record = fs::read_to_string(record).unwrap_or_default();
        record.lines().filter_map(Run::parse).collect()
    }
}

impl Run {
    /// A line of the record: fields that end with a tab.
    fn parse(line: &str) -> Option<Run> {
        let mut fields = line.strip_suffix('\t')?.split('\t');
        let mut field = || fields.next();
        Some(Run {
            directory: field()?.to_owned(),
            no_color: field()? == "true",
            has_input: field()? == "input",
            arguments: fields.map(str::to_owned).collect(),
        })
    }
}

#[cfg(test)]
mod tests;
