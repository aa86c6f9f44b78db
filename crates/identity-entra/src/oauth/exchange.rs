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

    /// Posts a form. What the server repeats of the form's secrets in a refusal is masked.
    ///
    /// # Errors
    /// What the [`HttpClient`] ends in when no answer comes; any status is an answer.
    pub async fn post(&self, url: &Url, form: &Form) -> Result<HttpResponse, Error> {
        let request = http::Request::post(url.as_str()).header(ACCEPT, JSON).header(CONTENT_TYPE, FORM);
        Ok(without_echo(self.send(request, form.encode()).await?, form))
    }

    /// Posts a form to a token endpoint and reads the token.
    ///
    /// # Errors
    /// `AuthenticationFailed` with what the server said, and what the [`HttpClient`] ends in when no answer comes.
    pub async fn token(&self, token_endpoint: &Url, form: &Form) -> Result<TokenResponse, Error> {
        // Before the request, so that a slow answer never makes a token look fresher than it is.
        let requested_at = self.http.clock().now();
        let response = self.post(token_endpoint, form).await?;
        TokenResponse::parse(self.credential, "the token request", &response, requested_at)
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

/// The answer without the secrets that were sent, in the ways that a body may write them. One with a token is left as it is.
fn without_echo(response: HttpResponse, form: &Form) -> HttpResponse {
    // Shorter ones stand in every text.
    const SHORTEST: usize = 4;
    let gives_token =
        || std::str::from_utf8(response.body()).is_ok_and(|body| body.contains("\"access_token\""));
    if response.status().is_success() && gives_token() {
        return response;
    }
    let secrets = form.secrets().map(Secret::secret).filter(|secret| secret.len() >= SHORTEST);
    let mut text = Zeroizing::new(String::from_utf8_lossy(response.body()).into_owned());
    for secret in secrets {
        let in_json = Zeroizing::new(serde_json::Value::from(secret).to_string());
        let in_url: Zeroizing<String> =
            Zeroizing::new(form_urlencoded::byte_serialize(secret.as_bytes()).collect());
        for written in [secret, in_json.trim_matches('"'), &in_url] {
            if text.contains(written) {
                text = Zeroizing::new(text.replace(written, "***"));
            }
        }
    }
    if text.as_bytes() == &response.body()[..] {
        return response;
    }
    response.map(|_| Bytes::from(text.as_bytes().to_vec()))
}

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

#[cfg(test)]
mod tests;
