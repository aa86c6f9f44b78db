//! Credentials of an app that proves itself with a secret or with an assertion. Which one?
//!
//! - It has a secret: [`ClientSecretCredential`].
//! - Somebody whom Entra ID trusts vouches for it: [`ClientAssertionCredential`].
//! - It runs in Kubernetes, whose token Entra ID trusts: [`WorkloadIdentityCredential`].
//! - It runs in Azure Pipelines: [`AzurePipelinesCredential`].
//! - It runs elsewhere, and that place vouches for it: [`ClientAssertionCredential`] with [`GitHubActionsAssertion`],
//!   [`GoogleCloudAssertion`], [`SpiffeAssertion`], a file, a command (AWS), or, for a managed identity, [`CredentialAssertion`].
//! - It calls on for the user who called it: [`OnBehalfOfCredential`].
//!
//! An app with a certificate finds its credential in `identity-cert`.
//!
//! ```no_run
//! use identity_app::ClientSecretCredential;
//! use identity_core::{TokenCredential, TokenRequestOptions};
//!
//! # async fn example() -> Result<(), identity_core::Error> {
//! let credential = ClientSecretCredential::new("contoso.onmicrosoft.com", "my-client-id", "the-secret", Default::default())?;
//! let token = credential.get_token(&["https://vault.azure.net/.default"], &TokenRequestOptions::default()).await?;
//! # Ok(()) }
//! ```

mod azure_pipelines;
mod client_assertion;
mod client_secret;
mod federated;
mod on_behalf_of;
mod workload_identity;

pub use azure_pipelines::AzurePipelinesCredential;
pub use client_assertion::ClientAssertionCredential;
pub use client_secret::ClientSecretCredential;
pub use federated::{CredentialAssertion, GitHubActionsAssertion, GoogleCloudAssertion, SpiffeAssertion};
pub use on_behalf_of::OnBehalfOfCredential;
pub use workload_identity::{WorkloadIdentityCredential, WorkloadIdentityCredentialOptions};
