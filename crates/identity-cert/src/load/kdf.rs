//! From a password to a key, with a limit on what a file may ask of the processor.

use std::num::NonZeroU32;

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use super::asn1::Malformed;
use super::password::Passphrase;
use crate::crypto::pbkdf2;

/// What is left of the work that one file may cause.
///
/// Iteration counts stand in the file, and a count of two thousand million would keep a processor busy for an hour. Everything that is
/// derived while one file is read is paid from one budget.
#[derive(Debug)]
pub(super) struct Budget {
    rounds: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { rounds: MAX_ROUNDS }
    }
}

impl Budget {
    #[cfg(test)]
    pub(super) fn of(rounds: u64) -> Self {
        Self { rounds }
    }

    fn pay(&mut self, iterations: u64, blocks: usize) -> Result<(), DerivationError> {
        let cost = iterations.saturating_mul(blocks.max(1) as u64);
        self.rounds = self.rounds.checked_sub(cost).ok_or(DerivationError::TooExpensive)?;
        Ok(())
    }
}

/// Rounds of a hash or MAC for one file, all derivations together: a second or two for SHA-1 and SHA-256, up to three for SHA-512. Writers use
/// between 1 and 600,000 for each.
pub(super) const MAX_ROUNDS: u64 = 4_000_000;
/// OpenSSL's own limit for scrypt, and twice what it writes.
pub(super) const MAX_SCRYPT_MEMORY: u64 = 32 * 1024 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DerivationError {
    /// Parameters outside what the algorithm allows.
    Malformed,
    /// More work or memory than any honest file asks for.
    TooExpensive,
}

impl From<Malformed> for DerivationError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

/// A hash that a derivation or a MAC is built on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    pub(super) const fn output_len(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    const fn block_len(self) -> usize {
        match self {
            Self::Md5 | Self::Sha1 | Self::Sha224 | Self::Sha256 => 64,
            Self::Sha384 | Self::Sha512 => 128,
        }
    }

    /// The hash of `parts`, one after the other, in the first [`Hash::output_len`] bytes of `out`.
    fn digest(self, parts: &[&[u8]], out: &mut [u8; MAX_HASH]) {
        match self {
            Self::Md5 => digest::<Md5>(parts, out),
            Self::Sha1 => digest::<Sha1>(parts, out),
            Self::Sha224 => digest::<Sha224>(parts, out),
            Self::Sha256 => digest::<Sha256>(parts, out),
            Self::Sha384 => digest::<Sha384>(parts, out),
            Self::Sha512 => digest::<Sha512>(parts, out),
        }
    }

    /// HMAC of `message`. Written out because ring has not all six hashes.
    pub(super) fn hmac(self, key: &[u8], message: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut state = Zeroizing::new([0_u8; MAX_HASH]);
        let mut block = Zeroizing::new([0_u8; MAX_BLOCK]);
        if key.len() > self.block_len() {
            self.digest(&[key], &mut state);
            copy(&state[..self.output_len()], &mut *block);
        } else {
            copy(key, &mut *block);
        }
        block.iter_mut().for_each(|byte| *byte ^= 0x36);
        self.digest(&[&block[..self.block_len()], message], &mut state);
        block.iter_mut().for_each(|byte| *byte ^= 0x36 ^ 0x5c);
        let inner = state.clone();
        self.digest(&[&block[..self.block_len()], &inner[..self.output_len()]], &mut state);
        Zeroizing::new(state[..self.output_len()].to_vec())
    }
}

/// ring's hashes cost more for input as short as that of a derivation's rounds.
fn digest<D: Digest>(parts: &[&[u8]], out: &mut [u8; MAX_HASH]) {
    let mut context = D::new();
    parts.iter().for_each(|part| context.update(part));
    copy(&context.finalize(), out);
}

const MAX_HASH: usize = 64;
const MAX_BLOCK: usize = 128;

fn copy(from: &[u8], to: &mut [u8]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
}

/// What the key of a PKCS#12 derivation is for; the number is part of the algorithm.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Key = 1,
    Iv = 2,
    Mac = 3,
}

/// The derivation of PKCS#12 (RFC 7292, appendix B.2).
pub(super) fn pkcs12(
    hash: Hash,
    purpose: Purpose,
    password: Passphrase<'_>,
    salt: &[u8],
    iterations: u64,
    length: usize,
    budget: &mut Budget,
) -> Result<Zeroizing<Vec<u8>>, DerivationError> {
    let (u, v) = (hash.output_len(), hash.block_len());
    if iterations == 0 {
        return Err(DerivationError::Malformed);
    }
    budget.pay(iterations, length.div_ceil(u))?;

    let diversifier = [purpose as u8; MAX_BLOCK];
    let diversifier = &diversifier[..v];
    let password = password.bmp();
    let fill = |bytes: &[u8]| {
        bytes.iter().copied().cycle().take(bytes.len().next_multiple_of(v)).collect::<Vec<u8>>()
    };
    let mut input = Zeroizing::new(fill(salt));
    input.extend_from_slice(&Zeroizing::new(fill(&password)));

    let mut out = Zeroizing::new(Vec::with_capacity(length.next_multiple_of(u)));
    let mut state = Zeroizing::new([0_u8; MAX_HASH]);
    loop {
        hash.digest(&[diversifier, &input], &mut state);
        for _ in 1..iterations {
            let previous = *state;
            hash.digest(&[&previous[..u]], &mut state);
        }
        out.extend_from_slice(&state[..u]);
        if out.len() >= length {
            out.truncate(length);
            return Ok(out);
        }
        // Each block of the input becomes itself plus the state, repeated to a block's length, plus one.
        for block in input.chunks_mut(v) {
            let mut carry = 1_u16;
            for (index, byte) in block.iter_mut().enumerate().rev() {
                carry += u16::from(*byte) + u16::from(state[index % u]);
                *byte = carry as u8;
                carry >>= 8;
            }
        }
    }
}

/// PBKDF1 of PKCS#5: key and initialisation vector in one, for the oldest schemes.
pub(super) fn pbkdf1(
    hash: Hash,
    password: Passphrase<'_>,
    salt: &[u8],
    iterations: u64,
    budget: &mut Budget,
) -> Result<Zeroizing<Vec<u8>>, DerivationError> {
    if iterations == 0 {
        return Err(DerivationError::Malformed);
    }
    budget.pay(iterations, 1)?;
    let mut state = Zeroizing::new([0_u8; MAX_HASH]);
    hash.digest(&[password.raw(), salt], &mut state);
    for _ in 1..iterations {
        let previous = *state;
        hash.digest(&[&previous[..hash.output_len()]], &mut state);
    }
    Ok(Zeroizing::new(state[..hash.output_len()].to_vec()))
}

/// What OpenSSL derives the key of a traditional encrypted PEM block with: one round of MD5, chained until it is long enough.
pub(super) fn openssl_md5(password: &[u8], salt: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(length.next_multiple_of(16)));
    let mut state = Zeroizing::new([0_u8; MAX_HASH]);
    let mut previous: usize = 0;
    while out.len() < length {
        let last = state.clone();
        Hash::Md5.digest(&[&last[..previous], password, salt], &mut state);
        previous = Hash::Md5.output_len();
        out.extend_from_slice(&state[..previous]);
    }
    out.truncate(length);
    out
}

/// PBKDF2 of PKCS#5.
pub(super) fn pbkdf2(
    hash: Hash,
    password: Passphrase<'_>,
    salt: &[u8],
    iterations: u64,
    length: usize,
    budget: &mut Budget,
) -> Result<Zeroizing<Vec<u8>>, DerivationError> {
    budget.pay(iterations, length.div_ceil(hash.output_len()))?;
    let iterations =
        u32::try_from(iterations).ok().and_then(NonZeroU32::new).ok_or(DerivationError::Malformed)?;
    let mut out = Zeroizing::new(vec![0; length]);
    let algorithm = match hash {
        Hash::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
        Hash::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
        Hash::Sha384 => pbkdf2::PBKDF2_HMAC_SHA384,
        Hash::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
        Hash::Md5 | Hash::Sha224 => {
            pbkdf2_by_hand(hash, password.raw(), salt, iterations.get(), &mut out);
            return Ok(out);
        }
    };
    pbkdf2::derive(algorithm, iterations, salt, password.raw(), &mut out);
    Ok(out)
}

/// For the hashes that ring has no PBKDF2 with. Slow, and hardly ever met.
fn pbkdf2_by_hand(hash: Hash, password: &[u8], salt: &[u8], iterations: u32, out: &mut [u8]) {
    for (index, block) in (1_u32..).zip(out.chunks_mut(hash.output_len())) {
        let mut seed = salt.to_vec();
        seed.extend_from_slice(&index.to_be_bytes());
        let mut last = hash.hmac(password, &seed);
        let mut sum = last.clone();
        for _ in 1..iterations {
            last = hash.hmac(password, &last);
            sum.iter_mut().zip(last.iter()).for_each(|(sum, byte)| *sum ^= byte);
        }
        copy(&sum, block);
    }
}

/// scrypt, refused when it would take more memory or time than honest files do.
pub(super) fn scrypt(
    password: Passphrase<'_>,
    salt: &[u8],
    (cost, block_size, parallelization): (u64, u64, u64),
    length: usize,
    budget: &mut Budget,
) -> Result<Zeroizing<Vec<u8>>, DerivationError> {
    if cost < 2 || !cost.is_power_of_two() || block_size == 0 || parallelization == 0 {
        return Err(DerivationError::Malformed);
    }
    let memory = block_size.saturating_mul(128).saturating_mul(cost.saturating_add(parallelization));
    if memory > MAX_SCRYPT_MEMORY {
        return Err(DerivationError::TooExpensive);
    }
    budget.pay(cost.saturating_mul(block_size).saturating_mul(2 * parallelization), 1)?;
    let parameters = u32::try_from(block_size).ok().zip(u32::try_from(parallelization).ok());
    let (block_size, parallelization) = parameters.ok_or(DerivationError::Malformed)?;
    let parameters = scrypt::Params::new(cost.ilog2() as u8, block_size, parallelization)
        .map_err(|_| DerivationError::Malformed)?;
    let mut out = Zeroizing::new(vec![0; length]);
    scrypt::scrypt(password.raw(), salt, &parameters, &mut out).map_err(|_| DerivationError::Malformed)?;
    Ok(out)
}

#[cfg(test)]
mod tests;
