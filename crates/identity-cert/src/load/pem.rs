//! PEM: keys and certificates as base64 between marker lines, in any order and with any text around them.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::Contents;
use super::asn1::{Malformed, Reader};
use super::cipher::Cipher;
use super::encryption::{self, DecryptError};
use super::kdf::{self, Budget};
use super::key;
use super::password::Passphrase;
use super::problem::{Format, Problem};

/// Reads every certificate and every private key of a PEM file; blocks of other kinds are passed over.
pub(super) fn read(text: &[u8], password: Option<&[u8]>) -> Result<Contents, Problem> {
    let mut contents = Contents::default();
    let mut budget = Budget::default();
    let mut encrypted = false;
    for block in blocks(text) {
        let block = block?;
        match block.label {
            b"CERTIFICATE" | b"X509 CERTIFICATE" | b"TRUSTED CERTIFICATE" => {
                let certificate = Zeroizing::new(block.decoded("a certificate")?);
                // OpenSSL's trusted form has its trust settings behind the certificate.
                let element = Reader::new(&certificate).any().map_err(malformed("a certificate"))?;
                contents.certificates.push(element.whole.to_vec());
            }
            b"PRIVATE KEY" => contents.keys.push(key::as_pkcs8(block.decoded(PRIVATE_KEY)?.into())),
            b"ENCRYPTED PRIVATE KEY" => {
                encrypted = true;
                contents.keys.push(decrypt_pkcs8(&block.decoded(PRIVATE_KEY)?, password, &mut budget)?);
            }
            b"RSA PRIVATE KEY" => {
                let data = block.decoded(PRIVATE_KEY)?;
                let key = match block.encryption()? {
                    None => data.into(),
                    Some((cipher, iv)) => {
                        encrypted = true;
                        decrypt_traditional(cipher, &iv, &data, password)?
                    }
                };
                contents.keys.push(key::as_pkcs8(key));
            }
            b"EC PRIVATE KEY" => contents.foreign_key = Some("EC"),
            b"DSA PRIVATE KEY" => contents.foreign_key = Some("DSA"),
            b"OPENSSH PRIVATE KEY" => contents.foreign_key = Some(OPENSSH),
            _ => {}
        }
    }
    if !encrypted && password.is_some_and(|password| !password.is_empty()) && !contents.keys.is_empty() {
        return Err(Problem::PasswordSuperfluous(Format::Pem));
    }
    Ok(contents)
}

/// Whether there is a marker line anywhere.
pub(super) fn looks_like(data: &[u8]) -> bool {
    find(data, BEGIN).is_some()
}

/// One block, not yet decoded.
struct Block<'a> {
    label: &'a [u8],
    body: &'a [u8],
}

/// The blocks of a file. One that does not end is an error: the file is cut short.
fn blocks(text: &[u8]) -> impl Iterator<Item = Result<Block<'_>, Problem>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let start = find(rest, BEGIN)?;
        let text = std::mem::take(&mut rest).get(start + BEGIN.len()..)?;
        let Some((label, body)) = label_and_rest(text) else {
            return Some(Err(Problem::Malformed(Format::Pem, "a -----BEGIN line")));
        };
        let end = find(body, END).filter(|end| find(body.get(..*end).unwrap_or_default(), BEGIN).is_none());
        let Some(end) = end else {
            return Some(Err(Problem::Malformed(Format::Pem, "a block without its -----END line")));
        };
        rest = body.get(end + END.len()..)?;
        Some(Ok(Block { label, body: body.get(..end)? }))
    })
}

/// Splits what follows `-----BEGIN ` at the dashes that end the line.
fn label_and_rest(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = find(text, DASHES)?;
    let label = text.get(..end)?;
    if label.len() > MAX_LABEL || label.contains(&b'\n') {
        return None;
    }
    Some((label.trim_ascii(), text.get(end + DASHES.len()..)?))
}

impl Block<'_> {
    /// The bytes that the base64 text stands for. Headers (lines with a colon) and white space do not count.
    fn decoded(&self, what: &'static str) -> Result<Vec<u8>, Problem> {
        let (_, text) = self.headers_and_text();
        let text: Zeroizing<Vec<u8>> =
            Zeroizing::new(text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect());
        BASE64.decode(&*text).map_err(|_| Problem::Malformed(Format::Pem, what))
    }

    /// Cipher and initialisation vector, when the headers say that the block is encrypted in the way of RFC 1421.
    fn encryption(&self) -> Result<Option<(Cipher, Vec<u8>)>, Problem> {
        let (headers, _) = self.headers_and_text();
        let header = |name: &str| {
            headers.iter().find_map(|line| {
                let (key, value) = std::str::from_utf8(line).ok()?.split_once(':')?;
                key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
            })
        };
        let encrypted =
            header("Proc-Type").is_some_and(|value| value.to_ascii_uppercase().ends_with("ENCRYPTED"));
        let Some(info) = header("DEK-Info") else {
            return if encrypted {
                Err(Problem::Malformed(Format::Pem, "its DEK-Info line"))
            } else {
                Ok(None)
            };
        };
        let (name, iv) = info.split_once(',').ok_or(Problem::Malformed(Format::Pem, "its DEK-Info line"))?;
        let cipher = match name.trim().to_ascii_uppercase().as_str() {
            "AES-128-CBC" => Cipher::Aes128,
            "AES-192-CBC" => Cipher::Aes192,
            "AES-256-CBC" => Cipher::Aes256,
            "DES-EDE3-CBC" => Cipher::TripleDes,
            "DES-CBC" => Cipher::Des,
            name => {
                let name: String = name.chars().filter(char::is_ascii_graphic).take(32).collect();
                return Err(Problem::Unsupported(Format::Pem, format!("the cipher {name}")));
            }
        };
        let iv = from_hex(iv.trim()).filter(|iv| iv.len() == cipher.iv_len());
        Ok(Some((cipher, iv.ok_or(Problem::Malformed(Format::Pem, "its DEK-Info line"))?)))
    }

    /// The lines with a colon that the body starts with, and the rest.
    fn headers_and_text(&self) -> (Vec<&[u8]>, &[u8]) {
        let mut headers = Vec::new();
        let mut rest = self.body.trim_ascii_start();
        loop {
            let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
            let (line, after) = rest.split_at(end);
            if !line.contains(&b':') {
                return (headers, rest);
            }
            headers.push(line);
            rest = after.trim_ascii_start();
        }
    }
}

/// The key of an EncryptedPrivateKeyInfo (PKCS#8).
fn decrypt_pkcs8(
    der: &[u8],
    password: Option<&[u8]>,
    budget: &mut Budget,
) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let mut info = Reader::of_sequence(der).map_err(malformed(PRIVATE_KEY))?;
    let algorithm = info.sequence().map_err(malformed(PRIVATE_KEY))?;
    let data = info.take(super::asn1::OCTET_STRING).map_err(malformed(PRIVATE_KEY))?;
    let Some(password) = password else { return Err(Problem::PasswordMissing(Format::Pem)) };
    encryption::decrypt(algorithm, data, Passphrase::Bytes(password), budget)
        // A wrong password gives correct padding once in a while, but hardly ever a key.
        .and_then(|plain| if key::is_pkcs8(&plain) { Ok(plain) } else { Err(DecryptError::Password) })
        .map_err(|error| Problem::of_decryption(Format::Pem, error, true))
}

/// The key of a block with DEK-Info: OpenSSL's own derivation, one round of MD5 salted with the vector.
fn decrypt_traditional(
    cipher: Cipher,
    iv: &[u8],
    data: &[u8],
    password: Option<&[u8]>,
) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let Some(password) = password else { return Err(Problem::PasswordMissing(Format::Pem)) };
    let key = kdf::openssl_md5(password, iv.get(..8).unwrap_or_default(), cipher.key_len());
    cipher
        .decrypt(&key, iv, data)
        .filter(|plain| key::is_pkcs1(plain))
        .ok_or(Problem::PasswordWrong(Format::Pem))
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|pair| {
            u8::from_str_radix(std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?, 16).ok()
        })
        .collect()
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

fn malformed(what: &'static str) -> impl Fn(Malformed) -> Problem {
    Problem::malformed(Format::Pem, what)
}

const PRIVATE_KEY: &str = "its private key";
const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";
const MAX_LABEL: usize = 64;

/// Padding is often lost when a key is passed around as one line.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The kind of a key that `ssh-keygen` wrote in its own form.
pub(super) const OPENSSH: &str = "OpenSSH";

#[cfg(test)]
mod tests;
