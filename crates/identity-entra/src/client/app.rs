use std::sync::Arc;

use identity_core::{Error, TokenFuture, TokenRequestOptions};

use super::stored::Owner;
use super::{EntraClient, StoredToken};
use crate::cache::{Acquired, CacheKey, PartitionId, Reason, TokenCache};
use crate::client_auth::ClientAuth;
use crate::oauth::{Grant, RequestScopes, cae_enabled, request_claims};

/// An app's own tokens (client credentials grant), cached: all that credentials of apps have in common. Clones are the same.
#[derive(Clone, Debug)]
pub struct AppClient {
    client: EntraClient,
    auth: Arc<dyn ClientAuth>,
    cache: TokenCache,
}

impl AppClient {
    /// An app that proves itself with `auth`.
    pub fn new(client: EntraClient, auth: Arc<dyn ClientAuth>) -> Self {
        let cache = client.token_cache(false);
        Self { client, auth, cache }
    }

    /// The client underneath.
    pub fn client(&self) -> &EntraClient {
        &self.client
    }

    /// Gives a token: from memory, from the storage, or from Entra ID.
    ///
    /// # Errors
    /// `InvalidArgument` for wrong scopes or claims, `AuthenticationFailed` for a tenant that is not allowed and where Entra ID refuses or doesn't
    /// answer; whatever the proof's maker ends in.
    #[inline]
    pub fn get_token<'a>(
        &'a self,
        scopes: &'a [&'a str],
        options: &'a TokenRequestOptions,
    ) -> TokenFuture<'a> {
        let tenant = match self.client.resolve_tenant(options.tenant_id()) {
            Ok(tenant) => tenant,
            Err(error) => return TokenFuture::ready(Err(error)),
        };
        let cae = options.enable_cae() && cae_enabled(true, self.client.env());
        let key = CacheKey { partition: None::<&PartitionId>, tenant, scopes, cae };
        self.cache.get_token(key, options.claims(), move |reason| {
            let ask = Ask {
                tenant: tenant.to_owned(),
                scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
                claims: options.claims().map(str::to_owned),
                cae,
            };
            Box::pin(acquire(self.client.clone(), self.auth.clone(), ask, reason))
        })
    }
}

/// What is asked for, owned by the request.
struct Ask {
    tenant: String,
    scopes: Vec<String>,
    claims: Option<String>,
    cae: bool,
}

async fn acquire(
    client: EntraClient,
    auth: Arc<dyn ClientAuth>,
    ask: Ask,
    reason: Reason,
) -> Result<Acquired, Error> {
    let scopes: Vec<&str> = ask.scopes.iter().map(String::as_str).collect();
    let named = |error: Error| error.with_credential(client.credential());
    let claims = request_claims(ask.claims.as_deref(), ask.cae).map_err(named)?;
    let scopes_field = RequestScopes::as_given(&scopes).map_err(named)?;
    let grant = Grant::client_credentials(&scopes_field);
    let mut fallback = None;
    if reason != Reason::Claims {
        match client.stored_token(&Owner::App, &ask.tenant, &scopes, ask.cae).await? {
            Some(StoredToken { acquired, is_due: false }) => return Ok(acquired),
            Some(due) => fallback = Some(due.acquired),
            None => {}
        }
    }
    match client.request_token(&ask.tenant, &grant, claims.as_deref(), Some(&*auth)).await {
        Ok(response) => {
            client.store(&Owner::App, &ask.tenant, &scopes, ask.cae, &response).await;
            Ok(client.acquired(&ask.tenant, &response))
        }
        // Another process's token that is due, but good, beats none.
        Err(error) => fallback.ok_or(error),
    }
}
