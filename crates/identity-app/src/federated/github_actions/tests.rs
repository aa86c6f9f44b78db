use identity_core::testing::CapturedLogs;
use identity_core::{Env, ErrorKind};
use identity_entra::http::testing::{Answer, ScriptedHttp};
use serde_json::json;

use super::*;
use crate::federated::tests::ask;

fn env() -> Env {
    Env::empty()
        .with(URL, "https://pipelines.actions.githubusercontent.com/x/idtoken?api-version=2.0")
        .with(TOKEN, "secret-of-the-job")
}

fn vouched(token: &str) -> Answer {
    Answer::json(200, json!({ "count": 1, "value": token }))
}

// P17
#[test]
fn github_is_asked_for_its_word_with_the_audience_of_the_cloud() {
    for (host, audience) in [
        ("login.microsoftonline.com", "api://AzureADTokenExchange"),
        ("login.microsoftonline.us", "api://AzureADTokenExchangeUSGov"),
        ("login.partner.microsoftonline.cn", "api://AzureADTokenExchangeChina"),
    ] {
        let http = ScriptedHttp::new();
        http.push(vouched("of-github")).push(Answer::token("t", 3600));
        ask(&http, env().with("AZURE_AUTHORITY_HOST", host), GitHubActionsAssertion::new()).unwrap();
        let requests = http.requests();
        assert_eq!(requests[0].method, "GET");
        assert_eq!(requests[0].endpoint(), "https://pipelines.actions.githubusercontent.com/x/idtoken");
        assert_eq!(requests[0].query("api-version").as_deref(), Some("2.0"));
        assert_eq!(requests[0].query("audience").as_deref(), Some(audience));
        assert_eq!(requests[0].header("authorization"), Some("Bearer secret-of-the-job"));
        assert_eq!(requests[1].field("client_assertion").as_deref(), Some("of-github"));
    }
    let http = ScriptedHttp::new();
    http.push(vouched("of-github")).push(Answer::token("t", 3600));
    ask(&http, env(), GitHubActionsAssertion::new().with_audience("api://own")).unwrap();
    assert_eq!(http.requests()[0].query("audience").as_deref(), Some("api://own"));
}

// P17
#[test]
fn outside_of_a_job_or_without_its_permission_it_is_unavailable() {
    for env in [Env::empty(), env().without(TOKEN), env().with(URL, "")] {
        let error = ask(&ScriptedHttp::new(), env, GitHubActionsAssertion::new()).unwrap_err();
        assert_eq!(
            (error.kind(), error.credential()),
            (ErrorKind::CredentialUnavailable, "ClientAssertionCredential")
        );
        assert!(error.message().contains("`id-token: write`"), "{error}");
    }
    let error = ask(
        &ScriptedHttp::new(),
        env().with(URL, "http://elsewhere.example/"),
        GitHubActionsAssertion::new(),
    );
    assert_eq!(
        error.unwrap_err().kind(),
        ErrorKind::InvalidArgument,
        "the job's secret is not sent in clear"
    );
}

// P17
#[test]
fn refusals_and_answers_without_a_token_are_failures() {
    let logs = CapturedLogs::watching(&["secret-of-the-job"]);
    for (answer, beginning) in [
        (
            Answer::json(401, json!({ "message": "no" })),
            "GitHub Actions gave no assertion (HTTP 401): no; check the permissions",
        ),
        (
            Answer::new(307, "").with_header("location", "http://x"),
            "GitHub Actions gave no assertion (HTTP 307)",
        ),
        (Answer::new(200, ""), "the answer of GitHub Actions holds no assertion"),
        (Answer::new(200, "<html>"), "the answer of GitHub Actions holds no assertion"),
        (Answer::json(200, json!({ "value": "" })), "the answer of GitHub Actions holds no assertion"),
        (Answer::new(403, "Bearer secret-of-the-job"), "GitHub Actions gave no assertion (HTTP 403)"),
    ] {
        let http = ScriptedHttp::new();
        http.push(answer);
        let error = ask(&http, env(), GitHubActionsAssertion::new()).unwrap_err();
        assert_eq!((error.kind(), http.count()), (ErrorKind::AuthenticationFailed, 1));
        assert!(error.message().starts_with(beginning), "{error}");
        logs.check(&format!("{error:?}"));
    }
}

// P17: a job longer than its first assertion's life goes on.
#[test]
fn an_outdated_assertion_is_replaced_once_and_a_later_token_gets_a_new_one() {
    let outdated = "AADSTS700024: Client assertion is not within its valid time range.";
    let http = ScriptedHttp::new();
    http.push(vouched("one")).push(Answer::error(401, "invalid_client", outdated));
    http.push(vouched("two")).push(Answer::token("t", 3600));
    ask(&http, env(), GitHubActionsAssertion::new()).unwrap();
    assert_eq!(http.requests()[3].field("client_assertion").as_deref(), Some("two"));
    assert_eq!(http.left(), 0);
}
