//! X.509: the chain behind a client's certificate, and the certificates of our own https.

use x509_parser::prelude::{FromDer as _, X509Certificate};

/// The leaf of a chain, if it has this common name and every certificate is signed by the next one, the last by
/// the given authority, and none is out of its time.
pub(crate) fn leaf_of<'c>(chain: &'c [Vec<u8>], subject: &str, ca: &[u8], now: i64) -> Option<&'c [u8]> {
    let (_, ca) = X509Certificate::from_der(ca).ok()?;
    let mut parsed = Vec::new();
    for der in chain {
        parsed.push(X509Certificate::from_der(der).ok()?.1);
    }
    let in_time = |certificate: &X509Certificate<'_>| {
        let validity = certificate.validity();
        validity.not_before.timestamp() <= now && now <= validity.not_after.timestamp()
    };
    // A chain may end in the authority itself, which is then its own signer.
    let signers = parsed.iter().skip(1).chain([&ca]);
    let signed = parsed.iter().zip(signers).all(|(certificate, signer)| {
        certificate.issuer() == signer.subject()
            && certificate.verify_signature(Some(signer.public_key())).is_ok()
            && in_time(certificate)
    });
    let names_subject = parsed
        .first()?
        .subject()
        .iter_common_name()
        .any(|name| name.as_str().is_ok_and(|name| name == subject));
    (signed && names_subject).then(|| chain.first().map(Vec::as_slice))?
}
