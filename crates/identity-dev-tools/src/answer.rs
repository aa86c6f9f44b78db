//! What a tool said.

use std::fmt;
use std::time::{Duration, SystemTime};

use identity_core::{AccessToken, Error, ErrorKind, SecretBytes, TenantId, TokenType};
use identity_entra::http::mask;
use identity_entra::oauth::{remedy, server_error_in_words};
use identity_entra::process::ProcessOutput;
use zeroize::Zeroizing;

/// The outputs of a run, as text. They may hold tokens, so they are wiped, and shown masked only.
pub(crate) struct Output {
    status: Option<i32>,
    pub(crate) stdout: Zeroizing<String>,
    pub(crate) stderr: Zeroizing<String>,
}

impl Output {
    pub(crate) fn new(output: ProcessOutput) -> Self {
        Self { status: output.status, stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    pub(crate) fn succeeded(&self) -> bool {
        self.status == Some(0)
    }

    /// What shells and `env` say when there is no such command; here it is the tool's interpreter that is missing.
    pub(crate) fn is_not_found(&self) -> bool {
        self.status == Some(127)
            || self.stderr.contains("is not recognized as an internal or external command")
    }

    /// Whether either output has these words.
    pub(crate) fn says(&self, words: &str) -> bool {
        self.stdout.contains(words) || self.stderr.contains(words)
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output")
            .field("status", &self.status)
            .field("stdout", &self.stdout.len())
            .field("stderr", &self.stderr.len())
            .finish()
    }
}

/// Windows' tools write in whatever encoding the machine has; what we look for is ASCII.
fn text(bytes: &SecretBytes) -> Zeroizing<String> {
    let text = Zeroizing::new(String::from_utf8_lossy(bytes.secret()).into_owned());
    match text.strip_prefix('\u{feff}') {
        Some(rest) => Zeroizing::new(rest.to_owned()),
        None => text,
    }
}

/// An error that says what happened and what to do.
pub(crate) fn advise(kind: ErrorKind, what: impl fmt::Display, remedy: impl Into<String>) -> Error {
    let remedy = remedy.into();
    Error::new(kind, format!("{what}. {remedy}")).with_remedy(remedy)
}

/// The error for a tool that ended with a failure of its own: its words, and what they mean where that is known. `otherwise` is said where it
/// left no words.
pub(crate) fn in_its_words(kind: ErrorKind, tool: &str, words: &str, otherwise: &str) -> Error {
    let shown = mask(words);
    let shown = shown.trim();
    if shown.is_empty() {
        return advise(kind, otherwise, "See what it says in a terminal");
    }
    let message = format!("{tool} failed: {shown}");
    let Some(server) = server_error_in_words(words) else { return Error::new(kind, message) };
    match remedy(tool, &server) {
        Some(remedy) => {
            let stop = if message.ends_with(['.', '!', '?']) { "" } else { "." };
            Error::new(kind, format!("{message}{stop} What to do: {remedy}")).with_remedy(remedy)
        }
        None => Error::new(kind, message),
    }
    .with_server(server)
}

/// The error for a tool that ended well and printed something else than a token.
pub(crate) fn unexpected(what: &str, output: &str) -> Error {
    let shown = mask(output);
    let shown = match shown.trim() {
        "" => "nothing",
        shown => &format!("'{shown}'"),
    };
    let remedy = "See what it prints in a terminal, and whether it needs an update";
    advise(ErrorKind::AuthenticationFailed, format!("Unexpected output from {what}: {shown}"), remedy)
}

/// A token as a tool gives it: none when it is no token that could stand in a header.
pub(crate) fn token(token: &str, expires_on: SystemTime) -> Option<AccessToken> {
    let fine = !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic());
    fine.then(|| AccessToken::new(token, expires_on))
}

/// The same with what some tools say besides.
pub(crate) fn describe(token: AccessToken, token_type: Option<&str>, tenant: Option<&str>) -> AccessToken {
    let tenant = tenant.and_then(|tenant| TenantId::parse(tenant).ok());
    let token_type = TokenType::from_server(token_type.unwrap_or_default());
    token.with_token_type(token_type).with_tenant_id(tenant.map(|tenant| tenant.shared()))
}

/// A second since 1970, unless it is nonsense.
pub(crate) fn unix(seconds: i64) -> Option<SystemTime> {
    /// The end of the year 9999.
    const LATEST: u64 = 253_402_300_799;
    let seconds = u64::try_from(seconds).ok().filter(|seconds| *seconds <= LATEST)?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests;
