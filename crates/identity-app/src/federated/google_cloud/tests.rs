use identity_core::Env;
use identity_entra::http::testing::{Answer, ScriptedHttp};

use super::*;
use crate::federated::tests::ask;

#[test]
fn the_metadata_service_is_asked_for_its_word() {
    let own = GoogleCloudAssertion::new().with_service_account("a@b.example").with_audience("api://own");
    for (env, source, url) in [
        (
            Env::empty(),
            GoogleCloudAssertion::new(),
            "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity?audience=api%3A%2F%2FAzureADTokenExchange&format=full",
        ),
        (
            Env::empty().with("GCE_METADATA_HOST", "127.0.0.1:8080").with("HTTP_PROXY", "http://proxy:1"),
            own,
            "http://127.0.0.1:8080/computeMetadata/v1/instance/service-accounts/a@b.example/identity?audience=api%3A%2F%2Fown&format=full",
        ),
    ] {
        let http = ScriptedHttp::new();
        http.push(Answer::new(200, "aaa.bbb.ccc\n")).push(Answer::token("t", 3600));
        ask(&http, env, source).unwrap();
        let asked = &http.requests()[0];
        assert_eq!((asked.method.as_str(), asked.url.as_str()), ("GET", url));
        assert_eq!((asked.header("metadata-flavor"), asked.profile.no_proxy), (Some("Google"), true));
        assert_eq!(http.requests()[1].field("client_assertion").as_deref(), Some("aaa.bbb.ccc"));
    }
}

#[test]
fn refusals_are_failures_and_nobody_there_is_unavailable() {
    for (answer, kind) in [
        (Answer::new(404, "no such account"), ErrorKind::AuthenticationFailed),
        (Answer::new(200, "<html>"), ErrorKind::AuthenticationFailed),
        (Answer::new(200, "a.b"), ErrorKind::AuthenticationFailed),
        (Answer::new(200, "a.b.c.d"), ErrorKind::AuthenticationFailed),
        (Answer::failure(TransportErrorKind::TooLarge, "10 MB"), ErrorKind::AuthenticationFailed),
    ] {
        let http = ScriptedHttp::new();
        http.push(answer);
        let error = ask(&http, Env::empty(), GoogleCloudAssertion::new()).unwrap_err();
        assert_eq!((error.kind(), http.count()), (kind, 1), "{error}");
    }
    let http = ScriptedHttp::new();
    http.otherwise(|_| Answer::failure(TransportErrorKind::Connect, "no such host"));
    let error = ask(&http, Env::empty(), GoogleCloudAssertion::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CredentialUnavailable);
    assert!(error.message().contains("so this is no machine of Google Cloud"), "{error}");
}

#[test]
fn a_host_that_is_none_is_refused() {
    for host in ["a/b", "a b", "user@host", "host?x", ""] {
        let http = ScriptedHttp::new();
        let answer = ask(&http, Env::empty().with("GCE_METADATA_HOST", host), GoogleCloudAssertion::new());
        let expected =
            if host.is_empty() { ErrorKind::CredentialUnavailable } else { ErrorKind::InvalidArgument };
        assert_eq!(answer.unwrap_err().kind(), expected, "{host}");
    }
}
