//! What a password looks like to the formats, which do not agree on it.

use zeroize::Zeroizing;

/// A password that a file is tried with.
#[derive(Clone, Copy)]
pub(super) enum Passphrase<'a> {
    /// None at all. PKCS#12 derives other keys from this than from an empty text.
    Null,
    /// Text as UTF-8, possibly empty; bytes that are no UTF-8 count as Latin-1, as they do for OpenSSL.
    Bytes(&'a [u8]),
}

impl<'a> Passphrase<'a> {
    /// What to try, in this order. Files without a password were written in two ways, so without one both are tried.
    pub(super) fn candidates(given: Option<&'a [u8]>) -> Vec<Self> {
        match given {
            None | Some([]) => vec![Self::Null, Self::Bytes(b"")],
            Some(password) => vec![Self::Bytes(password)],
        }
    }

    /// The bytes themselves, as PKCS#5 wants them.
    pub(super) fn raw(self) -> &'a [u8] {
        match self {
            Self::Null => &[],
            Self::Bytes(bytes) => bytes,
        }
    }

    /// UTF-16, the high byte first, with two zero bytes at the end, as the derivation of PKCS#12 wants it.
    pub(super) fn bmp(self) -> Zeroizing<Vec<u8>> {
        let Self::Bytes(bytes) = self else { return Zeroizing::default() };
        let mut out = Zeroizing::new(Vec::with_capacity(bytes.len() * 2 + 2));
        match std::str::from_utf8(bytes) {
            Ok(text) => text.encode_utf16().for_each(|unit| out.extend_from_slice(&unit.to_be_bytes())),
            Err(_) => bytes.iter().for_each(|byte| out.extend_from_slice(&[0, *byte])),
        }
        out.extend_from_slice(&[0, 0]);
        out
    }
}

#[cfg(test)]
mod tests;
