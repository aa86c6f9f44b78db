//! People sign in at another device, at an authority that keeps count of the codes.

use std::sync::Arc;
use std::time::Duration;

use crate::support::{SCOPE, claim, entra, grants};
use identity_core::testing::FakeClock;
use identity_core::{AccessToken, Error, ErrorKind, TokenCredential, TokenRequestOptions};
use identity_emulator::{DeviceCodeStyle, Emulator};
use identity_interactive::{DeviceCodeCredential, DeviceCodeCredentialOptions, DeviceCodeInfo};

/// A token by a device code, while somebody does something about the code.
async fn ask(
    emulator: &Arc<Emulator>,
    clock: &FakeClock,
    person: impl Fn(&Emulator, &DeviceCodeInfo) + Send + Sync + 'static,
) -> Result<AccessToken, Error> {
    let at_the_page = emulator.clone();
    let options = DeviceCodeCredentialOptions::default()
        .with_entra(entra(emulator).with_clock(clock.clock()))
        .with_prompt_callback(move |info| person(&at_the_page, info));
    let credential = DeviceCodeCredential::new(options).unwrap();
    credential.get_token(&[SCOPE], &TokenRequestOptions::default()).await
}

async fn started() -> (Arc<Emulator>, FakeClock) {
    let emulator = Emulator::start().await.unwrap();
    let now = emulator.clock().now().duration_since(std::time::UNIX_EPOCH).unwrap();
    (Arc::new(emulator), FakeClock::at_unix(now.as_secs()))
}

// S126, S131, S139, P16
#[tokio::test]
async fn whoever_enters_the_code_is_signed_in() {
    let (emulator, clock) = started().await;
    let username = emulator.username().to_owned();
    let token = ask(&emulator, &clock, move |emulator, info| {
        assert!(info.message.contains(&info.user_code) && info.verification_uri.contains("/device"));
        emulator.approve_device(&info.user_code, &username).unwrap();
    });
    assert_eq!(claim(&token.await.unwrap(), "upn"), emulator.username());
    assert_eq!(grants(&emulator).len(), 1, "the first poll comes at once");
}

// S130
#[tokio::test]
async fn a_code_that_is_declined_expires_or_goes_to_a_stranger_is_a_failure() {
    let (emulator, clock) = started().await;
    let declined = ask(&emulator, &clock, |emulator, info| emulator.decline_device(&info.user_code).unwrap());
    let error = declined.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
    assert_eq!(error.server().unwrap().error.as_deref(), Some("authorization_declined"));
    let expired = ask(&emulator, &clock, |emulator, info| emulator.expire_device(&info.user_code).unwrap());
    let error = expired.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
    assert!(error.message().contains("timed out waiting for user to authenticate"), "{error}");
    let forgotten = ask(&emulator, &clock, |emulator, info| {
        emulator.approve_device(&info.user_code, "stranger@nowhere.example").unwrap_err();
        emulator.expire_device(&info.user_code).unwrap();
    });
    assert_eq!(forgotten.await.unwrap_err().kind(), ErrorKind::AuthenticationFailed);
}

// S129
#[tokio::test]
async fn slow_down_is_obeyed_and_a_code_that_nobody_enters_ends_by_itself() {
    let (emulator, clock) = started().await;
    emulator.set_device_code_style(
        DeviceCodeStyle::default().with_interval(5).with_lifetime(60).with_enforced_interval(),
    );
    // The emulator's clock stands still, so that each poll comes too early for it.
    let error = ask(&emulator, &clock, |_, _| {}).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
    assert!(error.message().contains("timed out"), "{error}");
    let pauses = clock.sleeps();
    assert_eq!(pauses[..3], [5, 10, 15].map(Duration::from_secs), "{pauses:?}");
    assert_eq!(pauses.iter().sum::<Duration>(), Duration::from_secs(60));
}
