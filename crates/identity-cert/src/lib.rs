//! Credentials of an app that proves itself with a key and a certificate.
#![expect(dead_code, reason = "what uses the assertions comes next")]

mod assertion;
mod load;
mod rotation;
mod signer;
mod x509;

pub use signer::{AssertionSigner, SigningAlgorithm};
pub use x509::Certificate;

#[cfg(test)]
#[path = "../tests/support/openssl.rs"]
mod openssl;
