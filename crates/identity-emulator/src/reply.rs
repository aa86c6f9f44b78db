//! An answer before it goes onto the wire.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use hyper::body::Bytes;
use serde_json::Value;

/// Status, headers and body of one answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn json(status: StatusCode, value: &Value) -> Reply {
        Reply::typed(status, "application/json; charset=utf-8", value.to_string().into())
    }

    pub(crate) fn html(status: StatusCode, page: String) -> Reply {
        Reply::typed(status, "text/html; charset=utf-8", page.into())
    }

    pub(crate) fn empty(status: StatusCode) -> Reply {
        Reply { status, headers: HeaderMap::new(), body: Bytes::new() }
    }

    /// Puts a header in, or leaves the answer as it is when name or value cannot stand in a header.
    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Reply {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            self.headers.insert(name, value);
        }
        self
    }

    /// What Entra ID says on every answer that carries a token or an error: keep no copy.
    pub(crate) fn not_stored(self) -> Reply {
        self.with_header("cache-control", "no-store, no-cache").with_header("pragma", "no-cache")
    }

    pub(crate) fn typed(status: StatusCode, content_type: &'static str, body: Bytes) -> Reply {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        Reply { status, headers, body }
    }
}
