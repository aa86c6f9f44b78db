//! RSA private keys: PKCS#1 on its own or inside PKCS#8.

use std::fmt;

use zeroize::Zeroizing;

use super::asn1::{self, Malformed, Reader};
use super::problem::{Format, Problem};

/// An RSA private key of an acceptable size, and its public half to compare certificates with.
pub(crate) struct RsaKey {
    /// RSAPrivateKey of PKCS#1.
    pub(crate) pkcs1: Zeroizing<Vec<u8>>,
    pub(crate) public: RsaPublicKey,
}

impl fmt::Debug for RsaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RsaKey").field("public", &self.public).finish_non_exhaustive()
    }
}

/// Modulus and exponent, the most significant byte first, without leading zeros.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RsaPublicKey {
    pub(crate) modulus: Vec<u8>,
    pub(crate) exponent: Vec<u8>,
}

/// The numbers of an RSAPrivateKey; what signs checks whether they fit together.
pub(crate) struct Components<'a> {
    pub(crate) modulus: &'a [u8],
    pub(crate) public_exponent: &'a [u8],
    pub(crate) private_exponent: &'a [u8],
    pub(crate) primes: [&'a [u8]; 2],
}

/// The sizes that are accepted. Below, nobody should trust a signature; above, hardly anything checks one.
pub(crate) const MIN_BITS: usize = 2048;
pub(crate) const MAX_BITS: usize = 8192;

impl RsaKey {
    /// Reads a PrivateKeyInfo (PKCS#8).
    ///
    /// Keys that are marked for PSS only are RSA keys like others here.
    pub(super) fn from_pkcs8(format: Format, der: &[u8]) -> Result<Self, Problem> {
        let what = Problem::malformed(format, "its private key");
        let (algorithm, key) = private_key_info(der).map_err(&what)?;
        match algorithm {
            RSA | RSA_PSS => Self::from_pkcs1(format, key),
            other => Err(Problem::NotRsa(format, kind(other))),
        }
    }

    fn from_pkcs1(format: Format, der: &[u8]) -> Result<Self, Problem> {
        if has_more_primes(der) {
            return Err(Problem::MorePrimes(format));
        }
        let components = Components::read(der).map_err(Problem::malformed(format, "its private key"))?;
        let public = RsaPublicKey {
            modulus: components.modulus.to_vec(),
            exponent: components.public_exponent.to_vec(),
        };
        match public.bits() {
            MIN_BITS..=MAX_BITS if !components.is_in_proportion() => Err(Problem::KeyInvalid(format)),
            MIN_BITS..=MAX_BITS => Ok(Self { pkcs1: Zeroizing::new(der.to_vec()), public }),
            bits => Err(Problem::KeySize(format, bits)),
        }
    }
}

impl RsaPublicKey {
    /// Reads an RSAPublicKey of PKCS#1, as certificates hold it.
    pub(crate) fn from_pkcs1(der: &[u8]) -> Option<Self> {
        let mut key = Reader::of_sequence(der).ok()?;
        Some(Self { modulus: key.unsigned().ok()?.to_vec(), exponent: key.unsigned().ok()?.to_vec() })
    }

    /// The size of the modulus.
    pub(crate) fn bits(&self) -> usize {
        match self.modulus.first() {
            None => 0,
            Some(first) => self.modulus.len() * 8 - first.leading_zeros() as usize,
        }
    }
}

impl<'a> Components<'a> {
    /// No number of a key is larger than its modulus. One of a million bits would keep the processor busy, and may take more stack than there is.
    fn is_in_proportion(&self) -> bool {
        let most = self.modulus.len();
        let [p, q] = self.primes;
        [self.public_exponent, self.private_exponent, p, q].iter().all(|number| number.len() <= most)
    }

    pub(crate) fn read(pkcs1: &'a [u8]) -> Result<Self, Malformed> {
        let mut key = Reader::of_sequence(pkcs1)?;
        if key.number()? != 0 {
            return Err(Malformed);
        }
        Ok(Self {
            modulus: key.unsigned()?,
            public_exponent: key.unsigned()?,
            private_exponent: key.unsigned()?,
            primes: [key.unsigned()?, key.unsigned()?],
        })
    }
}

/// A key in either form as a PrivateKeyInfo, so that there is one form to go on with. What a PEM block says it holds is not always true.
pub(super) fn as_pkcs8(der: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    if is_pkcs1(&der) { wrap_pkcs1(&der) } else { der }
}

/// A PrivateKeyInfo around an RSAPrivateKey.
fn wrap_pkcs1(pkcs1: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut body = Zeroizing::new(Vec::with_capacity(pkcs1.len() + 32));
    let mut algorithm = Vec::new();
    asn1::put(asn1::OBJECT_IDENTIFIER, RSA, &mut algorithm);
    asn1::put(asn1::NULL, &[], &mut algorithm);
    asn1::put(asn1::INTEGER, &[0], &mut body);
    asn1::put(asn1::SEQUENCE, &algorithm, &mut body);
    asn1::put(asn1::OCTET_STRING, pkcs1, &mut body);
    let mut info = Zeroizing::new(Vec::with_capacity(body.len() + 8));
    asn1::put(asn1::SEQUENCE, &body, &mut info);
    info
}

/// Whether this has the outline of a PrivateKeyInfo, of whatever kind.
pub(super) fn is_pkcs8(der: &[u8]) -> bool {
    private_key_info(der).is_ok()
}

/// Whether this is an RSAPrivateKey of version 1: with more than two primes, which hardly anything makes or takes.
fn has_more_primes(der: &[u8]) -> bool {
    Reader::of_sequence(der).and_then(|mut key| key.number()).is_ok_and(|version| version == 1)
}

/// Whether this has the outline of an RSAPrivateKey.
pub(super) fn is_pkcs1(der: &[u8]) -> bool {
    Components::read(der).is_ok()
}

/// What people call the algorithm of a key.
pub(super) fn kind(algorithm: &[u8]) -> &'static str {
    match algorithm {
        RSA | RSA_PSS => "RSA",
        EC => "EC",
        DSA => "DSA",
        [prefix @ .., 112] if prefix == EDWARDS => "Ed25519",
        [prefix @ .., 113] if prefix == EDWARDS => "Ed448",
        [prefix @ .., 110] if prefix == EDWARDS => "X25519",
        [prefix @ .., 111] if prefix == EDWARDS => "X448",
        _ => "unknown",
    }
}

/// Algorithm and key of a PrivateKeyInfo.
fn private_key_info(der: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let mut info = Reader::of_sequence(der)?;
    info.number()?;
    let algorithm = info.sequence()?.oid()?;
    Ok((algorithm, info.take(asn1::OCTET_STRING)?))
}

/// 1.2.840.113549.1.1.1 and .10
pub(super) const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
pub(super) const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
/// 1.2.840.10045.2.1
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// 1.2.840.10040.4.1
const DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01];
/// 1.3.101, the Edwards and Montgomery curves below it
const EDWARDS: &[u8] = &[0x2b, 0x65];

#[cfg(test)]
mod tests;
