//! Running `azid` with an environment of the test's own.

use std::ffi::OsStr;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use identity_emulator::{DEFAULT_CLIENT_SECRET, Emulator};
use serde_json::Value;

pub(crate) const SCOPE: &str = "https://management.azure.com/.default";

/// A command line in the making. Nothing of the test's environment reaches it.
pub(crate) struct Azid {
    command: Command,
    stdin: Vec<u8>,
    secrets: Vec<String>,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// An emulator whose settings go to `azid` by variables.
pub(crate) fn emulator() -> Emulator {
    Emulator::builder().start_on_thread().unwrap()
}

/// `azid` with these arguments.
pub(crate) fn azid<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Azid {
    let mut command = Command::new(env!("CARGO_BIN_EXE_azid"));
    command.env_clear().args(arguments).current_dir(env!("CARGO_TARGET_TMPDIR"));
    Azid { command, stdin: Vec::new(), secrets: vec![DEFAULT_CLIENT_SECRET.to_owned()] }
}

/// `azid token CREDENTIAL --scope ...`
pub(crate) fn token(credential: &str) -> Azid {
    azid(["token", credential, "--scope", SCOPE])
}

impl Azid {
    pub(crate) fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.command.args(arguments);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// With the variables of an emulator.
    pub(crate) fn against(mut self, emulator: &Emulator) -> Self {
        self.command.envs(emulator.environment());
        self
    }

    pub(crate) fn stdin(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.stdin = text.into();
        self
    }

    /// Makes sure that this text is nowhere in what is printed.
    pub(crate) fn secret(mut self, secret: impl Into<String>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// The command by itself, for tests that start it in their own way.
    pub(crate) fn command(self) -> Command {
        self.command
    }

    /// Runs it to its end.
    pub(crate) fn run(self) -> Ran {
        let secrets = self.secrets.clone();
        let Output { status, stdout, stderr } = self.output();
        let ran = Ran {
            status: status.code().unwrap_or(-1),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        };
        for secret in &secrets {
            assert!(
                !ran.stdout.contains(secret) && !ran.stderr.contains(secret),
                "a secret was printed: {ran:?}"
            );
        }
        assert!(!ran.stderr.contains("panicked"), "{ran:?}");
        ran
    }

    fn output(mut self) -> Output {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().unwrap();
        // A command that does not read its input may be gone already.
        let _ = child.stdin.take().unwrap().write_all(&self.stdin);
        child.wait_with_output().unwrap()
    }
}

impl Ran {
    /// That it ended well, and its output.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.status, 0, "{self:?}");
        assert!(!self.stderr.contains("eyJ"), "a token is on stderr: {self:?}");
        self.stdout
    }

    /// That it ended well, and the one object of its output.
    #[track_caller]
    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.ok()).unwrap()
    }

    /// That it failed with this status and printed no result, and the object on the last line of stderr.
    #[track_caller]
    pub(crate) fn error(&self, status: i32) -> Value {
        assert_eq!((self.status, self.stdout.as_str()), (status, ""), "{self:?}");
        let last: Value = serde_json::from_str(self.stderr.lines().last().unwrap()).unwrap();
        let kinds = [
            "authentication-failed",
            "invalid-argument",
            "credential-unavailable",
            "authentication-required",
        ];
        assert_eq!(last["error"]["kind"], kinds[status as usize - 1]);
        assert_eq!(last["error"].as_object().unwrap().len(), 3);
        last["error"].clone()
    }

    /// The same, and only its message.
    #[track_caller]
    pub(crate) fn message(&self, status: i32) -> String {
        self.error(status)["message"].as_str().unwrap().to_owned()
    }
}

/// What the token in an answer says.
pub(crate) fn claims(token: &str) -> Value {
    use base64::Engine as _;
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap())
        .unwrap()
}
