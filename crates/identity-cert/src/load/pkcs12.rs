//! PKCS#12 (PFX), as OpenSSL, Windows, Java, Key Vault and NSS write it.

use zeroize::Zeroizing;

use super::Contents;
use super::asn1::{self, Malformed, Reader};
use super::encryption::{self, DecryptError, Pbkdf2};
use super::kdf::{self, Budget, Purpose};
use super::password::Passphrase;
use super::problem::{Format, Problem};

/// Reads every certificate and every private key of a PFX file.
///
/// A file without a password may have been written with none at all or with an empty one, which are not the same to PKCS#12. So without a
/// password both are tried.
pub(super) fn read(data: &[u8], password: Option<&[u8]>) -> Result<Contents, Problem> {
    let outer = asn1::definite(data).map_err(malformed("the file"))?;
    let (safe, mac) = outline(&outer)?;
    let mut reading = Reading {
        passwords: Passphrase::candidates(password),
        given: password.is_some_and(|password| !password.is_empty()),
        budget: Budget::default(),
        protected: false,
        contents: Contents::default(),
    };
    if let Some(mac) = mac {
        reading.check_mac(mac, &safe)?;
    }
    reading.authenticated_safe(&safe)?;
    if reading.given && !reading.protected {
        return Err(Problem::PasswordSuperfluous(Format::Pkcs12));
    }
    Ok(reading.contents)
}

/// Whether this is a PFX file at all: a SEQUENCE that starts with the version, 3, and the SEQUENCE of the content.
pub(super) fn looks_like(data: &[u8]) -> bool {
    let body = match data {
        [0x30, 0x80, body @ ..] => body,
        [0x30, short, body @ ..] if *short < 0x80 => body,
        [0x30, long, body @ ..] => body.get(usize::from(long & 0x7f)..).unwrap_or_default(),
        _ => return false,
    };
    matches!(body, [asn1::INTEGER, 1, 3, asn1::SEQUENCE, ..])
}

/// The bytes that the MAC protects, and the MAC's description if there is one.
fn outline(pfx: &[u8]) -> Result<(Zeroizing<Vec<u8>>, Option<Reader<'_>>), Problem> {
    let what = malformed("its outline");
    let mut pfx = Reader::of_sequence(pfx).map_err(&what)?;
    if pfx.number().map_err(&what)? != 3 {
        return Err(Problem::Unsupported(Format::Pkcs12, "an unknown version".to_owned()));
    }
    let mut content = pfx.sequence().map_err(&what)?;
    let safe = match content.oid().map_err(&what)? {
        DATA => octets(content.take(asn1::CONTEXT_0).map_err(&what)?).map_err(&what)?,
        SIGNED_DATA => {
            return Err(Problem::Unsupported(
                Format::Pkcs12,
                "a signature in place of a password".to_owned(),
            ));
        }
        oid => {
            return Err(Problem::Unsupported(
                Format::Pkcs12,
                format!("the content type {}", asn1::dotted(oid)),
            ));
        }
    };
    let mac = if pfx.is_empty() { None } else { Some(pfx.sequence().map_err(&what)?) };
    Ok((safe, mac))
}

struct Reading<'a> {
    passwords: Vec<Passphrase<'a>>,
    given: bool,
    budget: Budget,
    /// Whether any part of the file made use of the password.
    protected: bool,
    contents: Contents,
}

impl Reading<'_> {
    /// Checks the MAC and puts the password that fits in the first place.
    fn check_mac(&mut self, mac: Reader<'_>, safe: &[u8]) -> Result<(), Problem> {
        self.protected = true;
        for index in 0..self.passwords.len() {
            if self.mac_fits(mac, safe, self.passwords[index])? {
                self.passwords.swap(0, index);
                return Ok(());
            }
        }
        if !self.given {
            return Err(Problem::PasswordMissing(Format::Pkcs12));
        }
        for none in Passphrase::candidates(None) {
            if self.mac_fits(mac, safe, none)? {
                return Err(Problem::PasswordSuperfluous(Format::Pkcs12));
            }
        }
        Err(Problem::PasswordWrong(Format::Pkcs12))
    }

    fn mac_fits(&mut self, mac: Reader<'_>, safe: &[u8], password: Passphrase<'_>) -> Result<bool, Problem> {
        let (expected, stored) =
            expected_mac(mac, safe, password, &mut self.budget).map_err(|error| match error {
                DecryptError::Malformed => Problem::Malformed(Format::Pkcs12, "the description of its MAC"),
                error => Problem::of_decryption(Format::Pkcs12, error, self.given),
            })?;
        // Whoever could time this has the file.
        Ok(*expected == stored)
    }

    /// The list of contents, each of them a list of bags, encrypted or not.
    fn authenticated_safe(&mut self, safe: &[u8]) -> Result<(), Problem> {
        let what = malformed("the list of its contents");
        let safe = asn1::definite(safe).map_err(&what)?;
        let mut contents = Reader::of_sequence(&safe).map_err(&what)?;
        while !contents.is_empty() {
            let mut content = contents.sequence().map_err(&what)?;
            match content.oid().map_err(&what)? {
                DATA => {
                    let bags = octets(content.take(asn1::CONTEXT_0).map_err(&what)?).map_err(&what)?;
                    self.bags(&asn1::definite(&bags).map_err(&what)?, MAX_NESTING)?;
                }
                ENCRYPTED_DATA => {
                    let (algorithm, data) = encrypted_data(content).map_err(&what)?;
                    let bags = self.decrypt(algorithm, &data)?;
                    self.bags(&bags, MAX_NESTING)?;
                }
                ENVELOPED_DATA => {
                    return Err(Problem::Unsupported(
                        Format::Pkcs12,
                        "a recipient's key in place of a password".to_owned(),
                    ));
                }
                oid => {
                    return Err(Problem::Unsupported(
                        Format::Pkcs12,
                        format!("the content type {}", asn1::dotted(oid)),
                    ));
                }
            }
        }
        Ok(())
    }

    /// Takes keys and certificates out of a list of bags; other kinds (revocation lists, secrets) are passed over.
    fn bags(&mut self, bags: &[u8], nesting: u8) -> Result<(), Problem> {
        let what = malformed("one of its bags");
        let nesting = nesting.checked_sub(1).ok_or(Problem::Malformed(Format::Pkcs12, "one of its bags"))?;
        let mut bags = Reader::of_sequence(bags).map_err(&what)?;
        while !bags.is_empty() {
            let mut bag = bags.sequence().map_err(&what)?;
            let kind = bag.oid().map_err(&what)?;
            let value = bag.take(asn1::CONTEXT_0).map_err(&what)?;
            match kind {
                [prefix @ .., 1] if prefix == BAG => self.contents.keys.push(Zeroizing::new(value.to_vec())),
                [prefix @ .., 2] if prefix == BAG => {
                    let mut shrouded = Reader::of_sequence(value).map_err(&what)?;
                    let algorithm = shrouded.sequence().map_err(&what)?;
                    let key = self.decrypt(algorithm, shrouded.take(asn1::OCTET_STRING).map_err(&what)?)?;
                    self.contents.keys.push(key);
                }
                [prefix @ .., 3] if prefix == BAG => {
                    let mut certificate = Reader::of_sequence(value).map_err(&what)?;
                    if certificate.oid().map_err(&what)? == X509_CERTIFICATE {
                        let der = octets(certificate.take(asn1::CONTEXT_0).map_err(&what)?).map_err(&what)?;
                        self.contents.certificates.push(der.to_vec());
                    }
                }
                [prefix @ .., 6] if prefix == BAG => self.bags(value, nesting)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Decrypts to something that starts as a SEQUENCE, which tells most wrong passwords that the padding does not.
    fn decrypt(&mut self, algorithm: Reader<'_>, data: &[u8]) -> Result<Zeroizing<Vec<u8>>, Problem> {
        self.protected = true;
        let mut result = Err(DecryptError::Password);
        for password in self.passwords.clone() {
            result = encryption::decrypt(algorithm, data, password, &mut self.budget)
                .and_then(|plain| asn1::definite(&plain).map_err(|Malformed| DecryptError::Password))
                .and_then(|plain| {
                    if plain.first() == Some(&asn1::SEQUENCE) {
                        Ok(plain)
                    } else {
                        Err(DecryptError::Password)
                    }
                });
            if !matches!(result, Err(DecryptError::Password)) {
                break;
            }
        }
        result.map_err(|error| Problem::of_decryption(Format::Pkcs12, error, self.given))
    }
}

/// The MAC that the file should have, and the one it has.
fn expected_mac<'a>(
    mac: Reader<'a>,
    safe: &[u8],
    password: Passphrase<'_>,
    budget: &mut Budget,
) -> Result<(Zeroizing<Vec<u8>>, &'a [u8]), DecryptError> {
    let mut mac = mac;
    let mut digest_info = mac.sequence()?;
    let algorithm = digest_info.sequence()?;
    let stored = digest_info.take(asn1::OCTET_STRING)?;

    let mut pbmac1 = algorithm;
    if pbmac1.oid()? == PBMAC1 {
        let mut parameters = pbmac1.sequence()?;
        let mut derivation = parameters.sequence()?;
        let scheme = parameters.sequence()?;
        let oid = derivation.oid()?;
        if oid != encryption::PBKDF2 {
            return Err(encryption::unsupported(oid));
        }
        let key = Pbkdf2::read(derivation.sequence()?)?.derive(password, None, budget)?;
        return Ok((encryption::hmac_hash(scheme)?.hmac(&key, safe), stored));
    }

    let hash = encryption::hash(algorithm)?;
    let salt = mac.take(asn1::OCTET_STRING)?;
    let iterations = if mac.is_empty() { 1 } else { mac.number()? };
    let key = kdf::pkcs12(hash, Purpose::Mac, password, salt, iterations, hash.output_len(), budget)?;
    Ok((hash.hmac(&key, safe), stored))
}

/// Algorithm and cipher text of an EncryptedData.
fn encrypted_data(mut content: Reader<'_>) -> Result<(Reader<'_>, Zeroizing<Vec<u8>>), Malformed> {
    let mut data = Reader::new(content.take(asn1::CONTEXT_0)?).sequence()?;
    data.number()?;
    let mut info = data.sequence()?;
    if info.oid()? != DATA {
        return Err(Malformed);
    }
    let algorithm = info.sequence()?;
    // In one piece the string's own tag is replaced, in several pieces the tag holds them.
    let text = match info.any()? {
        text if text.tag == asn1::CONTEXT_0_PRIMITIVE => Zeroizing::new(text.content.to_vec()),
        text if text.tag == asn1::CONTEXT_0 => asn1::joined(text.content)?,
        _ => return Err(Malformed),
    };
    Ok((algorithm, text))
}

/// The octet string inside of an explicit tag.
fn octets(content: &[u8]) -> Result<Zeroizing<Vec<u8>>, Malformed> {
    Ok(Zeroizing::new(Reader::new(content).take(asn1::OCTET_STRING)?.to_vec()))
}

fn malformed(what: &'static str) -> impl Fn(Malformed) -> Problem {
    Problem::malformed(Format::Pkcs12, what)
}

/// Bags in bags; nobody writes more than one level.
const MAX_NESTING: u8 = 4;

/// 1.2.840.113549.1.7.1, .2, .3 and .6
const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
const ENVELOPED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x03];
const ENCRYPTED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x06];
/// 1.2.840.113549.1.12.10.1, the kinds of bags below it
const BAG: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01];
/// 1.2.840.113549.1.9.22.1
const X509_CERTIFICATE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x16, 0x01];
/// 1.2.840.113549.1.5.14
const PBMAC1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0e];

#[cfg(test)]
mod tests;
