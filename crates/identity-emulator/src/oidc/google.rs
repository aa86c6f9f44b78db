//! The metadata service of a machine of Google Cloud.

use http::{Method, StatusCode};
use serde_json::json;

use crate::entra::Entra;
use crate::reply::Reply;
use crate::request::RecordedRequest;

use super::{DEFAULT_GOOGLE_SUBJECT, GOOGLE_ISSUER};

const LIFETIME: i64 = 3600;

/// `GET ...?audience=A` with `Metadata-Flavor: Google`. The answer is the token and nothing else.
pub(crate) fn google_cloud(entra: &Entra, request: &RecordedRequest) -> Reply {
    let refuse = |status: StatusCode, words: &'static str| {
        Reply::html(status, words.to_owned()).with_header("metadata-flavor", "Google")
    };
    if request.method() != Method::GET.as_str() {
        return refuse(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed");
    }
    if request.header("metadata-flavor") != Some("Google")
        || request.headers().contains_key("x-forwarded-for")
    {
        return refuse(StatusCode::FORBIDDEN, "Missing Metadata-Flavor:Google header.");
    }
    let Some(audience) = request.query("audience").filter(|audience| !audience.is_empty()) else {
        return refuse(StatusCode::BAD_REQUEST, "non-empty audience parameter required");
    };
    let more = json!({ "azp": DEFAULT_GOOGLE_SUBJECT });
    match entra.vouch(GOOGLE_ISSUER, DEFAULT_GOOGLE_SUBJECT, audience, LIFETIME, more) {
        Some(token) => {
            Reply::typed(StatusCode::OK, "text/html", token.into()).with_header("metadata-flavor", "Google")
        }
        None => refuse(StatusCode::INTERNAL_SERVER_ERROR, "no randomness"),
    }
}
