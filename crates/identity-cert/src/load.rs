//! From the bytes of a file to a private key and the certificates that belong to it.
//!
//! Which container it is shows in the bytes, never in the file's name. The *leaf* is the certificate whose public key is that of the
//! private key, wherever it stands in the file; the chain follows the issuers from there. Everything read here is untrusted: sizes,
//! nesting and the work of deriving keys are bounded.

mod asn1;
mod cipher;
mod encryption;
mod kdf;
mod key;
mod parsed;
mod password;
mod pem;
mod pkcs12;
mod problem;

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

pub(crate) use key::{Components, RsaKey, RsaPublicKey};
pub(crate) use parsed::Parsed;
pub(crate) use problem::{Format, Problem};

/// The largest file that is read. A chain of certificates with a key has some 20 KiB.
pub(crate) const MAX_FILE: usize = 1024 * 1024;

/// A private key and its certificates.
#[derive(Debug)]
pub(crate) struct KeyAndChain {
    pub(crate) format: Format,
    pub(crate) key: RsaKey,
    pub(crate) chain: Chain,
}

/// The leaf, its issuer, the issuer's issuer, and so on as far as the file goes.
#[derive(Debug)]
pub(crate) struct Chain {
    pub(crate) leaf: Parsed,
    pub(crate) issuers: Vec<Parsed>,
}

/// What a container held, before anything is known of how it belongs together.
#[derive(Default)]
struct Contents {
    certificates: Vec<Vec<u8>>,
    /// PrivateKeyInfo each.
    keys: Vec<Zeroizing<Vec<u8>>>,
    /// A key in a form of its own kind, which is not RSA.
    foreign_key: Option<&'static str>,
}

/// Reads a PEM or PKCS#12 file with a private key.
pub(crate) fn key_and_chain(data: &[u8], password: Option<&[u8]>) -> Result<KeyAndChain, Problem> {
    let (format, contents) = contents(data, password)?;
    if contents.keys.is_empty() {
        return Err(match contents.foreign_key {
            Some(pem::OPENSSH) => Problem::OpenSsh(format),
            Some(kind) => Problem::NotRsa(format, kind),
            None if contents.certificates.is_empty() && format == Format::Pem => Problem::Nothing(format),
            None => Problem::NoKey(format),
        });
    }
    // Before the certificates are looked at: with a key that can't be used, nothing about them matters.
    let keys: Vec<_> = contents.keys.iter().map(|key| RsaKey::from_pkcs8(format, key)).collect();
    if !keys.iter().any(Result::is_ok) {
        return Err(keys.into_iter().find_map(Result::err).unwrap_or(Problem::NoKey(format)));
    }
    if contents.certificates.is_empty() {
        return Err(Problem::NoCertificate(format));
    }
    let mut certificates = Parsed::all(format, contents.certificates)?;
    for key in keys.into_iter().flatten() {
        // Where a certificate was renewed with the same key and appended, the one that is valid longest; the first of equals.
        let leaf = (0..certificates.len())
            .rev()
            .filter(|at| certificates[*at].public_key.as_ref() == Some(&key.public))
            .max_by_key(|at| certificates[*at].not_after);
        if let Some(leaf) = leaf {
            let leaf = certificates.remove(leaf);
            return Ok(KeyAndChain { format, key, chain: Chain::new(leaf, certificates) });
        }
    }
    Err(Problem::Mismatch(format))
}

/// Reads certificates without a key, for a key that lives elsewhere: PEM, or one certificate in DER.
///
/// The leaf is the first one that has issued none of the others.
pub(crate) fn chain(data: &[u8]) -> Result<Chain, Problem> {
    check_size(data)?;
    let text = as_text(data);
    let (format, certificates) = if pem::looks_like(&text) {
        (Format::Pem, pem::read(&text, None)?.certificates)
    } else if Parsed::is_certificate(data) {
        (Format::Der, vec![data.to_vec()])
    } else {
        return Err(Problem::NoCertificateData);
    };
    if certificates.is_empty() {
        return Err(Problem::NoCertificateData);
    }
    let mut certificates = Parsed::all(format, certificates)?;
    let leaf = (0..certificates.len())
        .find(|leaf| {
            let candidate = &certificates[*leaf];
            certificates.iter().all(|other| other.der == candidate.der || !candidate.issued(other))
        })
        .unwrap_or_default();
    let leaf = certificates.remove(leaf);
    match leaf.public_key.as_ref().map(RsaPublicKey::bits) {
        None => Err(Problem::NotRsa(format, leaf.key_kind)),
        Some(key::MIN_BITS..=key::MAX_BITS) => Ok(Chain::new(leaf, certificates)),
        Some(bits) => Err(Problem::KeySize(format, bits)),
    }
}

/// Detects the container and reads it.
fn contents(data: &[u8], password: Option<&[u8]>) -> Result<(Format, Contents), Problem> {
    check_size(data)?;
    let text = as_text(data);
    if pem::looks_like(&text) {
        return Ok((Format::Pem, pem::read(&text, password)?));
    }
    if pkcs12::looks_like(data) {
        return Ok((Format::Pkcs12, pkcs12::read(data, password)?));
    }
    // A Key Vault secret holds a PFX file as base64, and people save it the way they get it.
    if let Some(decoded) = as_base64(&text).filter(|decoded| pkcs12::looks_like(decoded)) {
        return Ok((Format::Pkcs12, pkcs12::read(&decoded, password)?));
    }
    Err(if Parsed::is_certificate(data) {
        Problem::CertificateAlone
    } else if key::is_pkcs8(data) || key::is_pkcs1(data) {
        Problem::KeyAlone
    } else {
        Problem::Unrecognised
    })
}

fn check_size(data: &[u8]) -> Result<(), Problem> {
    match data.len() {
        _ if data.trim_ascii().is_empty() => Err(Problem::Empty),
        0..=MAX_FILE => Ok(()),
        _ => Err(Problem::TooLarge),
    }
}

/// The same bytes, or what they say if they are UTF-16, as PowerShell writes text by default.
fn as_text(data: &[u8]) -> Cow<'_, [u8]> {
    let (from_bytes, units): (fn([u8; 2]) -> u16, _) = match data {
        [0xff, 0xfe, units @ ..] => (u16::from_le_bytes, units),
        [0xfe, 0xff, units @ ..] => (u16::from_be_bytes, units),
        _ => return Cow::Borrowed(data),
    };
    let units = units.chunks_exact(2).map(|unit| from_bytes([unit[0], unit[1]]));
    Cow::Owned(units.map(|unit| u8::try_from(unit).unwrap_or(b'?')).collect())
}

fn as_base64(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let text: Zeroizing<Vec<u8>> =
        Zeroizing::new(text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect());
    STANDARD.decode(&*text).ok().map(Zeroizing::new)
}

impl Chain {
    fn new(leaf: Parsed, mut others: Vec<Parsed>) -> Self {
        let mut issuers: Vec<Parsed> = Vec::new();
        while issuers.len() < MAX_ISSUERS {
            let last = issuers.last().unwrap_or(&leaf);
            if last.is_self_issued() {
                break;
            }
            // Where a name was used again for a new key, the key identifiers tell which one it is.
            let issuer = others
                .iter()
                .position(|other| other.issued(last) && other.key_identifier_matches(last))
                .or_else(|| others.iter().position(|other| other.issued(last)));
            let Some(issuer) = issuer else { break };
            issuers.push(others.remove(issuer));
        }
        Self { leaf, issuers }
    }
}

/// Longer than any chain that a certificate authority builds.
const MAX_ISSUERS: usize = 15;

#[cfg(test)]
mod tests;
