mod token_proxy;

use std::path::PathBuf;
use std::sync::Arc;

use identity_core::{Env, Error, TokenCredential, TokenFuture, TokenRequestOptions, variables};
use identity_entra::assertion_source::FileAssertion;
use identity_entra::client::{AppClient, EntraClient};
use identity_entra::client_auth::ClientAssertion;
use identity_entra::options::EntraOptions;

use self::token_proxy::TokenProxy;

/// A program in Kubernetes: the cluster keeps a token about it in a file, and Entra ID trusts the cluster (Microsoft Entra Workload ID).
///
/// Everything it needs to know is in variables that the cluster sets. The file is read for each new token, so it may be rotated at any time,
/// and need not be there yet when the credential is made.
///
/// ```no_run
/// # use identity_app::WorkloadIdentityCredential;
/// let credential = WorkloadIdentityCredential::new(Default::default())?;
/// # Ok::<(), identity_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct WorkloadIdentityCredential(AppClient);

const NAME: &str = "WorkloadIdentityCredential";

/// What a [`WorkloadIdentityCredential`] can be told.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct WorkloadIdentityCredentialOptions {
    tenant_id: Option<String>,
    client_id: Option<String>,
    token_file: Option<PathBuf>,
    enable_azure_proxy: bool,
    entra: EntraOptions,
}

impl WorkloadIdentityCredentialOptions {
    /// The app's tenant. Default: `AZURE_TENANT_ID`.
    pub fn with_tenant_id(mut self, tenant_id: impl Into<String>) -> Self {
        self.tenant_id = Some(tenant_id.into());
        self
    }

    /// The app's id, which may be that of a user-assigned managed identity. Default: `AZURE_CLIENT_ID`.
    pub fn with_client_id(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// The file with the cluster's token. Default: `AZURE_FEDERATED_TOKEN_FILE`.
    pub fn with_token_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.token_file = Some(path.into());
        self
    }

    /// Sends token requests through the proxy that AKS provides for identity bindings, if the cluster names one: `AZURE_KUBERNETES_TOKEN_PROXY`
    /// is its https URL, `AZURE_KUBERNETES_SNI_NAME` the name in its certificate, and `AZURE_KUBERNETES_CA_FILE` (read again when it changes) or
    /// `AZURE_KUBERNETES_CA_DATA` whom to trust for it. Default: off, whatever these variables say.
    pub fn with_enable_azure_proxy(mut self, enable: bool) -> Self {
        self.enable_azure_proxy = enable;
        self
    }

    /// The options that all credentials of Entra ID have.
    pub fn with_entra(mut self, options: EntraOptions) -> Self {
        self.entra = options;
        self
    }
}

impl WorkloadIdentityCredential {
    /// The identity that the options name, else the environment. Nothing is read or sent before the first token is asked for, but the proxy's
    /// certificates.
    ///
    /// # Errors
    /// `CredentialUnavailable`, naming all that is missing, where tenant, client or file is neither an option nor in the environment;
    /// `InvalidArgument` for a value that can't be right.
    pub fn new(options: WorkloadIdentityCredentialOptions) -> Result<Self, Error> {
        let build = || {
            let settings = Settings::new(&options)?;
            let mut entra = options.entra;
            let proxy = match options.enable_azure_proxy {
                true => TokenProxy::from_env(entra.env())?,
                false => None,
            };
            if proxy.is_some() {
                // Nobody else can be reached from there, and the cluster names the authority.
                entra = entra.with_disable_instance_discovery(true);
            }
            let mut client = EntraClient::app(NAME, &settings.tenant_id, &settings.client_id, &entra)?;
            if let Some(proxy) = proxy {
                client = client.with_token_route(Arc::new(proxy));
            }
            let file = FileAssertion::new(settings.token_file);
            Ok(Self(AppClient::new(client, Arc::new(ClientAssertion::new(Arc::new(file))))))
        };
        build().map_err(|error: Error| error.with_credential(NAME))
    }
}

impl TokenCredential for WorkloadIdentityCredential {
    #[inline]
    fn get_token<'a>(&'a self, scopes: &'a [&'a str], options: &'a TokenRequestOptions) -> TokenFuture<'a> {
        self.0.get_token(scopes, options)
    }
}

/// Who the program is, once that is settled.
struct Settings {
    tenant_id: String,
    client_id: String,
    token_file: PathBuf,
}

impl Settings {
    fn new(options: &WorkloadIdentityCredentialOptions) -> Result<Self, Error> {
        use variables::{AZURE_CLIENT_ID, AZURE_FEDERATED_TOKEN_FILE, AZURE_TENANT_ID};
        let env: &Env = options.entra.env();
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let tenant_id = given(&options.tenant_id).or_else(|| env.get(AZURE_TENANT_ID));
        let client_id = given(&options.client_id).or_else(|| env.get(AZURE_CLIENT_ID));
        let token_file = options.token_file.clone().filter(|path| !path.as_os_str().is_empty());
        let token_file = token_file.or_else(|| env.get_os(AZURE_FEDERATED_TOKEN_FILE).map(PathBuf::from));
        if let (Some(tenant_id), Some(client_id), Some(token_file)) = (&tenant_id, &client_id, &token_file) {
            let (tenant_id, client_id, token_file) =
                (tenant_id.clone(), client_id.clone(), token_file.clone());
            return Ok(Self { tenant_id, client_id, token_file });
        }
        let missing: Vec<_> = [
            (tenant_id.is_none(), "the tenant id", AZURE_TENANT_ID),
            (client_id.is_none(), "the client id", AZURE_CLIENT_ID),
            (token_file.is_none(), "the token file", AZURE_FEDERATED_TOKEN_FILE),
        ]
        .into_iter()
        .filter(|(is_missing, ..)| *is_missing)
        .map(|(_, what, variable)| (format!("{what} ({variable})"), variable))
        .collect();
        let (missing, variables): (Vec<_>, Vec<_>) = missing.into_iter().unzip();
        let error = Error::unavailable(format!(
            "the workload identity is not fully configured; missing: {}. In AKS the webhook of workload identity sets these variables for pods \
             with the label azure.workload.identity/use, whose service account names the client id",
            missing.join(", ")
        ));
        Err(error.with_remedy(format!("set {}, in AKS by the label on the pod", variables.join(", "))))
    }
}

#[cfg(test)]
mod tests;
