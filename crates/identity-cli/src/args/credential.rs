use clap::ValueEnum;

/// The credentials by the names that they have on the command line: the class in kebab-case without `Credential`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CredentialName {
    /// What environment variables describe
    Environment,
    /// The credentials named with --use, one after the other
    Chained,
    /// An app with a secret
    ClientSecret,
    /// An app with a certificate
    ClientCertificate,
    /// An app with an assertion that somebody else keeps in a file
    ClientAssertion,
}

impl CredentialName {
    /// The name of the class, which errors and tokens carry.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Environment => "EnvironmentCredential",
            Self::Chained => "ChainedTokenCredential",
            Self::ClientSecret => "ClientSecretCredential",
            Self::ClientCertificate => "CertificateCredential",
            Self::ClientAssertion => "ClientAssertionCredential",
        }
    }

    /// The name on the command line.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}
