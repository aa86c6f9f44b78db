//! A program may have a TLS provider of its own for the whole process, before or after it uses ours.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, reason = "a test")]

#[allow(dead_code, reason = "shared with the unit tests, which need more of it")]
#[path = "../src/http/reqwest/tests/server.rs"]
mod server;

use identity_core::{Env, SecretBytes};
use identity_entra::http::{HttpService, ReqwestService, TransportProfile};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};

use server::{Certificates, Server, ok};

// One test, because the provider is the process's.
#[tokio::test]
async fn no_provider_is_installed_and_another_one_does_not_matter() {
    let certificates = Certificates::for_name("localhost");
    let server = Server::secure(&certificates, ok("secure")).await;
    let send = async || {
        let mut request = http::Request::get(format!("https://localhost:{}/", server.port))
            .body(SecretBytes::new(Vec::new()))
            .unwrap();
        let mut profile = TransportProfile::default();
        profile.ca_certificates = Some(certificates.ca.as_bytes().into());
        request.extensions_mut().insert(profile);
        ReqwestService::new(&Env::empty()).send(request).await.unwrap().status().as_u16()
    };
    assert_eq!(send().await, 200);
    assert!(CryptoProvider::get_default().is_none());

    // It can do nothing, so whoever used it would fail.
    let useless =
        CryptoProvider { cipher_suites: Vec::new(), kx_groups: Vec::new(), ..ring::default_provider() };
    useless.install_default().unwrap();
    assert_eq!(send().await, 200);
}
