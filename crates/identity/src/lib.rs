//! Every credential of azure.identity for Rust: tokens for Azure on a laptop, in CI, on a VM, in Kubernetes, and on behalf of a user.
//!
//! ```no_run
//! use identity::{ClientSecretCredential, TokenCredential, TokenRequestOptions};
//!
//! # #[cfg(feature = "app")]
//! # async fn example() -> Result<(), identity::Error> {
//! let credential = ClientSecretCredential::new("contoso.onmicrosoft.com", "my-client-id", "the-secret", Default::default())?;
//! let token = credential.get_token(&["https://management.azure.com/.default"], &TokenRequestOptions::default()).await?;
//! println!("good until {:?}", token.expires_on());
//! # Ok(()) }
//! ```
//!
//! # Features
//! Turning a feature on adds API and changes nothing that is there.
//! - `app`: credentials of an app that has a secret or an assertion.
//! - `cert`: credentials of an app that has a key and a certificate.
//! - `interactive`: credentials of a person who signs in.
//! - `msi`: the credential of a machine, managed identity.
//! - `dev-tools`: credentials of a developer's signed-in tools.
//! - `process`: child processes, for assertions that a command prints; `dev-tools` turns it on.
//! - `environment`: `app`, `cert`, `interactive`, and [`EnvironmentCredential`].
//! - `default-credential` (default): all of these, and [`DefaultAzureCredential`].
//! - `blocking`: tokens for programs without an async runtime, in `blocking`.
//! - `aws-lc-rs`: aws-lc-rs for TLS and signatures, for FIPS builds and for speed where there is AVX-512; ring otherwise.

// The pages that show code are tested with it.
#[cfg(all(doctest, feature = "default-credential"))]
#[doc = include_str!("../../../README.md")]
#[doc = include_str!("../../../docs/from-python.md")]
mod pages {}

#[cfg(feature = "blocking")]
pub mod blocking;
mod chain;
mod chained;
#[cfg(feature = "default-credential")]
mod default;
#[cfg(feature = "environment")]
mod environment;

pub use chained::ChainedTokenCredential;
#[cfg(feature = "default-credential")]
pub use default::{
    ChainStep, DefaultAzureCredential, DefaultAzureCredentialOptions, StepOutcome, conflicting_variables,
};
#[cfg(feature = "environment")]
pub use environment::EnvironmentCredential;
pub use identity_core::{
    AccessToken, Attempt, AuthenticationRecord, AzureAuthorityHosts, BearerTokenFuture, BoxFuture, Clock,
    Cloud, Env, Error, ErrorKind, KnownAuthorities, Result, Scope, Secret, SecretBytes, ServerError,
    TenantId, TimeSource, TokenCredential, TokenFuture, TokenRequestOptions, TokenType,
    bearer_token_provider, variables,
};
#[cfg(feature = "process")]
pub use identity_entra::assertion_source::CommandAssertion;
pub use identity_entra::assertion_source::{AssertionCallback, AssertionSource, FileAssertion};
pub use identity_entra::cache::{CachePartition, CacheStorage, MemoryStorage, RefreshMode, UnifiedCache};
pub use identity_entra::client_auth::{AuthRequest, ClientAssertion, ClientAuth, ClientSecret};
pub use identity_entra::http;
pub use identity_entra::options::EntraOptions;

#[cfg(feature = "app")]
pub use identity_app::{
    AzurePipelinesCredential, ClientAssertionCredential, ClientSecretCredential, CredentialAssertion,
    GitHubActionsAssertion, GoogleCloudAssertion, OnBehalfOfCredential, SpiffeAssertion,
    WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
#[cfg(feature = "cert")]
pub use identity_cert::{
    AssertionSigner, Certificate, CertificateCredential, ClientCertificate, ClientCertificateCredential,
    SigningAlgorithm,
};
#[cfg(feature = "dev-tools")]
pub use identity_dev_tools::{
    AzureCliCredential, AzureCliCredentialOptions, AzureDeveloperCliCredential,
    AzureDeveloperCliCredentialOptions, AzurePowerShellCredential, AzurePowerShellCredentialOptions,
};
#[cfg(feature = "interactive")]
pub use identity_interactive::{
    Account, AuthorizationCodeCredential, AuthorizationCodeCredentialOptions, Browser, DeviceCodeCredential,
    DeviceCodeCredentialOptions, DeviceCodeInfo, InteractiveBrowserCredential,
    InteractiveBrowserCredentialOptions, UsernamePasswordCredential, UsernamePasswordCredentialOptions,
    accounts, sign_out,
};
#[cfg(feature = "msi")]
pub use identity_msi::{ManagedIdentityCredential, ManagedIdentityCredentialOptions, ManagedIdentityId};
