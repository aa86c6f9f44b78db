use std::sync::atomic::{AtomicUsize, Ordering};

use identity_core::testing::{CapturedLogs, FakeClock, block_on};
use identity_core::{AccessToken, BoxFuture, Env, ErrorKind, Secret};
use identity_entra::assertion_source::{AssertionCallback, FileAssertion};
use identity_entra::client_auth::AuthRequest;
use identity_entra::http::testing::{Answer, ScriptedHttp};

use super::*;

const SCOPE: &str = "https://vault.azure.net/.default";

fn credential(http: &ScriptedHttp, source: impl AssertionSource + 'static) -> ClientAssertionCredential {
    let options = EntraOptions::default()
        .with_http_service(http.service())
        .with_clock(FakeClock::at_unix(1_700_000_000).clock())
        .with_env(Env::empty());
    ClientAssertionCredential::new("tenant", "client", source, options).unwrap()
}

fn ask(credential: &ClientAssertionCredential, scope: &str) -> Result<AccessToken, Error> {
    block_on(credential.get_token(&[scope], &TokenRequestOptions::default()))
}

/// Counts how often it is asked.
fn counting() -> (Arc<AtomicUsize>, AssertionCallback) {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = count.clone();
    let source = AssertionCallback::new(move || {
        Ok::<_, Error>(format!("assertion{}", counter.fetch_add(1, Ordering::SeqCst) + 1))
    });
    (count, source)
}

// S085, S086, S090
#[test]
fn the_assertion_goes_out_with_its_type() {
    let http = ScriptedHttp::new();
    http.push(Answer::token("t", 3600));
    let (_, source) = counting();
    let token = ask(&credential(&http, source), SCOPE).unwrap();
    assert_eq!((token.token().secret(), token.credential()), ("t", NAME));
    let mut form = http.requests()[0].form();
    form.sort();
    let expected = [
        ("client_assertion", "assertion1"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_id", "client"),
        ("grant_type", "client_credentials"),
        ("scope", SCOPE),
    ];
    assert_eq!(form, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

// S087, S090
#[test]
fn the_source_is_asked_for_each_new_token_and_never_for_a_cached_one() {
    let http = ScriptedHttp::new();
    http.otherwise(|_| Answer::token("t", 3600));
    let (count, source) = counting();
    let credential = credential(&http, source);
    assert_eq!(count.load(Ordering::SeqCst), 0, "not when it is built");
    for (scope, asked) in [(SCOPE, 1), (SCOPE, 1), ("other/.default", 2), (SCOPE, 2)] {
        ask(&credential, scope).unwrap();
        assert_eq!(count.load(Ordering::SeqCst), asked);
    }
}

// P13
#[tokio::test]
async fn a_source_may_wait_and_is_dropped_with_its_caller() {
    let http = ScriptedHttp::new();
    http.push(Answer::token("t", 3600));
    let waits = AssertionCallback::from_async(|| async {
        tokio::task::yield_now().await;
        Ok::<_, Error>("assertion")
    });
    let credential_that_waits = credential(&http, waits);
    let options = TokenRequestOptions::default();
    assert!(credential_that_waits.get_token(&[SCOPE], &options).await.is_ok());

    let alive = Arc::new(());
    let held = alive.clone();
    let hangs = AssertionCallback::from_async(move || {
        let held = held.clone();
        async move {
            std::future::pending::<()>().await;
            drop(held);
            Ok::<_, Error>("never")
        }
    });
    let credential = credential(&http, hangs);
    let task =
        tokio::spawn(async move { credential.get_token(&[SCOPE], &TokenRequestOptions::default()).await });
    while Arc::strong_count(&alive) < 3 {
        tokio::task::yield_now().await;
    }
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert_eq!(Arc::strong_count(&alive), 1, "the callback's future is gone");
}

#[test]
fn the_error_of_a_source_is_passed_on() {
    let http = ScriptedHttp::new();
    let error =
        ask(&credential(&http, AssertionCallback::new(|| Err::<String, _>("the vault is sealed"))), SCOPE);
    let error = error.unwrap_err();
    assert_eq!((error.kind(), error.credential()), (ErrorKind::AuthenticationFailed, NAME));
    assert_eq!(error.message(), "the assertion callback failed: the vault is sealed");
    let unavailable = AssertionCallback::new(|| Err::<String, _>(Error::unavailable("no agent")));
    assert_eq!(
        ask(&credential(&http, unavailable), SCOPE).unwrap_err().kind(),
        ErrorKind::CredentialUnavailable
    );
    let empty = ask(&credential(&http, AssertionCallback::new(|| Ok::<_, Error>(""))), SCOPE).unwrap_err();
    assert_eq!(empty.message(), "the client assertion is empty");
    assert_eq!(http.count(), 0);
}

#[test]
fn a_file_is_read_for_each_new_token() {
    let http = ScriptedHttp::new();
    http.otherwise(|_| Answer::token("t", 3600));
    let file = tempfile::NamedTempFile::new().unwrap();
    let credential = credential(&http, FileAssertion::new(file.path()));
    for (scope, assertion) in [("a", "one"), ("b", "two")] {
        std::fs::write(file.path(), format!("{assertion}\n")).unwrap();
        ask(&credential, scope).unwrap();
        assert_eq!(http.requests().last().unwrap().field("client_assertion").as_deref(), Some(assertion));
    }
    drop(file);
    let error = ask(&credential, "c").unwrap_err();
    assert_eq!((error.kind(), http.count()), (ErrorKind::CredentialUnavailable, 2));
}

#[test]
fn a_refusal_for_an_expired_assertion_is_retried_once_with_a_fresh_one() {
    let expired = || {
        Answer::error(
            401,
            "invalid_client",
            "AADSTS700024: Client assertion is not within its valid time range.",
        )
    };
    let http = ScriptedHttp::new();
    http.push(expired()).push(Answer::token("t", 3600));
    let (_, source) = counting();
    assert!(ask(&credential(&http, source), SCOPE).is_ok());
    let sent: Vec<_> =
        http.requests().iter().filter_map(|request| request.field("client_assertion")).collect();
    assert_eq!(sent, ["assertion1", "assertion2"]);
    let http = ScriptedHttp::new();
    http.push(expired()).push(expired());
    let (_, source) = counting();
    assert_eq!(ask(&credential(&http, source), SCOPE).unwrap_err().server().unwrap().error_codes, [700024]);
    assert_eq!(http.count(), 2);
}

// S088
#[test]
fn a_source_learns_which_endpoint_its_assertion_is_for() {
    #[derive(Debug)]
    struct Audience;
    impl AssertionSource for Audience {
        fn assertion<'a>(&'a self, request: &'a AuthRequest<'a>) -> BoxFuture<'a, Result<Secret, Error>> {
            Box::pin(async { Ok(Secret::new(request.token_endpoint.as_str())) })
        }
    }
    let http = ScriptedHttp::new();
    http.push(Answer::token("t", 3600));
    ask(&credential(&http, Audience), SCOPE).unwrap();
    let audience = http.requests()[0].field("client_assertion");
    assert_eq!(audience.as_deref(), Some("https://login.microsoftonline.com/tenant/oauth2/v2.0/token"));
}

// G3
#[test]
fn assertions_stay_out_of_logs_and_errors() {
    let logs = CapturedLogs::watching(&["very-secret-assertion"]);
    let http = ScriptedHttp::new();
    http.push(Answer::error(400, "invalid_request", "client_assertion=very-secret-assertion is odd"));
    let source = AssertionCallback::new(|| Ok::<_, Error>("very-secret-assertion"));
    let credential = credential(&http, source);
    let error = ask(&credential, SCOPE).unwrap_err();
    logs.check(&format!("{error} {error:?} {credential:?}"));
}

// S089
#[test]
fn its_page_says_that_it_is_for_advanced_use_and_where_the_common_case_is() {
    let page: String =
        include_str!("../client_assertion.rs").lines().filter(|line| line.starts_with("///")).collect();
    assert!(page.contains("**For advanced use.**") && page.contains("CertificateCredential"));
}
