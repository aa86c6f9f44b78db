use std::fmt;

use identity_core::{BoxFuture, Error, Result};
use rsa::sha2::Sha256;
use rsa::{BoxedUint, PrivateKey};

use crate::crypto::rand::SystemRandom;
use crate::crypto::signature::{self, RsaKeyPair};
use crate::load::{Components, RsaKey, RsaPublicKey};

/// Signs the assertions that an app proves itself with: the seam for keys that never leave an HSM, a TPM, Key Vault or an agent.
///
/// Pass one with its certificate to [`Certificate::with_signer`](crate::Certificate::with_signer). A key that comes in a file needs
/// none: the file's own key signs.
///
/// The signer gets the message itself and hashes it, because many devices sign nothing else. Every signature is checked with the
/// certificate's public key before it is used, so a signer with another key is noticed here and not by Microsoft Entra ID.
///
/// # Examples
/// A signer that drives `openssl` (version 3), and through it whatever openssl has the key in: a file, a TPM (`-provider tpm2`) or a PKCS#11 token
/// (`-provider pkcs11` with a `pkcs11:` URI as the key). The key is never in this process.
///
/// ```
/// use std::io::Write as _;
/// use std::process::{Command, Stdio};
///
/// use identity_cert::{AssertionSigner, SigningAlgorithm};
/// use identity_core::{BoxFuture, Error};
///
/// #[derive(Debug)]
/// struct OpensslSigner {
///     /// What `-inkey` takes: a file, or the URI of a key in a token.
///     key: String,
/// }
///
/// impl AssertionSigner for OpensslSigner {
///     fn sign<'a>(&'a self, algorithm: SigningAlgorithm, message: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, Error>> {
///         // A program with an async runtime would use its way to start a process.
///         Box::pin(async move {
///             let mut openssl = Command::new("openssl");
///             openssl.args(["pkeyutl", "-sign", "-rawin", "-digest", "sha256", "-inkey", &self.key]);
///             if algorithm == SigningAlgorithm::Ps256 {
///                 openssl.args(["-pkeyopt", "rsa_padding_mode:pss", "-pkeyopt", "rsa_pss_saltlen:digest"]);
///             }
///             // `-rawin` reads a file, not a pipe.
///             let mut input = tempfile::NamedTempFile::new().map_err(failed)?;
///             input.write_all(message).map_err(failed)?;
///             let signed = openssl.arg("-in").arg(input.path()).stdin(Stdio::null()).output().map_err(failed)?;
///             if signed.status.success() {
///                 Ok(signed.stdout)
///             } else {
///                 Err(Error::failed(format!("openssl did not sign: {}", String::from_utf8_lossy(&signed.stderr).trim())))
///             }
///         })
///     }
/// }
///
/// fn failed(error: std::io::Error) -> Error {
///     Error::failed(format!("openssl could not be run: {error}"))
/// }
/// ```
pub trait AssertionSigner: fmt::Debug + Send + Sync {
    /// Signs `message` with SHA-256 and the padding that the algorithm says. The result is as long as the key's modulus.
    ///
    /// # Errors
    /// Whatever keeps the key from signing, best as `AuthenticationFailed`; the message reaches the caller of `get_token`.
    fn sign<'a>(&'a self, algorithm: SigningAlgorithm, message: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>>>;
}

/// How an assertion is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SigningAlgorithm {
    /// RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes: what Microsoft Entra ID is sent by default.
    Ps256,
    /// RSASSA-PKCS1-v1_5 with SHA-256: what AD FS wants, and what keys sign with that cannot do PSS.
    Rs256,
}

impl SigningAlgorithm {
    /// The name that a JWT's header has for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ps256 => "PS256",
            Self::Rs256 => "RS256",
        }
    }
}

impl fmt::Display for SigningAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A key that came in a file.
pub(crate) enum LocalKey {
    Usual(Box<RsaKeyPair>),
    /// For what that refuses. ring: more than 4096 bits, sizes that are no multiple of 1024, exponents below 65537.
    Rsa(Box<PrivateKey>),
}

impl LocalKey {
    /// None if the key's numbers do not fit together.
    pub(crate) fn new(key: &RsaKey) -> Option<Self> {
        if let Ok(pair) = RsaKeyPair::from_der(&key.pkcs1) {
            return Some(Self::Usual(Box::new(pair)));
        }
        let components = Components::read(&key.pkcs1).ok()?;
        let number = |bytes: &[u8]| {
            let bits = u32::try_from(bytes.len() * 8).ok()?;
            BoxedUint::from_be_slice(bytes, bits).ok()
        };
        let [p, q] = components.primes;
        let key = PrivateKey::from_components(
            number(components.modulus)?,
            number(components.public_exponent)?,
            number(components.private_exponent)?,
            vec![number(p)?, number(q)?],
        );
        key.ok().map(|key| Self::Rsa(Box::new(key)))
    }

    /// Whether its signatures fit it. Not all numbers of a key are looked at before it signs; `rsa` computes anew those that ring believes.
    pub(crate) fn signs(&self) -> bool {
        match self {
            Self::Usual(_) => self.sign_now(SigningAlgorithm::Rs256, b"").is_ok(),
            Self::Rsa(_) => true,
        }
    }

    pub(crate) fn sign_now(&self, algorithm: SigningAlgorithm, message: &[u8]) -> Result<Vec<u8>> {
        let signed = match self {
            Self::Usual(pair) => {
                let mut signed = vec![0; modulus_len(pair)];
                let padding: &dyn signature::RsaEncoding = match algorithm {
                    SigningAlgorithm::Ps256 => &signature::RSA_PSS_SHA256,
                    SigningAlgorithm::Rs256 => &signature::RSA_PKCS1_SHA256,
                };
                pair.sign(padding, &SystemRandom::new(), message, &mut signed).ok().map(|()| signed)
            }
            Self::Rsa(key) => match algorithm {
                SigningAlgorithm::Ps256 => key.pss_sign::<Sha256>(message).ok(),
                SigningAlgorithm::Rs256 => key.pkcs1v15_sign::<Sha256>(message).ok(),
            },
        };
        signed.ok_or_else(|| Error::failed("the certificate's private key could not sign"))
    }
}

impl fmt::Debug for LocalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalKey")
    }
}

impl AssertionSigner for LocalKey {
    fn sign<'a>(&'a self, algorithm: SigningAlgorithm, message: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>>> {
        Box::pin(std::future::ready(self.sign_now(algorithm, message)))
    }
}

#[cfg(not(feature = "aws-lc-rs"))]
fn modulus_len(pair: &RsaKeyPair) -> usize {
    pair.public().modulus_len()
}

#[cfg(feature = "aws-lc-rs")]
fn modulus_len(pair: &RsaKeyPair) -> usize {
    pair.public_modulus_len()
}

/// Whether a signature is one of this key.
pub(crate) fn verifies(
    key: &RsaPublicKey,
    algorithm: SigningAlgorithm,
    message: &[u8],
    signed: &[u8],
) -> bool {
    let parameters = match algorithm {
        SigningAlgorithm::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
        SigningAlgorithm::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
    };
    let key = signature::RsaPublicKeyComponents { n: &key.modulus, e: &key.exponent };
    key.verify(parameters, message, signed).is_ok()
}

#[cfg(test)]
mod tests;
