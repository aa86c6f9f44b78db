//! Credentials of an app for which the place vouches where it runs.

use std::sync::Arc;

use identity::{
    AzurePipelinesCredential, Error, TokenCredential, WorkloadIdentityCredential,
    WorkloadIdentityCredentialOptions,
};
use identity_emulator::DEFAULT_SERVICE_CONNECTION_ID;

use super::Credentials;
use super::settings::{CLIENT_ID, SERVICE_CONNECTION_ID, SYSTEM_ACCESS_TOKEN, TENANT_ID, missing};
use crate::args::{CredentialName, SYSTEM_ACCESSTOKEN};

impl Credentials<'_> {
    /// The library itself reads the variables, and tells which are missing.
    pub(super) fn workload_identity(&self) -> Result<Arc<dyn TokenCredential>, Error> {
        let args = self.args;
        let mut options = WorkloadIdentityCredentialOptions::default()
            .with_entra(self.entra_options())
            .with_enable_azure_proxy(args.enable_azure_proxy);
        if let Some(tenant) = &args.tenant_id {
            options = options.with_tenant_id(tenant);
        }
        if let Some(client) = &args.client_id {
            options = options.with_client_id(client);
        }
        if let Some(file) = &args.token_file {
            options = options.with_token_file(file);
        }
        Ok(Arc::new(WorkloadIdentityCredential::new(options)?))
    }

    pub(super) fn azure_pipelines(&self) -> Result<Arc<dyn TokenCredential>, Error> {
        let (tenant, client) = (self.tenant_id(), self.client_id());
        let emulated = self.emulated.map(|_| DEFAULT_SERVICE_CONNECTION_ID);
        let connection = self.args.service_connection_id.as_deref().or(emulated);
        let variable = || self.env.secret(SYSTEM_ACCESSTOKEN);
        let token = self.args.system_access_token.clone().or_else(variable);
        match (tenant, client, connection, token) {
            (Some(tenant), Some(client), Some(connection), Some(token)) => {
                let options = self.entra_options();
                Ok(Arc::new(AzurePipelinesCredential::new(&tenant, &client, connection, token, options)?))
            }
            (tenant, client, connection, token) => Err(missing(
                CredentialName::AzurePipelines.class(),
                [
                    (tenant.is_none(), TENANT_ID),
                    (client.is_none(), CLIENT_ID),
                    (connection.is_none(), SERVICE_CONNECTION_ID),
                    (token.is_none(), SYSTEM_ACCESS_TOKEN),
                ],
            )),
        }
    }
}
