use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use arc_swap::ArcSwapOption;
use identity_core::{
    AuthenticationRecord, Error, Secret, TenantId, TokenCredential, TokenFuture, TokenRequestOptions,
};
use identity_entra::cache::{Acquired, CacheKey, Reason, TokenCache};
use identity_entra::client::EntraClient;
use identity_entra::http::RetryPolicy;
use identity_entra::oauth::{Grant, UserRealm, user_realm};
use identity_entra::options::EntraOptions;

use crate::ask::{Ask, is_cae};
use crate::interactive::{nobody_named, scopes_or_default};
use crate::session::{Session, SignIn};
use crate::silent::{Silent, silent};
use crate::user::Identity;

/// A person whose user name and password the program knows. **Discouraged**, and called deprecated by the SDKs of other languages: a program should
/// never see a password. Prefer [`InteractiveBrowserCredential`](crate::InteractiveBrowserCredential) or
/// [`DeviceCodeCredential`](crate::DeviceCodeCredential), and for programs that run alone an app's own credential.
///
/// It works for work and school accounts only; not for personal accounts, not where a second factor is demanded, and not where the password is
/// checked by a federation server of the organization. It can ask nobody for consent: the app must have it already, for example from an administrator.
///
/// The first request always sends the password, so that a wrong one is found out; later ones use the cache and refresh tokens.
///
/// ```no_run
/// use identity_core::{TokenCredential, TokenRequestOptions};
/// use identity_interactive::UsernamePasswordCredential;
///
/// # async fn example(password: String) -> Result<(), identity_core::Error> {
/// let credential = UsernamePasswordCredential::new("my-client-id", "anna@contoso.com", password, Default::default())?;
/// let token = credential.get_token(&["https://management.azure.com/.default"], &TokenRequestOptions::default()).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct UsernamePasswordCredential {
    state: Arc<State>,
    cache: TokenCache,
}

/// The settings of a [`UsernamePasswordCredential`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct UsernamePasswordCredentialOptions {
    tenant_id: Option<String>,
    entra: EntraOptions,
}

const NAME: &str = "UsernamePasswordCredential";

impl UsernamePasswordCredential {
    /// An app that has public client flows allowed, and the user's name and password. Nothing is sent before the first token is asked for.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty user name or password, and for a client id, a tenant or an authority that can't be one.
    pub fn new(
        client_id: &str,
        username: &str,
        password: impl Into<Secret>,
        options: UsernamePasswordCredentialOptions,
    ) -> Result<Self, Error> {
        let password = password.into();
        let missing =
            |what| Error::invalid_argument(format!("the {what} must not be empty")).with_credential(NAME);
        if client_id.is_empty() {
            return Err(missing("client id"));
        }
        if username.is_empty() {
            return Err(missing("user name"));
        }
        if password.is_empty() {
            return Err(missing("password"));
        }
        let identity = Identity {
            credential: NAME,
            tenant_id: options.tenant_id.as_deref(),
            client_id: Some(client_id),
            record: None,
            entra: &options.entra,
        };
        let client = identity.client()?;
        let cache = client.token_cache(false);
        let state = State {
            client,
            username: username.to_owned(),
            password,
            session: ArcSwapOption::empty(),
            realm_is_known: AtomicBool::new(false),
            turn: tokio::sync::Mutex::default(),
            attempts: AtomicU64::new(0),
        };
        Ok(Self { state: Arc::new(state), cache })
    }

    /// Sends the password, whatever is cached, and gives the record by which another credential finds the account again. Without scopes it is for
    /// those of the cloud's resource manager; claims, tenant and continuous access evaluation are taken from `options`.
    ///
    /// # Errors
    /// `AuthenticationFailed` where the password is refused or does not suffice; `CredentialUnavailable` without scopes in a cloud that is not known;
    /// `InvalidArgument` for malformed scopes or claims.
    pub async fn authenticate(
        &self,
        scopes: &[&str],
        options: &TokenRequestOptions,
    ) -> Result<AuthenticationRecord, Error> {
        let client = &self.state.client;
        let scopes = scopes_or_default(client, scopes)?;
        let ask = Ask::of_user(client, &scopes, options)?;
        let mut turn = self.state.turn.lock().await;
        let sign_in = self.state.sign_in(&ask, &mut turn).await?;
        self.cache.put(&key(&ask.tenant, &scopes, ask.cae), &sign_in.acquired);
        sign_in.session.record.clone().ok_or_else(|| nobody_named(client))
    }
}

impl TokenCredential for UsernamePasswordCredential {
    #[inline]
    fn get_token<'a>(&'a self, scopes: &'a [&'a str], options: &'a TokenRequestOptions) -> TokenFuture<'a> {
        let state = &self.state;
        let tenant = match state.client.resolve_tenant(options.tenant_id()) {
            Ok(tenant) => tenant,
            Err(error) => return TokenFuture::ready(Err(error)),
        };
        let key = key(tenant, scopes, is_cae(&state.client, options));
        self.cache.get_token(key, options.claims(), move |reason| {
            let (state, ask) = (state.clone(), Ask::of_user(&state.client, scopes, options));
            Box::pin(async move { state.acquire(&ask?, reason).await })
        })
    }
}

impl UsernamePasswordCredentialOptions {
    /// The tenant to sign in to: an id or a domain name. Default: `organizations`, that is, any work or school account.
    pub fn with_tenant_id(mut self, tenant_id: impl Into<String>) -> Self {
        self.tenant_id = Some(tenant_id.into());
        self
    }

    /// What all credentials of Entra ID can be told.
    pub fn with_entra(mut self, entra: EntraOptions) -> Self {
        self.entra = entra;
        self
    }
}

/// The credential is one user's, so its cache needs no word for whose tokens they are.
fn key<'a>(tenant: &'a str, scopes: &'a [&'a str], cae: bool) -> CacheKey<'a> {
    CacheKey { partition: None, tenant, scopes, cae }
}

struct State {
    client: EntraClient,
    username: String,
    password: Secret,
    /// Who signed in, once the password was accepted.
    session: ArcSwapOption<Session>,
    realm_is_known: AtomicBool,
    /// Whoever holds it sends the password; what is in it is the last refusal.
    turn: tokio::sync::Mutex<Option<Error>>,
    /// How many times the password was sent.
    attempts: AtomicU64,
}

impl State {
    async fn acquire(&self, ask: &Ask, reason: Reason) -> Result<Acquired, Error> {
        let attempts = self.attempts.load(Ordering::Acquire);
        let mut claims = ask.claims.clone();
        match self.silently(ask, reason).await? {
            Silent::Token(acquired) => return Ok(acquired),
            Silent::Nobody { claims: demanded, .. } => claims = demanded.or(claims),
        }
        let mut turn = self.turn.lock().await;
        if self.attempts.load(Ordering::Acquire) > attempts {
            // Somebody sent the password while this one waited. If it was refused, it will be again, and too often is locked out.
            if let Some(refusal) = &*turn {
                return Err(refusal.clone());
            }
            if let Silent::Token(acquired) = self.silently(ask, reason).await? {
                return Ok(acquired);
            }
        }
        let ask = ask.clone().with_claims(claims.as_deref());
        Ok(self.sign_in(&ask, &mut turn).await?.acquired)
    }

    async fn silently(&self, ask: &Ask, reason: Reason) -> Result<Silent, Error> {
        match self.session.load_full() {
            Some(session) => silent(&session, ask, reason, None).await,
            None => Ok(Silent::Nobody { claims: ask.claims.clone(), refusal: None }),
        }
    }

    async fn sign_in(&self, ask: &Ask, turn: &mut Option<Error>) -> Result<SignIn, Error> {
        let answer = self.send(ask).await;
        let is_refused = |error: &&Error| {
            error.server().and_then(|server| server.error.as_deref()) == Some("invalid_grant")
        };
        *turn = answer.as_ref().err().filter(is_refused).cloned();
        self.attempts.fetch_add(1, Ordering::Release);
        let sign_in = answer?;
        self.session.store(Some(sign_in.session.clone()));
        Ok(sign_in)
    }

    async fn send(&self, ask: &Ask) -> Result<SignIn, Error> {
        self.check_realm(ask).await?;
        let grant = Grant::password(&self.username, &self.password, &ask.request_scopes);
        let claims = ask.request_claims()?;
        let response = self.client.request_token(&ask.tenant, &grant, claims.as_deref(), None).await?;
        let signed_in = SignIn::check(&self.client, ask, &response, None, Some(&self.username))?;
        SignIn::keep(&self.client, ask, &response, signed_in.as_ref()).await
    }

    /// A password that a federation server checks must not go to the authority.
    async fn check_realm(&self, ask: &Ask) -> Result<(), Error> {
        if ask.tenant.eq_ignore_ascii_case(TenantId::ADFS) || self.realm_is_known.load(Ordering::Relaxed) {
            return Ok(());
        }
        let retry = RetryPolicy::entra(self.client.options().retry());
        let exchange = self.client.exchange(&retry, None);
        if user_realm(&exchange, self.client.authority(), &self.username).await? == Some(UserRealm::Federated)
        {
            let message = "the user's password is checked by a federation server of the organization, over WS-Trust, which is not supported; \
                           sign in with a browser or a device code instead";
            let remedy = "sign in with a browser or a device code";
            return Err(Error::failed(message).with_remedy(remedy).with_credential(NAME));
        }
        self.realm_is_known.store(true, Ordering::Relaxed);
        Ok(())
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("client", &self.client).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
