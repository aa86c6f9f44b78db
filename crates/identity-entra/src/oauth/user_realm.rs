use identity_core::Error;
use serde::Deserialize;

use super::{Exchange, error_from_response};
use crate::authority::Authority;

/// Where a user's password is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserRealm {
    /// By the authority itself.
    Managed,
    /// By a federation server of the user's organization, over WS-Trust.
    Federated,
}

/// Asks the authority where a user's password is checked. Nothing comes out when the authority doesn't know such a question (404): then there is
/// no need to ask it again.
///
/// # Errors
/// `AuthenticationFailed` for any other answer than the hoped for, and what the HTTP client ends in when none comes.
pub async fn user_realm(
    exchange: &Exchange<'_>,
    authority: &Authority,
    username: &str,
) -> Result<Option<UserRealm>, Error> {
    const WHAT: &str = "the request for the user's realm";
    let mut url = authority.endpoint("common/userrealm")?;
    if let Ok(mut path) = url.path_segments_mut() {
        path.push(username);
    }
    url.query_pairs_mut().append_pair("api-version", "1.0");
    let response = exchange.get(&url).await?;
    if response.status().as_u16() == 404 {
        return Ok(None);
    }
    #[derive(Deserialize)]
    struct Answer {
        account_type: String,
    }
    let answer =
        response.status().is_success().then(|| serde_json::from_slice::<Answer>(response.body()).ok());
    match answer.flatten() {
        None => Err(error_from_response(exchange.credential, WHAT, &response)),
        Some(answer) if answer.account_type.eq_ignore_ascii_case("federated") => {
            Ok(Some(UserRealm::Federated))
        }
        // "Unknown" is what the authority says of users it will refuse itself, in better words.
        Some(_) => Ok(Some(UserRealm::Managed)),
    }
}

#[cfg(test)]
mod tests;
