//! What the tests of several sources share.

use identity_core::testing::{FakeClock, block_on};
use identity_core::{AccessToken, Env, TokenCredential, TokenRequestOptions};
use identity_entra::assertion_source::AssertionSource;
use identity_entra::http::testing::ScriptedHttp;
use identity_entra::options::EntraOptions;

use super::*;
use crate::ClientAssertionCredential;

/// A token of the app for which a source vouches.
pub(super) fn ask(
    http: &ScriptedHttp,
    env: Env,
    source: impl AssertionSource + 'static,
) -> Result<AccessToken, Error> {
    let options = EntraOptions::default()
        .with_http_service(http.service())
        .with_clock(FakeClock::at_unix(1_700_000_000).clock())
        .with_env(env);
    let credential = ClientAssertionCredential::new("tenant", "client", source, options).unwrap();
    block_on(credential.get_token(&["scope/.default"], &TokenRequestOptions::default()))
}
