//! One request on its way through the handlers, and how its answer is written.

use http::StatusCode;
use uuid::Uuid;

use crate::aadsts::AadstsError;
use crate::clock::stamp;
use crate::reply::Reply;
use crate::request::RecordedRequest;
use crate::shapes::{self, ErrorContext, TokenBody};

use super::Outcome;

/// A request with what is the same for every handler: who is being talked to, when, and under which ids.
pub(crate) struct Call<'a> {
    pub(crate) request: &'a RecordedRequest,
    /// Scheme, host and port as the client knows them.
    pub(crate) base: String,
    pub(crate) now: i64,
    /// Whether AD FS is being talked to, which words its refusals otherwise.
    pub(crate) is_adfs: bool,
    trace_id: String,
    correlation_id: String,
}

impl<'a> Call<'a> {
    pub(crate) fn new(request: &'a RecordedRequest, own_base: &str, now: i64) -> Call<'a> {
        let scheme = if request.secure { "https" } else { "http" };
        let base = match request.host() {
            Some(host) => format!("{scheme}://{}", host.to_ascii_lowercase()),
            None => own_base.to_owned(),
        };
        let asked = request.header("client-request-id").and_then(|id| Uuid::try_parse(id).ok());
        Call {
            request,
            base,
            now,
            is_adfs: request.path.split('/').nth(1).is_some_and(|first| first.eq_ignore_ascii_case("adfs")),
            trace_id: Uuid::new_v4().to_string(),
            correlation_id: asked.unwrap_or_else(Uuid::new_v4).to_string(),
        }
    }

    /// A form field that must be there and not be empty.
    pub(crate) fn required(&self, name: &str) -> Outcome<&'a str> {
        self.optional(name).ok_or_else(|| AadstsError::missing_parameter(name))
    }

    /// A form field, an empty one being as good as none.
    pub(crate) fn optional(&self, name: &str) -> Option<&'a str> {
        self.request.form(name).filter(|value| !value.is_empty())
    }

    pub(super) fn must_be_post(&self) -> Outcome<()> {
        if self.request.method == http::Method::POST {
            Ok(())
        } else {
            Err(AadstsError::only_post(self.request.method()))
        }
    }

    pub(crate) fn token(&self, body: &TokenBody) -> Reply {
        self.marked(Reply::json(StatusCode::OK, &body.to_json()))
    }

    pub(crate) fn refuse(&self, refused: &AadstsError) -> Reply {
        let status = StatusCode::from_u16(refused.status()).unwrap_or(StatusCode::BAD_REQUEST);
        let context = self.error_context();
        if self.is_adfs {
            return self.marked(Reply::json(status, &shapes::adfs_error(refused)));
        }
        self.marked(Reply::json(status, &shapes::error(refused, &context)))
            .with_header("x-ms-clitelem", &format!("1,{},0,,", refused.code()))
    }

    pub(crate) fn error_context(&self) -> ErrorContext {
        ErrorContext {
            base: self.base.clone(),
            trace_id: self.trace_id.clone(),
            correlation_id: self.correlation_id.clone(),
            timestamp: stamp(self.now),
        }
    }

    pub(super) fn marked(&self, reply: Reply) -> Reply {
        reply
            .not_stored()
            .with_header("x-ms-request-id", &self.trace_id)
            .with_header("client-request-id", &self.correlation_id)
    }
}
