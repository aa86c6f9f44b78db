//! A request as the emulator received it: read by the handlers, kept by the journal.

use std::fmt;
use std::time::SystemTime;

use http::{HeaderMap, Method, header};
use hyper::body::Bytes;
use percent_encoding::percent_decode_str;

/// One request that reached the emulator, whole and unjudged.
///
/// Its values may be secrets of the emulator's made-up accounts, so `Debug` shows names only.
#[derive(Clone)]
pub struct RecordedRequest {
    pub(crate) number: usize,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) form: Vec<(String, String)>,
    pub(crate) body: Bytes,
    pub(crate) secure: bool,
    pub(crate) received: SystemTime,
}

impl RecordedRequest {
    pub(crate) fn new(
        parts: &http::request::Parts,
        body: Bytes,
        secure: bool,
        received: SystemTime,
    ) -> RecordedRequest {
        let is_form = parts.headers.get(header::CONTENT_TYPE).is_some_and(|value| {
            let essence = value.as_bytes().split(|b| *b == b';').next().unwrap_or_default();
            essence.trim_ascii().eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
        });
        RecordedRequest {
            number: 0,
            method: parts.method.clone(),
            path: parts.uri.path().to_owned(),
            query: pairs(parts.uri.query().unwrap_or_default().as_bytes()),
            headers: parts.headers.clone(),
            form: if is_form { pairs(&body) } else { Vec::new() },
            body,
            secure,
            received,
        }
    }

    /// Its place in the order of arrival, from 0.
    pub fn number(&self) -> usize {
        self.number
    }

    /// `GET`, `POST`, ...
    pub fn method(&self) -> &str {
        self.method.as_str()
    }

    /// The path as it was sent, still percent-encoded.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether it came over https.
    pub fn is_https(&self) -> bool {
        self.secure
    }

    /// When it arrived, by the emulator's clock.
    pub fn received(&self) -> SystemTime {
        self.received
    }

    /// All headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The first value of this header, if there is one and it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The query's parameters, decoded, in the order they came.
    pub fn query_pairs(&self) -> &[(String, String)] {
        &self.query
    }

    /// The first query parameter of this name.
    pub fn query(&self, name: &str) -> Option<&str> {
        first(&self.query, name)
    }

    /// The form's fields, decoded, in the order they came; none when the content type is not that of a form.
    pub fn form_pairs(&self) -> &[(String, String)] {
        &self.form
    }

    /// The first form field of this name.
    pub fn form(&self, name: &str) -> Option<&str> {
        first(&self.form, name)
    }

    /// The body, byte for byte.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Whether it is a POST to a token endpoint (of Entra ID or of ADFS).
    pub fn is_token_request(&self) -> bool {
        let path = self.path.trim_end_matches('/');
        self.method == Method::POST
            && (path.ends_with("/oauth2/v2.0/token") || path.ends_with("/adfs/oauth2/token"))
    }

    /// The path's segments, decoded one by one, so that an encoded slash does not make two.
    pub(crate) fn segments(&self) -> Vec<String> {
        self.path
            .strip_prefix('/')
            .unwrap_or(&self.path)
            .split('/')
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect()
    }

    /// The host and port the client meant, when it said so in a plausible way.
    pub(crate) fn host(&self) -> Option<&str> {
        let host = self.header("host")?;
        let plausible = !host.is_empty()
            && host.len() <= 255
            && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b));
        plausible.then_some(host)
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names =
            |pairs: &[(String, String)]| pairs.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        f.debug_struct("RecordedRequest")
            .field("number", &self.number)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &names(&self.query))
            .field("form", &names(&self.form))
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}

fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(encoded).into_owned().collect()
}

fn first<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
}
