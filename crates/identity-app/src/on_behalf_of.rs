use std::fmt;
use std::sync::Arc;

use identity_core::{BoxFuture, Error, Secret, TokenCredential, TokenFuture, TokenRequestOptions};
use identity_entra::assertion_source::AssertionSource;
use identity_entra::cache::{
    Acquired, CacheChange, CacheKey, CachePartition, CacheStorage, MemoryStorage, PartitionId, Reason,
    TokenCache, UnifiedCache, assertion_hash,
};
use identity_entra::client::{EntraClient, Owner, RefreshRequest, Refreshed, StoredToken};
use identity_entra::client_auth::{ClientAssertion, ClientAuth, ClientSecret};
use identity_entra::oauth::{ClientInfo, Grant, RequestScopes, cae_enabled, request_claims};
use identity_entra::options::EntraOptions;

/// A web API that calls another one for the user who called it (the on-behalf-of flow).
///
/// The user assertion is the access token that the API was called with; it must have been issued for this app. Tokens are cached for that assertion
/// alone: whoever presents another one gets nothing of them. Refresh tokens are used where the answer had one.
///
/// Nobody can be asked anything here, so user or administrator must have consented to the app's permissions beforehand; without consent, or where the
/// user must prove more, it ends in `AuthenticationFailed` with the server's words, and the claims to demand of the caller in
/// [`Error::claims`].
///
/// A program that serves many users makes one credential and a cheap sibling for each request, so that they share connections and cache:
///
/// ```no_run
/// use identity_app::OnBehalfOfCredential;
/// use identity_core::{Error, TokenCredential, TokenRequestOptions};
///
/// struct Api {
///     on_behalf_of: OnBehalfOfCredential,
/// }
///
/// impl Api {
///     async fn handle(&self, bearer_token: String) -> Result<(), Error> {
///         let credential = self.on_behalf_of.for_assertion(bearer_token)?;
///         let token = credential.get_token(&["https://graph.microsoft.com/.default"], &TokenRequestOptions::default()).await?;
///         # Ok(())
///     }
/// }
/// ```
#[derive(Clone)]
pub struct OnBehalfOfCredential {
    app: Arc<App>,
    cache: TokenCache,
    user: Arc<User>,
}

const NAME: &str = "OnBehalfOfCredential";

impl OnBehalfOfCredential {
    /// An app's tenant and client id, its proof, and the access token that a user called it with. Any proof will do; an app with a certificate gives
    /// a `ClientCertificate` of `identity-cert`. Nothing is sent before the first token is asked for.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty user assertion, a tenant or client id that can't be one, and for wrong options.
    pub fn new(
        tenant_id: &str,
        client_id: &str,
        auth: Arc<dyn ClientAuth>,
        user_assertion: impl Into<Secret>,
        options: EntraOptions,
    ) -> Result<Self, Error> {
        let user = Arc::new(User::new(user_assertion.into())?);
        let options = match options.cache_storage() {
            Some(_) => options,
            None => {
                let storage = RefreshTokens(MemoryStorage::with_capacity(options.cache_capacity()));
                options.with_cache_storage(Arc::new(storage))
            }
        };
        let client = EntraClient::app(NAME, tenant_id, client_id, &options)?;
        let cache = client.token_cache(false);
        Ok(Self { app: Arc::new(App { client, auth }), cache, user })
    }

    /// The same for an app with a secret.
    ///
    /// # Errors
    /// As [`new`](Self::new), and for an empty secret.
    pub fn with_secret(
        tenant_id: &str,
        client_id: &str,
        client_secret: impl Into<Secret>,
        user_assertion: impl Into<Secret>,
        options: EntraOptions,
    ) -> Result<Self, Error> {
        let secret = ClientSecret::new(client_secret).map_err(|error| error.with_credential(NAME))?;
        Self::new(tenant_id, client_id, Arc::new(secret), user_assertion, options)
    }

    /// The same for an app for which somebody vouches whom Entra ID trusts.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_client_assertion(
        tenant_id: &str,
        client_id: &str,
        source: impl AssertionSource + 'static,
        user_assertion: impl Into<Secret>,
        options: EntraOptions,
    ) -> Result<Self, Error> {
        let auth = Arc::new(ClientAssertion::new(Arc::new(source)));
        Self::new(tenant_id, client_id, auth, user_assertion, options)
    }

    /// The same app for another user, or for the same one with another assertion. Cache and connections are shared, and each assertion finds its own
    /// tokens only; the cache's capacity counts for all of them together.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty user assertion.
    pub fn for_assertion(&self, user_assertion: impl Into<Secret>) -> Result<Self, Error> {
        let user = Arc::new(User::new(user_assertion.into())?);
        Ok(Self { app: self.app.clone(), cache: self.cache.clone(), user })
    }
}

impl TokenCredential for OnBehalfOfCredential {
    #[inline]
    fn get_token<'a>(&'a self, scopes: &'a [&'a str], options: &'a TokenRequestOptions) -> TokenFuture<'a> {
        let client = &self.app.client;
        let tenant = match client.resolve_tenant(options.tenant_id()) {
            Ok(tenant) => tenant,
            Err(error) => return TokenFuture::ready(Err(error)),
        };
        let cae = options.enable_cae() && cae_enabled(true, client.env());
        let key = CacheKey { partition: Some(&self.user.partition), tenant, scopes, cae };
        self.cache.get_token(key, options.claims(), move |reason| {
            let ask = Ask {
                tenant: tenant.to_owned(),
                scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
                claims: options.claims().map(str::to_owned),
                cae,
            };
            let (app, user) = (self.app.clone(), self.user.clone());
            Box::pin(async move { app.acquire(&user, &ask, reason).await })
        })
    }
}

impl fmt::Debug for OnBehalfOfCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnBehalfOfCredential")
            .field("client", &self.app.client)
            .field("auth", &self.app.auth)
            .field("user", &self.user.partition)
            .finish_non_exhaustive()
    }
}

/// Who called the API.
struct User {
    assertion: Secret,
    partition: PartitionId,
    owner: Owner,
}

impl User {
    /// The digests are computed here, once, because computing them at each call would cost more than the look-up.
    fn new(assertion: Secret) -> Result<Self, Error> {
        if assertion.is_empty() {
            let message =
                "the user assertion must not be empty; it is the access token that the app was called with";
            return Err(Error::invalid_argument(message).with_credential(NAME));
        }
        let partition = PartitionId::assertion(assertion.secret());
        let owner = Owner::Assertion { digest: assertion_hash(assertion.secret()), home_account_id: None };
        Ok(Self { assertion, partition, owner })
    }
}

/// What is asked for, owned by the request.
struct Ask {
    tenant: String,
    scopes: Vec<String>,
    claims: Option<String>,
    cae: bool,
}

/// Who calls on. It holds no cache, so that a request which is under way does not keep the cache alive.
struct App {
    client: EntraClient,
    auth: Arc<dyn ClientAuth>,
}

impl App {
    async fn acquire(&self, user: &User, ask: &Ask, reason: Reason) -> Result<Acquired, Error> {
        let client = &self.client;
        let named = |error: Error| error.with_credential(NAME);
        let scopes: Vec<&str> = ask.scopes.iter().map(String::as_str).collect();
        let claims = request_claims(ask.claims.as_deref(), ask.cae).map_err(named)?;
        let request_scopes = RequestScopes::of_user(&scopes).map_err(named)?;
        let mut due = None;
        if reason != Reason::Claims {
            match client.stored_token(&user.owner, &ask.tenant, &scopes, ask.cae).await? {
                Some(StoredToken { acquired, is_due: false }) => return Ok(acquired),
                stored => due = stored.map(|stored| stored.acquired),
            }
        }
        let refresh = RefreshRequest {
            owner: &user.owner,
            tenant_id: &ask.tenant,
            scopes: &scopes,
            request_scopes: &request_scopes,
            cae: ask.cae,
            claims: claims.as_deref(),
            auth: Some(&*self.auth),
        };
        let answer = match client.refresh(&refresh).await {
            Ok(Refreshed::Token(response)) => Ok(client.acquired(&ask.tenant, &response)),
            Ok(Refreshed::Nobody(_)) => self.exchange(user, ask, &request_scopes, claims.as_deref()).await,
            Err(error) => Err(error),
        };
        // A token of another process that is due, but good, beats none.
        answer.or_else(|error| due.ok_or(error))
    }

    async fn exchange(
        &self,
        user: &User,
        ask: &Ask,
        request_scopes: &RequestScopes,
        claims: Option<&str>,
    ) -> Result<Acquired, Error> {
        let client = &self.client;
        let grant = Grant::on_behalf_of(&user.assertion, request_scopes);
        let response = client.request_token(&ask.tenant, &grant, claims, Some(&*self.auth)).await?;
        let account = response.client_info.as_deref().and_then(|info| ClientInfo::decode(info).ok());
        let owner = match &user.owner {
            Owner::Assertion { digest, .. } => Owner::Assertion {
                digest: digest.clone(),
                home_account_id: account.map(|info| info.home_account_id()),
            },
            owner => owner.clone(),
        };
        let scopes: Vec<&str> = ask.scopes.iter().map(String::as_str).collect();
        client.store(&owner, &ask.tenant, &scopes, ask.cae, &response).await;
        Ok(client.acquired(&ask.tenant, &response))
    }
}

/// Where refresh tokens are if the program names no storage. Access tokens are in the cache already, and need not be here a second time.
#[derive(Debug)]
struct RefreshTokens(MemoryStorage);

impl CacheStorage for RefreshTokens {
    fn load<'a>(&'a self, partition: &'a CachePartition) -> BoxFuture<'a, Result<UnifiedCache, Error>> {
        self.0.load(partition)
    }

    fn update<'a>(
        &'a self,
        partition: &'a CachePartition,
        change: &'a CacheChange<'a>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let change = |cache: &mut UnifiedCache| {
                change(cache);
                cache.keep_refresh_tokens_only();
            };
            self.0.update(partition, &change).await
        })
    }
}

#[cfg(test)]
mod tests;
