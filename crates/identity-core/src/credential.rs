use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::{AccessToken, Error, Result};

/// A future that owns what it needs, or borrows it for `'a`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Something that gives access tokens for Azure.
///
/// Every credential of this family is one, every client takes one. Calling [`get_token`](Self::get_token) for each request is what it is made
/// for: a token that is still good is handed out without I/O (the credentials of developer tools say where they differ).
///
/// To write one, return a future that is ready where you can and box it where you can't:
///
/// ```
/// use identity_core::{AccessToken, TokenCredential, TokenFuture, TokenRequestOptions};
///
/// #[derive(Debug)]
/// struct FromVault;
///
/// impl TokenCredential for FromVault {
///     fn get_token<'a>(&'a self, scopes: &'a [&'a str], _: &'a TokenRequestOptions) -> TokenFuture<'a> {
///         TokenFuture::boxed(async move {
///             let (text, expires_on) = ask_the_vault(scopes).await;
///             Ok(AccessToken::new(text, expires_on))
///         })
///     }
/// }
/// # async fn ask_the_vault(_: &[&str]) -> (String, std::time::SystemTime) { (String::new(), std::time::SystemTime::UNIX_EPOCH) }
/// ```
pub trait TokenCredential: fmt::Debug + Send + Sync {
    /// Gets a token that is good for all of `scopes`, such as `https://management.azure.com/.default`.
    ///
    /// Dropping the future gives up: nothing stays locked and nothing is half written.
    ///
    /// # Errors
    /// - [`CredentialUnavailable`](crate::ErrorKind::CredentialUnavailable): this credential could not even try here.
    /// - [`AuthenticationRequired`](crate::ErrorKind::AuthenticationRequired): a person must sign in first.
    /// - [`AuthenticationFailed`](crate::ErrorKind::AuthenticationFailed): the attempt was refused or did not come through.
    /// - [`InvalidArgument`](crate::ErrorKind::InvalidArgument): no scope or a malformed one; a wrong setting found only now.
    fn get_token<'a>(&'a self, scopes: &'a [&'a str], options: &'a TokenRequestOptions) -> TokenFuture<'a>;
}

macro_rules! forward {
    ($($pointer:ty),*) => { $(
        impl<T: TokenCredential + ?Sized> TokenCredential for $pointer {
            #[inline]
            fn get_token<'a>(&'a self, scopes: &'a [&'a str], options: &'a TokenRequestOptions) -> TokenFuture<'a> {
                (**self).get_token(scopes, options)
            }
        }
    )* };
}
forward!(&T, Box<T>, Arc<T>);

/// What one request asks for besides scopes.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct TokenRequestOptions {
    tenant_id: Option<String>,
    claims: Option<String>,
    enable_cae: bool,
    chain_context: ChainContext,
}

impl TokenRequestOptions {
    /// Asks for a token of this tenant instead of the credential's own. The credential must allow it (`additionally_allowed_tenants`);
    /// those that know no tenants ignore it.
    pub fn with_tenant_id(mut self, tenant_id: impl Into<String>) -> Self {
        self.tenant_id = Some(tenant_id.into());
        self
    }

    /// Adds the claims that a resource demanded in its challenge, as JSON text. Cached access tokens are skipped then.
    pub fn with_claims(mut self, claims: impl Into<String>) -> Self {
        self.claims = Some(claims.into());
        self
    }

    /// Asks for a token that can be revoked early (continuous access evaluation). Say yes only if claims challenges are handled.
    /// Default: no.
    pub fn with_enable_cae(mut self, enable_cae: bool) -> Self {
        self.enable_cae = enable_cae;
        self
    }

    /// Tells a member that it is asked as part of a chain.
    #[doc(hidden)]
    pub fn with_chain_context(mut self, chain_context: ChainContext) -> Self {
        self.chain_context = chain_context;
        self
    }

    /// The tenant asked for, if another than the credential's own.
    #[inline]
    pub fn tenant_id(&self) -> Option<&str> {
        self.tenant_id.as_deref().filter(|tenant| !tenant.is_empty())
    }

    /// The claims asked for.
    #[inline]
    pub fn claims(&self) -> Option<&str> {
        self.claims.as_deref().filter(|claims| !claims.is_empty())
    }

    /// Whether an early-revocable token is asked for.
    #[inline]
    pub fn enable_cae(&self) -> bool {
        self.enable_cae
    }

    /// Whether nothing is asked for but, perhaps, an early-revocable token: as nearly always.
    #[doc(hidden)]
    #[inline]
    pub fn is_plain(&self) -> bool {
        // Named one by one, so that a new field is not forgotten here.
        let Self { tenant_id, claims, enable_cae: _, chain_context: _ } = self;
        tenant_id.is_none() && claims.is_none()
    }

    /// Whether a chain asks, and which.
    #[doc(hidden)]
    #[inline]
    pub fn chain_context(&self) -> ChainContext {
        self.chain_context
    }
}

/// Whether a credential is asked by itself or as a member of a chain. It is part of no cache key: what depends on it is decided per
/// caller, after the answer is there.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChainContext {
    /// By itself.
    #[default]
    None,
    /// In a chain that the program put together.
    Chained,
    /// In the default chain.
    Default,
}

impl ChainContext {
    /// Whether any chain asks.
    pub fn in_chain(self) -> bool {
        self != Self::None
    }
}

/// What [`TokenCredential::get_token`] returns: ready at once, without an allocation, or boxed.
#[must_use = "a future does nothing until it is awaited"]
pub struct TokenFuture<'a>(State<'a>);

enum State<'a> {
    Ready(Option<Result<AccessToken>>),
    Boxed(BoxFuture<'a, Result<AccessToken>>),
}

impl<'a> TokenFuture<'a> {
    /// A result that is there already.
    #[inline]
    pub fn ready(result: Result<AccessToken>) -> Self {
        Self(State::Ready(Some(result)))
    }

    /// A result that must be waited for.
    pub fn boxed(future: impl Future<Output = Result<AccessToken>> + Send + 'a) -> Self {
        Self(State::Boxed(Box::pin(future)))
    }

    /// The result, if it is there without waiting; otherwise the future, unchanged.
    pub fn try_ready(self) -> Result<Result<AccessToken>, Self> {
        match self.0 {
            State::Ready(Some(result)) => Ok(result),
            state => Err(Self(state)),
        }
    }
}

impl Future for TokenFuture<'_> {
    type Output = Result<AccessToken>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            State::Ready(result) => Poll::Ready(
                result
                    .take()
                    .unwrap_or_else(|| Err(Error::invalid_argument("polled after the result was taken"))),
            ),
            State::Boxed(future) => future.as_mut().poll(context),
        }
    }
}

impl fmt::Debug for TokenFuture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            State::Ready(_) => "TokenFuture(ready)",
            State::Boxed(_) => "TokenFuture(boxed)",
        })
    }
}

#[cfg(test)]
mod tests;
