//! What goes to stdout.

mod ci;
mod exec_credential;
pub(crate) mod local_time;
pub(crate) mod shell;

use std::io::{self, Write as _};

use clap::ValueEnum;
use identity::{AccessToken, Env, Error};
use serde::Serialize;

use crate::failure::Failure;

/// How a token is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TokenOutput {
    /// One object, with the names that `az account get-access-token` uses
    Json,
    /// The token and nothing else
    Token,
    /// A line for `curl --header @-`
    Header,
    /// Lines for a shell: AZURE_ACCESS_TOKEN and AZURE_ACCESS_TOKEN_EXPIRES_ON
    Env,
    /// An ExecCredential for kubectl
    #[value(name = "k8s-exec")]
    K8sExec,
}

/// Prints a token. On a build server that masks secrets in its logs, the server is told about it first.
///
/// # Errors
/// `AuthenticationFailed` for a token that could not stand in a header.
pub(crate) fn print(token: &AccessToken, output: TokenOutput, env: &Env) -> Result<(), Failure> {
    let text = printable(token, env)?;
    write(&match output {
        TokenOutput::Json => json(&TokenJson::of(token, env))?,
        TokenOutput::Token => format!("{text}\n"),
        TokenOutput::Header => format!("Authorization: {} {text}\n", token.token_type()),
        TokenOutput::Env => {
            shell::export("AZURE_ACCESS_TOKEN", text)
                + &shell::export("AZURE_ACCESS_TOKEN_EXPIRES_ON", &token.expires_on_unix().to_string())
        }
        TokenOutput::K8sExec => json(&exec_credential::of(token, env))?,
    })
}

/// The text of a token that is about to be printed, of which a build server has been told.
///
/// # Errors
/// `AuthenticationFailed` for a token that could not stand in a header.
pub(crate) fn printable<'a>(token: &'a AccessToken, env: &Env) -> Result<&'a str, Error> {
    let text = token.token().secret();
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        let error = Error::failed(
            "the token has characters that no Authorization header can carry, so it is not printed",
        );
        return Err(error.with_credential(token.credential()));
    }
    ci::mask(text, env);
    Ok(text)
}

/// Tells a build server, if this is one, to mask a secret that is about to be printed.
pub(crate) fn mask(secret: &str, env: &Env) {
    ci::mask(secret, env);
}

/// A token as programs read it.
#[derive(Serialize)]
struct TokenJson<'a> {
    #[serde(rename = "accessToken")]
    access_token: &'a str,
    expires_on: u64,
    #[serde(rename = "expiresOn")]
    local_expires_on: String,
    refresh_on: Option<u64>,
    #[serde(rename = "tokenType")]
    token_type: String,
    tenant: Option<&'a str>,
    credential: &'a str,
}

impl<'a> TokenJson<'a> {
    fn of(token: &'a AccessToken, env: &Env) -> Self {
        Self {
            access_token: token.token().secret(),
            expires_on: token.expires_on_unix(),
            local_expires_on: local_time::of(token.expires_on_unix(), env),
            refresh_on: token.refresh_on_unix(),
            token_type: token.token_type().to_string(),
            tenant: token.tenant_id(),
            credential: token.credential(),
        }
    }
}

/// An object on one line.
///
/// # Errors
/// `AuthenticationFailed` where it has no JSON form.
pub(crate) fn json(object: &impl Serialize) -> Result<String, Error> {
    let text = serde_json::to_string(object)
        .map_err(|error| Error::failed(format!("the output can't be written as JSON: {error}")))?;
    Ok(text + "\n")
}

/// Writes to stdout, and at once.
///
/// # Errors
/// `Unread` when nobody reads it, `AuthenticationFailed` when it can't be written.
pub(crate) fn write(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .map_err(|error| Failure::of_output(&error))
}
