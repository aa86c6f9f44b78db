use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use azure_core::credentials::Secret;
use azure_core::http::{ClientOptions, Transport};
use azure_identity::ClientSecretCredentialOptions;
use identity_app::ClientSecretCredential;
use identity_core::TokenRequestOptions;
use identity_entra::options::EntraOptions;

use crate::endpoint::Endpoint;
use crate::{CLIENT, TENANT};

/// A credential with a secret of one of the two crates, behind its trait object.
#[derive(Clone)]
pub enum Subject {
    /// This project's.
    Ours(Arc<dyn identity_core::TokenCredential>),
    /// The official one.
    Official(Arc<dyn azure_core::credentials::TokenCredential>),
}

impl Subject {
    /// Ours over an endpoint.
    pub fn ours(endpoint: &Endpoint) -> Self {
        Self::ours_with(endpoint, EntraOptions::default())
    }

    /// Ours with further options.
    pub fn ours_with(endpoint: &Endpoint, options: EntraOptions) -> Self {
        let options = options.with_http_service(Arc::new(endpoint.clone()));
        let credential = ClientSecretCredential::new(TENANT, CLIENT, "secret", options);
        Self::Ours(Arc::new(credential.expect("nothing is wrong with these values")))
    }

    /// The official one over an endpoint.
    pub fn official(endpoint: &Endpoint) -> Self {
        let transport = Some(Transport::new(Arc::new(endpoint.clone())));
        let options = ClientSecretCredentialOptions {
            client_options: ClientOptions { transport, ..Default::default() },
        };
        let credential = azure_identity::ClientSecretCredential::new(
            TENANT,
            CLIENT.to_owned(),
            Secret::new("secret"),
            Some(options),
        );
        Self::Official(credential.expect("nothing is wrong with these values"))
    }

    /// Both, each over an endpoint of its own that answers in the same way.
    pub fn both(make: impl Fn() -> Endpoint) -> [Self; 2] {
        [Self::ours(&make()), Self::official(&make())]
    }

    /// One call: whether there was a token.
    pub async fn call(&self, scope: &str) -> bool {
        match self {
            Self::Ours(credential) => {
                credential.get_token(&[scope], &TokenRequestOptions::default()).await.is_ok()
            }
            Self::Official(credential) => credential.get_token(&[scope], None).await.is_ok(),
        }
    }

    /// Many calls in a row, each of which must give a token.
    pub async fn calls(&self, scope: &str, calls: u32) {
        match self {
            Self::Ours(credential) => {
                let options = TokenRequestOptions::default();
                for _ in 0..calls {
                    let token = credential.get_token(black_box(&[scope]), &options).await;
                    black_box(token.expect("a token"));
                }
            }
            Self::Official(credential) => {
                for _ in 0..calls {
                    black_box(credential.get_token(black_box(&[scope]), None).await.expect("a token"));
                }
            }
        }
    }

    /// How long one call took of many in a row.
    pub fn time(&self, scope: &str, calls: u32) -> f64 {
        let start = Instant::now();
        crate::rounds::block_on(self.calls(scope, calls));
        nanoseconds(start.elapsed(), calls)
    }
}

/// The time of one of so many.
pub fn nanoseconds(elapsed: Duration, of: u32) -> f64 {
    elapsed.as_nanos() as f64 / f64::from(of)
}
