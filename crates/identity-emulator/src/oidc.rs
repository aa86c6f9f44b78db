//! Issuers outside of Entra ID that vouch for a program: GitHub Actions, Azure Pipelines, Google Cloud.

mod google;
mod jobs;

pub(crate) use google::google_cloud;
pub(crate) use jobs::{azure_pipelines, github_actions};

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::entra::Entra;
use crate::host::Host;
use crate::jwt::{Algorithm, PublicKey};
use crate::reply::Reply;
use crate::request::RecordedRequest;

/// The issuer of GitHub Actions.
pub const GITHUB_ISSUER: &str = "https://token.actions.githubusercontent.com";
/// The job that the emulator's GitHub vouches for, which the default app trusts.
pub const DEFAULT_GITHUB_SUBJECT: &str = "repo:emulated/repository:ref:refs/heads/main";
/// The issuer of Azure Pipelines, with the id of an organization.
pub const DEFAULT_PIPELINES_ISSUER: &str =
    "https://vstoken.dev.azure.com/0facade0-1b2c-4d3e-8f40-5a6b7c8d9e06";
/// The service connection that the emulator's pipelines know.
pub const DEFAULT_SERVICE_CONNECTION_ID: &str = "5e41ce00-c099-4ec7-9100-1a2b3c4d5e07";
/// What it is called in tokens, which the default app trusts.
pub const DEFAULT_PIPELINES_SUBJECT: &str = "sc://emulated/project/connection";
/// The issuer of Google.
pub const GOOGLE_ISSUER: &str = "https://accounts.google.com";
/// The service account of the emulator's machine of Google Cloud, which the default app trusts.
pub const DEFAULT_GOOGLE_SUBJECT: &str = "100000000000000000008";

/// The issuer of a tenant's tokens, of which one is a managed identity's.
pub(crate) fn issuer_of_tenant(tenant_id: &str) -> String {
    format!("https://login.microsoftonline.com/{tenant_id}/v2.0")
}

/// Answers a request to an issuer; none for any other.
pub(crate) fn answer(entra: &Entra, request: &RecordedRequest, base: &str) -> Option<Reply> {
    let documents = request.path().strip_prefix("/oidc/").and_then(|rest| rest.split_once('/'));
    Some(match (Host::of(request), documents) {
        (Some(Host::GitHubActions), _) => github_actions(entra, request),
        (Some(Host::AzurePipelines), _) => azure_pipelines(entra, request),
        (Some(Host::GoogleCloud), _) => google_cloud(entra, request),
        (_, Some((name, document))) => self::document(entra, request, base, name, document)?,
        _ => return None,
    })
}

/// What whoever trusts an issuer looks up: where its keys are, and the keys.
fn document(
    entra: &Entra,
    request: &RecordedRequest,
    base: &str,
    name: &str,
    document: &str,
) -> Option<Reply> {
    let issuer = match name {
        "github" => GITHUB_ISSUER,
        "pipelines" => DEFAULT_PIPELINES_ISSUER,
        "google" => GOOGLE_ISSUER,
        _ => return None,
    };
    let body = match document {
        ".well-known/openid-configuration" => json!({
            "issuer": issuer,
            "jwks_uri": format!("{base}/oidc/{name}/.well-known/jwks"),
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid"],
        }),
        ".well-known/jwks" => json!({ "keys": [entra.key.jwk()] }),
        _ => return None,
    };
    Some(match request.method() == Method::GET.as_str() {
        true => Reply::json(StatusCode::OK, &body),
        false => Reply::empty(StatusCode::METHOD_NOT_ALLOWED).with_header("allow", "GET"),
    })
}

impl Entra {
    /// The key of an issuer that the emulator plays itself, as its documents would name it.
    pub(crate) fn key_of_issuer(&self, issuer: &str) -> Option<PublicKey> {
        let is_ours = [GITHUB_ISSUER, DEFAULT_PIPELINES_ISSUER, GOOGLE_ISSUER].contains(&issuer)
            || issuer == issuer_of_tenant(&self.hosts.tenant_id);
        is_ours.then(|| self.key.public_key())
    }

    /// A token of such an issuer that lives so many seconds.
    fn vouch(
        &self,
        issuer: &str,
        subject: &str,
        audience: &str,
        seconds: i64,
        more: Value,
    ) -> Option<String> {
        let now = self.clock.unix_now();
        let mut claims = json!({
            "iss": issuer,
            "sub": subject,
            "aud": audience,
            "iat": now,
            "nbf": now.saturating_sub(60),
            "exp": now.saturating_add(seconds),
            "jti": uuid::Uuid::new_v4().to_string(),
        });
        if let (Value::Object(claims), Value::Object(more)) = (&mut claims, more) {
            claims.extend(more);
        }
        self.key.sign(Algorithm::Rs256, json!({ "kid": self.key.id() }), &claims)
    }
}

#[cfg(test)]
mod tests;
