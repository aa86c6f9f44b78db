use clap::ValueEnum;

/// The credentials by the names that they have on the command line: the class in kebab-case without `Credential`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CredentialName {
    /// Whatever is right where this runs
    Default,
    /// What environment variables describe
    Environment,
    /// The credentials named with --use, one after the other
    Chained,
    /// A program in Kubernetes, by the token that the cluster keeps about it
    WorkloadIdentity,
    /// A machine's own identity, or one that was assigned to it
    ManagedIdentity,
    /// An app with a secret
    ClientSecret,
    /// An app with a certificate
    ClientCertificate,
    /// An app with an assertion that somebody else keeps in a file
    ClientAssertion,
    /// A job in Azure Pipelines, by its service connection
    AzurePipelines,
    /// An application that calls on for the user who called it
    OnBehalfOf,
    /// Somebody who signed in to an application that got the authorization code itself
    AuthorizationCode,
    /// Somebody whose password is known; discouraged
    UsernamePassword,
    /// Somebody who signs in with the browser of this machine
    InteractiveBrowser,
    /// Somebody who signs in at another device
    DeviceCode,
    /// Whoever is signed in with the Azure CLI
    AzureCli,
    /// Whoever is signed in with the Azure Developer CLI
    AzureDeveloperCli,
    /// Whoever is signed in with Azure PowerShell
    #[value(name = "azure-powershell")]
    AzurePowerShell,
}

impl CredentialName {
    /// The credential of a class.
    pub(crate) fn of_class(class: &str) -> Option<Self> {
        Self::value_variants().iter().copied().find(|name| name.class() == class)
    }

    /// The name of the class, which errors and tokens carry.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Default => "DefaultAzureCredential",
            Self::Environment => "EnvironmentCredential",
            Self::Chained => "ChainedTokenCredential",
            Self::WorkloadIdentity => "WorkloadIdentityCredential",
            Self::ManagedIdentity => "ManagedIdentityCredential",
            Self::ClientSecret => "ClientSecretCredential",
            Self::ClientCertificate => "CertificateCredential",
            Self::ClientAssertion => "ClientAssertionCredential",
            Self::AzurePipelines => "AzurePipelinesCredential",
            Self::OnBehalfOf => "OnBehalfOfCredential",
            Self::AuthorizationCode => "AuthorizationCodeCredential",
            Self::UsernamePassword => "UsernamePasswordCredential",
            Self::InteractiveBrowser => "InteractiveBrowserCredential",
            Self::DeviceCode => "DeviceCodeCredential",
            Self::AzureCli => "AzureCliCredential",
            Self::AzureDeveloperCli => "AzureDeveloperCliCredential",
            Self::AzurePowerShell => "AzurePowerShellCredential",
        }
    }

    /// Whether it asks a developer's tool.
    pub(crate) fn asks_a_tool(self) -> bool {
        matches!(self, Self::AzureCli | Self::AzureDeveloperCli | Self::AzurePowerShell)
    }

    /// Whether its time is spent waiting for somebody to sign in.
    pub(crate) fn waits_for_a_person(self) -> bool {
        matches!(self, Self::InteractiveBrowser | Self::DeviceCode)
    }

    /// The name on the command line.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}
