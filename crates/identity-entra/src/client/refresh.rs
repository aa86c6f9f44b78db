use identity_core::{Error, ServerError};

use super::{EntraClient, Owner};
use crate::cache::RefreshTokenEntry;
use crate::client_auth::ClientAuth;
use crate::oauth::{ClientInfo, Grant, RequestScopes, TokenResponse, asks_for_a_person};

/// A token that is wanted with the refresh tokens of an earlier sign-in.
#[derive(Clone, Copy, Debug)]
pub struct RefreshRequest<'a> {
    /// Whose.
    pub owner: &'a Owner,
    /// The tenant that is asked.
    pub tenant_id: &'a str,
    /// The scopes as they were asked for.
    pub scopes: &'a [&'a str],
    /// The same as they are sent.
    pub request_scopes: &'a RequestScopes,
    /// Whether the token can be revoked early.
    pub cae: bool,
    /// The claims as they are sent.
    pub claims: Option<&'a str>,
    /// The app's proof, if it has one.
    pub auth: Option<&'a dyn ClientAuth>,
}

/// What came of the refresh tokens.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "it is taken apart where it is made")]
pub enum Refreshed {
    /// A token.
    Token(TokenResponse),
    /// None: there was no refresh token, or the server wants a person, and this is how it said so.
    Nobody(Option<Error>),
}

impl EntraClient {
    /// Tries the refresh tokens in the storage, the most promising first, and keeps what comes.
    ///
    /// A refresh token that the server refuses for good is forgotten. One that is good, but not for this request (a second factor or consent is
    /// missing), stays, because it may do for the next.
    ///
    /// # Errors
    /// `AuthenticationFailed` where the server doesn't answer, or refuses for a reason that no person can help; what the storage ends in.
    pub async fn refresh(&self, request: &RefreshRequest<'_>) -> Result<Refreshed, Error> {
        let RefreshRequest { owner, tenant_id, cae, .. } = *request;
        let mut tokens = self.refresh_tokens_of(owner, tenant_id, cae).await?;
        // A refresh token is as good for tokens of the other kind; only access tokens are kept apart.
        for other in self.refresh_tokens_of(owner, tenant_id, !cae).await? {
            if !tokens.iter().any(|(token, _)| token.secret == other.0.secret) {
                tokens.push(other);
            }
        }
        let (mut refusal, mut family) = (None, true);
        for (token, cae) in tokens.into_iter().take(MOST_TRIES) {
            let own = token.client_id.eq_ignore_ascii_case(self.client_id());
            if !own && !family {
                continue;
            }
            let grant = Grant::refresh_token(&token.secret, request.request_scopes);
            let answer = self.request_token(tenant_id, &grant, request.claims, request.auth).await;
            let error = match answer {
                Ok(response) => return self.accept(request, &token, response).await,
                Err(error) => error,
            };
            let Some(server) = error.server() else { return Err(error) };
            match verdict(server) {
                Verdict::Dead => self.forget(owner, tenant_id, cae, &token).await,
                Verdict::OfAnotherClient => family = false,
                Verdict::NeedsPerson => return Ok(Refreshed::Nobody(Some(error))),
                // What a relative's token is refused for says nothing about this client's own.
                Verdict::Other
                    if !own && server.status.is_some_and(|status| (400..429).contains(&status)) => {}
                Verdict::Other => return Err(error),
            }
            refusal = Some(error);
        }
        Ok(Refreshed::Nobody(refusal))
    }

    async fn refresh_tokens_of(
        &self,
        owner: &Owner,
        tenant_id: &str,
        cae: bool,
    ) -> Result<Vec<(RefreshTokenEntry, bool)>, Error> {
        let tokens = self.stored_refresh_tokens(owner, tenant_id, cae).await?;
        Ok(tokens.into_iter().map(|token| (token, cae)).collect())
    }

    async fn accept(
        &self,
        request: &RefreshRequest<'_>,
        token: &RefreshTokenEntry,
        response: TokenResponse,
    ) -> Result<Refreshed, Error> {
        let owner = match request.owner {
            // The refresh token tells what an assertion alone does not.
            Owner::Assertion { digest, home_account_id: None } => {
                let home_account_id = Some(token.home_account_id.clone()).filter(|home| !home.is_empty());
                Owner::Assertion { digest: digest.clone(), home_account_id }
            }
            owner => owner.clone(),
        };
        let came = response.client_info.as_deref().and_then(|info| ClientInfo::decode(info).ok());
        let came = came.map(|info| info.home_account_id());
        if let (Some(came), Some(expected)) = (came, owner.home_account_id())
            && came != expected
        {
            let message =
                "the server answered a refresh token with a token of another account, so it is not accepted";
            return Err(Error::failed(message).with_credential(self.credential()));
        }
        self.store(&owner, request.tenant_id, request.scopes, request.cae, &response).await;
        Ok(Refreshed::Token(response))
    }

    async fn forget(&self, owner: &Owner, tenant_id: &str, cae: bool, token: &RefreshTokenEntry) {
        let Some(storage) = self.storage() else { return };
        let partition = self.partition(owner, tenant_id, cae);
        if let Err(error) = storage.update(&partition, &|cache| cache.remove_refresh_token(token)).await {
            tracing::warn!(credential = self.credential(), %error, "a refresh token that was refused could not be removed");
        }
    }
}

/// What a refusal says about the refresh token that was sent.
enum Verdict {
    /// It will never be accepted again.
    Dead,
    /// It belongs to a family that this client is not in.
    OfAnotherClient,
    /// It is good, but a person must do something before it is good for this request.
    NeedsPerson,
    /// Nothing.
    Other,
}

/// The sub-errors are those of the page "Handle errors and exceptions in MSAL" of Microsoft's documentation.
fn verdict(server: &ServerError) -> Verdict {
    if !asks_for_a_person(server) {
        return Verdict::Other;
    }
    match (server.error.as_deref(), server.suberror.as_deref()) {
        (Some("invalid_grant"), Some("client_mismatch")) => Verdict::OfAnotherClient,
        (Some("invalid_grant"), None | Some("bad_token" | "token_expired")) if server.claims.is_none() => {
            Verdict::Dead
        }
        _ => Verdict::NeedsPerson,
    }
}

/// How many refresh tokens of one account are tried in turn.
const MOST_TRIES: usize = 4;

#[cfg(test)]
mod tests;
