mod pinned;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use identity_core::Env;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use rustls_native_certs::{CertificateResult, load_certs_from_paths};

use self::pinned::Pinned;
use super::unsupported;
use crate::http::TransportError;

/// The configuration that trusts what the system, or the environment, trusts. It is made once, because reading certificates takes milliseconds.
#[derive(Default)]
pub(super) struct Trust(Mutex<Option<ClientConfig>>);

impl Trust {
    pub(super) fn system(&self, env: &Env) -> Result<ClientConfig, TransportError> {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = known().clone() {
            return Ok(config);
        }
        let config = with_roots(roots(env)?)?;
        Ok(known().get_or_insert(config).clone())
    }
}

/// The configuration that trusts the given PEM certificates and nothing else.
pub(super) fn private(pem: &[u8]) -> Result<ClientConfig, TransportError> {
    // A byte order mark would hide the first certificate.
    let pem = pem.strip_prefix(b"\xef\xbb\xbf").unwrap_or(pem);
    let bad = |what: &dyn std::fmt::Display| {
        unsupported(format!("the CA certificates given are not usable: {what}"))
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        roots.add(certificate.map_err(|error| bad(&error))?).map_err(|error| bad(&error))?;
    }
    if roots.is_empty() {
        return Err(bad(&"there is no PEM certificate among them"));
    }
    with_roots(roots)
}

/// The configuration that trusts one certificate, by its thumbprint.
pub(super) fn pinned(thumbprint: [u8; 20]) -> Result<ClientConfig, TransportError> {
    let verifier = Arc::new(Pinned::new(thumbprint, provider()));
    Ok(finish(builder()?.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()))
}

/// The configuration for connections without TLS: it trusts nobody.
pub(super) fn none() -> Result<ClientConfig, TransportError> {
    with_roots(RootCertStore::empty())
}

fn with_roots(roots: RootCertStore) -> Result<ClientConfig, TransportError> {
    Ok(finish(builder()?.with_root_certificates(roots).with_no_client_auth()))
}

fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, TransportError> {
    // Given by hand: a provider for the whole process is the program's to choose.
    ClientConfig::builder_with_provider(Arc::new(provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| unsupported(format!("the TLS provider is not usable: {error}")))
}

fn finish(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}

fn provider() -> CryptoProvider {
    #[cfg(feature = "aws-lc-rs")]
    return rustls::crypto::aws_lc_rs::default_provider();
    #[cfg(not(feature = "aws-lc-rs"))]
    return rustls::crypto::ring::default_provider();
}

/// The certificates that the environment names, else those of the system.
fn roots(env: &Env) -> Result<RootCertStore, TransportError> {
    let file = env.get_os("SSL_CERT_FILE").map(PathBuf::from);
    let directories: Vec<PathBuf> =
        env.get_os("SSL_CERT_DIR").iter().flat_map(std::env::split_paths).collect();
    if file.is_some() || !directories.is_empty() {
        return named("SSL_CERT_FILE and SSL_CERT_DIR name", file.as_deref(), &directories);
    }
    if let Some(bundle) = env.get_os("REQUESTS_CA_BUNDLE").map(PathBuf::from) {
        let (file, directory) = if bundle.is_dir() { (None, Some(bundle)) } else { (Some(bundle), None) };
        return named("REQUESTS_CA_BUNDLE names", file.as_deref(), directory.as_slice());
    }
    store(platform()).map_err(|why| {
        unsupported(format!(
            "this system has no certificates to trust{why}; install its ca-certificates package or name a file in SSL_CERT_FILE"
        ))
    })
}

fn named(who: &str, file: Option<&Path>, directories: &[PathBuf]) -> Result<RootCertStore, TransportError> {
    let mut found = load_certs_from_paths(file, None);
    for directory in directories.iter().filter(|directory| !directory.as_os_str().is_empty()) {
        let more = load_certs_from_paths(None, Some(directory));
        found.certs.extend(more.certs);
        found.errors.extend(more.errors);
    }
    store(found).map_err(|why| {
        let mut names: Vec<OsString> = file.map(|file| file.as_os_str().to_owned()).into_iter().collect();
        names.extend(directories.iter().map(|directory| directory.as_os_str().to_owned()));
        let names: Vec<_> = names.iter().map(|name| name.to_string_lossy()).collect();
        unsupported(format!("{who} {}, where there is no PEM certificate to trust{why}", names.join(", ")))
    })
}

/// What can be used of what was found; an error when that is nothing, with the first reason.
fn store(found: CertificateResult) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        return Err(found.errors.first().map(|error| format!(" ({error})")).unwrap_or_default());
    }
    Ok(roots)
}

/// The usual places, looked at by name: the loader's own search would read the process environment.
#[cfg(all(unix, not(target_os = "macos")))]
fn platform() -> CertificateResult {
    const FILES: [&str; 8] = [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
        "/etc/pki/tls/cacert.pem",
        "/etc/ssl/cert.pem",
        "/usr/local/etc/ssl/cert.pem",
        "/etc/openssl/certs/ca-certificates.crt",
    ];
    const DIRECTORIES: [&str; 4] =
        ["/etc/ssl/certs", "/etc/pki/tls/certs", "/usr/local/share/certs", "/etc/openssl/certs"];
    let files = FILES.iter().map(Path::new).filter(|file| file.is_file()).map(|file| (Some(file), None));
    let directories = DIRECTORIES
        .iter()
        .map(Path::new)
        .filter(|path| path.is_dir())
        .map(|directory| (None, Some(directory)));
    files
        .chain(directories)
        .map(|(file, directory)| load_certs_from_paths(file, directory))
        .find(|found| !found.certs.is_empty())
        .unwrap_or_default()
}

/// The system's own store. Not compiled here: only Linux was at hand.
#[cfg(not(all(unix, not(target_os = "macos"))))]
fn platform() -> CertificateResult {
    rustls_native_certs::load_native_certs()
}
