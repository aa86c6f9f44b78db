use std::borrow::Cow;
use std::path::PathBuf;

use identity_core::{AccessToken, Env, Error, ErrorKind, TokenCredential, TokenFuture, TokenRequestOptions};
use identity_entra::process::ProcessRequest;
use serde::Deserialize;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::answer::{Output, advise, in_its_words, token, unexpected, unix};
use crate::azure_cli::azure_cli_profile;
use crate::options::{ToolOptions, tool_options};
use crate::tool::{Ask, Tool, ToolClient, base64_claims};

/// Whoever has signed in to the Azure Developer CLI with `azd auth login`.
///
/// Each call runs `azd`, unless [`with_token_reuse`](AzureDeveloperCliCredentialOptions::with_token_reuse) is on; callers at the same time share
/// one run. The claims of a challenge are handed to `azd` (1.18.1 or later). There is nothing to close.
///
/// ```no_run
/// # use identity_dev_tools::AzureDeveloperCliCredential;
/// let credential = AzureDeveloperCliCredential::new(Default::default())?;
/// # Ok::<(), identity_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct AzureDeveloperCliCredential(ToolClient<Azd>);

/// The settings of [`AzureDeveloperCliCredential`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct AzureDeveloperCliCredentialOptions {
    tool: ToolOptions,
}

tool_options!(AzureDeveloperCliCredentialOptions);

impl AzureDeveloperCliCredential {
    /// A credential that runs `azd`. Nothing is run or looked for before the first token is asked for.
    ///
    /// # Errors
    /// `InvalidArgument` for a tenant that can't be one, a program that is no absolute path, and a timeout of zero.
    pub fn new(options: AzureDeveloperCliCredentialOptions) -> Result<Self, Error> {
        Ok(Self(ToolClient::new(Azd, options.tool)?))
    }
}

impl TokenCredential for AzureDeveloperCliCredential {
    /// # Errors
    /// - `InvalidArgument`: no scope, or one that can't be given to a tool.
    /// - `CredentialUnavailable`: `azd` is not there, can't be run, does not finish or is too old for claims, or nobody is signed in.
    /// - `AuthenticationFailed`: `azd` failed, or printed no token. In the default chain this is `CredentialUnavailable`.
    #[inline]
    fn get_token<'a>(&'a self, scopes: &'a [&'a str], options: &'a TokenRequestOptions) -> TokenFuture<'a> {
        self.0.get_token(scopes, options)
    }
}

#[derive(Debug)]
struct Azd;

const SIGN_IN: &str = "Please run 'azd auth login' to set up an account";
const SIGNED_OUT: &str = "not logged in, run `azd auth login` to login";
const UPDATE: &str = "Please update to version 1.18.1 or later";

impl Tool for Azd {
    const CREDENTIAL: &'static str = "AzureDeveloperCliCredential";
    const NAME: &'static str = "Azure Developer CLI";
    const PROGRAMS: &'static [&'static str] = &["azd"];
    const NOT_FOUND: &'static str = "Azure Developer CLI could not be found";
    const INSTALL: &'static str = "Install the Azure Developer CLI and run 'azd auth login'";

    /// azd can be told (`azd config set auth.useAzCliAuth true`) to use the Azure CLI's account.
    fn profile(env: &Env) -> Vec<PathBuf> {
        let folder = env.get_os("AZD_CONFIG_DIR").map(PathBuf::from);
        let folder = folder.or_else(|| Some(env.home_dir()?.join(".azd")));
        let own =
            folder.into_iter().flat_map(|folder| ["auth.json", "config.json"].map(|name| folder.join(name)));
        own.chain(azure_cli_profile(env)).collect()
    }

    fn command(&self, ask: &Ask, process: ProcessRequest) -> Result<ProcessRequest, Error> {
        let mut process = process
            .with_args(["auth", "token", "--output", "json", "--no-prompt"])
            .with_env("NO_COLOR", "true");
        for scope in &ask.scopes {
            process = process.with_args(["--scope", scope.as_str()]);
        }
        if !ask.tenant.is_empty() {
            process = process.with_args(["--tenant-id", ask.tenant.as_str()]);
        }
        if let Some(claims) = &ask.claims {
            process = process.with_args(["--claims", base64_claims(claims).as_str()]);
        }
        Ok(process)
    }

    fn answer(&self, output: &Output, _: &Env) -> Result<AccessToken, Error> {
        let (unavailable, failed) = (ErrorKind::CredentialUnavailable, ErrorKind::AuthenticationFailed);
        if output.succeeded() {
            return parse(&output.stdout).ok_or_else(|| unexpected(Self::NAME, &output.stdout));
        }
        if output.is_not_found() {
            Err(advise(unavailable, Self::NOT_FOUND, Self::INSTALL))
        } else if output.says(SIGNED_OUT) && !output.says("AADSTS") {
            Err(advise(unavailable, "Nobody is signed in to the Azure Developer CLI", SIGN_IN))
        } else if output.says("unknown flag: --claims") {
            let what = "This version of the Azure Developer CLI doesn't support claims challenges";
            Err(advise(unavailable, what, UPDATE))
        } else {
            Err(in_its_words(failed, Self::NAME, &words(output), "Failed to invoke Azure Developer CLI"))
        }
    }
}

/// What `azd auth token` prints.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    #[serde(borrow)]
    token: Cow<'a, str>,
    /// With its zone, which is UTC.
    #[serde(borrow)]
    expires_on: Cow<'a, str>,
}

fn parse(output: &str) -> Option<AccessToken> {
    let answer: Answer<'_> = serde_json::from_str(output).ok()?;
    let expires_on: jiff::Timestamp = answer.expires_on.trim().parse().ok()?;
    token(&answer.token, unix(expires_on.as_second())?)
}

/// azd's own sentence, which newer versions (1.23.7) print as `{"error": "..."}` and older ones as a message for the console. Both come as lines of
/// JSON, on either output, among others.
fn words(output: &Output) -> Zeroizing<String> {
    let lines = || [&output.stdout, &output.stderr].into_iter().flat_map(|text| text.lines());
    let values = || lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let text =
        |value: Option<&Value>| Some(value?.as_str()?.trim().to_owned()).filter(|text| !text.is_empty());
    let error = values().find_map(|line| text(line.get("error")));
    let message = error.or_else(|| values().find_map(|line| text(line.get("data")?.get("message"))));
    Zeroizing::new(message.unwrap_or_else(|| output.stderr.to_string()))
}

#[cfg(test)]
mod tests;
