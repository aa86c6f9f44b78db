//! Password-based encryption as PKCS#5, PKCS#8 and PKCS#12 name it: an algorithm identifier says how the key comes from the password.

use zeroize::Zeroizing;

use super::asn1::{self, Malformed, Reader};
use super::cipher::Cipher;
use super::kdf::{self, Budget, DerivationError, Hash, Purpose};
use super::password::Passphrase;

/// Why something encrypted stayed so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DecryptError {
    /// The parameters are not what the algorithm calls for.
    Malformed,
    /// More work or memory than any honest file asks for.
    TooExpensive,
    /// An algorithm that is not implemented, by its object identifier.
    Unsupported(String),
    /// The padding was wrong: with overwhelming likelihood the password.
    Password,
}

impl From<Malformed> for DecryptError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl From<DerivationError> for DecryptError {
    fn from(error: DerivationError) -> Self {
        match error {
            DerivationError::Malformed => Self::Malformed,
            DerivationError::TooExpensive => Self::TooExpensive,
        }
    }
}

type Plain = Zeroizing<Vec<u8>>;

/// Decrypts what an AlgorithmIdentifier, whose content this is, says how to decrypt.
pub(super) fn decrypt(
    algorithm: Reader<'_>,
    data: &[u8],
    password: Passphrase<'_>,
    budget: &mut Budget,
) -> Result<Plain, DecryptError> {
    let mut algorithm = algorithm;
    let oid = algorithm.oid()?;
    match oid {
        PBES2 => pbes2(algorithm.sequence()?, data, password, budget),
        [prefix @ .., scheme] if prefix == PKCS12_PBE => {
            let cipher = match scheme {
                1 => Cipher::Rc4(16),
                2 => Cipher::Rc4(5),
                3 => Cipher::TripleDes,
                4 => Cipher::TripleDes2Key,
                5 => Cipher::Rc2(16),
                6 => Cipher::Rc2(5),
                _ => return Err(unsupported(oid)),
            };
            let (salt, iterations) = salt_and_iterations(algorithm.sequence()?)?;
            let mut derive = |purpose, length| {
                kdf::pkcs12(Hash::Sha1, purpose, password, salt, iterations, length, budget)
            };
            let key = derive(Purpose::Key, cipher.key_len())?;
            let iv =
                if cipher.iv_len() == 0 { Plain::default() } else { derive(Purpose::Iv, cipher.iv_len())? };
            cipher.decrypt(&key, &iv, data).ok_or(DecryptError::Password)
        }
        [prefix @ .., scheme] if prefix == PKCS5 => {
            let (hash, cipher) = match scheme {
                3 => (Hash::Md5, Cipher::Des),
                6 => (Hash::Md5, Cipher::Rc2(8)),
                10 => (Hash::Sha1, Cipher::Des),
                11 => (Hash::Sha1, Cipher::Rc2(8)),
                _ => return Err(unsupported(oid)),
            };
            let (salt, iterations) = salt_and_iterations(algorithm.sequence()?)?;
            let derived = kdf::pbkdf1(hash, password, salt, iterations, budget)?;
            let (key, iv) = derived.split_at(8);
            cipher.decrypt(key, &iv[..8], data).ok_or(DecryptError::Password)
        }
        _ => Err(unsupported(oid)),
    }
}

fn salt_and_iterations(mut parameters: Reader<'_>) -> Result<(&[u8], u64), Malformed> {
    Ok((parameters.take(asn1::OCTET_STRING)?, parameters.number()?))
}

fn pbes2(
    mut parameters: Reader<'_>,
    data: &[u8],
    password: Passphrase<'_>,
    budget: &mut Budget,
) -> Result<Plain, DecryptError> {
    let mut derivation = parameters.sequence()?;
    let mut scheme = parameters.sequence()?;
    let oid = scheme.oid()?;
    let cipher = match oid {
        AES_128_CBC => Cipher::Aes128,
        AES_192_CBC => Cipher::Aes192,
        AES_256_CBC => Cipher::Aes256,
        DES_EDE3_CBC => Cipher::TripleDes,
        DES_CBC => Cipher::Des,
        _ => return Err(unsupported(oid)),
    };
    let iv = scheme.take(asn1::OCTET_STRING)?;
    if iv.len() != cipher.iv_len() {
        return Err(DecryptError::Malformed);
    }
    let oid = derivation.oid()?;
    let key = match oid {
        PBKDF2 => Pbkdf2::read(derivation.sequence()?)?.derive(password, Some(cipher.key_len()), budget)?,
        SCRYPT => {
            let mut parameters = derivation.sequence()?;
            let salt = parameters.take(asn1::OCTET_STRING)?;
            let costs = (parameters.number()?, parameters.number()?, parameters.number()?);
            kdf::scrypt(password, salt, costs, cipher.key_len(), budget)?
        }
        _ => return Err(unsupported(oid)),
    };
    cipher.decrypt(&key, iv, data).ok_or(DecryptError::Password)
}

/// The parameters of PBKDF2, which PBES2 and PBMAC1 share.
pub(super) struct Pbkdf2<'a> {
    salt: &'a [u8],
    iterations: u64,
    key_len: Option<u64>,
    hash: Hash,
}

impl<'a> Pbkdf2<'a> {
    pub(super) fn read(mut parameters: Reader<'a>) -> Result<Self, DecryptError> {
        let salt = parameters.take(asn1::OCTET_STRING)?;
        let iterations = parameters.number()?;
        let key_len = match parameters.peek() {
            Some(asn1::INTEGER) => Some(parameters.number()?),
            _ => None,
        };
        let hash = if parameters.is_empty() { Hash::Sha1 } else { hmac_hash(parameters.sequence()?)? };
        Ok(Self { salt, iterations, key_len, hash })
    }

    /// Derives a key of `length` bytes; without one the file must say the length.
    pub(super) fn derive(
        &self,
        password: Passphrase<'_>,
        length: Option<usize>,
        budget: &mut Budget,
    ) -> Result<Plain, DecryptError> {
        let stated = self.key_len.map(|length| usize::try_from(length).unwrap_or(usize::MAX));
        let length = match (stated, length) {
            (Some(stated), Some(length)) if stated != length => return Err(DecryptError::Malformed),
            (Some(length), _) | (None, Some(length)) => length,
            (None, None) => return Err(DecryptError::Malformed),
        };
        if length == 0 || length > MAX_KEY {
            return Err(DecryptError::Malformed);
        }
        Ok(kdf::pbkdf2(self.hash, password, self.salt, self.iterations, length, budget)?)
    }
}

/// The hash of an AlgorithmIdentifier that names an HMAC.
pub(super) fn hmac_hash(mut algorithm: Reader<'_>) -> Result<Hash, DecryptError> {
    let oid = algorithm.oid()?;
    match oid {
        [prefix @ .., 7] if prefix == HMAC => Ok(Hash::Sha1),
        [prefix @ .., 8] if prefix == HMAC => Ok(Hash::Sha224),
        [prefix @ .., 9] if prefix == HMAC => Ok(Hash::Sha256),
        [prefix @ .., 10] if prefix == HMAC => Ok(Hash::Sha384),
        [prefix @ .., 11] if prefix == HMAC => Ok(Hash::Sha512),
        _ => Err(unsupported(oid)),
    }
}

/// The hash that an AlgorithmIdentifier names.
pub(super) fn hash(mut algorithm: Reader<'_>) -> Result<Hash, DecryptError> {
    let oid = algorithm.oid()?;
    match oid {
        SHA1 => Ok(Hash::Sha1),
        [prefix @ .., 1] if prefix == SHA2 => Ok(Hash::Sha256),
        [prefix @ .., 2] if prefix == SHA2 => Ok(Hash::Sha384),
        [prefix @ .., 3] if prefix == SHA2 => Ok(Hash::Sha512),
        [prefix @ .., 4] if prefix == SHA2 => Ok(Hash::Sha224),
        MD5 => Ok(Hash::Md5),
        _ => Err(unsupported(oid)),
    }
}

pub(super) fn unsupported(oid: &[u8]) -> DecryptError {
    DecryptError::Unsupported(asn1::dotted(oid))
}

/// No cipher or MAC here has a longer key.
const MAX_KEY: usize = 128;

/// 1.2.840.113549.1.5.13
const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d];
/// 1.2.840.113549.1.5.12
pub(super) const PBKDF2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c];
/// 1.3.6.1.4.1.11591.4.11
const SCRYPT: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x04, 0x0b];
/// 1.2.840.113549.1.5, the schemes of PKCS#5 below it
const PKCS5: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05];
/// 1.2.840.113549.1.12.1, the schemes of PKCS#12 below it
const PKCS12_PBE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01];
/// 2.16.840.1.101.3.4.1.2, .22 and .42
const AES_128_CBC: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x02];
const AES_192_CBC: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x16];
const AES_256_CBC: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a];
/// 1.2.840.113549.3.7
const DES_EDE3_CBC: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x03, 0x07];
/// 1.3.14.3.2.7
const DES_CBC: &[u8] = &[0x2b, 0x0e, 0x03, 0x02, 0x07];
/// 1.2.840.113549.2, the HMACs below it
const HMAC: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02];
/// 1.3.14.3.2.26
const SHA1: &[u8] = &[0x2b, 0x0e, 0x03, 0x02, 0x1a];
/// 1.2.840.113549.2.5
const MD5: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05];
/// 2.16.840.1.101.3.4.2, the SHA-2 family below it
const SHA2: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02];

#[cfg(test)]
mod tests;
