//! The credential for wherever this runs.

use identity::{DefaultAzureCredential, DefaultAzureCredentialOptions, Error};

use super::Credentials;
use crate::args::CredentialName;

impl Credentials<'_> {
    /// The library itself reads AZURE_TOKEN_CREDENTIALS; the options beat it.
    pub(crate) fn default(&self) -> Result<DefaultAzureCredential, Error> {
        let named = |error: Error| error.with_credential(CredentialName::Default.class());
        let mut options = DefaultAzureCredentialOptions::default().with_entra(self.entra_options());
        for name in &self.args.exclude {
            options = without(options, *name).map_err(named)?;
        }
        if self.args.include_interactive_browser {
            options = options.with_exclude_interactive_browser_credential(false);
        }
        if let Some(tenant) = &self.args.tenant_id {
            options =
                options.with_workload_identity_tenant_id(tenant).with_interactive_browser_tenant_id(tenant);
        }
        // The app that people sign in to is another matter.
        if let Some(client) = &self.args.client_id {
            options = options.with_workload_identity_client_id(client);
        }
        if let Some(identity) = self.identity().map_err(named)? {
            options = options.with_managed_identity(identity);
        }
        if let Some(timeout) = self.args.process_timeout {
            options = options.with_process_timeout(timeout);
        }
        DefaultAzureCredential::new(options)
    }
}

fn without(
    options: DefaultAzureCredentialOptions,
    name: CredentialName,
) -> Result<DefaultAzureCredentialOptions, Error> {
    Ok(match name {
        CredentialName::Environment => options.with_exclude_environment_credential(true),
        CredentialName::WorkloadIdentity => options.with_exclude_workload_identity_credential(true),
        CredentialName::ManagedIdentity => options.with_exclude_managed_identity_credential(true),
        CredentialName::AzureCli => options.with_exclude_cli_credential(true),
        CredentialName::AzurePowerShell => options.with_exclude_powershell_credential(true),
        CredentialName::AzureDeveloperCli => options.with_exclude_developer_cli_credential(true),
        CredentialName::InteractiveBrowser => options.with_exclude_interactive_browser_credential(true),
        other => {
            return Err(Error::invalid_argument(format!(
                "--exclude {}: the default chain has no such member",
                other.name()
            )));
        }
    })
}
