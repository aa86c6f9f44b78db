use super::CredentialArgs;
use clap::ValueEnum;

/// The options of `azid diagnose`.
#[derive(Debug, clap::Args)]
pub(crate) struct DiagnoseArgs {
    /// What a token is asked for; may be given several times [default: the cloud's resource manager]
    #[arg(long, value_name = "S")]
    pub(crate) scope: Vec<String>,
    /// How the findings are printed
    #[arg(long, value_enum, default_value_t = ReportOutput::Text)]
    pub(crate) output: ReportOutput,
    #[command(flatten)]
    pub(crate) options: CredentialArgs,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportOutput {
    /// For people
    Text,
    /// One object or list
    Json,
}
