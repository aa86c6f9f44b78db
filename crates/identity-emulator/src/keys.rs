//! The key that signs what the emulator issues, and a client's key for tests.

use std::fmt;
use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{self, RsaKeyPair};
use serde_json::{Value, json};

use crate::jwt::{Algorithm, PublicKey, base64url};

/// An RSA key with its certificate. Both of ours are fixed and public, hence worthless, and there
/// because generating RSA keys at every start would take longer than everything else together.
pub(crate) struct SigningKey {
    pair: RsaKeyPair,
    certificate: &'static [u8],
    random: SystemRandom,
}

impl SigningKey {
    /// The key that signs tokens.
    pub(crate) fn of_tokens() -> io::Result<SigningKey> {
        Self::load(
            include_bytes!("../keys/tokens.key.der").as_slice(),
            include_bytes!("../keys/tokens.cert.der").as_slice(),
        )
    }

    /// The key of the default app, for making client assertions.
    pub(crate) fn of_client() -> io::Result<SigningKey> {
        Self::load(include_bytes!("../keys/client.key.der").as_slice(), CLIENT_CERTIFICATE)
    }

    fn load(key: &[u8], certificate: &'static [u8]) -> io::Result<SigningKey> {
        let pair = RsaKeyPair::from_pkcs8(key).map_err(|rejected| {
            io::Error::other(format!("the emulator's own key is unusable: {rejected}"))
        })?;
        Ok(SigningKey { pair, certificate, random: SystemRandom::new() })
    }

    pub(crate) fn public_key(&self) -> PublicKey {
        let components = PublicKeyComponents::<Vec<u8>>::from(self.pair.public());
        PublicKey::new(&components.n, &components.e)
    }

    /// What names the key in tokens and in the JWKS: Entra ID uses the SHA-1 thumbprint for both `kid` and `x5t`.
    pub(crate) fn id(&self) -> String {
        base64url(sha1(self.certificate))
    }

    /// The key as an entry of a JSON web key set.
    pub(crate) fn jwk(&self) -> Value {
        let public = self.public_key();
        json!({
            "kty": "RSA",
            "use": "sig",
            "kid": self.id(),
            "x5t": self.id(),
            "n": base64url(public.modulus()),
            "e": base64url(public.exponent()),
            "x5c": [STANDARD.encode(self.certificate)],
        })
    }

    /// A compact JWS over these objects. `alg` and `typ` are put into the header.
    pub(crate) fn sign(&self, algorithm: Algorithm, mut header: Value, claims: &Value) -> Option<String> {
        header["typ"] = json!("JWT");
        header["alg"] = json!(algorithm.name());
        let mut token = format!("{}.{}", base64url(header.to_string()), base64url(claims.to_string()));
        let encoding: &'static dyn signature::RsaEncoding = match algorithm {
            Algorithm::Rs256 => &signature::RSA_PKCS1_SHA256,
            Algorithm::Ps256 => &signature::RSA_PSS_SHA256,
        };
        let mut made = vec![0; self.pair.public().modulus_len()];
        self.pair.sign(encoding, &self.random, token.as_bytes(), &mut made).ok()?;
        token.push('.');
        token.push_str(&base64url(made));
        Some(token)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.id())
    }
}

/// The client's key and certificate in one PEM file.
pub(crate) fn client_pem() -> String {
    let block = |label: &str, der: &[u8]| {
        let mut text = format!("-----BEGIN {label}-----\n");
        let encoded = STANDARD.encode(der);
        let mut rest = encoded.as_str();
        while !rest.is_empty() {
            let (line, after) = rest.split_at(rest.len().min(64));
            text.push_str(line);
            text.push('\n');
            rest = after;
        }
        text + &format!("-----END {label}-----\n")
    };
    block("PRIVATE KEY", include_bytes!("../keys/client.key.der")) + &block("CERTIFICATE", CLIENT_CERTIFICATE)
}

/// The certificate that is registered on the default app.
pub(crate) const CLIENT_CERTIFICATE: &[u8] = include_bytes!("../keys/client.cert.der");

/// Only thumbprints are SHA-1 here, because that is what `x5t` means.
pub(crate) fn sha1(data: &[u8]) -> Vec<u8> {
    ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, data).as_ref().to_vec()
}

pub(crate) fn sha256(data: &[u8]) -> Vec<u8> {
    ring::digest::digest(&ring::digest::SHA256, data).as_ref().to_vec()
}
