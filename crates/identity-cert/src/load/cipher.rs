//! Decryption with the block and stream ciphers that key files use, padding checked and taken off.

use aes::{Aes128, Aes192, Aes256};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt as _, KeyInit, KeyIvInit as _};
use des::{Des, TdesEde2, TdesEde3};
use rc2::Rc2;
use zeroize::Zeroizing;

/// A cipher, in CBC mode where it works on blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cipher {
    Aes128,
    Aes192,
    Aes256,
    Des,
    /// Three keys; the two-key form is the same with the first key repeated.
    TripleDes,
    TripleDes2Key,
    /// With a key of this many bytes, all of them effective.
    Rc2(usize),
    /// With a key of this many bytes. It has no initialisation vector and no padding.
    Rc4(usize),
}

impl Cipher {
    pub(super) const fn key_len(self) -> usize {
        match self {
            Self::Des => 8,
            Self::Aes128 | Self::TripleDes2Key => 16,
            Self::Aes192 | Self::TripleDes => 24,
            Self::Aes256 => 32,
            Self::Rc2(length) | Self::Rc4(length) => length,
        }
    }

    pub(super) const fn iv_len(self) -> usize {
        match self {
            Self::Aes128 | Self::Aes192 | Self::Aes256 => 16,
            Self::Des | Self::TripleDes | Self::TripleDes2Key | Self::Rc2(_) => 8,
            Self::Rc4(_) => 0,
        }
    }

    /// The plain text; none if key and vector are of the wrong length or the padding is not one, which is how a wrong key shows.
    pub(super) fn decrypt(self, key: &[u8], iv: &[u8], data: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        if key.len() != self.key_len() || iv.len() != self.iv_len() {
            return None;
        }
        match self {
            Self::Aes128 => cbc::<Aes128>(key, iv, data),
            Self::Aes192 => cbc::<Aes192>(key, iv, data),
            Self::Aes256 => cbc::<Aes256>(key, iv, data),
            Self::Des => cbc::<Des>(key, iv, data),
            Self::TripleDes => cbc::<TdesEde3>(key, iv, data),
            Self::TripleDes2Key => cbc::<TdesEde2>(key, iv, data),
            Self::Rc2(_) => cbc::<Rc2>(key, iv, data),
            Self::Rc4(_) => Some(rc4(key, data)),
        }
    }
}

fn cbc<C: BlockCipherDecrypt + KeyInit>(key: &[u8], iv: &[u8], data: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut buffer = Zeroizing::new(data.to_vec());
    let length =
        cbc::Decryptor::<C>::new_from_slices(key, iv).ok()?.decrypt_padded::<Pkcs7>(&mut buffer).ok()?.len();
    buffer.truncate(length);
    Some(buffer)
}

fn rc4(key: &[u8], data: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut state: [u8; 256] = std::array::from_fn(|index| index as u8);
    let mut j = 0_u8;
    for i in 0..256 {
        j = j.wrapping_add(state[i]).wrapping_add(key[i % key.len()]);
        state.swap(i, usize::from(j));
    }
    let (mut i, mut j) = (0_u8, 0_u8);
    let mut next = || {
        i = i.wrapping_add(1);
        j = j.wrapping_add(state[usize::from(i)]);
        state.swap(usize::from(i), usize::from(j));
        state[usize::from(state[usize::from(i)].wrapping_add(state[usize::from(j)]))]
    };
    Zeroizing::new(data.iter().map(|byte| byte ^ next()).collect())
}

#[cfg(test)]
mod tests;
