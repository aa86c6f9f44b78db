use std::sync::Arc;

use crate::{BoxFuture, Error, Result, Secret, TokenCredential, TokenRequestOptions, check_scopes};

/// What a bearer token provider returns.
pub type BearerTokenFuture = BoxFuture<'static, Result<Secret>>;

/// A closure that gives the text of a fresh token each time it is called, for clients that know nothing of credentials: what other SDKs
/// call `get_bearer_token_provider`. The credential's own cache makes calling it for every request cheap.
///
/// ```
/// # async fn example(credential: std::sync::Arc<dyn identity_core::TokenCredential>) -> Result<(), identity_core::Error> {
/// let provider = identity_core::bearer_token_provider(credential, &["https://cognitiveservices.azure.com/.default"])?;
/// let header = format!("Bearer {}", provider().await?.secret());
/// # Ok(()) }
/// ```
///
/// # Errors
/// `InvalidArgument` without a scope or with a malformed one. Calling the closure fails as the credential does.
pub fn bearer_token_provider(
    credential: Arc<dyn TokenCredential>,
    scopes: &[&str],
) -> Result<impl Fn() -> BearerTokenFuture + Clone + Send + Sync + 'static, Error> {
    check_scopes("bearer_token_provider", scopes)?;
    let scopes: Arc<[String]> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    Ok(move || -> BearerTokenFuture {
        let (credential, scopes) = (credential.clone(), scopes.clone());
        Box::pin(async move {
            let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
            let token = credential.get_token(&scopes, &TokenRequestOptions::default()).await?;
            Ok(token.token().clone())
        })
    })
}

#[cfg(test)]
mod tests;
