use std::fmt;

use identity_core::{Clock, Secret, ServerError};
use identity_entra::http::HttpResponse;
use identity_entra::oauth::server_error;
use tokio::net::TcpStream;

use super::http::{Refused, Request, respond};

/// What the browser brought, and the browser, which waits to be told how it went.
pub(crate) struct Callback {
    pub(crate) answer: Answer,
    pub(super) stream: TcpStream,
}

/// The authority's answer to a sign-in.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// Somebody signed in.
    Code(Secret),
    /// Nobody did.
    Refused(Box<ServerError>),
}

impl Callback {
    /// Shows a page.
    pub(crate) async fn show(mut self, page: &str, clock: &Clock) {
        respond(&mut self.stream, 200, "text/html; charset=utf-8", page, clock).await;
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callback").field("answer", &self.answer).finish_non_exhaustive()
    }
}

/// What a request must have to be the answer.
pub(super) struct Expected<'a> {
    pub(super) path: &'a str,
    pub(super) port: u16,
    pub(super) state: &'a Secret,
}

impl Expected<'_> {
    /// The answer in a request, or why it is none.
    pub(super) fn judge(&self, request: &Request) -> Result<Answer, Refused> {
        if !self.is_own_host(&request.host) {
            // A page elsewhere can give its own name this machine's address (DNS rebinding), but not this name.
            return Err(Refused::new(421, "its Host is not this machine"));
        }
        if request.path != self.path {
            return Err(Refused::new(404, "there is nothing at this path"));
        }
        let encoded = match request.method.as_str() {
            "GET" => &request.query,
            "POST" if request.content_type == "application/x-www-form-urlencoded" => &request.body,
            "POST" => return Err(Refused::new(415, "its body is no form")),
            _ => return Err(Refused::new(405, "only GET and POST are answered here")),
        };
        let fields = Fields::parse(encoded)?;
        let answer = match (fields.code, fields.error) {
            (None, None) => return Err(Refused::new(400, "it is no answer to a sign-in")),
            (Some(_), Some(_)) => return Err(Refused::new(400, "it contradicts itself")),
            (Some(code), None) => Answer::Code(code),
            (None, Some(error)) => Answer::Refused(Box::new(refusal(&error, fields.description.as_deref()))),
        };
        match &fields.state {
            // Comparing secrets takes a time that does not tell how much of them agrees.
            Some(state) if state == self.state => Ok(answer),
            _ => {
                tracing::warn!(
                    "an answer with a wrong or missing state came to the redirect URI and was turned away"
                );
                Err(Refused::new(400, "it does not belong to this sign-in"))
            }
        }
    }

    fn is_own_host(&self, host: &str) -> bool {
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, port.parse().ok()),
            _ => (host, Some(80)),
        };
        let is_name = ["localhost", "127.0.0.1", "[::1]"].iter().any(|own| own.eq_ignore_ascii_case(name));
        is_name && port == Some(self.port)
    }
}

/// The parameters that count. One that is empty counts as absent.
#[derive(Default)]
struct Fields {
    code: Option<Secret>,
    state: Option<Secret>,
    error: Option<String>,
    description: Option<String>,
}

impl Fields {
    fn parse(encoded: &str) -> Result<Self, Refused> {
        let mut fields = Self::default();
        for (at, (name, value)) in form_urlencoded::parse(encoded.as_bytes()).enumerate() {
            if at >= MOST_FIELDS {
                return Err(Refused::new(400, "it has too many parameters"));
            }
            let fresh = match &*name {
                _ if value.is_empty() => true,
                "code" => fields.code.replace(Secret::new(value)).is_none(),
                "state" => fields.state.replace(Secret::new(value)).is_none(),
                "error" => fields.error.replace(value.into_owned()).is_none(),
                "error_description" => fields.description.replace(value.into_owned()).is_none(),
                _ => true,
            };
            if !fresh {
                return Err(Refused::new(400, "a parameter is repeated"));
            }
        }
        Ok(fields)
    }
}

/// The authority's words, read as those of its other answers are.
fn refusal(error: &str, description: Option<&str>) -> ServerError {
    let body = serde_json::json!({ "error": error, "error_description": description });
    let mut server = server_error(&HttpResponse::new(body.to_string().into()));
    // It came by way of the browser: there was no status.
    server.status = None;
    server
}

const MOST_FIELDS: usize = 64;

#[cfg(test)]
mod tests;
