//! Credentials of an app that proves itself with a key and a certificate.
//!
//! - [`CertificateCredential`]: the app's own tokens.
//! - [`ClientCertificate`]: the proof itself, for that credential and for every other that takes an app's proof.
//! - [`Certificate`]: a certificate that was loaded, to look at or to hand over.
//! - [`AssertionSigner`]: for keys that never leave an HSM, a TPM, Key Vault or an agent.
//!
//! ```no_run
//! use identity_cert::{CertificateCredential, ClientCertificate};
//! use identity_core::{TokenCredential, TokenRequestOptions};
//!
//! # async fn example() -> Result<(), identity_core::Error> {
//! let certificate = ClientCertificate::from_file("/etc/app/app.pem", None)?;
//! let credential = CertificateCredential::new("contoso.onmicrosoft.com", "my-client-id", certificate, Default::default())?;
//! let token = credential.get_token(&["https://vault.azure.net/.default"], &TokenRequestOptions::default()).await?;
//! # Ok(()) }
//! ```
//!
//! # Files
//! PEM (PKCS#1 and PKCS#8 keys, encrypted in any of the usual ways) and PKCS#12, as OpenSSL, Windows, Java and Key Vault write it. The key must be
//! RSA with 2048 to 8192 bits, because Microsoft Entra ID takes no other.
//!
//! # Features
//! `aws-lc-rs`: signatures and hashes by aws-lc-rs. Otherwise by ring, which every program with rustls and ring has already.

#[cfg(feature = "aws-lc-rs")]
use aws_lc_rs as crypto;
#[cfg(not(feature = "aws-lc-rs"))]
use ring as crypto;

mod assertion;
mod certificate;
mod client_certificate;
mod load;
mod rotation;
mod signer;
mod x509;

pub use certificate::{CertificateCredential, ClientCertificateCredential};
pub use client_certificate::ClientCertificate;
pub use signer::{AssertionSigner, SigningAlgorithm};
pub use x509::Certificate;

#[cfg(test)]
#[path = "../tests/support/openssl.rs"]
mod openssl;
