//! How requests reach a server: a small trait, what an implementation must honour, and the retries around it.

mod profile;
mod redact;
mod service;
#[cfg(any(test, feature = "test-util"))]
pub mod testing;

pub use profile::TransportProfile;
pub use redact::{clean, mask};
pub use service::{
    HttpRequest, HttpResponse, HttpService, MOST_BODY_BYTES, TransportError, TransportErrorKind,
};
