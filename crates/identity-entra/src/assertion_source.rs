//! Where assertions come from: a callback, a file, a command, another service.

#[cfg(feature = "process")]
mod command;

#[cfg(feature = "process")]
pub use command::CommandAssertion;

use std::fmt;
use std::future::Future;
use std::io::Read;
use std::path::{Path, PathBuf};

use identity_core::{BoxFuture, Error, Secret};

use crate::client_auth::AuthRequest;

/// Gives an assertion for a token request. It is asked for each new token, never for a cached one.
pub trait AssertionSource: fmt::Debug + Send + Sync {
    /// The assertion: a JWT, without white space around it.
    ///
    /// # Errors
    /// `CredentialUnavailable` when what it is made from is missing, `AuthenticationFailed` when it can't be got.
    fn assertion<'a>(&'a self, request: &'a AuthRequest<'a>) -> BoxFuture<'a, Result<Secret, Error>>;
}

/// An assertion that the program makes itself.
pub struct AssertionCallback(Box<Callback>);

type Callback = dyn Fn() -> BoxFuture<'static, Result<Secret, Error>> + Send + Sync;

/// Any error that a callback may end in. One of this family keeps its kind; any other becomes `AuthenticationFailed`.
type AnyError = Box<dyn std::error::Error + Send + Sync>;

impl AssertionCallback {
    /// From a function that has the assertion at once.
    pub fn new<S: Into<Secret>, E: Into<AnyError>>(
        callback: impl Fn() -> Result<S, E> + Send + Sync + 'static,
    ) -> Self {
        let call = move || -> BoxFuture<'static, _> {
            let assertion = callback().map(Into::into).map_err(|error| failed(error.into()));
            Box::pin(std::future::ready(assertion))
        };
        Self(Box::new(call))
    }

    /// From a function that has to wait. The future is dropped when nobody waits for the token any more.
    pub fn from_async<F, S, E>(callback: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<S, E>> + Send + 'static,
        S: Into<Secret>,
        E: Into<AnyError>,
    {
        let call = move || -> BoxFuture<'static, _> {
            let assertion = callback();
            Box::pin(async move { assertion.await.map(Into::into).map_err(|error| failed(error.into())) })
        };
        Self(Box::new(call))
    }
}

fn failed(error: AnyError) -> Error {
    match error.downcast::<Error>() {
        Ok(ours) => *ours,
        Err(error) => Error::failed(format!("the assertion callback failed: {error}")).with_source(error),
    }
}

impl fmt::Debug for AssertionCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AssertionCallback")
    }
}

impl AssertionSource for AssertionCallback {
    fn assertion<'a>(&'a self, _: &'a AuthRequest<'a>) -> BoxFuture<'a, Result<Secret, Error>> {
        (self.0)()
    }
}

/// An assertion that somebody else keeps fresh in a file, which is read for each new token.
#[derive(Clone, Debug)]
pub struct FileAssertion {
    path: PathBuf,
}

/// No token is near this.
const MOST_BYTES: u64 = 1 << 20;

impl FileAssertion {
    /// The file need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the file holds now, without white space around it.
    ///
    /// # Errors
    /// `CredentialUnavailable` for a file that is missing, unreadable or empty; `InvalidArgument` for one that is too large, no text, or no file.
    pub fn read(&self) -> Result<Secret, Error> {
        let shown = self.path.display();
        let unavailable = |what: &str, e: std::io::Error| {
            Error::unavailable(format!(
                "the assertion file '{shown}' {what}: {e}; check the path and who may read it"
            ))
            .with_source(e)
        };
        let about = std::fs::metadata(&self.path).map_err(|e| unavailable("can't be found", e))?;
        if !about.is_file() {
            return Err(Error::invalid_argument(format!("the assertion file '{shown}' is no regular file")));
        }
        let file = std::fs::File::open(&self.path).map_err(|e| unavailable("can't be opened", e))?;
        let mut bytes = zeroize::Zeroizing::new(Vec::with_capacity(about.len().min(MOST_BYTES) as usize + 1));
        file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|e| unavailable("can't be read", e))?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(Error::invalid_argument(format!(
                "the assertion file '{shown}' is larger than 1 MiB, so it holds no token"
            )));
        }
        let Ok(text) = std::str::from_utf8(&bytes) else {
            return Err(Error::invalid_argument(format!(
                "the assertion file '{shown}' holds no text, so it holds no token"
            )));
        };
        match text.trim_start_matches('\u{feff}').trim() {
            "" => Err(Error::unavailable(format!(
                "the assertion file '{shown}' is empty; whoever keeps it fresh has written nothing"
            ))),
            token => Ok(Secret::new(token)),
        }
    }
}

impl AssertionSource for FileAssertion {
    fn assertion<'a>(&'a self, _: &'a AuthRequest<'a>) -> BoxFuture<'a, Result<Secret, Error>> {
        Box::pin(std::future::ready(self.read()))
    }
}

#[cfg(test)]
mod tests;
