//! Tokens for programs without an async runtime.
//!
//! ```no_run
//! # #[cfg(feature = "app")]
//! # fn example(credential: identity::ClientSecretCredential) -> Result<(), identity::Error> {
//! let token = identity::blocking::get_token(&credential, &["https://vault.azure.net/.default"], &Default::default())?;
//! # Ok(()) }
//! ```

use std::sync::OnceLock;

use identity_core::{AccessToken, Error, Result, TokenCredential, TokenRequestOptions};
use tokio::runtime::{Builder, Handle, Runtime};

/// Gets a token and waits for it on this thread. A cached token needs no runtime; for the rest one with a single thread of its own is
/// started at the first call and kept, so that renewals go on between calls.
///
/// # Errors
/// As [`TokenCredential::get_token`]; `InvalidArgument` inside an async runtime, whose thread must not wait: await `get_token` there.
pub fn get_token(
    credential: &(impl TokenCredential + ?Sized),
    scopes: &[&str],
    options: &TokenRequestOptions,
) -> Result<AccessToken> {
    static RUNTIME: OnceLock<Option<Runtime>> = OnceLock::new();
    if Handle::try_current().is_ok() {
        return match credential.get_token(scopes, options).try_ready() {
            Ok(result) => result,
            Err(_) => Err(Error::invalid_argument(
                "blocking::get_token was called inside an async runtime; await the credential's get_token there",
            )),
        };
    }
    let start =
        || Builder::new_multi_thread().worker_threads(1).thread_name("identity").enable_all().build().ok();
    match RUNTIME.get_or_init(start) {
        Some(runtime) => runtime.block_on(async { credential.get_token(scopes, options).await }),
        None => Err(Error::invalid_argument("no thread could be started to wait for the token on")),
    }
}

#[cfg(test)]
mod tests;
