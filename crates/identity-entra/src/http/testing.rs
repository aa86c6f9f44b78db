//! An HTTP service for tests: it answers what it is told to and remembers what it was asked. Nothing goes over a network.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use identity_core::{BoxFuture, Clock};
use tokio::sync::watch;

use super::{
    HttpClient, HttpRequest, HttpResponse, HttpService, RetryOptions, TransportError, TransportErrorKind,
    TransportProfile,
};

/// Answers requests from a script, in order, and records them. Clones are the same service.
///
/// ```
/// use identity_entra::http::HttpService;
/// use identity_entra::http::testing::{Answer, ScriptedHttp};
///
/// let http = ScriptedHttp::new();
/// http.push(Answer::token("a-token", 3600));
/// // ... hand `http.service()` to the options of a credential and ask it for a token, then:
/// assert_eq!(http.requests().len(), 0);
/// ```
#[derive(Clone)]
pub struct ScriptedHttp(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    open: watch::Sender<bool>,
}

#[derive(Default)]
struct State {
    answers: VecDeque<Answer>,
    otherwise: Option<Arc<Handler>>,
    requests: Vec<RecordedRequest>,
}

type Handler = dyn Fn(&RecordedRequest) -> Answer + Send + Sync;

impl ScriptedHttp {
    /// A service that has no answer yet: a request it wasn't told about fails as if nobody listened, naming the request.
    pub fn new() -> Self {
        Self(Arc::new(Shared { state: Mutex::default(), open: watch::Sender::new(true) }))
    }

    /// Adds an answer for the next request that has none.
    pub fn push(&self, answer: impl Into<Answer>) -> &Self {
        self.state().answers.push_back(answer.into());
        self
    }

    /// Answers every request that the script has no answer for.
    pub fn otherwise(&self, answer: impl Fn(&RecordedRequest) -> Answer + Send + Sync + 'static) -> &Self {
        self.state().otherwise = Some(Arc::new(answer));
        self
    }

    /// Lets requests arrive, and be recorded, but not be answered before [`release`](Self::release).
    pub fn hold(&self) -> &Self {
        self.0.open.send_replace(false);
        self
    }

    /// Answers the requests that wait and those to come.
    pub fn release(&self) -> &Self {
        self.0.open.send_replace(true);
        self
    }

    /// The requests so far, in the order in which they arrived.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.state().requests.clone()
    }

    /// How many requests arrived.
    pub fn count(&self) -> usize {
        self.state().requests.len()
    }

    /// How many requests are under way: their callers still wait for the answer.
    pub fn under_way(&self) -> usize {
        self.0.open.receiver_count()
    }

    /// How many answers of the script are left.
    pub fn left(&self) -> usize {
        self.state().answers.len()
    }

    /// A client that sends through this service in a clock's time and retries as usual.
    pub fn client(&self, clock: &Clock) -> HttpClient {
        HttpClient::new(self.service(), clock.clone(), RetryOptions::default(), None)
    }

    /// The service as options take it.
    pub fn service(&self) -> Arc<dyn HttpService> {
        Arc::new(self.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ScriptedHttp {
    fn default() -> Self {
        Self::new()
    }
}

impl HttpService for ScriptedHttp {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        let recorded = RecordedRequest::of(&request);
        let (answer, handler) = {
            let mut state = self.state();
            state.requests.push(recorded.clone());
            let answer = state.answers.pop_front();
            let handler = if answer.is_none() { state.otherwise.clone() } else { None };
            (answer, handler)
        };
        // The handler runs outside the lock, so that it may look at the requests.
        let answer = answer.or_else(|| handler.map(|handler| handler(&recorded))).unwrap_or_else(|| {
            let message = format!("the script has no answer for {} {}", recorded.method, recorded.url);
            Answer::failure(TransportErrorKind::Connect, message)
        });
        let mut open = self.0.open.subscribe();
        Box::pin(async move {
            // The sender lives as long as `self`, so waiting can't fail.
            let _ = open.wait_for(|open| *open).await;
            match answer.0 {
                Reply::Response(response) => Ok(response),
                Reply::Failure(error) => Err(error),
                Reply::Never => std::future::pending().await,
            }
        })
    }
}

impl fmt::Debug for ScriptedHttp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        write!(f, "ScriptedHttp({} requests, {} answers left)", state.requests.len(), state.answers.len())
    }
}

/// What a [`ScriptedHttp`] answers to one request.
#[derive(Clone, Debug)]
pub struct Answer(Reply);

#[derive(Clone, Debug)]
enum Reply {
    Response(HttpResponse),
    Failure(TransportError),
    Never,
}

impl Answer {
    /// A body with a status.
    ///
    /// # Panics
    /// When the status is none: this is for tests.
    pub fn new(status: u16, body: impl Into<Bytes>) -> Self {
        let mut response = HttpResponse::new(body.into());
        *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::IM_A_TEAPOT);
        assert_eq!(response.status().as_u16(), status, "no HTTP status");
        Self(Reply::Response(response))
    }

    /// JSON with a status.
    ///
    /// # Panics
    /// When the status is none: this is for tests.
    pub fn json(status: u16, body: impl Into<serde_json::Value>) -> Self {
        Self::new(status, body.into().to_string())
            .with_header("content-type", "application/json; charset=utf-8")
    }

    /// The answer of a token endpoint: a bearer token that lives so many seconds.
    pub fn token(access_token: &str, expires_in: u64) -> Self {
        Self::json(
            200,
            serde_json::json!({ "token_type": "Bearer", "expires_in": expires_in, "access_token": access_token }),
        )
    }

    /// A refusal in OAuth's form.
    ///
    /// # Panics
    /// When the status is none: this is for tests.
    pub fn error(status: u16, error: &str, description: &str) -> Self {
        Self::json(status, serde_json::json!({ "error": error, "error_description": description }))
    }

    /// No answer, because something went wrong on the way.
    pub fn failure(kind: TransportErrorKind, message: impl Into<String>) -> Self {
        Self(Reply::Failure(TransportError::new(kind, message)))
    }

    /// No answer, ever: the request waits until it is given up.
    pub fn never() -> Self {
        Self(Reply::Never)
    }

    /// The answer itself, for code that reads answers: none for a failure.
    pub fn into_response(self) -> Option<HttpResponse> {
        match self.0 {
            Reply::Response(response) => Some(response),
            Reply::Failure(_) | Reply::Never => None,
        }
    }

    /// The same answer with a header more.
    ///
    /// # Panics
    /// When the header can't be one: this is for tests.
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        if let Reply::Response(response) = &mut self.0 {
            let value = http::HeaderValue::from_str(value);
            assert!(value.is_ok(), "no header value");
            response.headers_mut().extend(value.ok().map(|v| (http::HeaderName::from_static(name), v)));
        }
        self
    }
}

impl From<HttpResponse> for Answer {
    fn from(response: HttpResponse) -> Self {
        Self(Reply::Response(response))
    }
}

impl From<TransportError> for Answer {
    fn from(error: TransportError) -> Self {
        Self(Reply::Failure(error))
    }
}

/// A request as it arrived at a [`ScriptedHttp`].
#[derive(Clone, Debug)]
pub struct RecordedRequest {
    /// `GET` or `POST`.
    pub method: String,
    /// The whole URL, with its query.
    pub url: String,
    /// The headers, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
    /// What the transport was asked for beyond the ordinary.
    pub profile: TransportProfile,
}

impl RecordedRequest {
    fn of(request: &HttpRequest) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            method: request.method().to_string(),
            url: request.uri().to_string(),
            headers: request
                .headers()
                .iter()
                .map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes())))
                .collect(),
            body: text(request.body().secret()),
            profile: request.extensions().get::<TransportProfile>().cloned().unwrap_or_default(),
        }
    }

    /// The URL without its query.
    pub fn endpoint(&self) -> &str {
        self.url.split('?').next().unwrap_or_default()
    }

    /// A header's first value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// All fields of the form in the body, decoded, in order.
    pub fn form(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }

    /// One field of the form in the body.
    pub fn field(&self, name: &str) -> Option<String> {
        self.form().into_iter().find(|(n, _)| n == name).map(|(_, value)| value)
    }

    /// One parameter of the query.
    pub fn query(&self, name: &str) -> Option<String> {
        let (_, query) = self.url.split_once('?')?;
        form_urlencoded::parse(query.as_bytes()).find(|(n, _)| n == name).map(|(_, value)| value.into_owned())
    }
}

#[cfg(test)]
mod tests;
