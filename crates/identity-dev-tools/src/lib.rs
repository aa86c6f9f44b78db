//! Credentials of a developer's signed-in tools: whoever has signed in on the command line needs no further sign-in. Which tool?
//!
//! - Azure CLI (`az login`): [`AzureCliCredential`].
//! - Azure Developer CLI (`azd auth login`): [`AzureDeveloperCliCredential`].
//! - Azure PowerShell (`Connect-AzAccount`): [`AzurePowerShellCredential`].
//!
//! ```no_run
//! use identity_core::{TokenCredential, TokenRequestOptions};
//! use identity_dev_tools::AzureCliCredential;
//!
//! # async fn example() -> Result<(), identity_core::Error> {
//! let credential = AzureCliCredential::new(Default::default())?;
//! let token = credential.get_token(&["https://vault.azure.net/.default"], &TokenRequestOptions::default()).await?;
//! # Ok(()) }
//! ```
//!
//! Each call runs the tool, which takes a second or so; callers at the same time share one run. Programs that ask often turn
//! `with_token_reuse` on. No shell is started, and a tool is looked for in the absolute folders of `PATH` only. Nothing has to be closed.

mod answer;
mod azure_cli;
mod azure_developer_cli;
mod azure_powershell;
mod local_time;
mod options;
mod profile;
#[cfg(test)]
mod testing;
mod tool;

pub use azure_cli::{AzureCliCredential, AzureCliCredentialOptions};
pub use azure_developer_cli::{AzureDeveloperCliCredential, AzureDeveloperCliCredentialOptions};
pub use azure_powershell::{AzurePowerShellCredential, AzurePowerShellCredentialOptions};
