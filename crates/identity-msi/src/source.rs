//! The hosts that have managed identities: which one this is, and how each is asked.

mod answer;
mod app_service;
mod azure_arc;
mod azure_ml;
mod cloud_shell;
mod endpoint;
mod imds;
mod service_fabric;
mod token_exchange;

use std::sync::Arc;
use std::time::SystemTime;

use identity_core::{AccessToken, Env, Error, variables};
use identity_entra::client::AppClient;
use identity_entra::oauth::TokenResponse;

use self::app_service::AppService;
use self::azure_arc::AzureArc;
use self::azure_ml::AzureMl;
use self::cloud_shell::CloudShell;
use self::imds::Imds;
use self::service_fabric::ServiceFabric;
use crate::ManagedIdentityCredentialOptions;

/// What the environment says about where the program runs.
#[derive(Debug)]
pub(crate) enum Found {
    /// On a host that gives tokens.
    Host(Arc<Source>),
    /// In a pod that has a token to exchange with Entra ID.
    Exchange(AppClient),
}

/// A host that gives tokens.
#[derive(Debug)]
pub(crate) enum Source {
    ServiceFabric(ServiceFabric),
    AppService(AppService),
    AzureArc(AzureArc),
    AzureMl(AzureMl),
    CloudShell(CloudShell),
    Imds(Imds),
    /// A host that says it has an endpoint, but not what kind.
    Unknown,
}

/// What a host is asked for.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) resource: &'a str,
    /// The cached token that a resource no longer accepts.
    pub(crate) refused: Option<&'a AccessToken>,
    pub(crate) requested_at: SystemTime,
}

const IDENTITY_ENDPOINT: &str = "IDENTITY_ENDPOINT";
const IDENTITY_HEADER: &str = "IDENTITY_HEADER";
const IDENTITY_SERVER_THUMBPRINT: &str = "IDENTITY_SERVER_THUMBPRINT";
const IMDS_ENDPOINT: &str = "IMDS_ENDPOINT";
const MSI_ENDPOINT: &str = "MSI_ENDPOINT";
const MSI_SECRET: &str = "MSI_SECRET";

impl Found {
    /// Where the program runs, in the order in which all Azure SDKs look.
    ///
    /// # Errors
    /// `InvalidArgument` for a variable whose value makes no sense and for an identity that the host can't honour; the latter is
    /// `AuthenticationFailed` in Service Fabric.
    pub(crate) fn from_options(options: &ManagedIdentityCredentialOptions) -> Result<Self, Error> {
        let env = options.entra_options().env();
        let is_set = |name: &str| env.get_os(name).is_some();
        let source = if is_set(IDENTITY_ENDPOINT) {
            match (is_set(IDENTITY_HEADER), is_set(IDENTITY_SERVER_THUMBPRINT), is_set(IMDS_ENDPOINT)) {
                (true, true, _) => Source::ServiceFabric(ServiceFabric::new(options)?),
                (true, false, _) => Source::AppService(AppService::new(options)?),
                (false, _, true) => Source::AzureArc(AzureArc::from_env(options)?),
                (false, _, false) => Source::Unknown,
            }
        } else if is_set(MSI_ENDPOINT) {
            match is_set(MSI_SECRET) {
                true => Source::AzureMl(AzureMl::new(options)?),
                false => Source::CloudShell(CloudShell::new(options)?),
            }
        } else if has_federated_token(env) {
            return token_exchange::new(options).map(Self::Exchange);
        } else if let Some(arc) = AzureArc::of_agent(options)? {
            Source::AzureArc(arc)
        } else {
            Source::Imds(Imds::new(options)?)
        };
        Ok(Self::Host(Arc::new(source)))
    }

    /// The host's name, for people.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Host(source) => source.name(),
            Self::Exchange(_) => token_exchange::HOST,
        }
    }
}

impl Source {
    fn name(&self) -> &'static str {
        match self {
            Self::ServiceFabric(_) => service_fabric::HOST,
            Self::AppService(_) => app_service::HOST,
            Self::AzureArc(_) => azure_arc::HOST,
            Self::AzureMl(_) => azure_ml::HOST,
            Self::CloudShell(_) => cloud_shell::HOST,
            Self::Imds(_) => imds::HOST,
            Self::Unknown => "unknown",
        }
    }

    /// IMDS, as long as nobody knows whether it is there.
    pub(crate) fn unproved_imds(&self) -> Option<&Imds> {
        match self {
            Self::Imds(imds) if !imds.is_proved() => Some(imds),
            _ => None,
        }
    }

    /// # Errors
    /// `CredentialUnavailable` where the host does not answer or has no such identity, `AuthenticationFailed` where its answer makes no sense.
    pub(crate) async fn request_token(&self, ask: &Ask<'_>) -> Result<TokenResponse, Error> {
        match self {
            Self::ServiceFabric(host) => host.request_token(ask).await,
            Self::AppService(host) => host.request_token(ask).await,
            Self::AzureArc(host) => host.request_token(ask).await,
            Self::AzureMl(host) => host.request_token(ask).await,
            Self::CloudShell(host) => host.request_token(ask).await,
            Self::Imds(host) => host.request_token(ask).await,
            Self::Unknown => Err(Error::unavailable(
                "no managed identity endpoint found: IDENTITY_ENDPOINT is set, but neither IDENTITY_HEADER (App Service, Service Fabric) nor \
                 IMDS_ENDPOINT (Azure Arc); set what the host needs, or unset IDENTITY_ENDPOINT on a virtual machine",
            )),
        }
    }
}

fn has_federated_token(env: &Env) -> bool {
    use variables::{AZURE_AUTHORITY_HOST, AZURE_FEDERATED_TOKEN_FILE, AZURE_TENANT_ID};
    [AZURE_AUTHORITY_HOST, AZURE_TENANT_ID, AZURE_FEDERATED_TOKEN_FILE]
        .iter()
        .all(|name| env.get_os(name).is_some())
}

#[cfg(test)]
mod tests;
