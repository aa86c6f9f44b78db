//! What the tests against the emulator share.

use std::sync::Arc;

use identity_core::{AccessToken, Env};
use identity_emulator::{Emulator, Landing, Person};
use identity_entra::options::EntraOptions;
use identity_interactive::{Browser, InteractiveBrowserCredentialOptions};
use tokio::sync::mpsc;

pub(crate) const SCOPE: &str = "https://management.azure.com/.default";

pub(crate) fn entra(emulator: &Emulator) -> EntraOptions {
    EntraOptions::default().with_authority_host(emulator.http_url()).with_env(Env::empty())
}

pub(crate) fn alice(emulator: &Emulator) -> Person {
    Person::new(emulator.username(), emulator.password())
}

/// Options whose sign-in pages are opened by the person, who goes through them at once and notes down what she is shown at the end.
pub(crate) fn played(
    emulator: &Arc<Emulator>,
    person: Person,
) -> (InteractiveBrowserCredentialOptions, mpsc::UnboundedReceiver<Visit>) {
    let (sender, visits) = mpsc::unbounded_channel();
    let (in_play, runtime) = (emulator.clone(), tokio::runtime::Handle::current());
    let options = InteractiveBrowserCredentialOptions::default()
        .with_entra(entra(emulator))
        .with_redirect_uri("http://localhost:0")
        .with_browser(Browser::Nothing)
        .with_url_callback(move |url| {
            let (emulator, person) = (in_play.clone(), person.clone());
            let (url, sender) = (url.to_owned(), sender.clone());
            runtime.spawn(async move {
                let landing = emulator.sign_in(&url, &person).unwrap();
                let page = landing.deliver().await.unwrap();
                // The test may have seen enough.
                let _ = sender.send(Visit { landing, page });
            });
        });
    (options, visits)
}

/// Where the browser ended up, and what it showed there.
pub(crate) struct Visit {
    pub(crate) landing: Landing,
    pub(crate) page: String,
}

/// A claim of one of the emulator's tokens.
pub(crate) fn claim(token: &AccessToken, name: &str) -> String {
    use base64::Engine;
    let claims = token.token().secret().split('.').nth(1).unwrap();
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    claims[name].as_str().unwrap_or_default().to_owned()
}

/// The grants that were asked for with, in order.
pub(crate) fn grants(emulator: &Emulator) -> Vec<String> {
    let requests = emulator.journal().token_requests();
    requests.iter().map(|request| request.form("grant_type").unwrap().to_owned()).collect()
}
