use std::time::Duration;

use identity_entra::options::EntraOptions;
use identity_msi::ManagedIdentityId;

/// The settings of [`DefaultAzureCredential`](crate::DefaultAzureCredential).
///
/// Saying of a member that it is not excluded puts it into the chain, whatever `AZURE_TOKEN_CREDENTIALS` says.
///
/// ```
/// use identity::DefaultAzureCredentialOptions;
///
/// let options = DefaultAzureCredentialOptions::default()
///     .with_exclude_powershell_credential(true)
///     .with_managed_identity_client_id("00000000-0000-0000-0000-000000000000");
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct DefaultAzureCredentialOptions {
    excluded: Vec<(&'static str, bool)>,
    workload_identity_client_id: Option<String>,
    workload_identity_tenant_id: Option<String>,
    managed_identity: WhichIdentity,
    interactive_browser_tenant_id: Option<String>,
    interactive_browser_client_id: Option<String>,
    process_timeout: Option<Duration>,
    require_envvar: bool,
    token_credentials_variable: Option<String>,
    entra: EntraOptions,
}

/// Which of a machine's identities is meant.
#[derive(Clone, Debug, Default)]
pub(super) enum WhichIdentity {
    /// The one that `AZURE_CLIENT_ID` names, else the system-assigned one.
    #[default]
    FromEnvironment,
    SystemAssigned,
    UserAssigned(ManagedIdentityId),
}

impl DefaultAzureCredentialOptions {
    /// The options that all members have: authority, HTTP service, environment, clock and so on. The authority does not count for managed
    /// identity and the developer's tools.
    pub fn with_entra(mut self, options: EntraOptions) -> Self {
        self.entra = options;
        self
    }

    /// Leaves [`EnvironmentCredential`](crate::EnvironmentCredential) out. Default: it is in.
    pub fn with_exclude_environment_credential(self, exclude: bool) -> Self {
        self.exclude("EnvironmentCredential", exclude)
    }

    /// Leaves [`WorkloadIdentityCredential`](crate::WorkloadIdentityCredential) out. Default: it is in.
    pub fn with_exclude_workload_identity_credential(self, exclude: bool) -> Self {
        self.exclude("WorkloadIdentityCredential", exclude)
    }

    /// Leaves [`ManagedIdentityCredential`](crate::ManagedIdentityCredential) out. Default: it is in.
    pub fn with_exclude_managed_identity_credential(self, exclude: bool) -> Self {
        self.exclude("ManagedIdentityCredential", exclude)
    }

    /// Leaves [`AzureCliCredential`](crate::AzureCliCredential) out. Default: it is in.
    pub fn with_exclude_cli_credential(self, exclude: bool) -> Self {
        self.exclude("AzureCliCredential", exclude)
    }

    /// Leaves [`AzurePowerShellCredential`](crate::AzurePowerShellCredential) out. Default: it is in.
    pub fn with_exclude_powershell_credential(self, exclude: bool) -> Self {
        self.exclude("AzurePowerShellCredential", exclude)
    }

    /// Leaves [`AzureDeveloperCliCredential`](crate::AzureDeveloperCliCredential) out. Default: it is in.
    pub fn with_exclude_developer_cli_credential(self, exclude: bool) -> Self {
        self.exclude("AzureDeveloperCliCredential", exclude)
    }

    /// Leaves [`InteractiveBrowserCredential`](crate::InteractiveBrowserCredential) out; `false` puts it in, at the end. Default: it is out.
    pub fn with_exclude_interactive_browser_credential(self, exclude: bool) -> Self {
        self.exclude("InteractiveBrowserCredential", exclude)
    }

    /// The client id of the workload identity. Default: that of the managed identity, else `AZURE_CLIENT_ID`.
    pub fn with_workload_identity_client_id(mut self, client_id: impl Into<String>) -> Self {
        self.workload_identity_client_id = Some(client_id.into());
        self
    }

    /// The tenant of the workload identity. Default: `AZURE_TENANT_ID`.
    pub fn with_workload_identity_tenant_id(mut self, tenant_id: impl Into<String>) -> Self {
        self.workload_identity_tenant_id = Some(tenant_id.into());
        self
    }

    /// The client id of a user-assigned managed identity. Default: `AZURE_CLIENT_ID`, else the system-assigned identity.
    pub fn with_managed_identity_client_id(self, client_id: impl Into<String>) -> Self {
        self.with_managed_identity(ManagedIdentityId::ClientId(client_id.into()))
    }

    /// A user-assigned managed identity by any of its ids. Default: `AZURE_CLIENT_ID`, else the system-assigned identity.
    pub fn with_managed_identity(mut self, id: ManagedIdentityId) -> Self {
        self.managed_identity = WhichIdentity::UserAssigned(id);
        self
    }

    /// The system-assigned managed identity, also where `AZURE_CLIENT_ID` is set.
    pub fn with_system_assigned_managed_identity(mut self) -> Self {
        self.managed_identity = WhichIdentity::SystemAssigned;
        self
    }

    /// The tenant that people sign in to with a browser. Default: `AZURE_TENANT_ID`, else their own.
    pub fn with_interactive_browser_tenant_id(mut self, tenant_id: impl Into<String>) -> Self {
        self.interactive_browser_tenant_id = Some(tenant_id.into());
        self
    }

    /// The app that people sign in to with a browser. Default: the one of Microsoft's developer tools.
    pub fn with_interactive_browser_client_id(mut self, client_id: impl Into<String>) -> Self {
        self.interactive_browser_client_id = Some(client_id.into());
        self
    }

    /// The longest that one run of a developer's tool may take. Default: 10 s.
    pub fn with_process_timeout(mut self, timeout: Duration) -> Self {
        self.process_timeout = Some(timeout);
        self
    }

    /// Makes it an error when `AZURE_TOKEN_CREDENTIALS` is not set, so that no deployment forgets it. Default: no.
    pub fn with_require_envvar(mut self, require: bool) -> Self {
        self.require_envvar = require;
        self
    }

    /// Reads another variable in the place of `AZURE_TOKEN_CREDENTIALS`, so that programs on one machine can have chains of their own.
    pub fn with_token_credentials_variable(mut self, name: impl Into<String>) -> Self {
        self.token_credentials_variable = Some(name.into());
        self
    }

    /// The options that all members have.
    pub fn entra_options(&self) -> &EntraOptions {
        &self.entra
    }

    pub(super) fn excluded(&self, class: &str) -> Option<bool> {
        self.excluded.iter().rev().find(|(excluded, _)| *excluded == class).map(|(_, exclude)| *exclude)
    }

    pub(super) fn workload_identity_client_id(&self) -> Option<&str> {
        given(&self.workload_identity_client_id)
    }

    pub(super) fn workload_identity_tenant_id(&self) -> Option<&str> {
        given(&self.workload_identity_tenant_id)
    }

    pub(super) fn interactive_browser_tenant_id(&self) -> Option<&str> {
        given(&self.interactive_browser_tenant_id)
    }

    pub(super) fn interactive_browser_client_id(&self) -> Option<&str> {
        given(&self.interactive_browser_client_id)
    }

    pub(super) fn managed_identity(&self) -> &WhichIdentity {
        &self.managed_identity
    }

    pub(super) fn process_timeout(&self) -> Option<Duration> {
        self.process_timeout
    }

    pub(super) fn requires_token_credentials_variable(&self) -> bool {
        self.require_envvar
    }

    pub(super) fn token_credentials_variable(&self) -> Option<&str> {
        given(&self.token_credentials_variable)
    }

    fn exclude(mut self, class: &'static str, exclude: bool) -> Self {
        self.excluded.push((class, exclude));
        self
    }
}

fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}
