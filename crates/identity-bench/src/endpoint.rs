use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use identity_core::BoxFuture;
use identity_entra::http::{HttpRequest, HttpResponse, HttpService, TransportError};

/// A token endpoint in this process: it answers every request in the same way, until it is told another one. Clones are the same.
#[derive(Clone, Debug)]
pub struct Endpoint(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    requests: AtomicUsize,
    reply: Mutex<Reply>,
}

/// How an [`Endpoint`] answers.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    body: Bytes,
    takes: Duration,
    never_for: Option<&'static str>,
}

/// The scope of calls that are served from memory.
pub const SCOPE: &str = "https://vault.azure.net/.default";
/// A tenant's id.
pub const TENANT: &str = "11111111-1111-4111-8111-111111111111";
/// An app's id.
pub const CLIENT: &str = "22222222-2222-4222-8222-222222222222";
/// The length of the tokens: what tokens of apps come to in practice.
pub const TOKEN_LENGTH: usize = 1600;

impl Reply {
    /// A token that lives so many seconds.
    pub fn token(seconds: u64) -> Self {
        let token = "x".repeat(TOKEN_LENGTH);
        Self::new(
            200,
            format!(r#"{{"token_type":"Bearer","expires_in":{seconds},"access_token":"{token}"}}"#),
        )
    }

    /// The same of a user, who may come back without being asked.
    pub fn token_of_user(seconds: u64) -> Self {
        let (token, refresh) = ("x".repeat(TOKEN_LENGTH), "r".repeat(1000));
        let user = "eyJ1aWQiOiJ1aWQiLCJ1dGlkIjoidXRpZCJ9"; // {"uid":"uid","utid":"utid"}
        Self::new(
            200,
            format!(
                r#"{{"token_type":"Bearer","expires_in":{seconds},"access_token":"{token}","refresh_token":"{refresh}","client_info":"{user}"}}"#
            ),
        )
    }

    /// A refusal that is not tried again: the secret is wrong.
    pub fn refusal() -> Self {
        let error = r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.","error_codes":[7000215]}"#;
        Self::new(401, error.to_owned())
    }

    /// The service is not there for anybody.
    pub fn unavailable() -> Self {
        Self::new(503, r#"{"error":"temporarily_unavailable"}"#.to_owned())
    }

    fn new(status: u16, body: String) -> Self {
        Self { status, body: body.into(), takes: Duration::ZERO, never_for: None }
    }

    /// The same after some time.
    pub fn after(mut self, takes: Duration) -> Self {
        self.takes = takes;
        self
    }

    /// The same, but no answer ever to a request with this text in its body.
    pub fn never_for(mut self, text: &'static str) -> Self {
        self.never_for = Some(text);
        self
    }
}

impl Endpoint {
    /// An endpoint that answers so.
    pub fn new(reply: Reply) -> Self {
        Self(Arc::new(Inner { requests: AtomicUsize::new(0), reply: Mutex::new(reply) }))
    }

    /// Answers so from now on.
    pub fn reply(&self, reply: Reply) {
        *self.0.reply.lock().unwrap_or_else(PoisonError::into_inner) = reply;
    }

    /// How many requests came since this was asked last.
    pub fn take_requests(&self) -> usize {
        self.0.requests.swap(0, Ordering::SeqCst)
    }

    /// How many requests came.
    pub fn requests(&self) -> usize {
        self.0.requests.load(Ordering::SeqCst)
    }

    async fn answer(&self, body: &[u8]) -> (u16, Bytes) {
        self.0.requests.fetch_add(1, Ordering::SeqCst);
        let Reply { status, body: answer, takes, never_for } =
            self.0.reply.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if never_for.is_some_and(|text| body.windows(text.len()).any(|part| part == text.as_bytes())) {
            std::future::pending::<()>().await;
        }
        if !takes.is_zero() {
            tokio::time::sleep(takes).await;
        }
        (status, answer)
    }
}

impl HttpService for Endpoint {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        Box::pin(async move {
            let (status, body) = self.answer(request.body().secret()).await;
            let mut response = HttpResponse::new(body);
            *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
            Ok(response)
        })
    }
}

#[cfg(feature = "compare")]
mod official {
    use std::future::Future;
    use std::pin::Pin;

    use azure_core::http::headers::Headers;
    use azure_core::http::request::Body;
    use azure_core::http::{AsyncRawResponse, HttpClient, Request};

    use super::Endpoint;

    type Answer<'a> = Pin<Box<dyn Future<Output = azure_core::Result<AsyncRawResponse>> + Send + 'a>>;

    // What `#[async_trait]` makes of the trait's one method.
    impl HttpClient for Endpoint {
        fn execute_request<'s, 'r, 'a>(&'s self, request: &'r Request) -> Answer<'a>
        where
            's: 'a,
            'r: 'a,
            Self: 'a,
        {
            Box::pin(async move {
                let body = match request.body() {
                    Body::Bytes(bytes) => &bytes[..],
                    Body::SeekableStream(_) => &[],
                };
                let (status, body) = self.answer(body).await;
                Ok(AsyncRawResponse::from_bytes(status.into(), Headers::default(), body))
            })
        }
    }
}
