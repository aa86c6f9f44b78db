use std::sync::Arc;

use identity_core::{
    AccessToken, ChainContext, Clock, Error, TokenCredential, TokenFuture, TokenRequestOptions,
    single_resource,
};
use identity_entra::cache::{Acquired, CacheKey, Reason, TokenCache, TokenCacheOptions};
use identity_entra::client::AppClient;

use crate::ManagedIdentityCredentialOptions;
use crate::source::{Ask, Found, Source};

/// A machine's own identity: of a virtual machine, an app in App Service, a server under Azure Arc, a pod, and so on. No secret is needed.
///
/// Where it runs is decided when it is made, by the variables that the host has set, and said in one line of the log. A user-assigned
/// identity is named in the options; a host that can't honour it is an error, because it would give another identity's token.
///
/// Tokens are cached in memory only and renewed at half of a life of two hours or more. It takes exactly one scope per request. A request's
/// tenant is ignored, and claims have no other effect than that the cached token is skipped (Service Fabric is told which one).
///
/// In a chain it first makes sure, for at most a second, that IMDS is there at all.
///
/// ```no_run
/// # use identity_msi::ManagedIdentityCredential;
/// let system_assigned = ManagedIdentityCredential::new(Default::default())?;
/// # Ok::<(), identity_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ManagedIdentityCredential(Way);

pub(crate) const NAME: &str = "ManagedIdentityCredential";

/// Whom to ask.
#[derive(Clone, Debug)]
enum Way {
    /// The host, for a token.
    Host(HostIdentity),
    /// Entra ID, with a token that Kubernetes put into a file.
    Exchange(AppClient),
}

impl ManagedIdentityCredential {
    /// The identity that the options name, on the host that the environment names. Nothing is sent before the first token is asked for.
    ///
    /// # Errors
    /// `InvalidArgument` for an id that can't be one, for one that the host knows no parameter for, and for a variable of the host with a
    /// value that makes no sense; `AuthenticationFailed` for a user-assigned identity in Service Fabric, which decides by itself.
    pub fn new(options: ManagedIdentityCredentialOptions) -> Result<Self, Error> {
        let build = || {
            options.check()?;
            let found = Found::from_options(&options)?;
            let identity =
                options.identity().map_or_else(|| "system-assigned".to_owned(), ToString::to_string);
            tracing::info!(credential = NAME, host = found.name(), %identity, "managed identity chosen");
            Ok(Self(match found {
                Found::Exchange(app) => Way::Exchange(app),
                Found::Host(source) => Way::Host(HostIdentity::new(source, &options)),
            }))
        };
        build().map_err(|error: Error| error.with_credential(NAME))
    }
}

impl TokenCredential for ManagedIdentityCredential {
    #[inline]
    fn get_token<'a>(&'a self, scopes: &'a [&'a str], options: &'a TokenRequestOptions) -> TokenFuture<'a> {
        if scopes.len() != 1
            && let Err(error) = single_resource(NAME, scopes)
        {
            return TokenFuture::ready(Err(error));
        }
        match &self.0 {
            Way::Host(host) => host.get_token(scopes, options),
            Way::Exchange(app) => without_tenant(app, scopes, options),
        }
    }
}

/// The host's tenant is the only one there is.
fn without_tenant<'a>(
    app: &'a AppClient,
    scopes: &'a [&'a str],
    options: &'a TokenRequestOptions,
) -> TokenFuture<'a> {
    if options.tenant_id().is_none() {
        return app.get_token(scopes, options);
    }
    TokenFuture::boxed(async move {
        let mut own = TokenRequestOptions::default().with_enable_cae(options.enable_cae());
        if let Some(claims) = options.claims() {
            own = own.with_claims(claims);
        }
        app.get_token(scopes, &own).await
    })
}

/// The identity that a host gives tokens for, and those it has given.
#[derive(Clone, Debug)]
struct HostIdentity {
    source: Arc<Source>,
    cache: TokenCache,
    clock: Clock,
}

impl HostIdentity {
    fn new(source: Arc<Source>, options: &ManagedIdentityCredentialOptions) -> Self {
        let entra = options.entra_options();
        let mut cache = TokenCacheOptions::new(NAME, entra.clock().clone());
        cache.capacity = entra.cache_capacity();
        cache.refresh = entra.refresh_mode();
        cache.log_accounts = entra.logs_accounts();
        Self { source, cache: TokenCache::new(cache), clock: entra.clock().clone() }
    }

    #[inline]
    fn get_token<'a>(&'a self, scopes: &'a [&'a str], options: &'a TokenRequestOptions) -> TokenFuture<'a> {
        if options.chain_context() != ChainContext::None
            && let Some(imds) = self.source.unproved_imds()
            && self.cache.peek(&key(scopes)).is_none()
        {
            return TokenFuture::boxed(async move {
                imds.make_sure().await?;
                self.cached(scopes, options).await
            });
        }
        self.cached(scopes, options)
    }

    #[inline]
    fn cached<'a>(&'a self, scopes: &'a [&'a str], options: &'a TokenRequestOptions) -> TokenFuture<'a> {
        self.cache.get_token(key(scopes), options.claims(), move |reason| {
            let refused = if reason == Reason::Claims { self.cache.peek(&key(scopes)) } else { None };
            let resource = single_resource(NAME, scopes);
            let (source, clock) = (self.source.clone(), self.clock.clone());
            Box::pin(async move { acquire(&source, &clock, &resource?, refused).await })
        })
    }
}

/// Neither tenant nor CAE makes a difference to a host.
fn key<'a>(scopes: &'a [&'a str]) -> CacheKey<'a> {
    CacheKey { partition: None, tenant: "", scopes, cae: false }
}

async fn acquire(
    source: &Source,
    clock: &Clock,
    resource: &str,
    refused: Option<AccessToken>,
) -> Result<Acquired, Error> {
    // Before the request, so that a slow answer never makes a token look fresher than it is.
    let ask = Ask { resource, refused: refused.as_ref(), requested_at: clock.now() };
    let response = source.request_token(&ask).await.map_err(|error| error.with_credential(NAME))?;
    let token = AccessToken::new(response.access_token, response.expires_on)
        .with_refresh_on(response.refresh_on)
        .with_token_type(response.token_type)
        .with_credential(NAME);
    Ok(Acquired { token, granted_scopes: Vec::new(), requested: true })
}

#[cfg(test)]
mod tests;
