//! What the tests of all tools need: a folder of tools, an environment that finds them, and a clock.

use std::time::Duration;

use identity_core::testing::FakeClock;
use identity_core::{AccessToken, Clock, Env, Error, TokenCredential, TokenRequestOptions};
use identity_emulator::tools::{Behaviour, Run, SignIn, Tool, ToolFolder};

pub(crate) const NOW: u64 = 1_700_000_000;
pub(crate) const TENANT: &str = "5f9c2b1e-7a40-4d0e-9c63-3a1de0f5a001";
pub(crate) const RESOURCE: &str = "https://vault.azure.net";
pub(crate) const SCOPE: &str = "https://vault.azure.net/.default";

/// A home folder and one of tools. The clock stands still, so no tool runs out of time by chance.
pub(crate) struct Desk {
    folder: tempfile::TempDir,
    pub(crate) tools: ToolFolder,
    pub(crate) clock: FakeClock,
    pub(crate) env: Env,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tools = ToolFolder::new(folder.path().join("tools")).unwrap();
        let env = Env::empty()
            .with("PATH", tools.path())
            .with("HOME", folder.path())
            .with("USERPROFILE", folder.path())
            .with("TZ", "UTC0");
        Self { folder, tools, clock: FakeClock::at_unix(NOW), env }
    }

    pub(crate) fn with(tool: Tool, behaviour: Behaviour) -> Self {
        let desk = Self::new();
        desk.install(tool, behaviour);
        desk
    }

    pub(crate) fn install(&self, tool: Tool, behaviour: Behaviour) {
        self.tools.install(tool, &behaviour).unwrap();
    }

    pub(crate) fn home(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub(crate) fn clock(&self) -> Clock {
        self.clock.clock()
    }

    pub(crate) fn arguments(&self, tool: Tool) -> Vec<Vec<String>> {
        self.tools.runs(tool).into_iter().map(|run: Run| run.arguments).collect()
    }
}

/// A token of the default tenant for the default resource, good for an hour.
pub(crate) fn signed_in() -> Behaviour {
    Behaviour::SignedIn(sign_in())
}

pub(crate) fn sign_in() -> SignIn {
    let end = i64::try_from(NOW).unwrap() + 3600;
    SignIn::new(TENANT).with_token(RESOURCE, "the.to.ken", end).with_token_of(
        "other.com",
        RESOURCE,
        "an.oth.er",
        end,
    )
}

pub(crate) fn says(stdout: &str, stderr: &str, status: u8) -> Behaviour {
    Behaviour::Says { stdout: stdout.into(), stderr: stderr.into(), status }
}

pub(crate) async fn ask(credential: &impl TokenCredential, scopes: &[&str]) -> Result<AccessToken, Error> {
    credential.get_token(scopes, &TokenRequestOptions::default()).await
}

pub(crate) fn text(token: &AccessToken) -> &str {
    token.token().secret()
}

pub(crate) fn life(token: &AccessToken) -> Duration {
    Duration::from_secs(token.expires_on_unix() - NOW)
}

/// What nobody may hand to a tool: for shells, for option parsers, for terminals.
pub(crate) const HOSTILE: [&str; 24] = [
    ";id",
    "a;id",
    "&id",
    "a&&id",
    "|id",
    "a|id",
    "$(id)",
    "`id`",
    "a\nid",
    "a\r\nid",
    "a b",
    "\"a",
    "a'b",
    "a%PATH%",
    "a^b",
    "a>b",
    "<a",
    "a(b)",
    "a\\b",
    "a\u{0}b",
    "ä",
    "--help",
    "-h",
    "a\u{202e}b",
];

/// The next word of a tool that hangs: its process id. Then a reader that ends when nobody holds the pipe any more.
#[cfg(unix)]
pub(crate) fn alive(path: std::path::PathBuf) -> (String, std::io::BufReader<std::fs::File>) {
    use std::io::BufRead as _;
    let mut pipe = std::io::BufReader::new(std::fs::File::open(path).unwrap());
    let mut line = String::new();
    pipe.read_line(&mut line).unwrap();
    (line.trim().to_owned(), pipe)
}
