//! What of a certificate is looked at.

use std::time::{Duration, SystemTime};

use x509_parser::prelude::{FromDer as _, ParsedExtension, X509Certificate};

use super::asn1::{self, Reader};
use super::key::{self, RsaPublicKey};
use super::problem::{Format, Problem};

/// A certificate and the facts about it that decide something here.
#[derive(Debug, Clone)]
pub(crate) struct Parsed {
    pub(crate) der: Vec<u8>,
    /// None if the key is not RSA.
    pub(crate) public_key: Option<RsaPublicKey>,
    /// What kind of key it is, for a message.
    pub(crate) key_kind: &'static str,
    /// For people.
    pub(crate) subject: String,
    pub(crate) not_before: SystemTime,
    pub(crate) not_after: SystemTime,
    /// The same two, for people.
    pub(crate) from: String,
    pub(crate) until: String,
    subject_name: Vec<u8>,
    issuer_name: Vec<u8>,
    key_identifier: Option<Vec<u8>>,
    issuer_key_identifier: Option<Vec<u8>>,
}

impl Parsed {
    pub(super) fn all(format: Format, certificates: Vec<Vec<u8>>) -> Result<Vec<Self>, Problem> {
        let parsed = certificates.into_iter().map(Self::new).collect::<Option<_>>();
        parsed.ok_or(Problem::Malformed(format, "one of its certificates"))
    }

    fn new(der: Vec<u8>) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(&der).ok()?;
        let key = certificate.public_key();
        // Compared as bytes: the parser's own form allocates for each arc.
        let (public_key, key_kind) = match key.algorithm.algorithm.as_bytes() {
            key::RSA | key::RSA_PSS => (Some(RsaPublicKey::from_pkcs1(&key.subject_public_key.data)?), "RSA"),
            oid => (None, key::kind(oid)),
        };
        let (mut key_identifier, mut issuer_key_identifier) = (None, None);
        for extension in certificate.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::SubjectKeyIdentifier(id) => key_identifier = Some(id.0.to_vec()),
                ParsedExtension::AuthorityKeyIdentifier(id) => {
                    issuer_key_identifier = id.key_identifier.as_ref().map(|id| id.0.to_vec());
                }
                _ => {}
            }
        }
        let validity = certificate.validity();
        Some(Self {
            public_key,
            key_kind,
            subject: certificate.subject().to_string(),
            not_before: at(validity.not_before.timestamp()),
            not_after: at(validity.not_after.timestamp()),
            from: validity.not_before.to_string(),
            until: validity.not_after.to_string(),
            subject_name: certificate.subject().as_raw().to_vec(),
            issuer_name: certificate.issuer().as_raw().to_vec(),
            key_identifier,
            issuer_key_identifier,
            der,
        })
    }

    /// Whether bytes that are no container are a certificate.
    pub(super) fn is_certificate(data: &[u8]) -> bool {
        data.first() == Some(&asn1::SEQUENCE)
            && Reader::new(data).any().is_ok()
            && X509Certificate::from_der(data).is_ok()
    }

    /// Whether this certificate's name stands in the other as its issuer.
    pub(super) fn issued(&self, other: &Self) -> bool {
        self.subject_name == other.issuer_name
    }

    pub(super) fn is_self_issued(&self) -> bool {
        self.issued(self)
    }

    /// Whether the key identifier that `issued` states for its issuer is this certificate's.
    pub(super) fn key_identifier_matches(&self, issued: &Self) -> bool {
        self.key_identifier.is_some() && self.key_identifier == issued.issuer_key_identifier
    }
}

/// Seconds since 1970 as a time. What lies outside of the clock's range is as good as its ends.
fn at(seconds: i64) -> SystemTime {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    let time = if seconds < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    };
    time.unwrap_or(SystemTime::UNIX_EPOCH)
}
