//! How an app proves who it is.

use std::fmt;
use std::sync::Arc;

use identity_core::{BoxFuture, Error, Secret, ServerError};
use url::Url;

use crate::assertion_source::AssertionSource;
use crate::client::EntraClient;
use crate::oauth::Form;

/// Adds an app's proof to its token requests: a secret, an assertion, or a certificate's signature. Whoever needs an app's proof takes an
/// `Arc<dyn ClientAuth>` and so works with all of them.
pub trait ClientAuth: fmt::Debug + Send + Sync {
    /// The fields that go into the request. It is called for each request, also for each repeated one.
    ///
    /// # Errors
    /// `CredentialUnavailable` when what the proof is made from is missing, `AuthenticationFailed` when it can't be made.
    fn authenticate<'a>(&'a self, request: &'a AuthRequest<'a>) -> BoxFuture<'a, Result<Form, Error>>;

    /// Whether, after the server refused a proof, another one should be tried: it is asked once per request, before the second try.
    fn has_another(&self, _refusal: &ServerError) -> bool {
        false
    }
}

/// The token request that a proof is for.
#[derive(Clone, Copy, Debug)]
pub struct AuthRequest<'a> {
    /// Who sends it: client id, environment, clock and HTTP.
    pub client: &'a EntraClient,
    /// The tenant that is asked.
    pub tenant_id: &'a str,
    /// Where it goes: the audience of assertions.
    pub token_endpoint: &'a Url,
    /// 0, or 1 after a refusal for which [`ClientAuth::has_another`] said yes.
    pub attempt: u32,
}

/// Proof by a secret that the app and Entra ID share.
#[derive(Clone, Debug)]
pub struct ClientSecret(Secret);

impl ClientSecret {
    /// # Errors
    /// `InvalidArgument` for an empty secret.
    pub fn new(secret: impl Into<Secret>) -> Result<Self, Error> {
        let secret = secret.into();
        if secret.is_empty() {
            return Err(Error::invalid_argument("the client secret must not be empty"));
        }
        Ok(Self(secret))
    }
}

impl ClientAuth for ClientSecret {
    fn authenticate<'a>(&'a self, _: &'a AuthRequest<'a>) -> BoxFuture<'a, Result<Form, Error>> {
        Box::pin(std::future::ready(Ok(Form::new().with("client_secret", self.0.clone()))))
    }
}

/// Proof by a signed statement of somebody whom Entra ID trusts to make it (RFC 7523).
#[derive(Clone, Debug)]
pub struct ClientAssertion(Arc<dyn AssertionSource>);

impl ClientAssertion {
    /// `source` is asked at each token request.
    pub fn new(source: Arc<dyn AssertionSource>) -> Self {
        Self(source)
    }
}

/// The `client_assertion_type` of RFC 7523, section 2.2.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// AADSTS700024: the assertion is not within its valid time range.
const ASSERTION_EXPIRED: u32 = 700_024;

impl ClientAuth for ClientAssertion {
    fn authenticate<'a>(&'a self, request: &'a AuthRequest<'a>) -> BoxFuture<'a, Result<Form, Error>> {
        Box::pin(async move {
            let assertion = self.0.assertion(request).await?;
            if assertion.is_empty() {
                return Err(Error::failed("the client assertion is empty"));
            }
            Ok(assertion_form(assertion))
        })
    }

    /// A job that outlives its assertion gets a fresh one.
    fn has_another(&self, refusal: &ServerError) -> bool {
        refusal.error_codes.contains(&ASSERTION_EXPIRED)
    }
}

/// The two fields that carry an assertion.
pub fn assertion_form(assertion: Secret) -> Form {
    Form::new().with("client_assertion_type", JWT_BEARER).with("client_assertion", assertion)
}
