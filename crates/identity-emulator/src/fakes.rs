//! wiremock mounts with Entra ID's bodies, for unit tests that look at single requests.
//!
//! ```no_run
//! # async fn example() {
//! use identity_emulator::{AadstsError, fakes};
//!
//! let server = wiremock::MockServer::start().await;
//! fakes::on_token("TENANT")
//!     .and(fakes::form("grant_type", "client_credentials"))
//!     .and(fakes::form_without("claims"))
//!     .respond_with(fakes::token_success("secret-token", 3599))
//!     .expect(1)
//!     .mount(&server)
//!     .await;
//! # let _ = fakes::token_error(&AadstsError::new(7000215, "invalid_client", "Invalid client secret."));
//! # }
//! ```

use serde_json::Value;
use wiremock::matchers::{method, path, query_param_contains};
use wiremock::{Match, Mock, MockBuilder, Request, ResponseTemplate};

use crate::aadsts::AadstsError;
use crate::shapes::{self, ErrorContext, TokenBody};

/// Requests to the token endpoint of this tenant; say what else must hold and how to respond.
pub fn on_token(tenant: &str) -> MockBuilder {
    Mock::given(method("POST")).and(path(format!("/{tenant}/oauth2/v2.0/token")))
}

/// Requests for the OpenID configuration of this tenant.
pub fn on_openid_configuration(tenant: &str) -> MockBuilder {
    Mock::given(method("GET")).and(path(format!("/{tenant}/v2.0/.well-known/openid-configuration")))
}

/// Requests for an instance discovery of this host.
pub fn on_instance_discovery(host: &str) -> MockBuilder {
    Mock::given(method("GET"))
        .and(path("/common/discovery/instance"))
        .and(query_param_contains("authorization_endpoint", format!("://{host}/")))
}

/// An app's token that lives this many seconds.
pub fn token_success(access_token: &str, expires_in: u64) -> ResponseTemplate {
    token(&TokenBody::new(access_token, expires_in))
}

/// Any token answer.
pub fn token(body: &TokenBody) -> ResponseTemplate {
    json(200, &body.to_json())
}

/// A refusal, with fixed ids and time.
pub fn token_error(refused: &AadstsError) -> ResponseTemplate {
    json(refused.status(), &shapes::error(refused, &ErrorContext::default()))
}

/// The OpenID configuration of a tenant on a server at this URL, consistent with it.
pub fn openid_configuration(base: &str, tenant: &str) -> ResponseTemplate {
    json(200, &shapes::openid_configuration(base, tenant, tenant))
}

/// The answer to an instance discovery (api-version 1.1) for a tenant of this host, which has these names.
pub fn instance_discovery(host: &str, tenant: &str, aliases: &[&str]) -> ResponseTemplate {
    let discovery = format!("https://{host}/{tenant}/v2.0/.well-known/openid-configuration");
    let clouds = [shapes::InstanceMetadata::new(aliases)];
    json(200, &shapes::instance_discovery(&discovery, Some(&clouds)))
}

/// The refusal of an instance discovery for a host that is not known.
pub fn invalid_instance() -> ResponseTemplate {
    token_error(&AadstsError::new(50049, "invalid_instance", "Unknown or invalid instance."))
}

/// Matches a form that has this field, once, with this value.
pub fn form(name: impl Into<String>, value: impl Into<String>) -> FormField {
    FormField { name: name.into(), expected: Expected::Value(value.into()) }
}

/// Matches a form that has this field, once and not empty.
pub fn form_with(name: impl Into<String>) -> FormField {
    FormField { name: name.into(), expected: Expected::Any }
}

/// Matches a form that has no such field.
pub fn form_without(name: impl Into<String>) -> FormField {
    FormField { name: name.into(), expected: Expected::None }
}

/// The fields of a form that was received, decoded, in their order.
pub fn form_of(request: &Request) -> Vec<(String, String)> {
    form_urlencoded::parse(&request.body).into_owned().collect()
}

/// A matcher of one form field: [`form`], [`form_with`], [`form_without`].
#[derive(Clone, Debug)]
pub struct FormField {
    name: String,
    expected: Expected,
}

#[derive(Clone, Debug)]
enum Expected {
    Value(String),
    Any,
    None,
}

impl Match for FormField {
    fn matches(&self, request: &Request) -> bool {
        let form = form_of(request);
        let found: Vec<&str> =
            form.iter().filter(|(name, _)| *name == self.name).map(|(_, value)| value.as_str()).collect();
        match (&self.expected, found.as_slice()) {
            (Expected::Value(value), [only]) => only == value,
            (Expected::Any, [only]) => !only.is_empty(),
            (Expected::None, []) => true,
            _ => false,
        }
    }
}

fn json(status: u16, body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(body)
}

#[cfg(test)]
mod tests;
