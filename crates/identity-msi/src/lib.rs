//! Credentials of a machine: managed identity on every Azure host.
//!
//! [`ManagedIdentityCredential`] finds out by itself where it runs: on a virtual machine or scale set (IMDS), in App Service or Functions, on a
//! server that Azure Arc manages, in a Service Fabric cluster, in Cloud Shell, in Azure Machine Learning, or in a pod of AKS. There is no
//! secret to keep: the host knows who the program is.
//!
//! ```no_run
//! use identity_core::{TokenCredential, TokenRequestOptions};
//! use identity_msi::{ManagedIdentityCredential, ManagedIdentityCredentialOptions, ManagedIdentityId};
//!
//! # async fn example() -> Result<(), identity_core::Error> {
//! let user_assigned = ManagedIdentityId::ClientId("00000000-0000-0000-0000-000000000000".into());
//! let options = ManagedIdentityCredentialOptions::default().with_identity(user_assigned);
//! let credential = ManagedIdentityCredential::new(options)?;
//! let token = credential.get_token(&["https://vault.azure.net/.default"], &TokenRequestOptions::default()).await?;
//! # Ok(()) }
//! ```

mod managed_identity;
mod managed_identity_id;
mod options;
mod source;
#[cfg(test)]
mod testing;

pub use managed_identity::ManagedIdentityCredential;
pub use managed_identity_id::ManagedIdentityId;
pub use options::ManagedIdentityCredentialOptions;
