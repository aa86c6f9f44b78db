//! https: an authority of our own and a certificate from it, made anew at each start.

use std::io;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::clock::stamp;

/// The name by which pods know the server through which they reach Entra ID.
pub(crate) const TOKEN_PROXY_NAME: &str = "token-proxy.emulated.example";

/// What https needs, and what its clients need to trust it.
pub(crate) struct Tls {
    pub(crate) acceptor: TlsAcceptor,
    /// The authority's certificate.
    pub(crate) ca_pem: String,
    /// SHA-1 of the server's own certificate.
    pub(crate) thumbprint: String,
}

impl Tls {
    /// For the loopback addresses, `localhost` and these names.
    pub(crate) fn new(names: &[String], now: i64) -> io::Result<Tls> {
        let year: i32 = stamp(now).get(..4).and_then(|year| year.parse().ok()).unwrap_or(1970);
        let within = |params: &mut CertificateParams| {
            params.not_before = date_time_ymd(year - 1, 1, 1);
            params.not_after = date_time_ymd(year + 1, 12, 31);
        };

        let mut ca = CertificateParams::default();
        within(&mut ca);
        ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        ca.distinguished_name.push(DnType::CommonName, "identity-emulator, for this run only");
        let ca_key = KeyPair::generate().map_err(io::Error::other)?;
        let ca_pem = ca.self_signed(&ca_key).map_err(io::Error::other)?.pem();
        let issuer = Issuer::new(ca, ca_key);

        let mut all: Vec<String> =
            ["localhost", "127.0.0.1", "::1", TOKEN_PROXY_NAME].map(str::to_owned).into();
        all.extend_from_slice(names);
        let mut leaf = CertificateParams::new(all).map_err(io::Error::other)?;
        within(&mut leaf);
        leaf.use_authority_key_identifier_extension = true;
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        leaf.distinguished_name.push(DnType::CommonName, "localhost");
        let leaf_key = KeyPair::generate().map_err(io::Error::other)?;
        let leaf = leaf.signed_by(&leaf_key, &issuer).map_err(io::Error::other)?;

        let thumbprint = crate::keys::sha1(leaf.der()).iter().map(|byte| format!("{byte:02X}")).collect();
        // The provider is handed over, so that no global one is needed or set.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(
                vec![leaf.der().clone()],
                PrivateKeyDer::from(PrivatePkcs8KeyDer::from(leaf_key.serialize_der())),
            )
            .map_err(io::Error::other)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Tls { acceptor: TlsAcceptor::from(Arc::new(config)), ca_pem, thumbprint })
    }
}
