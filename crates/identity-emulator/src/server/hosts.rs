//! What a running emulator says about the hosts it plays.

use crate::host::Host;
use crate::msi::Machine;
use crate::oidc::DEFAULT_SERVICE_CONNECTION_ID;
use crate::router::TOKEN_PROXY;
use crate::sync::{read, write};
use crate::tls::TOKEN_PROXY_NAME;

use super::Emulator;

impl Emulator {
    /// The variables that make a program believe that it runs on a host, which the emulator plays then; none when the host needs something that
    /// the emulator was not given, as [`Host`] says.
    ///
    /// They stand for themselves: those of [`environment`](Self::environment) are about an account. For jobs and other clouds, the tenant and
    /// the client id of an app that trusts them are among them.
    pub fn host_environment(&self, host: Host) -> Option<Vec<(&'static str, String)>> {
        let secrets = &self.shared.entra.hosts.secrets;
        let endpoint = format!("{}{}", self.http_url(), host.path().unwrap_or_default());
        Some(match host {
            Host::Imds => vec![("AZURE_POD_IDENTITY_AUTHORITY_HOST", self.http_url())],
            Host::AppService => {
                vec![("IDENTITY_ENDPOINT", endpoint), ("IDENTITY_HEADER", secrets.app_service.clone())]
            }
            Host::AzureMl => vec![("MSI_ENDPOINT", endpoint), ("MSI_SECRET", secrets.azure_ml.clone())],
            Host::AzureArc => {
                read(&self.shared.entra.hosts.machine).arc_folder.as_ref()?;
                vec![("IDENTITY_ENDPOINT", endpoint), ("IMDS_ENDPOINT", self.http_url())]
            }
            Host::ServiceFabric => {
                let https = self.https.as_ref()?;
                let endpoint = format!("https://{}{}", https.address, host.path().unwrap_or_default());
                vec![
                    ("IDENTITY_ENDPOINT", endpoint),
                    ("IDENTITY_HEADER", secrets.service_fabric.clone()),
                    ("IDENTITY_SERVER_THUMBPRINT", https.thumbprint.clone()),
                ]
            }
            Host::CloudShell => vec![("MSI_ENDPOINT", endpoint)],
            Host::Kubernetes => {
                let file = self.federated_token_file.as_ref()?;
                let mut variables = self.app_environment();
                variables.push(("AZURE_FEDERATED_TOKEN_FILE", file.display().to_string()));
                if let Some(https) = &self.https {
                    let proxy = format!("https://{}/{TOKEN_PROXY}", https.address);
                    variables.push(("AZURE_KUBERNETES_TOKEN_PROXY", proxy));
                    variables.push(("AZURE_KUBERNETES_SNI_NAME", TOKEN_PROXY_NAME.to_owned()));
                    variables.push(("AZURE_KUBERNETES_CA_DATA", https.ca_pem.clone()));
                }
                variables
            }
            Host::GitHubActions => {
                let mut variables = self.app_environment();
                variables.push(("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{endpoint}?api-version=2.0")));
                variables.push(("ACTIONS_ID_TOKEN_REQUEST_TOKEN", secrets.github_actions.clone()));
                variables
            }
            Host::AzurePipelines => {
                let mut variables = self.app_environment();
                variables.push(("SYSTEM_OIDCREQUESTURI", endpoint));
                variables.push(("SYSTEM_ACCESSTOKEN", secrets.azure_pipelines.clone()));
                variables.push((
                    "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
                    DEFAULT_SERVICE_CONNECTION_ID.to_owned(),
                ));
                variables
            }
            Host::GoogleCloud => {
                let mut variables = self.app_environment();
                variables.push(("GCE_METADATA_HOST", self.http.to_string()));
                variables
            }
        })
    }

    /// Changes the machine that managed identities belong to, while it runs.
    pub fn change_machine<T>(&self, change: impl FnOnce(&mut Machine) -> T) -> T {
        change(&mut write(&self.shared.entra.hosts.machine))
    }

    /// The default app, which has nothing to prove itself with here but what its host gives it.
    fn app_environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AZURE_AUTHORITY_HOST", self.authority_host()),
            ("AZURE_TENANT_ID", self.account.tenant_id.clone()),
            ("AZURE_CLIENT_ID", self.account.client_id.clone()),
        ]
    }
}

#[cfg(test)]
mod tests;
