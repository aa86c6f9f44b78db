//! Credentials of a developer's tools.

use std::sync::Arc;

use identity::{
    AzureCliCredential, AzureCliCredentialOptions, AzureDeveloperCliCredential,
    AzureDeveloperCliCredentialOptions, AzurePowerShellCredential, AzurePowerShellCredentialOptions, Error,
    TokenCredential,
};

use super::Credentials;

/// What all tools can be told, as far as it was given.
macro_rules! tool_options {
    ($credentials:expr, $options:ident) => {{
        let args = $credentials.args;
        let mut options = $options::default().with_env($credentials.env.clone());
        if let Some(tenant) = &args.tenant_id {
            options = options.with_tenant_id(tenant);
        }
        if !args.additionally_allowed_tenant.is_empty() {
            options = options.with_additionally_allowed_tenants(&args.additionally_allowed_tenant);
        }
        if let Some(timeout) = args.process_timeout {
            options = options.with_process_timeout(timeout);
        }
        options
    }};
}

impl Credentials<'_> {
    pub(super) fn azure_cli(&self) -> Result<Arc<dyn TokenCredential>, Error> {
        let mut options = tool_options!(self, AzureCliCredentialOptions);
        if let Some(subscription) = &self.args.subscription {
            options = options.with_subscription(subscription);
        }
        Ok(Arc::new(AzureCliCredential::new(options)?))
    }

    pub(super) fn azure_developer_cli(&self) -> Result<Arc<dyn TokenCredential>, Error> {
        let options = tool_options!(self, AzureDeveloperCliCredentialOptions);
        Ok(Arc::new(AzureDeveloperCliCredential::new(options)?))
    }

    pub(super) fn azure_powershell(&self) -> Result<Arc<dyn TokenCredential>, Error> {
        let options = tool_options!(self, AzurePowerShellCredentialOptions);
        Ok(Arc::new(AzurePowerShellCredential::new(options)?))
    }
}
