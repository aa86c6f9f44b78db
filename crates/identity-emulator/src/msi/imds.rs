//! The metadata service of a virtual machine.

use std::fmt::Display;

use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use crate::entra::Entra;
use crate::reply::Reply;
use crate::request::RecordedRequest;
use crate::sync::read;

use super::machine::MachineIdentity;
use super::token::Names;
use super::{found, is_metadata_request, only, refuse, required};

/// Where a machine learns about itself.
pub(super) const INSTANCE: &str = "/metadata/instance/compute";

pub(super) const NAMES: Names =
    Names { client: &["client_id"], object: &["object_id"], resource: &["msi_res_id", "mi_res_id"] };

const VERSIONS: [&str; 5] = ["2018-02-01", "2019-06-04", "2019-08-01", "2020-06-01", "2021-02-01"];

pub(super) fn token(entra: &Entra, request: &RecordedRequest) -> Reply {
    match body(entra, request, &VERSIONS) {
        Ok((body, _)) => found(&body.into()),
        Err(refused) => refused,
    }
}

/// The answer to whoever may ask, and the identity if one was named. Azure Arc copies this service.
pub(super) fn body(
    entra: &Entra,
    request: &RecordedRequest,
    versions: &[&str],
) -> Result<(Map<String, Value>, Option<MachineIdentity>), Reply> {
    let bad = |description: &str| refuse(StatusCode::BAD_REQUEST, "invalid_request", description);
    if let Some(refused) = only(&Method::GET, request) {
        return Err(refused);
    }
    is_metadata_request(request).map_err(bad)?;
    let version = required(request, "api-version");
    let version = version.ok_or_else(|| bad("Required query variable 'api-version' is missing"))?;
    if !versions.contains(&version) {
        return Err(bad(&format!("api-version '{}' is not supported", version.escape_default())));
    }
    let resource = required(request, "resource");
    let resource = resource.ok_or_else(|| bad("Required query variable 'resource' is missing"))?;
    let machine = read(&entra.hosts.machine).clone();
    let asked = machine.identity(request, &NAMES).map_err(|_| bad("Identity not found"))?;
    let token = entra.machine_token(asked.identity, resource).ok_or_else(|| {
        refuse(
            StatusCode::BAD_REQUEST,
            "invalid_resource",
            "AADSTS500011: The resource principal was not found in the tenant.",
        )
    })?;
    let mut body = token.body(resource, machine.expiry.in_seconds());
    let text = |number: &dyn Display| json!(number.to_string());
    body.insert("client_id".into(), json!(asked.identity.client_id));
    body.insert("expires_in".into(), text(&token.expires_in));
    body.insert("ext_expires_in".into(), text(&token.expires_in));
    body.insert("not_before".into(), text(&token.not_before));
    Ok((body, asked.is_named.then(|| asked.identity.clone())))
}

pub(super) fn instance(request: &RecordedRequest) -> Reply {
    if let Some(refused) = only(&Method::GET, request) {
        return refused;
    }
    match is_metadata_request(request) {
        Err(description) => refuse(StatusCode::BAD_REQUEST, "invalid_request", description),
        Ok(()) if required(request, "api-version").is_none() => refuse(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            "Required query variable 'api-version' is missing",
        ),
        Ok(()) => found(
            &json!({ "location": "westeurope", "name": "emulated", "azEnvironment": "AzurePublicCloud" }),
        ),
    }
}
