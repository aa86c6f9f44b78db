use std::ffi::OsString;
use std::fmt;
use std::time::Duration;

use identity_core::{BoxFuture, Error, Secret};
use zeroize::Zeroizing;

use super::AssertionSource;
use crate::client_auth::AuthRequest;
use crate::http::mask;
use crate::process::{ProcessError, ProcessRequest, Program, run};

/// An assertion that a command prints, run for each new token. No shell is involved: the arguments arrive as they are given.
///
/// The command must print the assertion and nothing else, and end with success, within 30 s. It gets the environment of the credential. Its
/// arguments are seen by everybody on the machine, so no secret belongs there.
///
/// This is how a program on AWS proves itself, whose identity the AWS command line vouches for. The account must have outbound identity
/// federation turned on (`aws iam enable-outbound-web-identity-federation`), the role must be allowed `sts:GetWebIdentityToken`, and a region must
/// be set, because the global endpoint does not offer it:
///
/// ```
/// use identity_entra::assertion_source::CommandAssertion;
///
/// // aws sts get-web-identity-token --audience api://AzureADTokenExchange --signing-algorithm RS256
/// //     --duration-seconds 300 --query WebIdentityToken --output text
/// let on_aws = CommandAssertion::named("aws").with_args([
///     "sts", "get-web-identity-token", "--audience", "api://AzureADTokenExchange", "--signing-algorithm", "RS256",
///     "--duration-seconds", "300", "--query", "WebIdentityToken", "--output", "text",
/// ]);
/// ```
///
/// The app's federated credential then has the account's issuer URL as its issuer, the role's ARN as its subject, and that audience.
#[derive(Clone)]
pub struct CommandAssertion {
    program: Program,
    arguments: Vec<OsString>,
    timeout: Duration,
}

impl CommandAssertion {
    /// A program that is looked for in the absolute folders of `PATH`.
    pub fn named(program: impl Into<String>) -> Self {
        Self::new(Program::named(program))
    }

    /// The program at an absolute path.
    pub fn at(path: impl Into<std::path::PathBuf>) -> Self {
        Self::new(Program::at(path))
    }

    fn new(program: Program) -> Self {
        Self { program, arguments: Vec::new(), timeout: Duration::from_secs(30) }
    }

    /// Adds arguments.
    pub fn with_args<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// The longest time that the command may take. The default is 30 s.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

impl AssertionSource for CommandAssertion {
    fn assertion<'a>(&'a self, request: &'a AuthRequest<'a>) -> BoxFuture<'a, Result<Secret, Error>> {
        let process = ProcessRequest::new(self.program.clone(), request.client.env())
            .with_args(self.arguments.iter().cloned())
            .with_timeout(self.timeout);
        Box::pin(async move {
            let output = run(request.client.clock(), process).await.map_err(not_run)?;
            let program = &self.program;
            if output.status != Some(0) {
                let end = output.status.map_or("a signal".to_owned(), |code| format!("exit code {code}"));
                let words = mask(String::from_utf8_lossy(output.stderr.secret()).trim());
                return Err(Error::failed(format!(
                    "the assertion command {program} ended with {end}: {words}"
                )));
            }
            let text = Zeroizing::new(output.stdout.secret().to_vec());
            match std::str::from_utf8(&text).map(str::trim) {
                Ok("") => Err(Error::failed(format!("the assertion command {program} printed nothing"))),
                Ok(assertion) if !assertion.contains(char::is_whitespace) => Ok(Secret::new(assertion)),
                _ => Err(Error::failed(format!(
                    "the assertion command {program} printed something else than an assertion; it must print that and nothing else"
                ))),
            }
        })
    }
}

/// A command that is not there is one that was not installed; one that hangs or floods has failed.
fn not_run(error: ProcessError) -> Error {
    let message = format!("the assertion command can't be run: {error}");
    let kind = match &error {
        ProcessError::NotFound { .. } | ProcessError::NotExecutable { .. } => Error::unavailable(message),
        ProcessError::ArgumentRefused { .. } | ProcessError::NoRuntime { .. } => {
            Error::invalid_argument(message)
        }
        _ => Error::failed(message),
    };
    kind.with_source(error)
}

impl fmt::Debug for CommandAssertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandAssertion")
            .field("program", &self.program)
            // They may name people and places.
            .field("arguments", &self.arguments.len())
            .field("timeout", &self.timeout)
            .finish()
    }
}

#[cfg(test)]
mod tests;
