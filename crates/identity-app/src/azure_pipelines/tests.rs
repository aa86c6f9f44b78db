use identity_core::testing::{CapturedLogs, FakeClock, block_on};
use identity_core::{AccessToken, ErrorKind};
use identity_entra::http::testing::{Answer, ScriptedHttp};
use serde_json::json;

use super::*;

const SCOPE: &str = "https://vault.azure.net/.default";
const SYSTEM_TOKEN: &str = "secret-system-token";

fn env() -> Env {
    Env::empty().with(
        SYSTEM_OIDCREQUESTURI,
        "https://dev.azure.com/org/project/_apis/distributedtask/hubs/build/oidctoken/",
    )
}

fn options(http: &ScriptedHttp, env: Env) -> EntraOptions {
    EntraOptions::default()
        .with_http_service(http.service())
        .with_clock(FakeClock::at_unix(1_700_000_000).clock())
        .with_env(env)
}

fn credential(http: &ScriptedHttp, env: Env) -> AzurePipelinesCredential {
    AzurePipelinesCredential::new("tenant", "client", "connection id", SYSTEM_TOKEN, options(http, env))
        .unwrap()
}

fn ask(credential: &AzurePipelinesCredential) -> Result<AccessToken, Error> {
    block_on(credential.get_token(&[SCOPE], &TokenRequestOptions::default()))
}

fn vouched(token: &str) -> Answer {
    Answer::json(200, json!({ "oidcToken": token }))
}

// P03
#[test]
fn the_pipeline_is_asked_for_its_word_which_is_the_proof() {
    let http = ScriptedHttp::new();
    http.push(vouched("of-pipeline")).push(Answer::token("t", 3600));
    let credential = credential(&http, env());
    let token = ask(&credential).unwrap();
    assert_eq!((token.token().secret(), token.credential()), ("t", NAME));
    ask(&credential).unwrap();
    let requests = http.requests();
    assert_eq!(requests.len(), 2, "the second token is the cached one");
    let asked = &requests[0];
    assert_eq!(asked.method, "POST");
    assert_eq!(
        asked.url,
        "https://dev.azure.com/org/project/_apis/distributedtask/hubs/build/oidctoken?api-version=7.1&serviceConnectionId=connection+id"
    );
    assert_eq!(asked.header("authorization"), Some("Bearer secret-system-token"));
    assert_eq!(asked.header("content-type"), Some("application/json"));
    assert_eq!(asked.header("x-tfs-fedauthredirect"), Some("Suppress"));
    assert_eq!(asked.body, "");
    assert_eq!(requests[1].url, "https://login.microsoftonline.com/tenant/oauth2/v2.0/token");
    assert_eq!(requests[1].field("client_assertion").as_deref(), Some("of-pipeline"));
}

// P03
#[test]
fn everything_must_be_there() {
    let http = ScriptedHttp::new();
    for (tenant, client, connection, token) in [
        ("", "c", "s", "t"),
        ("t", "", "s", "t"),
        ("t", "c", "", "t"),
        ("t", "c", "s", ""),
        ("t t", "c", "s", "t"),
        ("t", "c", "s", "t\n"),
    ] {
        let error = AzurePipelinesCredential::new(tenant, client, connection, token, options(&http, env()))
            .unwrap_err();
        assert_eq!((error.kind(), error.credential()), (ErrorKind::InvalidArgument, NAME));
    }
}

// P03
#[test]
fn outside_of_a_pipeline_it_is_unavailable() {
    let http = ScriptedHttp::new();
    for env in [Env::empty(), Env::empty().with(SYSTEM_OIDCREQUESTURI, "")] {
        let error = ask(&credential(&http, env)).unwrap_err();
        assert_eq!((error.kind(), error.credential()), (ErrorKind::CredentialUnavailable, NAME));
        assert!(
            error.message().starts_with("no value for the environment variable SYSTEM_OIDCREQUESTURI"),
            "{error}"
        );
    }
    for value in ["hello", "http://dev.azure.com/x", "ftp://dev.azure.com/x", "https://user@dev.azure.com/"] {
        let error = ask(&credential(&http, Env::empty().with(SYSTEM_OIDCREQUESTURI, value))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{value}");
    }
    assert_eq!(http.count(), 0);
}

// P03
#[test]
fn a_refusal_has_the_headers_that_support_asks_for() {
    let refused = |status: u16, body: &'static str| {
        let http = ScriptedHttp::new();
        let answer = Answer::new(status, body)
            .with_header("x-vss-e2eid", "e2e-1")
            .with_header("x-msedge-ref", "Ref A: 2");
        http.push(answer);
        let error = ask(&credential(&http, env())).unwrap_err();
        assert_eq!((error.kind(), http.count()), (ErrorKind::AuthenticationFailed, 1));
        assert_eq!(error.server().unwrap().status, Some(status));
        error.message().to_owned()
    };
    let traces = "(x-vss-e2eid: e2e-1, x-msedge-ref: Ref A: 2)";
    assert_eq!(
        refused(401, "{\"message\": \"no\"}"),
        format!(
            "unexpected response from the pipeline's OIDC token endpoint (HTTP 401): no {traces}; check that the job is given its own \
             $(System.AccessToken)"
        )
    );
    for (status, advice) in
        [(302, "System.AccessToken"), (404, "service connection's id"), (203, "support"), (400, "support")]
    {
        let message = refused(status, "<html>");
        assert!(message.contains(traces) && message.contains(advice), "{message}");
    }
    for body in ["", "{}", "{\"oidcToken\": \"\"}", "{\"oidcToken\": 7}", "<html>"] {
        let message = refused(200, body);
        assert_eq!(
            message,
            format!("OIDC token not found in response of the pipeline's OIDC token endpoint {traces}")
        );
    }
}

#[test]
fn the_pipeline_is_asked_again_as_a_token_endpoint_is() {
    let http = ScriptedHttp::new();
    http.push(Answer::new(503, "")).push(vouched("a")).push(Answer::token("t", 3600));
    assert!(ask(&credential(&http, env())).is_ok());
}

#[test]
fn each_new_token_has_a_new_assertion() {
    let outdated = "AADSTS700024: Client assertion is not within its valid time range.";
    let http = ScriptedHttp::new();
    http.push(vouched("old")).push(Answer::error(401, "invalid_client", outdated));
    http.push(vouched("new")).push(Answer::token("t", 3600));
    ask(&credential(&http, env())).unwrap();
    assert_eq!(http.requests()[3].field("client_assertion").as_deref(), Some("new"));
}

// P03, G3
#[test]
fn logs_have_the_headers_and_no_secret() {
    let logs = CapturedLogs::watching(&[SYSTEM_TOKEN, "of-pipeline"]);
    let http = ScriptedHttp::new();
    http.push(vouched("of-pipeline").with_header("x-vss-e2eid", "e2e-7")).push(Answer::token("t", 1));
    let credential = credential(&http, env());
    ask(&credential).unwrap();
    assert!(logs.text().contains("e2e-7"));
    http.push(Answer::new(500, SYSTEM_TOKEN)).push(Answer::new(401, format!("Bearer {SYSTEM_TOKEN}")));
    let error = block_on(credential.get_token(&["b/.default"], &TokenRequestOptions::default())).unwrap_err();
    logs.check(&format!("{error} {error:?} {credential:?}"));
}
