use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use identity_core::{Error, Secret, TokenCredential, TokenFuture, TokenRequestOptions};
use identity_entra::cache::{Acquired, CacheKey, Reason, TokenCache};
use identity_entra::client::EntraClient;
use identity_entra::client_auth::{ClientAuth, ClientSecret};
use identity_entra::oauth::Grant;
use identity_entra::options::EntraOptions;
use url::Url;

use crate::ask::{Ask, is_cae};
use crate::session::{Session, SignIn, with_storage};
use crate::silent::{Silent, silent};

/// A person who signed in to a program that got the authorization code itself (RFC 6749, section 4.1), as web apps do.
///
/// The first token is had for the code, which is sent once and never again. Later ones come from the cache, or from the refresh token if the
/// answer had one: for that the code must have been asked for with the scope `offline_access`. The credential is that person's alone: it never looks at
/// the tokens of anybody else who uses the same app.
///
/// ```no_run
/// use identity_core::{TokenCredential, TokenRequestOptions};
/// use identity_interactive::{AuthorizationCodeCredential, AuthorizationCodeCredentialOptions};
///
/// # async fn example(code: String, client_secret: String) -> Result<(), identity_core::Error> {
/// let options = AuthorizationCodeCredentialOptions::default().with_client_secret(client_secret);
/// let redirect_uri = "https://app.contoso.com/signed-in";
/// let credential = AuthorizationCodeCredential::new("contoso.onmicrosoft.com", "my-client-id", code, redirect_uri, options)?;
/// let token = credential.get_token(&["https://management.azure.com/.default"], &TokenRequestOptions::default()).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct AuthorizationCodeCredential {
    state: Arc<State>,
    cache: TokenCache,
}

/// The settings of an [`AuthorizationCodeCredential`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct AuthorizationCodeCredentialOptions {
    proof: Option<Proof>,
    code_verifier: Option<Secret>,
    entra: EntraOptions,
}

#[derive(Clone, Debug)]
enum Proof {
    Secret(Secret),
    Other(Arc<dyn ClientAuth>),
}

const NAME: &str = "AuthorizationCodeCredential";

impl AuthorizationCodeCredential {
    /// The tenant and the app that the code was got with, the code, and the redirect URI exactly as it was in that request. Nothing is sent before the
    /// first token is asked for.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty code or secret, a redirect URI that is no URL or has a fragment, and for a tenant, a client id or an authority
    /// that can't be one.
    pub fn new(
        tenant_id: &str,
        client_id: &str,
        authorization_code: impl Into<Secret>,
        redirect_uri: &str,
        options: AuthorizationCodeCredentialOptions,
    ) -> Result<Self, Error> {
        let code = authorization_code.into();
        let build = || {
            if code.is_empty() {
                return Err(Error::invalid_argument("the authorization code must not be empty"));
            }
            if Url::parse(redirect_uri).map_or(true, |url| url.fragment().is_some()) {
                return Err(Error::invalid_argument(
                    "the redirect URI must be the URL, without a fragment, that the authorization code was sent to",
                ));
            }
            Ok(match options.proof {
                None => None,
                Some(Proof::Secret(secret)) => {
                    Some(Arc::new(ClientSecret::new(secret)?) as Arc<dyn ClientAuth>)
                }
                Some(Proof::Other(auth)) => Some(auth),
            })
        };
        let auth = build().map_err(|error| error.with_credential(NAME))?;
        let client = EntraClient::public(NAME, tenant_id, client_id, &with_storage(options.entra))?;
        let cache = client.token_cache(false);
        let state = State {
            client,
            auth,
            redirect_uri: redirect_uri.to_owned(),
            code_verifier: options.code_verifier,
            code: tokio::sync::Mutex::new(Some(code)),
            session: ArcSwapOption::empty(),
        };
        Ok(Self { state: Arc::new(state), cache })
    }
}

impl TokenCredential for AuthorizationCodeCredential {
    #[inline]
    fn get_token<'a>(&'a self, scopes: &'a [&'a str], options: &'a TokenRequestOptions) -> TokenFuture<'a> {
        let state = &self.state;
        let tenant = match state.client.resolve_tenant(options.tenant_id()) {
            Ok(tenant) => tenant,
            Err(error) => return TokenFuture::ready(Err(error)),
        };
        // The credential is one person's, so its cache needs no word for whose tokens they are.
        let key = CacheKey { partition: None, tenant, scopes, cae: is_cae(&state.client, options) };
        self.cache.get_token(key, options.claims(), move |reason| {
            let (state, ask) = (state.clone(), Ask::as_given(&state.client, scopes, options));
            Box::pin(async move { state.acquire(&ask?, reason).await })
        })
    }
}

impl AuthorizationCodeCredentialOptions {
    /// The app's secret, for web apps and web APIs; an app that runs on the person's own device has none. Default: none.
    pub fn with_client_secret(mut self, client_secret: impl Into<Secret>) -> Self {
        self.proof = Some(Proof::Secret(client_secret.into()));
        self
    }

    /// Another proof of the app instead of a secret: a certificate or an assertion. Default: none.
    pub fn with_client_auth(mut self, auth: Arc<dyn ClientAuth>) -> Self {
        self.proof = Some(Proof::Other(auth));
        self
    }

    /// The verifier of the code challenge, if the code was asked for with one (RFC 7636). Default: none.
    pub fn with_code_verifier(mut self, code_verifier: impl Into<Secret>) -> Self {
        self.code_verifier = Some(code_verifier.into());
        self
    }

    /// What all credentials of Entra ID can be told.
    pub fn with_entra(mut self, entra: EntraOptions) -> Self {
        self.entra = entra;
        self
    }
}

struct State {
    client: EntraClient,
    auth: Option<Arc<dyn ClientAuth>>,
    redirect_uri: String,
    code_verifier: Option<Secret>,
    /// Gone once it has been sent. Whoever holds the lock redeems it; the others wait for what comes of it.
    code: tokio::sync::Mutex<Option<Secret>>,
    /// Whose code it was.
    session: ArcSwapOption<Session>,
}

impl State {
    async fn acquire(&self, ask: &Ask, reason: Reason) -> Result<Acquired, Error> {
        if let Some(session) = self.session.load_full() {
            return self.silently(&session, ask, reason).await;
        }
        // So that nothing but the exchange itself comes between taking the code and sending it.
        self.client.endpoints(&ask.tenant).await?;
        let mut code = self.code.lock().await;
        if let Some(session) = self.session.load_full() {
            drop(code);
            return self.silently(&session, ask, reason).await;
        }
        // A server may have seen a code whose answer was lost, and one that is sent twice can cost the person the whole sign-in.
        let code = code.take().ok_or_else(nothing_left)?;
        let grant = Grant::authorization_code(
            &code,
            &self.redirect_uri,
            &ask.request_scopes,
            self.code_verifier.as_ref(),
        );
        let claims = ask.request_claims()?;
        let client = &self.client;
        let response =
            client.request_token(&ask.tenant, &grant, claims.as_deref(), self.auth.as_deref()).await?;
        let signed_in = SignIn::check(client, ask, &response, None, None)?;
        let sign_in = SignIn::keep(client, ask, &response, signed_in.as_ref()).await?;
        self.session.store(Some(sign_in.session));
        Ok(sign_in.acquired)
    }

    async fn silently(&self, session: &Session, ask: &Ask, reason: Reason) -> Result<Acquired, Error> {
        match silent(session, ask, reason, self.auth.as_deref()).await? {
            Silent::Token(acquired) => Ok(acquired),
            Silent::Nobody { refusal, .. } => Err(refusal.unwrap_or_else(nothing_left)),
        }
    }
}

fn nothing_left() -> Error {
    let message = "no authorization code, cached access token, or refresh token available: the code has been used, and nothing else came of it \
                   that is good for this request. Have the person sign in again, and ask for the scope offline_access to get a refresh token";
    let remedy = "have the person sign in again, and ask for the scope offline_access";
    Error::failed(message).with_remedy(remedy).with_credential(NAME)
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("client", &self.client)
            .field("auth", &self.auth)
            .field("redirect_uri", &self.redirect_uri)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
