//! How long a command may take.

use std::future::Future;
use std::time::Duration;

use identity::Error;

use crate::args::CredentialName;
use crate::runtime;

/// The limit of the whole request. Credentials that ask somebody to sign in keep to it themselves, for the time that this person has.
pub(crate) fn of(credential: CredentialName, timeout: Option<Duration>) -> Option<Duration> {
    timeout.filter(|_| !credential.waits_for_a_person())
}

/// Waits for what a credential does, until the time is up or this process is told to end.
///
/// # Errors
/// `AuthenticationFailed` in these two cases, else what the request ends in.
pub(crate) async fn within<T>(
    limit: Option<Duration>,
    class: &'static str,
    request: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let interrupted = runtime::interruption()?;
    tokio::select! {
        result = request => result,
        late = time_is_up(limit) => Err(late.with_credential(class)),
        () = interrupted => Err(Error::failed("interrupted before it was done").with_credential(class)),
    }
}

/// Resolves when the time is up; never without a limit.
async fn time_is_up(limit: Option<Duration>) -> Error {
    let Some(limit) = limit else { return std::future::pending().await };
    tokio::time::sleep(limit).await;
    let seconds = limit.as_secs_f64();
    Error::failed(format!(
        "it was not done within {seconds} s, which is the limit that --timeout sets; try again with a longer one"
    ))
}
