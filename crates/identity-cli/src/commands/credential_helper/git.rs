//! The protocol of git's helpers: git-credential(1), "INPUT/OUTPUT FORMAT".

use identity::{Env, Error};

use super::{Asked, check_secrets, is_under, read_input};
use crate::args::{GitAction, HelperArgs};
use crate::failure::Failure;
use crate::{output, runtime};

/// Azure DevOps, as an application in Entra ID. Source: the Microsoft page "Authenticate with Microsoft Entra tokens".
const SCOPE: &str = "499b84ac-1321-427f-aa17-267ca6975798/.default";
const HOSTS: [&str; 2] = ["dev.azure.com", "visualstudio.com"];

pub(super) fn run(mut args: HelperArgs<GitAction>, env: &Env) -> Result<(), Failure> {
    match args.action {
        GitAction::Capability => return output::write("version 0\ncapability authtype\n"),
        GitAction::Other => {
            // To its end, so that git is not cut off.
            read_input()?;
            return Ok(());
        }
        GitAction::Get => {}
    }
    check_secrets(&mut args.options)?;
    let input = read_input()?;
    let request = Request::of(input.secret())?;
    if !request.is_for_azure() {
        return Ok(());
    }
    let asked = Asked { credential: args.credential, options: &args.options, signed_in: &args.signed_in };
    let token = runtime::block_on(asked.token(SCOPE, env))?;
    let text = output::printable(&token, env)?;
    let credential = match request.takes_types {
        true => format!(
            "capability[]=authtype\nauthtype={}\ncredential={text}\nephemeral=1\n",
            token.token_type()
        ),
        false => format!("username={}\npassword={text}\n", request.username.unwrap_or("azid")),
    };
    output::write(&format!("{credential}password_expiry_utc={}\n", token.expires_on_unix()))
}

/// What git knows already.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Request<'a> {
    pub(super) protocol: &'a str,
    pub(super) host: &'a str,
    pub(super) username: Option<&'a str>,
    /// Whether git understands credentials other than passwords.
    pub(super) takes_types: bool,
}

impl<'a> Request<'a> {
    /// Reads it line by line, where nothing but a line feed ends a line.
    ///
    /// # Errors
    /// `InvalidArgument` for a value with a control character, which another reader might take for the end of a line, and for a second host.
    pub(super) fn of(input: &'a str) -> Result<Self, Error> {
        let mut request = Self::default();
        for line in input.split('\n').take_while(|line| !line.is_empty()) {
            if line.contains(char::is_control) {
                return Err(Error::invalid_argument(
                    "git was made to say something with a control character in it",
                ));
            }
            match line.split_once('=') {
                Some(("protocol", protocol)) => only(&mut request.protocol, protocol)?,
                Some(("host", host)) => only(&mut request.host, host)?,
                Some(("username", name)) if !name.is_empty() => request.username = Some(name),
                Some(("capability[]", "authtype")) => request.takes_types = true,
                _ => {}
            }
        }
        Ok(request)
    }

    /// Nobody else may see a token of Azure DevOps.
    pub(super) fn is_for_azure(&self) -> bool {
        let host = self.host.strip_suffix(":443").unwrap_or(self.host);
        self.protocol == "https" && is_under(host, &HOSTS)
    }
}

/// Sets what may be said once only.
fn only<'a>(field: &mut &'a str, value: &'a str) -> Result<(), Error> {
    if !field.is_empty() && *field != value {
        return Err(Error::invalid_argument("git was made to name two hosts"));
    }
    *field = value;
    Ok(())
}
