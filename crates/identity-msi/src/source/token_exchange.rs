use std::sync::Arc;

use identity_core::{Error, variables};
use identity_entra::assertion_source::FileAssertion;
use identity_entra::client::{AppClient, EntraClient};
use identity_entra::client_auth::ClientAssertion;
use identity_entra::options::EntraOptions;

use super::endpoint::text;
use crate::managed_identity::NAME;
use crate::{ManagedIdentityCredentialOptions, ManagedIdentityId};

pub(super) const HOST: &str = "Azure Kubernetes Service (token exchange)";

/// A pod of AKS with workload identity: Kubernetes keeps a token in a file, which is exchanged for one of Entra ID.
///
/// # Errors
/// `InvalidArgument` for an identity that is not named by its client id, for no identity at all, and for variables that make no sense.
pub(super) fn new(options: &ManagedIdentityCredentialOptions) -> Result<AppClient, Error> {
    let entra = options.entra_options();
    let env = entra.env();
    let client_id = match options.identity() {
        Some(ManagedIdentityId::ClientId(id)) => id.clone(),
        Some(id) => {
            return Err(Error::invalid_argument(format!(
                "in AKS, where a federated token is exchanged, an identity is named by its client id, and {id} is none"
            )));
        }
        None => env.get(variables::AZURE_CLIENT_ID).ok_or_else(|| {
            Error::invalid_argument(
                "in AKS, where a federated token is exchanged, a client id is needed: name it in the options or in AZURE_CLIENT_ID",
            )
        })?,
    };
    let tenant_id = text(env, variables::AZURE_TENANT_ID)?;
    let file = env.get_os(variables::AZURE_FEDERATED_TOKEN_FILE).unwrap_or_default();
    let client = EntraClient::app(NAME, &tenant_id, &client_id, &own_part(entra))?;
    Ok(AppClient::new(client, Arc::new(ClientAssertion::new(Arc::new(FileAssertion::new(file))))))
}

/// What counts for managed identity. The authority is the one that the pod's variables name, whatever the program says.
fn own_part(options: &EntraOptions) -> EntraOptions {
    let mut own = EntraOptions::default()
        .with_disable_instance_discovery(options.disable_instance_discovery())
        .with_retry(options.retry().clone())
        .with_cache_capacity(options.cache_capacity())
        .with_refresh_mode(options.refresh_mode())
        .with_account_identifier_logging(options.logs_accounts())
        .with_support_logging(options.logs_for_support())
        .with_env(options.env().clone())
        .with_clock(options.clock().clone());
    if let Some(service) = options.http_service() {
        own = own.with_http_service(service.clone());
    }
    if let Some(name) = options.application_id() {
        own = own.with_application_id(name);
    }
    own
}

#[cfg(test)]
mod tests;
