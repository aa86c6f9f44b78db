//! The surroundings a program may find itself in, besides having an account.

use std::fmt;
use std::str::FromStr;

use crate::msi::path;
use crate::request::RecordedRequest;

/// Where a program believes to run: it finds out by variables, which [`Emulator::host_environment`](crate::Emulator::host_environment) gives.
///
/// As text they are in kebab-case: `app-service`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Host {
    /// A virtual machine, whose metadata service gives tokens. Its address can't be that of the real one, so the variable of pod identity names it.
    Imds,
    /// App Service and Functions, version 2019-08-01.
    AppService,
    /// Azure Machine Learning and older App Service, version 2017-09-01.
    AzureMl,
    /// A server that Azure Arc manages. It needs [a folder](crate::Machine::with_arc_folder) for its key files.
    AzureArc,
    /// A Service Fabric cluster. It needs [https](crate::EmulatorBuilder::with_https).
    ServiceFabric,
    /// Cloud Shell.
    CloudShell,
    /// A pod in AKS with a federated token. It needs [a file](crate::EmulatorBuilder::with_federated_token_file); with https there is the token
    /// proxy, too.
    Kubernetes,
    /// A job of GitHub Actions.
    GitHubActions,
    /// A job of Azure Pipelines.
    AzurePipelines,
    /// A virtual machine of Google Cloud, whose metadata service gives tokens about it.
    GoogleCloud,
}

impl Host {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Imds,
        Self::AppService,
        Self::AzureMl,
        Self::AzureArc,
        Self::ServiceFabric,
        Self::CloudShell,
        Self::Kubernetes,
        Self::GitHubActions,
        Self::AzurePipelines,
        Self::GoogleCloud,
    ];

    /// The name in kebab-case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Imds => "imds",
            Self::AppService => "app-service",
            Self::AzureMl => "azure-ml",
            Self::AzureArc => "azure-arc",
            Self::ServiceFabric => "service-fabric",
            Self::CloudShell => "cloud-shell",
            Self::Kubernetes => "kubernetes",
            Self::GitHubActions => "github-actions",
            Self::AzurePipelines => "azure-pipelines",
            Self::GoogleCloud => "google-cloud",
        }
    }

    /// Whose endpoint a request is for, however its path is spelled; none for Entra ID's, which a pod uses, too.
    pub fn of(request: &RecordedRequest) -> Option<Self> {
        let path = path::normal(request.path());
        Self::ALL.into_iter().find(|host| host.path() == Some(&path))
    }

    /// The one path of its endpoint.
    pub(crate) fn path(self) -> Option<&'static str> {
        Some(match self {
            Self::Imds => "/metadata/identity/oauth2/token",
            Self::AppService => "/msi/token",
            Self::AzureMl => "/MSI/auth",
            Self::AzureArc => "/arc/metadata/identity/oauth2/token",
            Self::ServiceFabric => "/fabric/metadata/identity/oauth2/token",
            Self::CloudShell => "/oauth2/token",
            Self::Kubernetes => return None,
            Self::GitHubActions => "/actions/idtoken",
            Self::AzurePipelines => "/pipelines/oidctoken",
            Self::GoogleCloud => "/computeMetadata/v1/instance/service-accounts/default/identity",
        })
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Host {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|host| host.as_str() == text).ok_or_else(|| {
            let all = Self::ALL.map(Self::as_str).join(", ");
            format!("'{text}' is no host that can be emulated; choose one of {all}")
        })
    }
}

#[cfg(test)]
mod tests;
