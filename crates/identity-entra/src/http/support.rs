//! Logging for whoever has to find out what is wrong: all that is said, but for secrets.

use super::{HttpRequest, HttpResponse, mask};

/// A request with its URL and body. Names of people are in it, secrets are masked.
pub(super) fn log_request(credential: &'static str, request: &HttpRequest) {
    let url = mask(&request.uri().to_string());
    let body = mask(&String::from_utf8_lossy(request.body().secret()));
    tracing::debug!(target: TARGET, credential, method = %request.method(), %url, %body, "request as it is sent");
}

/// The answer to it.
pub(super) fn log_response(credential: &'static str, response: &HttpResponse) {
    let body = mask(&String::from_utf8_lossy(response.body()));
    let headers: Vec<String> = response
        .headers()
        .iter()
        .map(|(name, value)| mask(&format!("{name}: {}", String::from_utf8_lossy(value.as_bytes()))))
        .collect();
    tracing::debug!(target: TARGET, credential, status = response.status().as_u16(), ?headers, %body, "answer as it came");
}

/// A name of its own, so that a filter can keep these lines apart.
const TARGET: &str = "identity_entra::support";

#[cfg(test)]
mod tests;
