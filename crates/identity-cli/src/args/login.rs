use std::path::PathBuf;

use super::{CredentialArgs, CredentialName, RequestArgs};

/// The options of `azid login`.
#[derive(Debug, clap::Args)]
pub(crate) struct LoginArgs {
    /// How somebody is to sign in: interactive-browser, device-code or username-password
    #[arg(value_enum, value_name = "CREDENTIAL", hide_possible_values = true)]
    pub(crate) credential: CredentialName,
    /// What is to be allowed; may be given several times [default: the cloud's resource manager]
    #[arg(long, value_name = "S")]
    pub(crate) scope: Vec<String>,
    /// The file for the record of who signed in; there is no secret in it
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) authentication_record: PathBuf,
    #[command(flatten)]
    pub(crate) request: RequestArgs,
    #[command(flatten)]
    pub(crate) options: CredentialArgs,
}

/// What a person's credential can be told who has signed in before.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "People who have signed in")]
pub(crate) struct SignedInArgs {
    /// The record of who signed in, as `azid login` writes it
    #[arg(long, value_name = "FILE")]
    pub(crate) authentication_record: Option<PathBuf>,
    /// Ask nobody to sign in: where somebody must, end with status 4
    #[arg(long)]
    pub(crate) disable_automatic_authentication: bool,
}
