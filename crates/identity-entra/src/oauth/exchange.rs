use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use identity_core::{Error, Secret, SecretBytes};
use url::Url;
use zeroize::Zeroizing;

use super::{Form, TokenResponse};
use crate::http::{HttpClient, HttpRequest, HttpResponse, RetryPolicy, TransportProfile};

/// How a credential talks to its authority: in whose name, through what, and how patiently.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    /// The class that errors name.
    pub credential: &'static str,
    /// What sends.
    pub http: &'a HttpClient,
    /// How often and for how long.
    pub retry: &'a RetryPolicy,
    /// What each request needs beyond the ordinary.
    pub profile: Option<&'a TransportProfile>,
}

impl Exchange<'_> {
    /// Gets a document.
    ///
    /// # Errors
    /// What the [`HttpClient`] ends in when no answer comes; any status is an answer.
    pub async fn get(&self, url: &Url) -> Result<HttpResponse, Error> {
        let request = http::Request::get(url.as_str()).header(ACCEPT, JSON);
        self.send(request, SecretBytes::new(Vec::new())).await
    }

    /// Posts a form.
    ///
    /// # Errors
    /// What the [`HttpClient`] ends in when no answer comes; any status is an answer.
    pub async fn post(&self, url: &Url, form: &Form) -> Result<HttpResponse, Error> {
        let request = http::Request::post(url.as_str()).header(ACCEPT, JSON).header(CONTENT_TYPE, FORM);
        self.send(request, form.encode()).await
    }

    /// Posts a form to a token endpoint and reads the token. What a refusal repeats of the form's secrets is masked.
    ///
    /// # Errors
    /// `AuthenticationFailed` with what the server said, and what the [`HttpClient`] ends in when no answer comes.
    pub async fn token(&self, token_endpoint: &Url, form: &Form) -> Result<TokenResponse, Error> {
        // Before the request, so that a slow answer never makes a token look fresher than it is.
        let requested_at = self.http.clock().now();
        let response = self.post(token_endpoint, form).await?;
        let read = |response: &HttpResponse| {
            TokenResponse::parse(self.credential, "the token request", response, requested_at)
        };
        read(&response).map_err(|error| read(&without_echo(&response, form)).err().unwrap_or(error))
    }

    async fn send(&self, request: http::request::Builder, body: SecretBytes) -> Result<HttpResponse, Error> {
        let mut request: HttpRequest = request.body(body).map_err(|e| {
            Error::invalid_argument(format!("the authority makes no valid request: {e}"))
                .with_credential(self.credential)
        })?;
        if let Some(profile) = self.profile {
            request.extensions_mut().insert(profile.clone());
        }
        self.http.send(self.credential, request, self.retry).await
    }
}

/// A refusal without the secrets that were sent, in the ways that a body may write them.
fn without_echo(response: &HttpResponse, form: &Form) -> HttpResponse {
    // Shorter ones stand in every text.
    const SHORTEST: usize = 4;
    let mut text = String::from_utf8_lossy(response.body()).into_owned();
    for secret in form.secrets().map(Secret::secret).filter(|secret| secret.len() >= SHORTEST) {
        let in_json = Zeroizing::new(serde_json::Value::from(secret).to_string());
        let in_url: Zeroizing<String> =
            Zeroizing::new(form_urlencoded::byte_serialize(secret.as_bytes()).collect());
        for written in [secret, in_json.trim_matches('"'), &in_url] {
            text = text.replace(written, "***");
        }
    }
    let mut clean = response.clone();
    *clean.body_mut() = Bytes::from(text);
    clean
}

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

#[cfg(test)]
mod tests;
