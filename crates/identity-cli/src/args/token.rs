#![allow(
    rustdoc::broken_intra_doc_links,
    rustdoc::bare_urls,
    reason = "these comments are the help, as a person reads it"
)]

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use identity::{Secret, variables};

use super::{CredentialName, secret};
use crate::output::TokenOutput;
use crate::secrets::SecretOption;

/// The options of `azid token`. Those that only some credentials know are listed in `applies.rs`.
#[derive(Debug, clap::Args)]
pub(crate) struct TokenArgs {
    /// Whose token it is to be
    #[arg(value_enum, value_name = "CREDENTIAL")]
    pub(crate) credential: CredentialName,

    /// What the token is to be good for, such as https://management.azure.com/.default; may be given several times
    #[arg(long, value_name = "S", required = true)]
    pub(crate) scope: Vec<String>,

    /// The tenant: its id or one of its domain names [AZURE_TENANT_ID]
    #[arg(long, value_name = "T", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) tenant_id: Option<String>,
    /// The application's id in Entra ID [AZURE_CLIENT_ID]
    #[arg(long, value_name = "C", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) client_id: Option<String>,
    /// The host or URL of Entra ID, https only; http is accepted for loopback addresses [AZURE_AUTHORITY_HOST]
    #[arg(long, value_name = "H", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) authority_host: Option<String>,
    /// Trust the authority as it is given and ask no metadata service about it
    #[arg(long)]
    pub(crate) disable_instance_discovery: bool,
    /// A tenant that requests may name besides the credential's own, or `*` for all; may be given several times
    /// [AZURE_ADDITIONALLY_ALLOWED_TENANTS, separated by `;`]
    #[arg(long, value_name = "T", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) additionally_allowed_tenant: Vec<String>,

    /// Ask for a token of this tenant instead of the credential's own
    #[arg(long, value_name = "T", value_parser = NonEmptyStringValueParser::new(), help_heading = "This request")]
    pub(crate) request_tenant_id: Option<String>,
    /// The claims that a resource demanded in its challenge
    #[arg(long, value_name = "JSON", value_parser = NonEmptyStringValueParser::new(), help_heading = "This request")]
    pub(crate) claims: Option<String>,
    /// Ask for a token that can be revoked early (continuous access evaluation)
    #[arg(long, help_heading = "This request")]
    pub(crate) enable_cae: bool,
    /// The longest time for the whole request; fractions are fine
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true, help_heading = "This request")]
    pub(crate) timeout: Option<Duration>,
    /// How the token is printed [default: json when stdout is no terminal, else token]
    #[arg(long, value_enum, help_heading = "This request")]
    output: Option<TokenOutput>,
    /// Start the embedded emulator in this process, with an account for this credential, and use it
    #[arg(long, conflicts_with = "authority_host", help_heading = "This request")]
    pub(crate) emulator: bool,

    /// The secret of the application, or `-` for standard input [AZURE_CLIENT_SECRET]
    #[arg(long, value_name = "S", value_parser = secret, help_heading = "client-secret")]
    pub(crate) client_secret: Option<Secret>,

    /// The file with the certificate and its private key, PEM or PKCS#12 [AZURE_CLIENT_CERTIFICATE_PATH]
    #[arg(long, value_name = "P", help_heading = "client-certificate")]
    pub(crate) certificate_path: Option<PathBuf>,
    /// The password of that file, or `-` for standard input [AZURE_CLIENT_CERTIFICATE_PASSWORD]
    #[arg(long, value_name = "S", value_parser = secret, help_heading = "client-certificate")]
    pub(crate) certificate_password: Option<Secret>,
    /// Send the certificate and its issuers along, for apps that trust a subject name [AZURE_CLIENT_SEND_CERTIFICATE_CHAIN]
    #[arg(long, help_heading = "client-certificate")]
    pub(crate) send_certificate_chain: bool,

    /// The file with the assertion, read again for each token request
    #[arg(long, value_name = "P", help_heading = "client-assertion")]
    pub(crate) assertion_file: Option<PathBuf>,

    /// A member of the chain; may be given several times, in the order in which they are asked
    #[arg(long = "use", value_enum, value_name = "CREDENTIAL", help_heading = "chained")]
    pub(crate) members: Vec<CredentialName>,
}

impl TokenArgs {
    /// How the token is printed.
    pub(crate) fn output(&self) -> TokenOutput {
        let default = if io::stdout().is_terminal() { TokenOutput::Token } else { TokenOutput::Json };
        self.output.unwrap_or(default)
    }

    /// The options that take secrets.
    pub(crate) fn secrets(&mut self) -> Vec<SecretOption<'_>> {
        vec![
            SecretOption {
                flag: "--client-secret",
                variable: Some(variables::AZURE_CLIENT_SECRET),
                value: &mut self.client_secret,
            },
            SecretOption {
                flag: "--certificate-password",
                variable: Some(variables::AZURE_CLIENT_CERTIFICATE_PASSWORD),
                value: &mut self.certificate_password,
            },
        ]
    }
}

/// A time that is longer than nothing.
fn seconds(text: &str) -> Result<Duration, &'static str> {
    const WRONG: &str = "it must be a positive number of seconds";
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let seconds: f64 = text.parse().ok().filter(|_| plain).ok_or(WRONG)?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(time) if !time.is_zero() => Ok(time),
        _ => Err(WRONG),
    }
}
