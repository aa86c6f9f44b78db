//! Service Fabric: https, a secret, and only the identity that the application's manifest names.

use http::{Method, StatusCode};
use serde_json::json;
use uuid::Uuid;

use crate::entra::Entra;
use crate::reply::Reply;
use crate::request::RecordedRequest;
use crate::sync::read;

use super::{found, only, required};

const VERSION: &str = "2019-07-01-preview";

pub(super) fn token(entra: &Entra, request: &RecordedRequest) -> Reply {
    answer(entra, request).unwrap_or_else(|refused| refused)
}

fn answer(entra: &Entra, request: &RecordedRequest) -> Result<Reply, Reply> {
    if let Some(refused) = only(&Method::GET, request) {
        return Err(refused);
    }
    if !request.is_https() {
        return Err(refuse(StatusCode::FORBIDDEN, "HttpsRequired", "The endpoint speaks https"));
    }
    if request.header("secret") != Some(&entra.hosts.secrets.service_fabric) {
        return Err(refuse(
            StatusCode::BAD_REQUEST,
            "SecretHeaderNotFound",
            "Secret is not found in the request headers.",
        ));
    }
    if required(request, "api-version") != Some(VERSION) {
        return Err(refuse(
            StatusCode::BAD_REQUEST,
            "InvalidApiVersion",
            "The api-version is not supported.",
        ));
    }
    let empty =
        || refuse(StatusCode::BAD_REQUEST, "ArgumentNullOrEmpty", "Parameter 'resource' is null or empty.");
    let resource = required(request, "resource").ok_or_else(empty)?;
    let machine = read(&entra.hosts.machine).clone();
    let none = || {
        refuse(
            StatusCode::NOT_FOUND,
            "ManagedIdentityNotFound",
            "Managed Identity not found for application.",
        )
    };
    let identity = machine.system_assigned.as_ref().ok_or_else(none)?;
    let token = entra.machine_token(identity, resource).ok_or_else(empty)?;
    Ok(found(&token.body(resource, machine.expiry.in_seconds()).into()))
}

fn refuse(status: StatusCode, code: &str, message: &str) -> Reply {
    let error = json!({ "correlationId": Uuid::new_v4().to_string(), "code": code, "message": message });
    Reply::json(status, &json!({ "error": error }))
}
