use std::sync::{Arc, LazyLock};

use identity_core::{
    AccessToken, ChainContext, Clock, Error, TokenCredential, TokenFuture, TokenRequestOptions,
};

use crate::chain::Attempts;

/// Asks one credential after the other, in the order given, until one gives a token.
///
/// A member that is unavailable, or that would have to ask a person and may not, makes room for the next; any other error ends the chain.
/// Each request begins with the first member again. Dropping the chain drops its members.
///
/// ```
/// # use std::sync::Arc;
/// use identity::{ChainedTokenCredential, ClientSecretCredential, TokenCredential};
///
/// # #[cfg(feature = "app")] {
/// let old = ClientSecretCredential::new("contoso.onmicrosoft.com", "my-client-id", "last-year's", Default::default())?;
/// let new = ClientSecretCredential::new("contoso.onmicrosoft.com", "my-client-id", "this year's", Default::default())?;
/// let members: [Arc<dyn TokenCredential>; 2] = [Arc::new(new), Arc::new(old)];
/// let chain = ChainedTokenCredential::new(members)?;
/// # }
/// # Ok::<(), identity::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ChainedTokenCredential(Arc<[Arc<dyn TokenCredential>]>);

const NAME: &str = "ChainedTokenCredential";

impl ChainedTokenCredential {
    /// A chain of these members.
    ///
    /// # Errors
    /// `InvalidArgument` without a member.
    pub fn new(members: impl IntoIterator<Item = Arc<dyn TokenCredential>>) -> Result<Self, Error> {
        let members: Arc<[_]> = members.into_iter().collect();
        if members.is_empty() {
            return Err(
                Error::invalid_argument("a chain needs at least one credential").with_credential(NAME)
            );
        }
        Ok(Self(members))
    }
}

impl TokenCredential for ChainedTokenCredential {
    /// # Errors
    /// `AuthenticationFailed` with every attempt when no member has a token; the kind of the member at which the chain stopped, with the
    /// attempts up to it.
    fn get_token<'a>(&'a self, scopes: &'a [&'a str], options: &'a TokenRequestOptions) -> TokenFuture<'a> {
        if scopes.is_empty() {
            let error = Error::invalid_argument("get_token requires at least one scope");
            return TokenFuture::ready(Err(error.with_credential(NAME)));
        }
        let Some(as_member) = as_member(options) else {
            return TokenFuture::boxed(async move {
                let options = options.clone().with_chain_context(ChainContext::Chained);
                let first = self.0[0].get_token(scopes, &options);
                self.ask_from(first, scopes, &options).await
            });
        };
        // A token in the first member's cache costs no allocation. A future that is not ready must be kept: it may be the one whose turn it is to
        // renew a token.
        match self.0[0].get_token(scopes, as_member).try_ready() {
            Ok(Ok(token)) => TokenFuture::ready(Ok(token)),
            Ok(error) => TokenFuture::boxed(self.ask_from(TokenFuture::ready(error), scopes, as_member)),
            Err(first) => TokenFuture::boxed(self.ask_from(first, scopes, as_member)),
        }
    }
}

impl ChainedTokenCredential {
    /// Waits for the first member's answer, and goes on with the others.
    async fn ask_from(
        &self,
        first: TokenFuture<'_>,
        scopes: &[&str],
        options: &TokenRequestOptions,
    ) -> Result<AccessToken, Error> {
        let mut attempts = Attempts::new(NAME, Clock::system());
        match first.await {
            Ok(token) => return Ok(token),
            Err(error) => attempts.add(error)?,
        }
        for member in &self.0[1..] {
            match member.get_token(scopes, options).await {
                Ok(token) => return Ok(token),
                Err(error) => attempts.add(error)?,
            }
        }
        Err(attempts.exhausted("no member of the chain could get a token"))
    }
}

/// What the members are asked, where that needs nothing of its own: nearly always. A chain inside of a chain hands on what it was asked.
fn as_member(options: &TokenRequestOptions) -> Option<&TokenRequestOptions> {
    static PLAIN: LazyLock<[TokenRequestOptions; 2]> = LazyLock::new(|| {
        [false, true].map(|cae| {
            TokenRequestOptions::default().with_enable_cae(cae).with_chain_context(ChainContext::Chained)
        })
    });
    match options.chain_context() {
        ChainContext::None if options.is_plain() => Some(&PLAIN[usize::from(options.enable_cae())]),
        ChainContext::None => None,
        _ => Some(options),
    }
}

#[cfg(test)]
mod tests;
