use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity_core::{Error, Secret};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Proof Key for Code Exchange (RFC 7636): whoever redeems a code must know the verifier whose digest the browser carried.
#[derive(Clone, Debug)]
pub struct Pkce {
    verifier: Secret,
    challenge: String,
}

impl Pkce {
    /// A fresh pair, with a verifier of 43 characters.
    ///
    /// # Errors
    /// `AuthenticationFailed` when the system gives no random numbers.
    pub fn generate() -> Result<Self, Error> {
        random_text().map(Self::of_verifier)
    }

    fn of_verifier(verifier: Secret) -> Self {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.secret().as_bytes()));
        Self { verifier, challenge }
    }

    /// What goes into the token request as `code_verifier`.
    pub fn verifier(&self) -> &Secret {
        &self.verifier
    }

    /// What goes into the browser's URL as `code_challenge`, with the method `S256`.
    pub fn challenge(&self) -> &str {
        &self.challenge
    }
}

/// 256 random bits as 43 characters that are safe in URLs: for a `state`, a `nonce` or a verifier.
///
/// # Errors
/// `AuthenticationFailed` when the system gives no random numbers.
pub fn random_text() -> Result<Secret, Error> {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    getrandom::fill(&mut *bytes).map_err(|e| {
        Error::failed("the system gave no random numbers, so nobody can sign in safely").with_source(e)
    })?;
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(*bytes)))
}

#[cfg(test)]
mod tests;
