//! Who vouches for a program outside of Azure: sources of assertions for [`ClientAssertionCredential`](crate::ClientAssertionCredential).

mod credential;
mod github_actions;
mod google_cloud;
mod spiffe;

pub use credential::CredentialAssertion;
pub use github_actions::GitHubActionsAssertion;
pub use google_cloud::GoogleCloudAssertion;
pub use spiffe::SpiffeAssertion;

use identity_core::{Cloud, Error, Secret};
use identity_entra::client::EntraClient;
use identity_entra::http::{HttpRequest, HttpResponse, RetryPolicy};
use identity_entra::oauth::server_error;
use serde_json::Value;
use url::{Host, Url};

/// The scope of tokens that are exchanged, in the cloud of a client's authority. An authority of no known cloud has that of the public one.
fn exchange_scope(client: &EntraClient) -> &'static str {
    let cloud = Cloud::of_host(client.authority().host()).unwrap_or(Cloud::Public);
    cloud.token_exchange_scope().unwrap_or(PUBLIC)
}

const PUBLIC: &str = "api://AzureADTokenExchange/.default";

/// The same as an audience.
fn exchange_audience(client: &EntraClient) -> &'static str {
    let scope = exchange_scope(client);
    scope.strip_suffix("/.default").unwrap_or(scope)
}

/// The endpoint that a variable names, to which a secret is sent: so it must be https, but on this machine.
///
/// # Errors
/// `InvalidArgument` for a value that is no such URL.
pub(crate) fn endpoint(variable: &str, text: &str) -> Result<Url, Error> {
    let url =
        Url::parse(text.trim()).ok().filter(|url| url.username().is_empty() && url.password().is_none());
    let is_safe = |url: &Url| match (url.scheme(), url.host()) {
        ("https", Some(_)) => true,
        ("http", Some(Host::Ipv4(address))) => address.is_loopback(),
        ("http", Some(Host::Ipv6(address))) => address.is_loopback(),
        ("http", Some(Host::Domain(name))) => name == "localhost",
        _ => false,
    };
    url.filter(is_safe).ok_or_else(|| {
        Error::invalid_argument(format!(
            "the value of {variable} is no https URL; the build server sets it, so leave it as it was"
        ))
    })
}

/// A text in an answer that is a JSON object.
pub(crate) fn member(response: &HttpResponse, name: &str) -> Option<Secret> {
    match serde_json::from_slice::<Value>(response.body()).ok()?.get_mut(name)?.take() {
        Value::String(text) if !text.trim().is_empty() => Some(Secret::new(text.trim())),
        _ => None,
    }
}

/// Sends a request for an assertion, and gives the answer if it is a success.
///
/// # Errors
/// `AuthenticationFailed` for a refusal, with the server's words and what to do, and where there is no answer.
async fn asked(
    client: &EntraClient,
    request: HttpRequest,
    who: &str,
    advice: &str,
) -> Result<HttpResponse, Error> {
    let retry = RetryPolicy::new(client.options().retry());
    let response = client.http().send(client.credential(), request, &retry).await?;
    if response.status().is_success() {
        return Ok(response);
    }
    let server = server_error(&response);
    let words = server.description.as_deref().unwrap_or(&server.body);
    let words: String = words.chars().take(300).collect();
    let status = response.status().as_u16();
    Err(Error::failed(format!("{who} gave no assertion (HTTP {status}): {words}; {advice}"))
        .with_server(server))
}

/// The error for a success that holds no assertion.
fn no_assertion(who: &str, response: &HttpResponse) -> Error {
    let message =
        format!("the answer of {who} holds no assertion; check whether something else answers in its place");
    Error::failed(message).with_server(server_error(response))
}

/// Whether a text has the form of a JWT: three parts in base64url.
fn is_jwt(text: &str) -> bool {
    let mut parts = text.split('.');
    let fits = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    parts.by_ref().take(3).filter(|part| fits(part)).count() == 3 && parts.next().is_none()
}

#[cfg(test)]
mod tests;
