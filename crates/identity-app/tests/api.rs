//! The credentials of this crate, through their public API, against an authority that checks the proof.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity_app::{ClientAssertionCredential, ClientSecretCredential};
use identity_core::testing::{CapturedLogs, FakeClock};
use identity_core::{Env, Error, ErrorKind, TokenCredential, TokenRequestOptions};
use identity_emulator::{Emulator, Fault, Gate, When};
use identity_entra::assertion_source::AssertionCallback;
use identity_entra::options::EntraOptions;

const SCOPE: &str = "https://management.azure.com/.default";

fn options(emulator: &Emulator) -> EntraOptions {
    EntraOptions::default().with_authority_host(emulator.http_url()).with_env(Env::empty())
}

fn with_secret(emulator: &Emulator, options: EntraOptions) -> ClientSecretCredential {
    let (tenant, client) = (emulator.tenant_id(), emulator.client_id());
    ClientSecretCredential::new(tenant, client, emulator.client_secret(), options).unwrap()
}

fn claims(token: &str) -> serde_json::Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

async fn ask(credential: &dyn TokenCredential) -> Result<String, Error> {
    let token = credential.get_token(&[SCOPE], &TokenRequestOptions::default()).await?;
    Ok(token.token().secret().to_owned())
}

// S092, S096
#[tokio::test]
async fn a_secret_gets_a_token_for_the_resource_that_was_asked_for() {
    let emulator = Emulator::start().await.unwrap();
    let credential = with_secret(&emulator, options(&emulator));
    let token = claims(&ask(&credential).await.unwrap());
    assert_eq!(token["aud"], "https://management.azure.com");
    assert_eq!(token["tid"], emulator.tenant_id());
    ask(&credential).await.unwrap();
    assert_eq!(emulator.journal().count(), 1, "no discovery, and the second token is the cached one");
}

// S085, S086
#[tokio::test]
async fn an_assertion_that_the_authority_can_verify_gets_a_token() {
    let emulator = Arc::new(Emulator::start().await.unwrap());
    let signer = emulator.clone();
    let source = AssertionCallback::new(move || signer.client_assertion().sign());
    let (tenant, client) = (emulator.tenant_id(), emulator.client_id());
    let credential = ClientAssertionCredential::new(tenant, client, source, options(&emulator)).unwrap();
    assert_eq!(claims(&ask(&credential).await.unwrap())["appid"], client);
}

// S018, G3
#[tokio::test]
async fn a_wrong_secret_is_refused_in_the_server_s_words() {
    let logs = CapturedLogs::watching(&["wrong-secret-value"]);
    let emulator = Emulator::start().await.unwrap();
    let (tenant, client) = (emulator.tenant_id(), emulator.client_id());
    let credential =
        ClientSecretCredential::new(tenant, client, "wrong-secret-value", options(&emulator)).unwrap();
    let error = ask(&credential).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
    let server = error.server().unwrap();
    assert_eq!((server.status, server.error_codes[0]), (Some(401), 7000215));
    assert!(server.correlation_id.is_some() && server.trace_id.is_some());
    assert!(error.message().contains("AADSTS7000215"), "{error}");
    logs.check(&format!("{error:?}"));
}

/// Every fault times: the right kind, within the total time, and a valid cached token survives it.
// P72, G5, G11, G26
#[tokio::test]
async fn each_fault_ends_in_the_right_kind_and_leaves_a_cached_token_alone() {
    let faults: [(&str, Fault, &str); 9] = [
        ("500", Fault::status(500), "500"),
        ("503", Fault::status(503), "503"),
        ("429 for long", Fault::status(429).with_header("retry-after", "3600"), "429"),
        ("html", Fault::html(200), "200"),
        ("garbage", Fault::garbage(), "200"),
        ("cut", Fault::cut_body(), ""),
        ("closed", Fault::close(), ""),
        ("huge", Fault::huge(10 << 20), ""),
        ("redirect", Fault::redirect("http://127.0.0.1:9/elsewhere"), "307"),
    ];
    for (name, fault, words) in faults {
        let emulator = Emulator::start().await.unwrap();
        let start = emulator.clock().now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let clock = FakeClock::at_unix(start);
        let secret = emulator.client_secret().to_owned();
        let logs = CapturedLogs::watching(&[&secret]);
        let credential = with_secret(&emulator, options(&emulator).with_clock(clock.clock()));
        let good = ask(&credential).await.unwrap();
        emulator.faults().always(When::token(), fault);
        let other = credential
            .get_token(&["https://vault.azure.net/.default"], &TokenRequestOptions::default())
            .await;
        let error = other.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AuthenticationFailed, "{name}: {error}");
        assert!(error.message().contains(words), "{name}: {error}");
        assert!(clock.sleeps().iter().sum::<Duration>() <= Duration::from_secs(60), "{name}");
        assert_eq!(ask(&credential).await.unwrap(), good, "{name}");
        logs.check(&format!("{error:?}"));
    }
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up_in_time() {
    let emulator = Emulator::start().await.unwrap();
    let gate = Gate::new();
    emulator.faults().always(When::token(), Fault::hold(&gate));
    let clock = FakeClock::at_unix(1_700_000_000);
    let credential = with_secret(&emulator, options(&emulator).with_clock(clock.clock()));
    let call = tokio::spawn(async move { ask(&credential).await });
    emulator.journal().wait_for(1).await;
    clock.advance(Duration::from_secs(61));
    let error = call.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
}

// P73
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_callers_of_one_key_make_one_request() {
    for refused in [false, true] {
        let emulator = Emulator::start().await.unwrap();
        let (tenant, client) = (emulator.tenant_id(), emulator.client_id());
        let secret = if refused { "wrong" } else { emulator.client_secret() };
        let credential = ClientSecretCredential::new(tenant, client, secret, options(&emulator)).unwrap();
        let callers: Vec<_> = (0..10_000)
            .map(|_| {
                let credential = credential.clone();
                tokio::spawn(async move { ask(&credential).await.is_err() })
            })
            .collect();
        for caller in callers {
            assert_eq!(caller.await.unwrap(), refused);
        }
        assert_eq!(emulator.journal().token_count(), 1);
    }
}

// P44
#[tokio::test]
async fn a_federation_server_is_asked_where_its_endpoints_are() {
    let emulator = Emulator::start().await.unwrap();
    let (client, secret) = (emulator.client_id(), emulator.client_secret());
    let credential = ClientSecretCredential::new("adfs", client, secret, options(&emulator)).unwrap();
    ask(&credential).await.unwrap();
    let paths: Vec<_> =
        emulator.journal().requests().iter().map(|request| request.path().to_owned()).collect();
    assert_eq!(paths, ["/adfs/.well-known/openid-configuration", "/adfs/oauth2/token/"]);
}

#[test]
fn outside_a_runtime_it_is_an_invalid_argument_and_no_panic() {
    let emulator = Emulator::builder().start_on_thread().unwrap();
    let credential = with_secret(&emulator, options(&emulator));
    let error = identity_core::testing::block_on(ask(&credential)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
    for enabled in ["nothing", "time", "io"] {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        match enabled {
            "time" => builder.enable_time(),
            "io" => builder.enable_io(),
            _ => &mut builder,
        };
        let error = builder.build().unwrap().block_on(ask(&credential)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "with {enabled}: {error}");
    }
    assert_eq!(emulator.journal().count(), 0);
}
