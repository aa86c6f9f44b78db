//! What can be wrong with a certificate file. Each reads on after «the certificate file NAME».

use std::fmt;

use thiserror::Error;

use super::MAX_FILE;
use super::asn1::Malformed;
use super::encryption::DecryptError;
use super::kdf::{MAX_ROUNDS, MAX_SCRYPT_MEMORY};
use super::key::{MAX_BITS, MIN_BITS};

/// The container that a certificate and its key came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Pem,
    Pkcs12,
    /// A certificate on its own, for a key that lives elsewhere.
    Der,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pem => "PEM",
            Self::Pkcs12 => "PKCS#12",
            Self::Der => "DER",
        })
    }
}

/// Why a file gives no certificate with its key. Never says anything of the password or the key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum Problem {
    #[error("is empty")]
    Empty,
    #[error("is larger than {kib} KiB, more than any certificate with its key; check that it is the right file", kib = MAX_FILE / 1024)]
    TooLarge,
    #[error(
        "is neither PEM nor PKCS#12: it has no -----BEGIN line and is no PFX file; convert it to one of the two"
    )]
    Unrecognised,
    #[error("is a certificate alone (DER); use a PEM or PKCS#12 file that also holds its private key")]
    CertificateAlone,
    #[error("is a private key alone (DER); use a PEM or PKCS#12 file that also holds its certificate")]
    KeyAlone,
    #[error("is {0}, but {1} cannot be read: it is damaged or cut short")]
    Malformed(Format, &'static str),
    #[error(
        "is {0} with {1}, which is not supported; export it again with AES-256 encryption, SHA-256 and a password"
    )]
    Unsupported(Format, String),
    #[error(
        "is {0} and asks for more work to derive its keys than is allowed ({MAX_ROUNDS} rounds, {mib} MiB); export it again with fewer iterations",
        mib = MAX_SCRYPT_MEMORY / 1024 / 1024
    )]
    TooExpensive(Format),
    #[error(
        "is {0} and protected by a password, but none was given; give the password the file was exported with, in the environment as AZURE_CLIENT_CERTIFICATE_PASSWORD"
    )]
    PasswordMissing(Format),
    #[error("is {0} and the given password does not open it; give the password the file was exported with")]
    PasswordWrong(Format),
    #[error("is {0} and not protected by a password, but one was given; leave the password out")]
    PasswordSuperfluous(Format),
    #[error("is {0}, but holds neither a certificate nor a private key")]
    Nothing(Format),
    #[error("holds no certificate; give it as PEM, or as one certificate in DER")]
    NoCertificateData,
    #[error("is {0} without a private key; export the certificate again together with its private key")]
    NoKey(Format),
    #[error("is {0} without a certificate; add the certificate that belongs to the private key")]
    NoCertificate(Format),
    #[error(
        "is {0}, but none of its certificates belongs to its private key; use the key that the certificate was made with"
    )]
    Mismatch(Format),
    #[error(
        "is {0} with a private key of the kind {1}; Microsoft Entra ID accepts RSA keys only, so make a certificate with an RSA key"
    )]
    NotRsa(Format, &'static str),
    #[error(
        "is {0} with an RSA key of {1} bits; use a key of {MIN_BITS} to {MAX_BITS} bits, best 2048 or 4096"
    )]
    KeySize(Format, usize),
    #[error(
        "is {0} with an RSA key of more than two primes, which is not supported; make a key of two, as programs do unless told otherwise"
    )]
    MorePrimes(Format),
    #[error(
        "is {0} with a private key in OpenSSH's own form; convert it with `ssh-keygen -p -m PEM -f` and the file's name"
    )]
    OpenSsh(Format),
    #[error("is {0}, but the numbers of its private key do not fit together: it is damaged")]
    KeyInvalid(Format),
}

impl Problem {
    /// What could not be read, for a [`Malformed`].
    pub(super) fn malformed(format: Format, what: &'static str) -> impl Fn(Malformed) -> Self {
        move |Malformed| Self::Malformed(format, what)
    }

    /// Something encrypted could not be opened with any of the passwords to try, of which `given` says whether one was given.
    pub(super) fn of_decryption(format: Format, error: DecryptError, given: bool) -> Self {
        match error {
            DecryptError::Malformed => Self::Malformed(format, "the description of its encryption"),
            DecryptError::TooExpensive => Self::TooExpensive(format),
            DecryptError::Unsupported(oid) => Self::Unsupported(format, format!("the algorithm {oid}")),
            DecryptError::Password if given => Self::PasswordWrong(format),
            DecryptError::Password => Self::PasswordMissing(format),
        }
    }
}
