//! What a credential is written on: who it is, whom it asks, and how.

mod app;
mod refresh;
mod route;
mod stored;

pub use app::AppClient;
pub use refresh::{RefreshRequest, Refreshed};
pub use route::TokenRoute;
pub use stored::{Owner, StoredToken};

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity_core::{Clock, Env, Error, TenantId};
use sha2::{Digest, Sha256};
use url::Url;

use crate::authority::{Authority, Discovery, Endpoints, Region, TenantPolicy};
use crate::cache::{CacheStorage, TokenCache, TokenCacheOptions};
use crate::client_auth::{AuthRequest, ClientAuth};
use crate::http::{HttpClient, RetryPolicy, TransportProfile};
use crate::oauth::{Exchange, Grant, TokenResponse};
use crate::options::{EntraOptions, ExtraQueryParameter};

/// A client of Entra ID: a credential's name, tenant and client id, the authority it trusts, and the way there. Clones share everything.
///
/// It holds no tokens. A credential keeps its [`TokenCache`] beside it, so that a request which is under way does not keep the cache alive.
#[derive(Clone)]
pub struct EntraClient(Arc<Inner>, Option<Arc<dyn TokenRoute>>);

struct Inner {
    credential: &'static str,
    client_id: String,
    tenants: TenantPolicy,
    discovery: Discovery,
    http: HttpClient,
    cache_key: Option<String>,
    options: EntraOptions,
}

impl EntraClient {
    /// A client of an app that proves itself. Its requests go to the app's region, if it has one.
    ///
    /// # Errors
    /// `InvalidArgument` for a tenant, client id, authority, region or list of tenants that can't be right. Nothing is sent.
    pub fn app(
        credential: &'static str,
        tenant_id: &str,
        client_id: &str,
        options: &EntraOptions,
    ) -> Result<Self, Error> {
        let region = Region::from_options(options.regional_authority(), options.env());
        let region = region.map_err(|error| error.with_credential(credential))?;
        Self::new(credential, tenant_id, client_id, options, region)
    }

    /// A client that people sign in with, which has nothing to prove itself with.
    ///
    /// # Errors
    /// As [`app`](Self::app).
    pub fn public(
        credential: &'static str,
        tenant_id: &str,
        client_id: &str,
        options: &EntraOptions,
    ) -> Result<Self, Error> {
        Self::new(credential, tenant_id, client_id, options, None)
    }

    fn new(
        credential: &'static str,
        tenant_id: &str,
        client_id: &str,
        options: &EntraOptions,
        region: Option<Region>,
    ) -> Result<Self, Error> {
        let build = || {
            let tenant_id = TenantId::parse(tenant_id)?;
            if client_id.is_empty() || client_id.chars().any(|c| c.is_control() || c.is_whitespace()) {
                return Err(Error::invalid_argument(
                    "the client id must not be empty or contain white space; it is the application's id in Entra ID",
                ));
            }
            let authority = Authority::from_options(options.authority_host(), options.env())?;
            let tenants =
                TenantPolicy::new(Some(tenant_id), options.additionally_allowed_tenants(), options.env())?;
            let http = options.http_client()?;
            let discovery =
                Discovery::new(authority, !options.disable_instance_discovery()).with_region(region);
            let cache_key = extra_cache_key(options.extra_query_parameters())?;
            let (client_id, options) = (client_id.to_owned(), options.clone());
            let inner = Inner { credential, client_id, tenants, discovery, http, cache_key, options };
            Ok(Self(Arc::new(inner), None))
        };
        build().map_err(|error: Error| error.with_credential(credential))
    }

    /// The same client with another way for its token requests than straight to the authority. Everything else, tokens in a storage among it,
    /// stays that of the authority.
    pub fn with_token_route(self, route: Arc<dyn TokenRoute>) -> Self {
        Self(self.0, Some(route))
    }

    /// The cache that a credential keeps beside this client. `interactive` where acquiring a token may ask a person.
    pub fn token_cache(&self, interactive: bool) -> TokenCache {
        let options = &self.0.options;
        let mut cache = TokenCacheOptions::new(self.0.credential, options.clock().clone());
        cache.capacity = options.cache_capacity();
        cache.refresh = options.refresh_mode();
        cache.log_accounts = options.logs_accounts();
        cache.remember_failures = !interactive;
        TokenCache::new(cache)
    }

    /// The credential's class.
    pub fn credential(&self) -> &'static str {
        self.0.credential
    }

    /// The app's id.
    pub fn client_id(&self) -> &str {
        &self.0.client_id
    }

    /// The authority.
    pub fn authority(&self) -> &Authority {
        self.0.discovery.authority()
    }

    /// The tenants that may be asked.
    pub fn tenants(&self) -> &TenantPolicy {
        &self.0.tenants
    }

    /// The tenant for a request, with the credential's name in errors. See [`TenantPolicy::resolve`].
    ///
    /// # Errors
    /// `AuthenticationFailed` for a tenant that is not allowed, `InvalidArgument` for one that can't be a tenant.
    #[inline]
    pub fn resolve_tenant<'a>(&'a self, requested: Option<&'a str>) -> Result<&'a str, Error> {
        self.0.tenants.resolve(requested).map_err(|error| error.with_credential(self.0.credential))
    }

    /// What sends requests.
    pub fn http(&self) -> &HttpClient {
        &self.0.http
    }

    /// The options the client was made with.
    pub fn options(&self) -> &EntraOptions {
        &self.0.options
    }

    /// The environment.
    pub fn env(&self) -> &Env {
        self.0.options.env()
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        self.0.options.clock()
    }

    /// Where tokens are kept besides memory.
    pub fn storage(&self) -> Option<&Arc<dyn CacheStorage>> {
        self.0.options.cache_storage()
    }

    /// The authority's endpoints for a tenant; looked up only where they can't be known.
    ///
    /// # Errors
    /// As [`Discovery::endpoints`].
    pub async fn endpoints(&self, tenant_id: &str) -> Result<Arc<Endpoints>, Error> {
        let retry = RetryPolicy::entra(self.0.options.retry());
        let exchange = self.exchange(&retry, None);
        let endpoints = self.0.discovery.endpoints(&exchange, tenant_id).await;
        endpoints.map_err(|error| error.with_credential(self.0.credential))
    }

    /// The means to talk to the authority.
    pub fn exchange<'a>(
        &'a self,
        retry: &'a RetryPolicy,
        profile: Option<&'a TransportProfile>,
    ) -> Exchange<'a> {
        Exchange { credential: self.0.credential, http: &self.0.http, retry, profile }
    }

    /// A URL with the parameters that the program adds to queries.
    pub fn with_extra_query(&self, mut url: Url) -> Url {
        let extra = self.0.options.extra_query_parameters();
        if !extra.is_empty() {
            url.query_pairs_mut()
                .extend_pairs(extra.iter().map(|parameter| (parameter.name(), parameter.value())));
        }
        url
    }

    /// What tells this client's stored tokens from those of a client with other parameters.
    pub(crate) fn extra_cache_key(&self) -> Option<&str> {
        self.0.cache_key.as_deref()
    }

    /// Sends a grant, with the app's proof if it has one, and reads the answer.
    ///
    /// # Errors
    /// `AuthenticationFailed` with the server's words when it refuses or doesn't answer; whatever the proof's maker ends in.
    pub async fn request_token(
        &self,
        tenant_id: &str,
        grant: &Grant,
        claims: Option<&str>,
        auth: Option<&dyn ClientAuth>,
    ) -> Result<TokenResponse, Error> {
        let retry = RetryPolicy::entra(self.0.options.retry());
        let endpoints = self.endpoints(tenant_id).await?;
        let (token_url, profile) = match &self.1 {
            None => (endpoints.token.clone(), None),
            Some(route) => {
                let routed = route.route(&endpoints.token);
                let (url, profile) = routed.map_err(|error| error.with_credential(self.0.credential))?;
                (url, Some(profile))
            }
        };
        let token_url = self.with_extra_query(token_url);
        let mut attempt = 0;
        loop {
            let mut form = grant.form().clone().with("client_id", self.client_id());
            if let Some(claims) = claims {
                form.push("claims", claims);
            }
            if let Some(auth) = auth {
                let request =
                    AuthRequest { client: self, tenant_id, token_endpoint: &endpoints.audience, attempt };
                let proof = auth.authenticate(&request).await;
                form.extend(proof.map_err(|error| error.with_credential(self.0.credential))?);
            }
            let answer = self.exchange(&retry, profile.as_ref()).token(&token_url, &form).await;
            match (auth, answer.as_ref().err().and_then(Error::server)) {
                (Some(auth), Some(refusal)) if attempt == 0 && auth.has_another(refusal) => attempt += 1,
                _ => return answer,
            }
        }
    }
}

/// The digest that Microsoft's libraries store with tokens that parameters beyond the usual ones changed: of names and values in order of the
/// names, each with its length in front.
fn extra_cache_key(parameters: &[ExtraQueryParameter]) -> Result<Option<String>, Error> {
    const OURS: [&str; 11] = [
        "client_id",
        "client_secret",
        "client_assertion",
        "grant_type",
        "scope",
        "claims",
        "code",
        "redirect_uri",
        "state",
        "nonce",
        "response_mode",
    ];
    for name in parameters.iter().map(ExtraQueryParameter::name) {
        if name.is_empty() || OURS.contains(&name) {
            let shown = name.escape_debug();
            return Err(Error::invalid_argument(format!(
                "'{shown}' can't be an extra query parameter: the protocol sets it"
            )));
        }
    }
    let mut keyed: Vec<_> =
        parameters.iter().filter(|p| p.in_cache_key()).map(|p| (p.name(), p.value())).collect();
    if keyed.is_empty() {
        return Ok(None);
    }
    keyed.sort_unstable();
    let text: String = keyed.iter().map(|(n, v)| format!("{}:{n}{}:{v}", n.len(), v.len())).collect();
    Ok(Some(URL_SAFE_NO_PAD.encode(Sha256::digest(text)).to_lowercase()))
}

impl fmt::Debug for EntraClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EntraClient")
            .field("credential", &self.0.credential)
            .field("authority", self.authority())
            .field("tenant_id", &self.0.tenants.configured())
            .field("client_id", &self.0.client_id)
            .finish()
    }
}
