use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The result of everything in this family that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why there is no token.
///
/// The [`kind`](Error::kind) says what to decide; the message says who, what happened, the server's own words, and what to do next. Cloning is
/// cheap: everybody who waited for one request gets the same error.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    credential: Cow<'static, str>,
    message: String,
    remedy: Option<Cow<'static, str>>,
    server: Option<Box<ServerError>>,
    required: Option<Box<Required>>,
    attempts: Vec<Attempt>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

#[derive(Clone)]
struct Required {
    scopes: Vec<String>,
    claims: Option<String>,
}

/// What to do about an [`Error`]. Each kind is a different decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The credential did not try, because data or state is missing: try another one. A chain goes on.
    CredentialUnavailable,
    /// A person must sign in and the credential was told not to ask by itself: call `authenticate` with the error's scopes and claims.
    /// A chain goes on.
    AuthenticationRequired,
    /// The attempt was made and failed: stop and read. A chain stops.
    AuthenticationFailed,
    /// The program or its configuration is wrong: fix it.
    InvalidArgument,
}

impl ErrorKind {
    /// Whether a chain asks its next member after this.
    pub fn goes_on(self) -> bool {
        matches!(self, Self::CredentialUnavailable | Self::AuthenticationRequired)
    }

    /// The kind in kebab-case, for machines.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CredentialUnavailable => "credential-unavailable",
            Self::AuthenticationRequired => "authentication-required",
            Self::AuthenticationFailed => "authentication-failed",
            Self::InvalidArgument => "invalid-argument",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Error {
    /// An error of a kind, with a message that says what happened and what to do.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Arc::new(Inner {
            kind,
            credential: Cow::Borrowed(""),
            message: message.into(),
            remedy: None,
            server: None,
            required: None,
            attempts: Vec::new(),
            source: None,
        }))
    }

    /// The credential did not even try, because data or state is missing.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::CredentialUnavailable, message)
    }

    /// The attempt failed.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::AuthenticationFailed, message)
    }

    /// The caller must change something.
    pub fn invalid_argument(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidArgument, message)
    }

    /// A person must sign in: the scopes and claims are what `authenticate` needs. Without a message of its own it gets the usual one.
    pub fn authentication_required(scopes: &[&str], message: Option<&str>, claims: Option<&str>) -> Self {
        const USUAL: &str = "interactive authentication is required to get a token; call `authenticate` with this error's scopes and claims";
        let mut error = Self::new(ErrorKind::AuthenticationRequired, message.unwrap_or(USUAL));
        error.change().required = Some(Box::new(Required {
            scopes: scopes.iter().map(|s| (*s).to_owned()).collect(),
            claims: claims.map(str::to_owned),
        }));
        error
    }

    /// Names the class that failed.
    pub fn with_credential(mut self, credential: impl Into<Cow<'static, str>>) -> Self {
        self.change().credential = credential.into();
        self
    }

    /// Replaces the message.
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.change().message = message.into();
        self
    }

    /// Says again, for programs, what the message tells people to do: `run 'az login'`.
    pub fn with_remedy(mut self, remedy: impl Into<Cow<'static, str>>) -> Self {
        self.change().remedy = Some(remedy.into());
        self
    }

    /// Changes the kind, for example where a chain treats a failure as "go on".
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.change().kind = kind;
        self
    }

    /// Keeps what the server said.
    pub fn with_server(mut self, server: ServerError) -> Self {
        self.change().server = Some(Box::new(server));
        self
    }

    /// Keeps the attempts of a chain.
    pub fn with_attempts(mut self, attempts: Vec<Attempt>) -> Self {
        self.change().attempts = attempts;
        self
    }

    /// Keeps the error that caused this one.
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.change().source = Some(Arc::from(source.into()));
        self
    }

    /// What to decide.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The class that failed; empty where no credential was involved yet.
    pub fn credential(&self) -> &str {
        &self.0.credential
    }

    /// What happened and what to do, without the class's name in front.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do, in one sentence, where that is known. The message says it, too.
    pub fn remedy(&self) -> Option<&str> {
        self.0.remedy.as_deref()
    }

    /// The section of the troubleshooting guide about the class that failed; its headings are the names of the classes. Formatting an error
    /// with `{:#}` shows it under the message.
    pub fn guide(&self) -> Option<String> {
        let class = &self.0.credential;
        (!class.is_empty()).then(|| format!("docs/troubleshooting.md#{}", class.to_lowercase()))
    }

    /// What the server said, where one answered.
    pub fn server(&self) -> Option<&ServerError> {
        self.0.server.as_deref()
    }

    /// The scopes of the failed request, for `authenticate`. Empty unless the kind is [`ErrorKind::AuthenticationRequired`].
    pub fn scopes(&self) -> &[String] {
        self.0.required.as_ref().map_or(&[], |r| &r.scopes)
    }

    /// The claims that the next authentication must ask for: of an [`ErrorKind::AuthenticationRequired`], else as the server named them.
    pub fn claims(&self) -> Option<&str> {
        let required = self.0.required.as_ref().and_then(|r| r.claims.as_deref());
        required.or_else(|| self.server()?.claims.as_deref())
    }

    /// The attempts of a chain, in order; empty for other errors.
    pub fn attempts(&self) -> &[Attempt] {
        &self.0.attempts
    }

    fn change(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.0)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.credential.is_empty() {
            write!(f, "{}: ", self.0.credential)?;
        }
        f.write_str(&self.0.message)?;
        match self.guide().filter(|_| f.alternate()) {
            Some(guide) => write!(f, "\nMore about this: {guide}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Error");
        shown
            .field("kind", &self.0.kind)
            .field("credential", &self.0.credential)
            .field("message", &self.0.message);
        if let Some(server) = &self.0.server {
            shown.field("server", server);
        }
        if let Some(required) = &self.0.required {
            shown.field("scopes", &required.scopes);
        }
        if !self.0.attempts.is_empty() {
            shown.field("attempts", &self.0.attempts);
        }
        if let Some(source) = &self.0.source {
            shown.field("source", source);
        }
        shown.finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// What a server said when it refused, for programs that decide by codes. Everything in it that looks like a token is masked.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ServerError {
    /// The HTTP status.
    pub status: Option<u16>,
    /// The OAuth error, such as `invalid_client` (RFC 6749, section 5.2).
    pub error: Option<String>,
    /// The server's own sentence.
    pub description: Option<String>,
    /// The numbers of the AADSTS codes, the most specific first, such as 7000215.
    pub error_codes: Vec<u32>,
    /// Microsoft's finer classification, such as `basic_action` or `consent_required`.
    pub suberror: Option<String>,
    /// Claims that the next request must carry.
    pub claims: Option<String>,
    /// Identifies the exchange in Microsoft's logs: give it to support.
    pub correlation_id: Option<String>,
    /// Identifies the request in Microsoft's logs.
    pub trace_id: Option<String>,
    /// For how long the server asks to be left alone.
    pub retry_after: Option<Duration>,
    /// The whole body as text, bounded, also when it was no JSON.
    pub body: String,
}

/// One member of a chain that gave no token.
#[derive(Clone, Debug)]
pub struct Attempt {
    credential: Cow<'static, str>,
    error: Error,
    elapsed: Duration,
}

impl Attempt {
    /// What a member answered, and how long it took.
    pub fn new(credential: impl Into<Cow<'static, str>>, error: Error, elapsed: Duration) -> Self {
        Self { credential: credential.into(), error, elapsed }
    }

    /// The member's class.
    pub fn credential(&self) -> &str {
        &self.credential
    }

    /// What it answered: kind, message and the server's words.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// How long it took.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// What to do so that this member has a token the next time: what its error says, else where to read about it.
    pub fn remedy(&self) -> String {
        match (self.error.remedy(), self.error.guide()) {
            (Some(remedy), _) => remedy.to_owned(),
            (None, Some(guide)) => format!("see {guide}"),
            (None, None) => "read its message".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
