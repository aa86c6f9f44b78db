use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use identity_core::{Error, Result, SecretBytes};
use zeroize::Zeroizing;

use crate::crypto::digest;
use crate::load::{self, Chain, KeyAndChain, MAX_FILE, Problem};
use crate::signer::{AssertionSigner, LocalKey, SigningAlgorithm, verifies};

/// A certificate with what signs for it, ready to use: loaded once, checked once, cheap to clone.
///
/// A program that names a file need not make one; it is for looking at a certificate before using it, and for keys that live outside of
/// the program.
///
/// ```
/// # fn certificate(pem: &[u8]) -> Result<(), identity_core::Error> {
/// use identity_cert::Certificate;
///
/// let certificate = Certificate::from_data(pem, None)?;
/// println!("{} ends {:?}", certificate.subject(), certificate.not_after());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Certificate(Arc<Inner>);

struct Inner {
    chain: Chain,
    sha1: digest::Digest,
    sha256: digest::Digest,
    signer: Arc<dyn AssertionSigner>,
    external: bool,
}

impl Certificate {
    /// Reads a PEM or PKCS#12 file that holds a certificate and its RSA private key, and the issuers' certificates if it has them.
    ///
    /// Which format it is shows in the file's content. The password opens an encrypted key; text counts as its UTF-8 bytes.
    ///
    /// # Errors
    /// `InvalidArgument` naming the file and the cause: it can't be read, holds no key or no certificate or none that belong together,
    /// its key is not RSA of 2048 to 8192 bits, or the password is wrong, missing or superfluous.
    pub fn from_file(path: impl AsRef<Path>, password: Option<&SecretBytes>) -> Result<Self> {
        let path = path.as_ref();
        let data = read(path).map_err(|error| unreadable(path, &error))?;
        Self::load(&data, password).map_err(|problem| invalid(&Origin::File(path), &problem))
    }

    /// Like [`Certificate::from_file`], with the bytes of such a file.
    ///
    /// # Errors
    /// As [`Certificate::from_file`], speaking of the certificate data.
    pub fn from_data(data: &[u8], password: Option<&SecretBytes>) -> Result<Self> {
        Self::load(data, password).map_err(|problem| invalid(&Origin::Data, &problem))
    }

    /// Takes a certificate, in PEM with or without its issuers' or alone in DER, whose private key is somewhere else and signs there.
    ///
    /// # Errors
    /// `InvalidArgument` if there is no certificate in `certificates`, or the first that issued none of the others has no RSA key of
    /// 2048 to 8192 bits.
    pub fn with_signer(certificates: &[u8], signer: impl AssertionSigner + 'static) -> Result<Self> {
        let chain = load::chain(certificates).map_err(|problem| invalid(&Origin::Data, &problem))?;
        Ok(Self::assemble(chain, Arc::new(signer), true))
    }

    pub(crate) fn load(data: &[u8], password: Option<&SecretBytes>) -> Result<Self, Problem> {
        let KeyAndChain { format, key, chain } =
            load::key_and_chain(data, password.map(SecretBytes::secret))?;
        let signer = LocalKey::new(&key).filter(LocalKey::signs).ok_or(Problem::KeyInvalid(format))?;
        Ok(Self::assemble(chain, Arc::new(signer), false))
    }

    fn assemble(chain: Chain, signer: Arc<dyn AssertionSigner>, external: bool) -> Self {
        let sha1 = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &chain.leaf.der);
        let sha256 = digest::digest(&digest::SHA256, &chain.leaf.der);
        Self(Arc::new(Inner { chain, sha1, sha256, signer, external }))
    }

    /// Whom the certificate is for, for people to read.
    pub fn subject(&self) -> &str {
        &self.0.chain.leaf.subject
    }

    /// From when on the certificate is valid.
    pub fn not_before(&self) -> SystemTime {
        self.0.chain.leaf.not_before
    }

    /// Until when the certificate is valid.
    pub fn not_after(&self) -> SystemTime {
        self.0.chain.leaf.not_after
    }

    /// The SHA-1 thumbprint in upper-case hexadecimal digits, as the Azure portal shows it.
    pub fn thumbprint(&self) -> String {
        self.0.sha1.as_ref().iter().map(|byte| format!("{byte:02X}")).collect()
    }

    /// The certificate, its issuer, the issuer's issuer and so on as far as they are known, each in DER.
    pub fn chain(&self) -> impl Iterator<Item = &[u8]> {
        let Chain { leaf, issuers } = &self.0.chain;
        std::iter::once(leaf).chain(issuers).map(|certificate| certificate.der.as_slice())
    }

    /// Signs with the key, wherever it is. A signature from outside is checked before it goes on.
    pub(crate) async fn sign(&self, algorithm: SigningAlgorithm, message: &[u8]) -> Result<Vec<u8>> {
        let signed = self.0.signer.sign(algorithm, message).await?;
        let key = self.0.chain.leaf.public_key.as_ref();
        if self.0.external && !key.is_some_and(|key| verifies(key, algorithm, message, &signed)) {
            return Err(Error::failed(format!(
                "the signer's {algorithm} signature does not fit the certificate '{}' (thumbprint {}); check that the signer has the \
                 certificate's key and signs the message with that algorithm",
                self.subject(),
                self.thumbprint()
            )));
        }
        Ok(signed)
    }

    /// Warns of a certificate outside of its dates. It is used all the same: Microsoft Entra ID decides, by its own clock.
    pub(crate) fn warn_outside_of_dates(&self, origin: &Origin<'_>, now: SystemTime) {
        let leaf = &self.0.chain.leaf;
        if now > leaf.not_after {
            tracing::warn!(
                thumbprint = self.thumbprint(),
                "{origin} expired on {}; Microsoft Entra ID will refuse it",
                leaf.until
            );
        } else if now < leaf.not_before {
            tracing::warn!(thumbprint = self.thumbprint(), "{origin} is not valid before {}", leaf.from);
        }
    }

    /// Whether a server's message names this certificate. It may do so in any of the forms in which thumbprints are written.
    pub(crate) fn is_named_in(&self, text: &str) -> bool {
        let upper = text.to_ascii_uppercase();
        [self.0.sha1, self.0.sha256].iter().any(|digest| {
            let hexadecimal: String = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
            upper.contains(&hexadecimal) || text.contains(&URL_SAFE_NO_PAD.encode(digest))
        })
    }

    /// The header parameter by which the server finds the certificate.
    pub(crate) fn thumbprint_header(&self, algorithm: SigningAlgorithm) -> (&'static str, String) {
        match algorithm {
            SigningAlgorithm::Ps256 => ("x5t#S256", URL_SAFE_NO_PAD.encode(&self.0.sha256)),
            SigningAlgorithm::Rs256 => ("x5t", URL_SAFE_NO_PAD.encode(&self.0.sha1)),
        }
    }

    /// The header parameter `x5c`: standard base64, not the URL-safe kind (RFC 7515, section 4.1.6).
    pub(crate) fn chain_header(&self) -> Vec<String> {
        self.chain().map(|der| STANDARD.encode(der)).collect()
    }
}

/// The same certificate, whatever signs for it.
impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.sha256.as_ref() == other.0.sha256.as_ref()
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.subject())
            .field("thumbprint", &self.thumbprint())
            .finish_non_exhaustive()
    }
}

/// Where a certificate came from, for messages.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Origin<'a> {
    File(&'a Path),
    Data,
}

impl fmt::Display for Origin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "the certificate file '{}'", path.display()),
            Self::Data => f.write_str("the certificate data"),
        }
    }
}

/// Reads a file whole, unless it is too large to be a certificate.
pub(crate) fn read(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let file = open(path)?;
    let about = file.metadata()?;
    if about.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    // One byte more than is accepted, so that a larger file shows. All at once, for a growing buffer would leave parts of the key behind.
    let length = usize::try_from(about.len()).ok().filter(|_| about.is_file()).unwrap_or(MAX_FILE);
    let mut data = Zeroizing::new(Vec::with_capacity(length.min(MAX_FILE) + 1));
    let mut file = Waiting { file, waits: !about.is_file(), came: false, tries: TRIES };
    file.by_ref().take(MAX_FILE as u64 + 1).read_to_end(&mut data)?;
    Ok(data)
}

/// Opens without waiting for whoever writes: a pipe may have nobody at its other end.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    File::options().read(true).custom_flags(flags).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Reads from a file, or from a pipe as long as something comes.
struct Waiting {
    file: File,
    waits: bool,
    came: bool,
    tries: u32,
}

impl io::Read for Waiting {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let answer = self.file.read(buffer);
            let nothing_yet = match &answer {
                // Nobody writes: not yet, or not any more.
                Ok(0) => self.waits && !self.came && !buffer.is_empty(),
                Ok(_) => false,
                Err(error) => error.kind() == io::ErrorKind::WouldBlock,
            };
            if !nothing_yet {
                self.came = true;
                self.tries = TRIES;
                return answer;
            }
            if self.tries == 0 {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "it is a pipe, and whoever writes to it neither goes on nor closes it",
                ));
            }
            self.tries -= 1;
            std::thread::sleep(PAUSE);
        }
    }
}

/// Five seconds, after which nothing more is expected of a pipe; tests wait for nobody.
const TRIES: u32 = if cfg!(test) { 1 } else { 500 };
const PAUSE: Duration = Duration::from_millis(10);

pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Error {
    let origin = Origin::File(path);
    Error::invalid_argument(match error.kind() {
        io::ErrorKind::NotFound => format!("{origin} does not exist"),
        io::ErrorKind::IsADirectory => format!("{origin} is a directory; name the file itself"),
        io::ErrorKind::PermissionDenied => {
            format!("{origin} may not be read by this process; give it the permission")
        }
        _ => format!("{origin} cannot be read: {error}"),
    })
}

pub(crate) fn invalid(origin: &Origin<'_>, problem: &Problem) -> Error {
    Error::invalid_argument(format!("{origin} {problem}"))
}

#[cfg(test)]
mod tests;
