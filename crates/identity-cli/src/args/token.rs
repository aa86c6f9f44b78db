#![allow(
    rustdoc::broken_intra_doc_links,
    rustdoc::bare_urls,
    reason = "these comments are the help, as a person reads it"
)]

use std::io::{self, IsTerminal as _};

use super::{CredentialArgs, CredentialName, RequestArgs, SignedInArgs};
use crate::output::TokenOutput;

/// The options of `azid token`.
#[derive(Debug, clap::Args)]
pub(crate) struct TokenArgs {
    /// Whose token it is to be
    #[arg(value_enum, value_name = "CREDENTIAL", default_value_t = CredentialName::Default)]
    pub(crate) credential: CredentialName,
    /// What the token is to be good for, such as https://management.azure.com/.default; may be given several times
    #[arg(long, value_name = "S", required = true)]
    pub(crate) scope: Vec<String>,
    /// How the token is printed [default: json when stdout is no terminal, else token]
    #[arg(long, value_enum)]
    output: Option<TokenOutput>,
    #[command(flatten)]
    pub(crate) request: RequestArgs,
    #[command(flatten)]
    pub(crate) options: CredentialArgs,
    #[command(flatten)]
    pub(crate) signed_in: SignedInArgs,
}

impl TokenArgs {
    /// How the token is printed.
    pub(crate) fn output(&self) -> TokenOutput {
        let default = if io::stdout().is_terminal() { TokenOutput::Token } else { TokenOutput::Json };
        self.output.unwrap_or(default)
    }
}
