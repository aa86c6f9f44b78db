//! Managed identity: the hosts that give a machine's tokens.

#![allow(clippy::result_large_err, reason = "a refusal is an answer like any other, made once per request")]

mod app_service;
mod azure_arc;
mod cloud_shell;
mod imds;
mod machine;
pub(crate) mod path;
mod service_fabric;
mod token;

pub use machine::{
    DEFAULT_SYSTEM_ASSIGNED_OBJECT_ID, DEFAULT_USER_ASSIGNED_CLIENT_ID, DEFAULT_USER_ASSIGNED_OBJECT_ID,
    DEFAULT_USER_ASSIGNED_RESOURCE_ID, ExpiryStyle, Machine, MachineIdentity,
};

use std::fmt;
use std::sync::{Mutex, RwLock};

use http::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::entra::Entra;
use crate::host::Host;
use crate::reply::Reply;
use crate::request::RecordedRequest;

use azure_arc::Key;

/// The machine, and what its endpoints know.
pub(crate) struct Hosts {
    pub(crate) machine: RwLock<Machine>,
    pub(crate) tenant_id: String,
    pub(crate) secrets: Secrets,
    arc_keys: Mutex<Vec<Key>>,
}

/// What callers show to prove that they run where they say; new at each start.
pub(crate) struct Secrets {
    pub(crate) app_service: String,
    pub(crate) azure_ml: String,
    pub(crate) service_fabric: String,
    pub(crate) github_actions: String,
    pub(crate) azure_pipelines: String,
}

impl Hosts {
    pub(crate) fn new(machine: Machine, tenant_id: String) -> Hosts {
        let secret = || Uuid::new_v4().simple().to_string();
        let secrets = Secrets {
            app_service: secret(),
            azure_ml: secret(),
            service_fabric: secret(),
            github_actions: secret(),
            azure_pipelines: secret(),
        };
        Hosts { machine: RwLock::new(machine), tenant_id, secrets, arc_keys: Mutex::default() }
    }
}

impl fmt::Debug for Hosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hosts").field("machine", &self.machine).finish_non_exhaustive()
    }
}

/// Answers a request to one of the hosts' endpoints; none for any other.
pub(crate) fn answer(entra: &Entra, request: &RecordedRequest) -> Option<Reply> {
    Some(match Host::of(request) {
        Some(Host::Imds) => imds::token(entra, request),
        Some(Host::AppService) => app_service::token(entra, request),
        Some(Host::AzureMl) => app_service::token_of_2017(entra, request),
        Some(Host::AzureArc) => azure_arc::token(entra, request),
        Some(Host::ServiceFabric) => service_fabric::token(entra, request),
        Some(Host::CloudShell) => cloud_shell::token(entra, request),
        _ if path::normal(request.path()) == imds::INSTANCE => imds::instance(request),
        _ => return None,
    })
}

/// A query parameter that must be there once and not be empty.
fn required<'a>(request: &'a RecordedRequest, name: &str) -> Option<&'a str> {
    let mut values = request.query_pairs().iter().filter(|(n, _)| n == name);
    match (values.next(), values.next()) {
        (Some((_, value)), None) if !value.is_empty() => Some(value),
        _ => None,
    }
}

/// Whether a request has what metadata services insist on, or the sentence with which they refuse it. A page in a browser and a server that is
/// tricked can't send the one header, and a proxy sends the other.
fn is_metadata_request(request: &RecordedRequest) -> Result<(), &'static str> {
    if request.headers().contains_key("x-forwarded-for") {
        return Err("The request must not be forwarded: it has the header X-Forwarded-For");
    }
    match request.header("metadata").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        true => Ok(()),
        false => Err("Required metadata header not specified"),
    }
}

fn only(method: &Method, request: &RecordedRequest) -> Option<Reply> {
    (request.method() != method.as_str())
        .then(|| Reply::empty(StatusCode::METHOD_NOT_ALLOWED).with_header("allow", method.as_str()))
}

/// A refusal in OAuth's form.
fn refuse(status: StatusCode, error: &str, description: &str) -> Reply {
    Reply::json(status, &json!({ "error": error, "error_description": description }))
}

fn found(body: &Value) -> Reply {
    Reply::json(StatusCode::OK, body).not_stored()
}

#[cfg(test)]
mod tests;
