//! Refusals in Entra ID's words: its codes, OAuth errors, statuses and the start of its sentences.

mod catalogue;
mod user_flows;

use std::fmt;

use crate::shapes::ErrorContext;

/// One refusal: an AADSTS code with its OAuth error, HTTP status and message.
#[derive(Clone, Debug)]
pub struct AadstsError {
    code: u32,
    error: String,
    status: u16,
    message: String,
    suberror: Option<String>,
    claims: Option<String>,
}

impl AadstsError {
    /// A refusal with status 400.
    pub fn new(code: u32, error: impl Into<String>, message: impl Into<String>) -> AadstsError {
        AadstsError {
            code,
            error: error.into(),
            status: 400,
            message: message.into(),
            suberror: None,
            claims: None,
        }
    }

    /// Another HTTP status; one that is no status (100 to 599) becomes 400 on the wire.
    pub fn with_status(mut self, status: u16) -> AadstsError {
        self.status = status;
        self
    }

    /// Adds a sub-error, as in `consent_required` or `basic_action`.
    pub fn with_suberror(mut self, suberror: impl Into<String>) -> AadstsError {
        self.suberror = Some(suberror.into());
        self
    }

    /// Adds the claims that the next request must carry.
    pub fn with_claims(mut self, claims: impl Into<String>) -> AadstsError {
        self.claims = Some(claims.into());
        self
    }

    /// Another OAuth error for the same code (an OpenID configuration says `invalid_tenant`).
    pub(crate) fn with_error(mut self, error: &str) -> AadstsError {
        self.error = error.to_owned();
        self
    }

    /// The number after AADSTS.
    pub fn code(&self) -> u32 {
        self.code
    }

    /// The OAuth error, as in `invalid_client`.
    pub fn error(&self) -> &str {
        &self.error
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The sub-error.
    pub fn suberror(&self) -> Option<&str> {
        self.suberror.as_deref()
    }

    /// The claims the next request must carry.
    pub fn claims(&self) -> Option<&str> {
        self.claims.as_deref()
    }

    /// The message alone, without the code in front and the ids behind.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// `error_description`, whole.
    pub fn description(&self, context: &ErrorContext) -> String {
        format!(
            "AADSTS{}: {} Trace ID: {} Correlation ID: {} Timestamp: {}",
            self.code, self.message, context.trace_id, context.correlation_id, context.timestamp
        )
    }
}

impl fmt::Display for AadstsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AADSTS{}: {}", self.code, self.message)
    }
}

impl std::error::Error for AadstsError {}
