use std::sync::Arc;
use std::time::{Duration, SystemTime};

use identity_core::{AccessToken, Error, TenantId, TokenType};

use super::EntraClient;
use crate::cache::{
    AccessTokenQuery, Account, Acquired, CachePartition, NewAccessToken, NewTokens, RefreshTokenEntry,
};
use crate::oauth::{IdToken, TokenResponse};

/// Whose tokens, as the storage tells them apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The app's own.
    App,
    /// A person's, by the account's id in its home tenant.
    Account(String),
    /// Those that were got for one user assertion, by the assertion's digest, and of which account once that is known.
    Assertion {
        /// The digest.
        digest: String,
        /// The account.
        home_account_id: Option<String>,
    },
}

/// A token that was found in the storage.
#[derive(Clone, Debug)]
pub struct StoredToken {
    /// The token.
    pub acquired: Acquired,
    /// Whether it should be renewed before it is used.
    pub is_due: bool,
}

/// A token with less than this left is renewed.
const MARGIN: Duration = Duration::from_secs(300);

impl Owner {
    /// The account's id in its home tenant, where there is one and it is known.
    pub fn home_account_id(&self) -> Option<&str> {
        match self {
            Self::App => None,
            Self::Account(home) => Some(home),
            Self::Assertion { home_account_id, .. } => home_account_id.as_deref(),
        }
    }

    fn digest(&self) -> Option<&str> {
        match self {
            Self::Assertion { digest, .. } => Some(digest),
            _ => None,
        }
    }
}

impl EntraClient {
    /// The part of the storage that an owner's tokens are in.
    pub fn partition(&self, owner: &Owner, tenant_id: &str, cae: bool) -> CachePartition {
        match owner {
            Owner::App => CachePartition::app(self.client_id(), tenant_id, cae),
            Owner::Account(home) => CachePartition::user(home, cae),
            Owner::Assertion { digest, .. } => CachePartition::assertion(digest, cae),
        }
    }

    /// The hosts under which tokens of this client's cloud are stored, its own first.
    pub fn environments(&self) -> Vec<&str> {
        let own = self.authority().host();
        let aliases = self.authority().cloud().map_or(&[][..], |cloud| cloud.aliases());
        std::iter::once(own).chain(aliases.iter().copied().filter(|alias| *alias != own)).collect()
    }

    /// A token in the storage that is good for a request; none where there is no storage.
    ///
    /// # Errors
    /// What the storage ends in: where tokens can't be kept as the program asked, it hears of it.
    pub async fn stored_token(
        &self,
        owner: &Owner,
        tenant_id: &str,
        scopes: &[&str],
        cae: bool,
    ) -> Result<Option<StoredToken>, Error> {
        self.stored_token_in(owner, tenant_id, &[tenant_id], scopes, cae).await
    }

    /// The same for a tenant that is known under several names: as it is asked for, and as the tokens' own id of it.
    ///
    /// # Errors
    /// As [`stored_token`](Self::stored_token).
    pub async fn stored_token_in(
        &self,
        owner: &Owner,
        tenant_id: &str,
        realms: &[&str],
        scopes: &[&str],
        cae: bool,
    ) -> Result<Option<StoredToken>, Error> {
        let Some(storage) = self.storage() else { return Ok(None) };
        let partition = self.partition(owner, tenant_id, cae);
        let cache =
            storage.load(&partition).await.map_err(|error| error.with_credential(self.credential()))?;
        let query = AccessTokenQuery {
            environments: &self.environments(),
            client_id: Some(self.client_id()),
            realms,
            home_account_id: owner.home_account_id(),
            scopes,
            user_assertion_hash: owner.digest(),
            extra_cache_key: self.extra_cache_key(),
        };
        let Some(entry) = cache.access_token(&query) else { return Ok(None) };
        let now = self.clock().now();
        let time = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let Some(left) = time(entry.expires_on).duration_since(now).ok().filter(|left| !left.is_zero())
        else {
            return Ok(None);
        };
        let refresh_on = entry.refresh_on.map(time);
        let tenant = if TenantId::is_shared(tenant_id) { &entry.realm } else { tenant_id };
        let token = AccessToken::new(entry.secret, time(entry.expires_on))
            .with_refresh_on(refresh_on)
            .with_token_type(TokenType::from_server(&entry.token_type))
            .with_tenant_id(Some(tenant.into()))
            .with_credential(self.credential());
        let is_due = left < MARGIN || refresh_on.is_some_and(|refresh_on| refresh_on <= now);
        let acquired = Acquired { token, granted_scopes: entry.target, requested: false };
        Ok(Some(StoredToken { acquired, is_due }))
    }

    /// Keeps an answer in the storage, if there is one. What can't be kept is said in the log; the token is good all the same.
    pub async fn store(
        &self,
        owner: &Owner,
        tenant_id: &str,
        scopes: &[&str],
        cae: bool,
        response: &TokenResponse,
    ) {
        self.store_account(owner, tenant_id, scopes, cae, response, None).await;
    }

    /// The same, with the account of somebody who has just signed in. A refresh has no account, so that a sign-out at the same time is not
    /// undone.
    pub async fn store_account(
        &self,
        owner: &Owner,
        tenant_id: &str,
        scopes: &[&str],
        cae: bool,
        response: &TokenResponse,
        account: Option<&Account>,
    ) {
        let Some(storage) = self.storage() else { return };
        let seconds =
            |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let granted: Vec<&str> = response.scopes().collect();
        let target = if granted.is_empty() { scopes } else { &granted };
        let token_type = response.token_type.to_string();
        let acquired = self.acquired(tenant_id, response);
        let new = NewTokens {
            environment: account.map_or(self.authority().host(), |account| &account.environment),
            client_id: self.client_id(),
            realm: account.map_or(tenant_id, |account| &account.realm),
            home_account_id: owner.home_account_id(),
            access_token: Some(NewAccessToken {
                secret: &response.access_token,
                target,
                token_type: &token_type,
                expires_on: seconds(response.expires_on),
                refresh_on: acquired.token.refresh_on_unix(),
                extra_cache_key: self.extra_cache_key(),
            }),
            refresh_token: response.refresh_token.as_ref(),
            family_id: response.family_id.as_deref(),
            id_token: response.id_token.as_ref(),
            account,
            user_assertion_hash: owner.digest(),
            now: seconds(self.clock().now()),
        };
        let partition = self.partition(owner, tenant_id, cae);
        if let Err(error) = storage.update(&partition, &|cache| cache.store(&new)).await {
            tracing::warn!(credential = self.credential(), %error, "the token could not be stored; it is used all the same");
        }
    }

    /// The refresh tokens in the storage that this client may try for an owner, the most promising first.
    ///
    /// # Errors
    /// What the storage ends in.
    pub async fn stored_refresh_tokens(
        &self,
        owner: &Owner,
        tenant_id: &str,
        cae: bool,
    ) -> Result<Vec<RefreshTokenEntry>, Error> {
        let Some(storage) = self.storage() else { return Ok(Vec::new()) };
        let cache = storage.load(&self.partition(owner, tenant_id, cae)).await;
        let cache = cache.map_err(|error| error.with_credential(self.credential()))?;
        Ok(cache.refresh_tokens(
            &self.environments(),
            self.client_id(),
            owner.home_account_id(),
            owner.digest(),
        ))
    }

    /// An answer as the token that the credential gives.
    pub fn acquired(&self, tenant_id: &str, response: &TokenResponse) -> Acquired {
        let token = AccessToken::new(response.access_token.clone(), response.expires_on)
            .with_refresh_on(response.refresh_on)
            .with_token_type(response.token_type.clone())
            .with_tenant_id(Some(tenant_of(tenant_id, response)))
            .with_credential(self.credential());
        Acquired { token, granted_scopes: response.scopes().map(str::to_owned).collect(), requested: true }
    }
}

/// Whose token it is: the tenant that was asked, or where that stands for any, the one that the ID token names.
fn tenant_of(asked: &str, response: &TokenResponse) -> Arc<str> {
    let id_token = response.id_token.as_ref().filter(|_| TenantId::is_shared(asked));
    let named = id_token.and_then(|token| IdToken::decode(token).ok()?.tid);
    named.filter(|tenant| TenantId::parse(tenant).is_ok()).map_or_else(|| asked.into(), Into::into)
}
