use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use identity_core::{Clock, Env, Error};
use identity_entra::process::Program;
use identity_entra::time;
use tokio::sync::oneshot;
use url::Url;

/// What opens the sign-in page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Browser {
    /// The person's usual browser: the programs that the variable `BROWSER` names, separated by colons, else what the system opens web pages with. In
    /// WSL that is the browser of Windows.
    #[default]
    System,
    /// A program, started directly and with these arguments. The address takes the place of `%s` in them, or comes last.
    Program {
        /// The absolute path of the program.
        path: PathBuf,
        /// Its arguments.
        arguments: Vec<OsString>,
    },
    /// Nothing: the person opens the address that the program shows. It needs a callback that shows it.
    Nothing,
}

impl Browser {
    /// A program that gets nothing but the address.
    pub fn program(path: impl Into<PathBuf>) -> Self {
        Self::Program { path: path.into(), arguments: Vec::new() }
    }

    /// Opens a page. It returns when the program that was started has ended well, or has not ended soon.
    ///
    /// # Errors
    /// `CredentialUnavailable` when there is no program for it, or none that works.
    pub(crate) async fn open(&self, url: &Url, env: &Env, clock: &Clock) -> Result<(), Error> {
        let openers = match self {
            Self::Nothing => return Ok(()),
            Self::System => Openers::of_system(System::HERE, env, is_wsl(env)),
            Self::Program { path, arguments } => Openers {
                list: vec![Opener { program: Program::at(path), arguments: arguments.clone() }],
                missing: None,
            },
        };
        let mut tried = Vec::new();
        for opener in &openers.list {
            match opener.open(url, env, clock).await {
                Ok(()) => {
                    tracing::debug!(program = %opener.program, "the browser was opened");
                    return Ok(());
                }
                Err(why) => tried.push(format!("{} ({why})", opener.program)),
            }
        }
        let why = openers.missing.map(str::to_owned).unwrap_or_else(|| format!("tried {}", tried.join(", ")));
        let message = format!("failed to open a browser: {why}. What to do: {NAME_ONE}");
        Err(Error::unavailable(message).with_remedy(NAME_ONE))
    }
}

/// What may open a page, in the order in which it is tried.
#[derive(Debug, PartialEq, Eq)]
struct Openers {
    list: Vec<Opener>,
    /// Why there is none.
    missing: Option<&'static str>,
}

#[derive(Debug, PartialEq, Eq)]
struct Opener {
    program: Program,
    arguments: Vec<OsString>,
}

/// The system as a value, so that the lists of all of them can be tested on one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum System {
    Windows,
    MacOs,
    Other,
}

impl System {
    const HERE: Self = if cfg!(windows) {
        Self::Windows
    } else if cfg!(target_os = "macos") {
        Self::MacOs
    } else {
        Self::Other
    };
}

impl Openers {
    fn of_system(system: System, env: &Env, wsl: bool) -> Self {
        let mut list = of_variable(env);
        let named = |program: Program, arguments: &[&str]| Opener {
            program,
            arguments: arguments.iter().map(OsString::from).collect(),
        };
        // `rundll32` is given the address as it is; the usual ways lead through a shell.
        const HANDLER: [&str; 1] = ["url.dll,FileProtocolHandler"];
        match system {
            System::Windows => {
                let root =
                    env.get_os("SystemRoot").map_or_else(|| PathBuf::from("C:\\Windows"), PathBuf::from);
                list.push(named(Program::at(root.join("System32").join("rundll32.exe")), &HANDLER));
            }
            System::MacOs => list.push(named(Program::at("/usr/bin/open"), &[])),
            System::Other => {
                if wsl {
                    list.push(named(Program::named("wslview"), &[]));
                    list.push(named(Program::named("rundll32.exe"), &HANDLER));
                    list.push(named(Program::at("/mnt/c/Windows/System32/rundll32.exe"), &HANDLER));
                }
                // Without a display these would start a browser for terminals in the middle of the program's own output.
                if ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| env.get_os(name).is_some()) {
                    list.push(named(Program::named("xdg-open"), &[]));
                    list.push(named(Program::named("gio"), &["open"]));
                    list.push(named(Program::named("x-www-browser"), &[]));
                }
            }
        }
        let missing = list
            .is_empty()
            .then_some("there is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set)");
        Self { list, missing }
    }
}

/// The programs of `BROWSER`: names or absolute paths with arguments, run directly.
fn of_variable(env: &Env) -> Vec<Opener> {
    let value = env.get("BROWSER").unwrap_or_default();
    // On Windows a colon is part of a path.
    let separator = if System::HERE == System::Windows { ';' } else { ':' };
    let openers = value.split(separator).take(MOST_BROWSERS).filter_map(|command| {
        // The mark of a program to be started in the background: all of them are.
        let mut words = command.trim().trim_end_matches('&').split_whitespace();
        let program = words.next()?;
        let program =
            if program.contains(['/', '\\']) { Program::at(program) } else { Program::named(program) };
        Some(Opener { program, arguments: words.map(OsString::from).collect() })
    });
    openers.collect()
}

/// Whether this is Linux inside Windows.
fn is_wsl(env: &Env) -> bool {
    cfg!(target_os = "linux")
        && ["WSL_DISTRO_NAME", "WSL_INTEROP"].iter().any(|name| env.get_os(name).is_some())
}

impl Opener {
    async fn open(&self, url: &Url, env: &Env, clock: &Clock) -> Result<(), String> {
        let path = self.program.find(env).map_err(|error| error.to_string())?;
        let mut command = Command::new(path);
        command
            .args(self.arguments_for(url))
            .env_clear()
            .envs(env.iter())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // A terminal's Ctrl-C ends our program and not the browser that it opened.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let ended = start(command).map_err(|error| error.to_string())?;
        // A program that hands the page over ends at once and says whether that worked; a browser itself goes on.
        match time::timeout(clock, SOON, ended).await.map_err(|error| error.message().to_owned())? {
            Some(Ok(status)) if !status.success() => Err(status.to_string()),
            _ => Ok(()),
        }
    }

    fn arguments_for(&self, url: &Url) -> Vec<OsString> {
        let mut arguments = self.arguments.clone();
        match arguments.iter_mut().find(|argument| argument.to_str().is_some_and(|text| text.contains("%s")))
        {
            Some(place) => *place = place.to_string_lossy().replace("%s", url.as_str()).into(),
            None => arguments.push(url.as_str().into()),
        }
        arguments
    }
}

/// Starts a program that is nobody's to end. A thread waits for it, so that nothing of it stays behind.
fn start(mut command: Command) -> std::io::Result<oneshot::Receiver<ExitStatus>> {
    let (sender, receiver) = oneshot::channel();
    let mut child = command.spawn()?;
    std::thread::Builder::new().name("browser".into()).stack_size(64 * 1024).spawn(move || {
        if let Ok(status) = child.wait() {
            // Nobody may be interested any more.
            let _ = sender.send(status);
        }
    })?;
    Ok(receiver)
}

const NAME_ONE: &str =
    "name one in the variable BROWSER or in the options, or use DeviceCodeCredential, which needs none";
const SOON: Duration = Duration::from_secs(3);
const MOST_BROWSERS: usize = 8;

#[cfg(test)]
mod tests;
