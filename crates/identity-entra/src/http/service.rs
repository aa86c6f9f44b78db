use std::fmt;

use bytes::Bytes;
use identity_core::{BoxFuture, SecretBytes};

/// A request that is ready to be sent. Its body is wiped when it is dropped, because it may hold a secret. A
/// [`TransportProfile`](super::TransportProfile) may be among its extensions.
pub type HttpRequest = http::Request<SecretBytes>;

/// A whole answer.
pub type HttpResponse = http::Response<Bytes>;

/// The most bytes of an answer that anybody reads.
pub const MOST_BODY_BYTES: usize = 1 << 20;

/// Sends requests. The one that comes with this crate uses reqwest; give the options another one to use your own HTTP client.
///
/// An implementation sends each request once, follows no redirect, reads at most [`MOST_BODY_BYTES`], and gives any status as an answer.
pub trait HttpService: fmt::Debug + Send + Sync {
    /// Sends one request. Dropping the future ends it.
    ///
    /// # Errors
    /// A [`TransportError`] when no whole answer came, or when the request asks for what this service can't do.
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>>;
}

/// Why no whole answer came.
#[derive(Clone, Debug)]
pub struct TransportError {
    kind: TransportErrorKind,
    message: String,
}

/// What went wrong on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection: refused, unreachable, no such host, a failed TLS handshake.
    Connect,
    /// Too slow.
    Timeout,
    /// The connection ended before the answer did.
    Interrupted,
    /// The answer is larger than anybody wants to read.
    TooLarge,
    /// The service can't do what the request's profile asks for.
    Unsupported,
    /// There is no async runtime that the service could use.
    NoRuntime,
}

impl TransportError {
    /// An error with words about what happened, which must hold no secret.
    pub fn new(kind: TransportErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// What went wrong.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TransportError {}
