use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use identity::{Secret, variables};

use super::{CredentialName, secret};
use crate::secrets::SecretOption;

/// The variable with the access token of a job in Azure Pipelines.
pub(crate) const SYSTEM_ACCESSTOKEN: &str = "SYSTEM_ACCESSTOKEN";

/// The options of credentials. Which credential knows which is in `applies.rs`.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "The credential")]
pub(crate) struct CredentialArgs {
    /// Start the embedded emulator in this process, with an account for this credential, and use it
    #[arg(long, conflicts_with = "authority_host")]
    pub(crate) emulator: bool,

    /// The longest time for the whole request; fractions are fine
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    pub(crate) timeout: Option<Duration>,

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

    /// The secret of the application, or `-` for standard input [AZURE_CLIENT_SECRET]
    #[arg(long, value_name = "S", value_parser = secret, help_heading = "client-secret, on-behalf-of, authorization-code")]
    pub(crate) client_secret: Option<Secret>,

    /// The file with the certificate and its private key, PEM or PKCS#12 [AZURE_CLIENT_CERTIFICATE_PATH]
    #[arg(long, value_name = "P", help_heading = "client-certificate, on-behalf-of")]
    pub(crate) certificate_path: Option<PathBuf>,
    /// The password of that file, or `-` for standard input [AZURE_CLIENT_CERTIFICATE_PASSWORD]
    #[arg(long, value_name = "S", value_parser = secret, help_heading = "client-certificate, on-behalf-of")]
    pub(crate) certificate_password: Option<Secret>,
    /// Send the certificate and its issuers along, for apps that trust a subject name [AZURE_CLIENT_SEND_CERTIFICATE_CHAIN]
    #[arg(long, help_heading = "client-certificate, on-behalf-of")]
    pub(crate) send_certificate_chain: bool,

    /// The file with the assertion, read again for each token request
    #[arg(long, value_name = "P", help_heading = "client-assertion, on-behalf-of")]
    pub(crate) assertion_file: Option<PathBuf>,

    /// The file with the access token that a user called the application with
    #[arg(long, value_name = "P", help_heading = "on-behalf-of")]
    pub(crate) user_assertion_file: Option<PathBuf>,

    /// The file with the token that a cluster keeps about its pod, read again for each token request [AZURE_FEDERATED_TOKEN_FILE]
    #[arg(long, value_name = "P", help_heading = "workload-identity")]
    pub(crate) token_file: Option<PathBuf>,
    /// Ask through the token proxy of AKS, if the cluster names one
    #[arg(long, help_heading = "workload-identity")]
    pub(crate) enable_azure_proxy: bool,

    /// The id of the service connection
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new(), help_heading = "azure-pipelines")]
    pub(crate) service_connection_id: Option<String>,
    /// The access token of the job, or `-` for standard input [SYSTEM_ACCESSTOKEN]
    #[arg(long, value_name = "S", value_parser = secret, help_heading = "azure-pipelines")]
    pub(crate) system_access_token: Option<Secret>,

    /// The object id of a user-assigned identity
    #[arg(long, value_name = "O", value_parser = NonEmptyStringValueParser::new(), help_heading = "managed-identity, default")]
    pub(crate) object_id: Option<String>,
    /// The resource id of a user-assigned identity
    #[arg(long, value_name = "R", value_parser = NonEmptyStringValueParser::new(), help_heading = "managed-identity, default")]
    pub(crate) resource_id: Option<String>,
    /// A user-assigned identity, by what the host calls it, such as principal_id=ID
    #[arg(long, value_name = "KEY=VALUE", value_parser = NonEmptyStringValueParser::new(), help_heading = "managed-identity, default")]
    pub(crate) identity_config: Option<String>,

    /// The longest time for one run of the tool [default: 10]
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true, help_heading = "azure-cli, azure-developer-cli, azure-powershell")]
    pub(crate) process_timeout: Option<Duration>,
    /// The subscription, by name or id, whose account is used
    #[arg(long, value_name = "S", value_parser = NonEmptyStringValueParser::new(), help_heading = "azure-cli")]
    pub(crate) subscription: Option<String>,

    /// A member that the chain is to leave out; may be given several times
    #[arg(
        long,
        value_enum,
        value_name = "CREDENTIAL",
        hide_possible_values = true,
        help_heading = "default"
    )]
    pub(crate) exclude: Vec<CredentialName>,
    /// Ask somebody to sign in with a browser where nobody else has a token
    #[arg(long, help_heading = "default")]
    pub(crate) include_interactive_browser: bool,

    /// A member of the chain; may be given several times, in the order in which they are asked
    #[arg(
        long = "use",
        value_enum,
        value_name = "CREDENTIAL",
        hide_possible_values = true,
        help_heading = "chained"
    )]
    pub(crate) members: Vec<CredentialName>,

    /// The name of the user [AZURE_USERNAME]
    #[arg(long, value_name = "U", value_parser = NonEmptyStringValueParser::new(), help_heading = "username-password")]
    pub(crate) username: Option<String>,
    /// The password of the user, or `-` for standard input [AZURE_PASSWORD]
    #[arg(long, value_name = "S", value_parser = secret, help_heading = "username-password")]
    pub(crate) password: Option<Secret>,

    /// The code that the application got when somebody signed in, or `-` for standard input
    #[arg(long, value_name = "S", value_parser = secret, help_heading = "authorization-code")]
    pub(crate) authorization_code: Option<Secret>,
    /// The address that the code was sent to, or that the browser comes back to
    #[arg(long, value_name = "U", value_parser = NonEmptyStringValueParser::new(), help_heading = "authorization-code, interactive-browser")]
    pub(crate) redirect_uri: Option<String>,

    /// The user name that the sign-in page starts with
    #[arg(long, value_name = "U", value_parser = NonEmptyStringValueParser::new(), help_heading = "interactive-browser")]
    pub(crate) login_hint: Option<String>,
    /// The program that opens the sign-in page, given its address; `print` only prints the address [default: the system's browser]
    #[arg(long, value_name = "CMD", help_heading = "interactive-browser")]
    pub(crate) browser: Option<OsString>,
}

impl CredentialArgs {
    /// Who may be asked for a token by this credential, as far as that makes a difference to the emulator.
    pub(crate) fn asked_by(&self, credential: CredentialName) -> Vec<CredentialName> {
        let mut asked = [&[credential], &self.members[..]].concat();
        // Its first member always has a token there.
        if asked.contains(&CredentialName::Default) && self.exclude.contains(&CredentialName::Environment) {
            asked.push(CredentialName::AzureCli);
        }
        asked
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
            SecretOption {
                flag: "--password",
                variable: Some(variables::AZURE_PASSWORD),
                value: &mut self.password,
            },
            SecretOption {
                flag: "--system-access-token",
                variable: Some(SYSTEM_ACCESSTOKEN),
                value: &mut self.system_access_token,
            },
            SecretOption {
                flag: "--authorization-code",
                variable: None,
                value: &mut self.authorization_code,
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
