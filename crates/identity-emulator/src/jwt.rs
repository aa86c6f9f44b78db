//! JSON web signatures, by hand: one header shape, two algorithms.

use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ring::rsa::PublicKeyComponents;
use ring::signature::{self, RsaParameters};
use serde_json::{Map, Value};

/// How an assertion or a token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256: what Entra ID signs with, and what older clients prove themselves with.
    Rs256,
    /// RSASSA-PSS with SHA-256: what Entra ID asks clients to use now.
    Ps256,
}

impl Algorithm {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Algorithm> {
        [Self::Rs256, Self::Ps256].into_iter().find(|algorithm| algorithm.name() == name)
    }

    fn parameters(self) -> &'static RsaParameters {
        match self {
            Self::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
            Self::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
        }
    }
}

/// A compact JWS taken apart; nothing about it has been verified.
pub(crate) struct Jws<'a> {
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
    signed: &'a str,
    signature: Vec<u8>,
}

impl<'a> Jws<'a> {
    /// None unless it is three parts of base64url, the first two of them JSON objects.
    pub(crate) fn parse(text: &'a str) -> Option<Jws<'a>> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let object = |part: &str| match serde_json::from_slice(&unbase64url(part)?) {
            Ok(Value::Object(object)) => Some(object),
            _ => None,
        };
        Some(Jws {
            header: object(header)?,
            claims: object(claims)?,
            signed,
            signature: unbase64url(signature)?,
        })
    }

    /// The algorithm its header names, if it is one we know.
    pub(crate) fn algorithm(&self) -> Option<Algorithm> {
        Algorithm::named(self.header.get("alg")?.as_str()?)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.header.get(name)?.as_str()
    }

    pub(crate) fn claim(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }

    /// A time claim: a number, of which the fraction does not count.
    pub(crate) fn time(&self, name: &str) -> Option<i64> {
        let value = self.claims.get(name)?;
        value.as_i64().or_else(|| {
            let seconds = value.as_f64()?;
            // Saturates; NaN cannot come out of JSON.
            Some(seconds as i64)
        })
    }

    /// Whether one of the audiences is this one.
    pub(crate) fn audiences(&self) -> Vec<&str> {
        match self.claims.get("aud") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether this key made the signature, with the algorithm of the header.
    pub(crate) fn is_signed_by(&self, key: &PublicKey) -> bool {
        self.algorithm().is_some_and(|algorithm| key.verify(algorithm, self.signed, &self.signature))
    }
}

/// An RSA public key, without leading zeros in its numbers.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PublicKey {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl PublicKey {
    pub(crate) fn new(modulus: &[u8], exponent: &[u8]) -> PublicKey {
        let trim = |number: &[u8]| {
            let zeros = number.iter().take_while(|byte| **byte == 0).count();
            number.get(zeros..).unwrap_or_default().to_vec()
        };
        PublicKey { modulus: trim(modulus), exponent: trim(exponent) }
    }

    /// The key inside an X.509 certificate; none if it is no RSA certificate.
    pub(crate) fn of_certificate(der: &[u8]) -> Option<PublicKey> {
        use x509_parser::prelude::{FromDer as _, X509Certificate};
        use x509_parser::public_key::RSAPublicKey;
        // Any RSA key, and one that is marked for PSS only (RFC 4055), which has the same form.
        const RSA: [&str; 2] = ["1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10"];
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let key = certificate.public_key();
        RSA.contains(&key.algorithm.algorithm.to_id_string().as_str()).then_some(())?;
        let (_, key) = RSAPublicKey::from_der(&key.subject_public_key.data).ok()?;
        Some(PublicKey::new(key.modulus, key.exponent))
    }

    /// The key of a JSON web key object; none if it is no RSA key.
    pub(crate) fn of_jwk(jwk: &Value) -> Option<PublicKey> {
        (jwk.get("kty")?.as_str()? == "RSA").then_some(())?;
        let number = |name| unbase64url(jwk.get(name)?.as_str()?);
        Some(PublicKey::new(&number("n")?, &number("e")?))
    }

    pub(crate) fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    pub(crate) fn exponent(&self) -> &[u8] {
        &self.exponent
    }

    fn verify(&self, algorithm: Algorithm, message: &str, signature: &[u8]) -> bool {
        PublicKeyComponents { n: &self.modulus, e: &self.exponent }
            .verify(algorithm.parameters(), message.as_bytes(), signature)
            .is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} bits)", self.modulus.len() * 8)
    }
}

const UNPADDED: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Base64url without padding.
pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    UNPADDED.encode(bytes)
}

/// Base64url; padding may be there (some clients pad thumbprints).
pub(crate) fn unbase64url(text: &str) -> Option<Vec<u8>> {
    UNPADDED.decode(text).ok()
}
