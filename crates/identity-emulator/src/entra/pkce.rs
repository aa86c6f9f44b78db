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
mod tests {
    use super::*;

    // The example of RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_the_rfc_is_met() {
        let challenge = CodeChallenge::new(CHALLENGE, Some("S256")).unwrap();
        assert!(challenge.is_met_by(VERIFIER));
        assert!(!challenge.is_met_by(CHALLENGE));
        assert!(CodeChallenge::new(VERIFIER, None).unwrap().is_met_by(VERIFIER));
    }

    #[test]
    fn what_cannot_be_a_challenge_or_a_verifier_is_none() {
        assert_eq!(CodeChallenge::new("short", Some("S256")), None);
        assert_eq!(CodeChallenge::new(CHALLENGE, Some("S512")), None);
        assert_eq!(CodeChallenge::new(&"a".repeat(129), Some("S256")), None);
        assert_eq!(CodeChallenge::new(&CHALLENGE.replace('9', "="), Some("S256")), None);
    }
}
