//! How requests reach a server: a small trait, what an implementation must honour, and the retries around it.

mod profile;
mod redact;
#[cfg(feature = "reqwest")]
mod reqwest;
mod retry;
mod service;
mod support;
#[cfg(any(test, feature = "test-util"))]
pub mod testing;
mod user_agent;

pub use profile::TransportProfile;
pub use redact::{clean, mask};
#[cfg(feature = "reqwest")]
pub use reqwest::ReqwestService;
pub use retry::{HttpClient, RetryOptions, RetryPolicy, retry_after};
pub use service::{
    HttpRequest, HttpResponse, HttpService, MOST_BODY_BYTES, TransportError, TransportErrorKind,
};
