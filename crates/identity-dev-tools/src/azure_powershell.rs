mod script;

use std::path::PathBuf;

use identity_core::{AccessToken, Env, Error, ErrorKind, TokenCredential, TokenFuture, TokenRequestOptions};
use identity_entra::process::ProcessRequest;

use self::script::{MARK, NO_MODULE, encoded_script, plain};
use crate::answer::{Output, advise, in_its_words, token, unexpected, unix};
use crate::options::{ToolOptions, tool_options};
use crate::tool::{Ask, Tool, ToolClient, base64_claims, resource};

/// Whoever has signed in to Azure PowerShell with `Connect-AzAccount`.
///
/// It takes exactly one scope. Each call runs `pwsh` (on Windows, without it, `powershell`), unless
/// [`with_token_reuse`](AzurePowerShellCredentialOptions::with_token_reuse) is on; callers at the same time share one run. A claims challenge is
/// answered with the command that satisfies it, because only a person can run it. There is nothing to close.
///
/// ```no_run
/// # use identity_dev_tools::AzurePowerShellCredential;
/// let credential = AzurePowerShellCredential::new(Default::default())?;
/// # Ok::<(), identity_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct AzurePowerShellCredential(ToolClient<PowerShell>);

/// The settings of [`AzurePowerShellCredential`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct AzurePowerShellCredentialOptions {
    tool: ToolOptions,
}

tool_options!(AzurePowerShellCredentialOptions);

impl AzurePowerShellCredential {
    /// A credential that runs PowerShell. Nothing is run or looked for before the first token is asked for.
    ///
    /// # Errors
    /// `InvalidArgument` for a tenant that can't be one, a program that is no absolute path, and a timeout of zero.
    pub fn new(options: AzurePowerShellCredentialOptions) -> Result<Self, Error> {
        Ok(Self(ToolClient::new(PowerShell, options.tool)?))
    }
}

impl TokenCredential for AzurePowerShellCredential {
    /// # Errors
    /// - `InvalidArgument`: not exactly one scope, or one that can't be given to a tool.
    /// - `CredentialUnavailable`: PowerShell or its module Az.Accounts is not there, can't be run or does not finish, fails, nobody is signed in, or
    ///   claims were asked for.
    /// - `AuthenticationFailed`: it printed no token. In the default chain this is `CredentialUnavailable`.
    #[inline]
    fn get_token<'a>(&'a self, scopes: &'a [&'a str], options: &'a TokenRequestOptions) -> TokenFuture<'a> {
        self.0.get_token(scopes, options)
    }
}

#[derive(Debug)]
struct PowerShell;

const SIGN_IN: &str = "Please run \"Connect-AzAccount\" to set up account";
const SIGNED_OUT: &str = "Run Connect-AzAccount to login";
const BLOCKED: &str = "AuthorizationManager check failed";

impl Tool for PowerShell {
    const CREDENTIAL: &'static str = "AzurePowerShellCredential";
    const NAME: &'static str = "PowerShell";
    const PROGRAMS: &'static [&'static str] = if cfg!(windows) { &["pwsh", "powershell"] } else { &["pwsh"] };
    const NOT_FOUND: &'static str = "PowerShell is not installed";
    const INSTALL: &'static str =
        "Install PowerShell and its module Az.Accounts, and run \"Connect-AzAccount\"";

    fn profile(env: &Env) -> Vec<PathBuf> {
        let Some(home) = env.home_dir() else { return Vec::new() };
        ["AzureRmContext.json", "AzureRmContextSettings.json"]
            .map(|name| home.join(".Azure").join(name))
            .into()
    }

    fn command(&self, ask: &Ask, process: ProcessRequest) -> Result<ProcessRequest, Error> {
        let resource = resource(Self::CREDENTIAL, ask)?;
        if let Some(claims) = &ask.claims {
            return Err(claims_refused(ask, claims));
        }
        let script = encoded_script(&resource, &ask.tenant);
        Ok(process.with_args(["-NoProfile", "-NonInteractive", "-EncodedCommand", script.as_str()]))
    }

    fn answer(&self, output: &Output, _: &Env) -> Result<AccessToken, Error> {
        let unavailable = ErrorKind::CredentialUnavailable;
        let fail = |what: &str, remedy: &str| Err(advise(unavailable, what, remedy));
        if output.succeeded() {
            if output.stdout.contains(NO_MODULE) {
                return fail(
                    "Az.Account module >= 2.2.0 is not installed",
                    "Run \"Install-Module Az.Accounts\" in PowerShell, then \"Connect-AzAccount\"",
                );
            }
            return parse(&output.stdout).ok_or_else(|| unexpected("Get-AzAccessToken", &output.stdout));
        }
        if output.is_not_found() {
            fail(Self::NOT_FOUND, Self::INSTALL)
        } else if output.stderr.contains(SIGNED_OUT) {
            fail("Nobody is signed in to Azure PowerShell", SIGN_IN)
        } else if output.stderr.contains(BLOCKED) {
            fail(
                "Execution policy prevented invoking Azure PowerShell",
                "See \"Get-ExecutionPolicy -List\" in PowerShell; \"Set-ExecutionPolicy RemoteSigned -Scope CurrentUser\" allows installed modules",
            )
        } else {
            Err(in_its_words(
                unavailable,
                "Failed to invoke PowerShell: it",
                &plain(&output.stderr),
                "Failed to invoke PowerShell",
            ))
        }
    }
}

/// Looks for the line of our script among whatever else was printed: profiles, notices, progress.
fn parse(output: &str) -> Option<AccessToken> {
    let line = output.split_whitespace().find_map(|word| word.strip_prefix(MARK))?;
    let (text, expires_on) = line.split_once('%')?;
    token(text, unix(seconds(expires_on)?)?)
}

/// Seconds since 1970, or the form in which older versions of .NET write dates: `/Date(1700000000000)/`.
fn seconds(text: &str) -> Option<i64> {
    match text.strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/")) {
        Some(milliseconds) => Some(milliseconds.parse::<i64>().ok()? / 1000),
        None => text.parse().ok(),
    }
}

/// The command that satisfies the claims. Everything in it has been checked or is base64, so it can be pasted into a shell.
fn claims_refused(ask: &Ask, claims: &str) -> Error {
    let mut command = format!("Connect-AzAccount -ClaimsChallenge {}", base64_claims(claims));
    if !ask.tenant.is_empty() {
        command.push_str(&format!(" -Tenant {}", ask.tenant));
    }
    let what = "This credential doesn't support claims challenges";
    let remedy = format!("Run '{command}' in PowerShell (Az.Accounts 5.2.0 or later) and ask again");
    advise(ErrorKind::CredentialUnavailable, what, remedy)
}

#[cfg(test)]
mod tests;
