//! Proof key for code exchange (RFC 7636).

use crate::jwt::base64url;
use crate::keys::sha256;

/// What the authorization request promised about the token request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CodeChallenge {
    Plain(String),
    S256(String),
}

impl CodeChallenge {
    /// None if the method is unknown or the challenge cannot be one.
    pub(super) fn new(challenge: &str, method: Option<&str>) -> Option<CodeChallenge> {
        is_well_formed(challenge).then_some(())?;
        match method.unwrap_or("plain") {
            "plain" => Some(CodeChallenge::Plain(challenge.to_owned())),
            "S256" => Some(CodeChallenge::S256(challenge.to_owned())),
            _ => None,
        }
    }

    pub(super) fn is_met_by(&self, verifier: &str) -> bool {
        is_well_formed(verifier)
            && match self {
                Self::Plain(challenge) => challenge == verifier,
                Self::S256(challenge) => *challenge == base64url(sha256(verifier.as_bytes())),
            }
    }
}

/// 43 to 128 unreserved characters.
fn is_well_formed(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

#[cfg(test)]
mod tests;
