use std::fmt;
use std::sync::Arc;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A text that nobody should see by accident: a token, a client secret, a password.
///
/// Cloning shares one buffer, which is wiped when the last clone is dropped. There is no `Display` and no serialization, and `Debug` shows
/// nothing of it, so reading it is always a visible call of [`Secret::secret`].
#[derive(Clone)]
pub struct Secret(Arc<Zeroizing<String>>);

impl Secret {
    /// Takes the text over; the given buffer becomes the one that is wiped.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(Arc::new(Zeroizing::new(secret.into())))
    }

    /// The text itself. Keep it out of logs, errors and URLs.
    #[inline]
    pub fn secret(&self) -> &str {
        &self.0
    }

    /// How many handles share the buffer: for tests that prove that a secret was let go.
    #[doc(hidden)]
    pub fn handles(&self) -> usize {
        Arc::strong_count(&self.0)
    }

    /// Whether the text is empty, which no usable secret is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

impl From<String> for Secret {
    fn from(secret: String) -> Self {
        Self::new(secret)
    }
}

impl From<&str> for Secret {
    fn from(secret: &str) -> Self {
        Self::new(secret)
    }
}

/// Compares every byte, however early two secrets of one length differ.
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.secret().as_bytes().ct_eq(other.secret().as_bytes()).into()
    }
}

impl Eq for Secret {}

/// Bytes that nobody should see by accident: a private key, a certificate file with its key, a request body.
///
/// The rules are those of [`Secret`].
#[derive(Clone)]
pub struct SecretBytes(Arc<Zeroizing<Vec<u8>>>);

impl SecretBytes {
    /// Takes the bytes over; the given buffer becomes the one that is wiped.
    pub fn new(secret: impl Into<Vec<u8>>) -> Self {
        Self(Arc::new(Zeroizing::new(secret.into())))
    }

    /// The bytes themselves. Keep them out of logs, errors and URLs.
    pub fn secret(&self) -> &[u8] {
        &self.0
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBytes(***)")
    }
}

impl From<Vec<u8>> for SecretBytes {
    fn from(secret: Vec<u8>) -> Self {
        Self::new(secret)
    }
}

impl From<&[u8]> for SecretBytes {
    fn from(secret: &[u8]) -> Self {
        Self::new(secret)
    }
}

impl PartialEq for SecretBytes {
    fn eq(&self, other: &Self) -> bool {
        self.secret().ct_eq(other.secret()).into()
    }
}

impl Eq for SecretBytes {}

#[cfg(test)]
mod tests;
