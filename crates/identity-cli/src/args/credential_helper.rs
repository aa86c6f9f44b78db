use std::convert::Infallible;

use clap::Subcommand;

use super::{CredentialArgs, CredentialName, SignedInArgs};

/// Programs that ask helpers for credentials.
#[derive(Debug, Subcommand)]
pub(crate) enum CredentialHelper {
    /// For git and Azure DevOps: `git config --global credential.https://dev.azure.com.helper '!azid credential-helper git'`
    ///
    /// It answers for dev.azure.com and visualstudio.com over https, and leaves all other hosts to other helpers.
    Git(HelperArgs<GitAction>),
    /// For docker and Azure Container Registry: a program docker-credential-azid that runs `azid credential-helper docker "$@"`
    ///
    /// It answers for registries under azurecr.io, azurecr.cn and azurecr.us, and knows no others.
    Docker(HelperArgs<DockerAction>),
}

/// The options of a helper. The program that calls it adds the action.
#[derive(Debug, clap::Args)]
pub(crate) struct HelperArgs<A: Action> {
    /// What the program wants done
    #[arg(value_name = "ACTION", value_parser = A::parse)]
    pub(crate) action: A,
    /// Whose token it is to be
    #[arg(long, value_enum, value_name = "CREDENTIAL", hide_possible_values = true, default_value_t = CredentialName::Default)]
    pub(crate) credential: CredentialName,
    #[command(flatten)]
    pub(crate) options: CredentialArgs,
    #[command(flatten)]
    pub(crate) signed_in: SignedInArgs,
}

/// What a program wants done. What is not known is ignored, as these protocols demand.
pub(crate) trait Action: Clone + Send + Sync + 'static {
    /// By its word.
    fn parse(word: &str) -> Result<Self, Infallible>;
}

/// What git asks for (git-credential(1)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GitAction {
    /// Give a credential.
    Get,
    /// Say what is understood.
    Capability,
    /// Keep one, forget one: tokens are not kept.
    Other,
}

/// What docker asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DockerAction {
    /// Give a credential.
    Get,
    /// List the registries with credentials.
    List,
    /// Keep one, forget one: tokens are not kept.
    Other,
}

impl Action for GitAction {
    fn parse(word: &str) -> Result<Self, Infallible> {
        Ok(match word {
            "get" => Self::Get,
            "capability" => Self::Capability,
            _ => Self::Other,
        })
    }
}

impl Action for DockerAction {
    fn parse(word: &str) -> Result<Self, Infallible> {
        Ok(match word {
            "get" => Self::Get,
            "list" => Self::List,
            _ => Self::Other,
        })
    }
}

impl CredentialHelper {
    pub(super) fn credential_and_options(&self) -> (CredentialName, &CredentialArgs) {
        match self {
            Self::Git(args) => (args.credential, &args.options),
            Self::Docker(args) => (args.credential, &args.options),
        }
    }
}
