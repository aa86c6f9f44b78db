#![cfg(unix)]

use identity_core::testing::FakeClock;
use identity_core::{Env, ErrorKind};
use url::Url;

use super::*;
use crate::client::EntraClient;
use crate::http::testing::ScriptedHttp;
use crate::options::EntraOptions;

/// The system's shell plays the command.
fn playing(script: &str) -> CommandAssertion {
    CommandAssertion::at("/bin/sh").with_args(["-c", script])
}

async fn assertion(source: &CommandAssertion) -> Result<Secret, Error> {
    let options = EntraOptions::default()
        .with_http_service(ScriptedHttp::new().service())
        .with_clock(FakeClock::at_unix(1_700_000_000).clock())
        .with_env(Env::empty().with("PATH", "/nowhere").with("WORD", "of-env"));
    let client = EntraClient::app("TestCredential", "tenant", "client", &options).unwrap();
    let endpoint = Url::parse("https://login.microsoftonline.com/tenant/oauth2/v2.0/token").unwrap();
    source
        .assertion(&AuthRequest {
            client: &client,
            tenant_id: "tenant",
            token_endpoint: &endpoint,
            attempt: 0,
        })
        .await
}

#[tokio::test]
async fn what_a_command_prints_is_the_assertion() {
    assert_eq!(assertion(&playing("printf ' a.b.c\\n'")).await.unwrap().secret(), "a.b.c");
    assert_eq!(assertion(&playing("echo $WORD; echo noise >&2")).await.unwrap().secret(), "of-env");
}

#[tokio::test]
async fn a_command_that_fails_says_why_and_tells_no_secret() {
    for (script, kind, message) in [
        (
            "echo no >&2; exit 3",
            ErrorKind::AuthenticationFailed,
            "the assertion command /bin/sh ended with exit code 3: no",
        ),
        (
            "kill -9 $$",
            ErrorKind::AuthenticationFailed,
            "the assertion command /bin/sh ended with a signal: ",
        ),
        ("true", ErrorKind::AuthenticationFailed, "the assertion command /bin/sh printed nothing"),
        (
            "echo two words",
            ErrorKind::AuthenticationFailed,
            "the assertion command /bin/sh printed something else than an assertion; it must print that and nothing else",
        ),
        (
            "printf '\\377'",
            ErrorKind::AuthenticationFailed,
            "the assertion command /bin/sh printed something else than an assertion; it must print that and nothing else",
        ),
    ] {
        let error = assertion(&playing(script)).await.unwrap_err();
        assert_eq!((error.kind(), error.message()), (kind, message), "{script}");
    }
    let error = assertion(&playing("echo token=eyJhbGciOiJ.hunter2hunter2.x >&2; exit 1")).await.unwrap_err();
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
}

#[tokio::test]
async fn a_command_that_is_not_there_is_unavailable() {
    for source in [CommandAssertion::named("aws"), CommandAssertion::at("/nowhere/aws")] {
        let error = assertion(&source).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CredentialUnavailable);
        assert!(error.message().starts_with("the assertion command can't be run: "), "{error}");
    }
    let error = assertion(&CommandAssertion::at("relative/aws")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CredentialUnavailable);
}

#[test]
fn debug_shows_no_arguments() {
    let shown = format!("{:?}", CommandAssertion::named("tool").with_args(["hunter2"]));
    assert!(shown.contains("tool") && !shown.contains("hunter2"), "{shown}");
}
