//! Cloud Shell: a form, and the identity of whoever opened it.

use http::{Method, StatusCode};
use serde_json::json;

use crate::entra::Entra;
use crate::reply::Reply;
use crate::request::RecordedRequest;
use crate::sync::read;

use super::{found, is_metadata_request, only};

pub(super) fn token(entra: &Entra, request: &RecordedRequest) -> Reply {
    answer(entra, request).unwrap_or_else(|refused| refused)
}

fn answer(entra: &Entra, request: &RecordedRequest) -> Result<Reply, Reply> {
    if let Some(refused) = only(&Method::POST, request) {
        return Err(refused);
    }
    is_metadata_request(request).map_err(|message| refuse("InvalidRequest", message))?;
    let resource = request.form("resource").filter(|resource| !resource.is_empty());
    let resource = resource.ok_or_else(|| refuse("ResourceMissing", "The form has no resource"))?;
    let machine = read(&entra.hosts.machine).clone();
    let signed_out = || refuse("SignedOut", "Nobody is signed in");
    let identity = machine.system_assigned.as_ref().ok_or_else(signed_out)?;
    let unknown = || refuse("AudienceNotSupported", "The audience is not a supported MSI token audience");
    let token = entra.machine_token(identity, resource).ok_or_else(unknown)?;
    let mut body = token.body(resource, machine.expiry.in_seconds());
    body.insert("expires_in".into(), json!(token.expires_in.to_string()));
    body.insert("not_before".into(), json!(token.not_before.to_string()));
    body.insert("refresh_token".into(), json!(""));
    Ok(found(&body.into()))
}

fn refuse(code: &str, message: &str) -> Reply {
    Reply::json(StatusCode::BAD_REQUEST, &json!({ "error": { "code": code, "message": message } }))
}
