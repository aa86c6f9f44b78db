//! Jobs of build servers, which get a token about themselves for a secret that only the job knows.

use http::{Method, StatusCode};
use serde_json::json;
use uuid::Uuid;

use crate::entra::Entra;
use crate::reply::Reply;
use crate::request::RecordedRequest;

use super::{
    DEFAULT_GITHUB_SUBJECT, DEFAULT_PIPELINES_ISSUER, DEFAULT_PIPELINES_SUBJECT,
    DEFAULT_SERVICE_CONNECTION_ID, GITHUB_ISSUER,
};

/// How long GitHub's tokens live.
const OF_GITHUB: i64 = 300;
/// How long those of pipelines live.
const OF_PIPELINES: i64 = 600;

/// `GET ...?audience=A` with the job's own token.
pub(crate) fn github_actions(entra: &Entra, request: &RecordedRequest) -> Reply {
    if request.method() != Method::GET.as_str() {
        return Reply::empty(StatusCode::METHOD_NOT_ALLOWED).with_header("allow", "GET");
    }
    if bearer(request) != Some(&*entra.hosts.secrets.github_actions) {
        return Reply::json(
            StatusCode::UNAUTHORIZED,
            &json!({ "message": "The job's token is missing or wrong." }),
        );
    }
    // Without one it would be the owner's page, which no cloud trusts.
    let audience = request.query("audience").filter(|audience| !audience.is_empty());
    let audience = audience.unwrap_or("https://github.com/emulated");
    let more = json!({ "repository": "emulated/repository", "ref": "refs/heads/main", "actor": "emulated", "event_name": "push" });
    match entra.vouch(GITHUB_ISSUER, DEFAULT_GITHUB_SUBJECT, audience, OF_GITHUB, more) {
        Some(token) => Reply::json(StatusCode::OK, &json!({ "count": token.len(), "value": token })),
        None => Reply::empty(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// `POST ...?api-version=7.1&serviceConnectionId=ID` with the job's own token.
pub(crate) fn azure_pipelines(entra: &Entra, request: &RecordedRequest) -> Reply {
    let (e2e, reference) =
        (Uuid::new_v4().to_string(), format!("Ref A: {} Ref B: EMULATED", Uuid::new_v4().simple()));
    pipelines(entra, request).with_header("x-vss-e2eid", &e2e).with_header("x-msedge-ref", &reference)
}

fn pipelines(entra: &Entra, request: &RecordedRequest) -> Reply {
    let refuse =
        |status: StatusCode, message: &str| Reply::json(status, &json!({ "$id": "1", "message": message }));
    if request.method() != Method::POST.as_str() {
        return Reply::empty(StatusCode::METHOD_NOT_ALLOWED).with_header("allow", "POST");
    }
    if bearer(request) != Some(&*entra.hosts.secrets.azure_pipelines) {
        // Browsers are sent to the sign-in page, and so is everybody who does not say that they are none.
        return match request.header("x-tfs-fedauthredirect") {
            Some("Suppress") => {
                refuse(StatusCode::UNAUTHORIZED, "The system access token is missing or wrong.")
            }
            _ => Reply::empty(StatusCode::FOUND)
                .with_header("location", "https://spsprodneu1.vssps.visualstudio.com/_signin"),
        };
    }
    if request.query("api-version") != Some("7.1") {
        return refuse(StatusCode::BAD_REQUEST, "No api-version was supplied that this resource knows.");
    }
    if request.query("serviceConnectionId") != Some(DEFAULT_SERVICE_CONNECTION_ID) {
        return refuse(
            StatusCode::NOT_FOUND,
            "The service connection does not exist, or this job may not use it.",
        );
    }
    let audience = "api://AzureADTokenExchange";
    let token =
        entra.vouch(DEFAULT_PIPELINES_ISSUER, DEFAULT_PIPELINES_SUBJECT, audience, OF_PIPELINES, json!({}));
    match token {
        Some(token) => Reply::json(StatusCode::OK, &json!({ "oidcToken": token })),
        None => Reply::empty(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

fn bearer(request: &RecordedRequest) -> Option<&str> {
    request.header("authorization")?.strip_prefix("Bearer ")
}
