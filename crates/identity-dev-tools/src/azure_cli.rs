use std::borrow::Cow;
use std::path::PathBuf;
use std::time::SystemTime;

use identity_core::{AccessToken, Env, Error, ErrorKind, TokenCredential, TokenFuture, TokenRequestOptions};
use identity_entra::process::ProcessRequest;
use serde::Deserialize;
use serde_json::Value;

use crate::answer::{Output, advise, describe, in_its_words, token, unexpected, unix};
use crate::local_time::parse_local;
use crate::options::{ToolOptions, tool_options};
use crate::tool::{Ask, Tool, ToolClient, base64_claims, resource};

/// Whoever has signed in to the Azure CLI with `az login`.
///
/// It takes exactly one scope. Each call runs `az`, unless [`with_token_reuse`](AzureCliCredentialOptions::with_token_reuse) is on; callers at the
/// same time share one run. A claims challenge is answered with the command that satisfies it, because only a person can run it. There is nothing
/// to close.
///
/// ```no_run
/// # use identity_dev_tools::AzureCliCredential;
/// let credential = AzureCliCredential::new(Default::default())?;
/// # Ok::<(), identity_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct AzureCliCredential(ToolClient<Az>);

/// The settings of [`AzureCliCredential`].
///
/// ```
/// # use std::time::Duration;
/// use identity_dev_tools::AzureCliCredentialOptions;
///
/// let options = AzureCliCredentialOptions::default()
///     .with_subscription("Engineering")
///     .with_process_timeout(Duration::from_secs(30));
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct AzureCliCredentialOptions {
    tool: ToolOptions,
    subscription: Option<String>,
}

tool_options!(AzureCliCredentialOptions);

impl AzureCliCredentialOptions {
    /// The subscription, by name or id, whose account is used. Default: the one that is active in the Azure CLI.
    pub fn with_subscription(mut self, subscription: impl Into<String>) -> Self {
        self.subscription = Some(subscription.into());
        self
    }
}

impl AzureCliCredential {
    /// A credential that runs `az`. Nothing is run or looked for before the first token is asked for.
    ///
    /// # Errors
    /// `InvalidArgument` for a tenant or a subscription that can't be one, a program that is no absolute path, and a timeout of zero.
    pub fn new(options: AzureCliCredentialOptions) -> Result<Self, Error> {
        let AzureCliCredentialOptions { tool, subscription } = options;
        let subscription = subscription.filter(|subscription| !subscription.is_empty());
        if let Some(subscription) = &subscription {
            accept_subscription(subscription).map_err(|error| error.with_credential(Az::CREDENTIAL))?;
        }
        Ok(Self(ToolClient::new(Az { subscription }, tool)?))
    }
}

impl TokenCredential for AzureCliCredential {
    /// # Errors
    /// - `InvalidArgument`: not exactly one scope, or one that can't be given to a tool.
    /// - `CredentialUnavailable`: `az` is not there, can't be run or does not finish, nobody is signed in, or claims were asked for.
    /// - `AuthenticationFailed`: `az` failed, or printed no token. In the default chain this is `CredentialUnavailable`.
    #[inline]
    fn get_token<'a>(&'a self, scopes: &'a [&'a str], options: &'a TokenRequestOptions) -> TokenFuture<'a> {
        self.0.get_token(scopes, options)
    }
}

#[derive(Debug)]
struct Az {
    subscription: Option<String>,
}

const SIGN_IN: &str = "Please run 'az login' to set up an account";

impl Tool for Az {
    const CREDENTIAL: &'static str = "AzureCliCredential";
    const NAME: &'static str = "Azure CLI";
    const PROGRAMS: &'static [&'static str] = &["az"];
    const NOT_FOUND: &'static str = "Azure CLI not found on path";
    const INSTALL: &'static str = "Install the Azure CLI and run 'az login'";

    fn profile(env: &Env) -> Vec<PathBuf> {
        azure_cli_profile(env)
    }

    fn command(&self, ask: &Ask, process: ProcessRequest) -> Result<ProcessRequest, Error> {
        let resource = resource(Self::CREDENTIAL, ask)?;
        if let Some(claims) = &ask.claims {
            return Err(claims_refused(ask, claims));
        }
        let mut process = process
            .with_args(["account", "get-access-token", "--output", "json", "--resource", resource.as_str()])
            .with_env("AZURE_CORE_NO_COLOR", "true");
        if !ask.tenant.is_empty() {
            process = process.with_args(["--tenant", ask.tenant.as_str()]);
        }
        if let Some(subscription) = &self.subscription {
            process = process.with_args(["--subscription", subscription.as_str()]);
        }
        Ok(process)
    }

    fn answer(&self, output: &Output, env: &Env) -> Result<AccessToken, Error> {
        let (unavailable, failed) = (ErrorKind::CredentialUnavailable, ErrorKind::AuthenticationFailed);
        if output.succeeded() {
            return parse(&output.stdout, env).ok_or_else(|| unexpected(Self::NAME, &output.stdout));
        }
        let signed_out = ["az login", "az account set"].iter().any(|words| output.stderr.contains(words));
        if output.is_not_found() {
            Err(advise(unavailable, Self::NOT_FOUND, Self::INSTALL))
        } else if signed_out && !output.stderr.contains("AADSTS") {
            Err(advise(unavailable, "Nobody is signed in to the Azure CLI", SIGN_IN))
        } else {
            Err(in_its_words(failed, Self::NAME, &output.stderr, "Failed to invoke Azure CLI"))
        }
    }
}

/// What `az account get-access-token` prints.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    #[serde(borrow)]
    access_token: Cow<'a, str>,
    /// Local time.
    #[serde(borrow, default)]
    expires_on: Option<Cow<'a, str>>,
    /// Since version 2.54, in seconds since 1970.
    #[serde(rename = "expires_on", default)]
    expires_on_unix: Option<Value>,
    #[serde(borrow, default)]
    tenant: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    token_type: Option<Cow<'a, str>>,
}

fn parse(output: &str, env: &Env) -> Option<AccessToken> {
    let answer: Answer<'_> = serde_json::from_str(output).ok()?;
    let expires_on = match &answer.expires_on_unix {
        Some(seconds) => unix_value(seconds)?,
        None => parse_local(answer.expires_on.as_deref()?, env)?,
    };
    let token = token(&answer.access_token, expires_on)?;
    Some(describe(token, answer.token_type.as_deref(), answer.tenant.as_deref()))
}

/// Seconds as a number or as text.
fn unix_value(seconds: &Value) -> Option<SystemTime> {
    match seconds {
        Value::String(text) => unix(text.trim().parse().ok()?),
        Value::Number(number) => {
            unix(number.as_i64().or_else(|| number.as_f64().map(|seconds| seconds as i64))?)
        }
        _ => None,
    }
}

/// The command that satisfies the claims. Everything in it has been checked or is base64, so it can be pasted into a shell.
fn claims_refused(ask: &Ask, claims: &str) -> Error {
    let mut command = format!("az login --claims-challenge {}", base64_claims(claims));
    if !ask.tenant.is_empty() {
        command.push_str(&format!(" --tenant {}", ask.tenant));
    }
    if let Some(scope) = ask.scopes.first() {
        command.push_str(&format!(" --scope {scope}"));
    }
    let what = "This credential doesn't support claims challenges";
    advise(
        ErrorKind::CredentialUnavailable,
        what,
        format!("Run '{command}' (Azure CLI 2.76 or later) and ask again"),
    )
}

fn accept_subscription(subscription: &str) -> Result<(), Error> {
    let fine = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b' ');
    if subscription.bytes().all(fine) && !subscription.starts_with('-') {
        return Ok(());
    }
    Err(Error::invalid_argument(format!(
        "invalid subscription '{}': a name or id may have letters, digits, '_', '-', '.' and spaces only, and must not begin with '-'",
        subscription.escape_debug()
    )))
}

/// The files of the Azure CLI in which it keeps who is signed in and to which cloud: a sign-in or -out writes the first.
pub(crate) fn azure_cli_profile(env: &Env) -> Vec<PathBuf> {
    let folder = env.get_os("AZURE_CONFIG_DIR").map(PathBuf::from);
    let Some(folder) = folder.or_else(|| Some(env.home_dir()?.join(".azure"))) else { return Vec::new() };
    ["azureProfile.json", "clouds.config", "config"].map(|name| folder.join(name)).into()
}

#[cfg(test)]
mod tests;
