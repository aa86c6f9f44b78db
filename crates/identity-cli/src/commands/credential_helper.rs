mod docker;
mod git;

use std::io::{self, Read as _};

use identity::{AccessToken, Env, Error, Secret, TokenRequestOptions};

use crate::acquire::{Wanted, acquire};
use crate::args::{CredentialArgs, CredentialHelper, CredentialName, SignedInArgs};
use crate::failure::Failure;
use crate::secrets::STDIN;

/// `azid credential-helper`: gives git and docker what they log in with.
pub(crate) fn run(helper: CredentialHelper, env: &Env) -> Result<(), Failure> {
    match helper {
        CredentialHelper::Git(args) => git::run(args, env),
        CredentialHelper::Docker(args) => docker::run(args, env),
    }
}

/// Whose token it is.
struct Asked<'a> {
    credential: CredentialName,
    options: &'a CredentialArgs,
    signed_in: &'a SignedInArgs,
}

impl Asked<'_> {
    async fn token(&self, scope: &str, env: &Env) -> Result<AccessToken, Error> {
        let wanted = Wanted {
            credential: self.credential,
            scopes: &[scope.to_owned()],
            request: &TokenRequestOptions::default(),
            options: self.options,
            signed_in: self.signed_in,
        };
        acquire(wanted, env).await
    }
}

/// Standard input is where the program speaks.
fn check_secrets(options: &mut CredentialArgs) -> Result<(), Error> {
    let secrets = options.secrets();
    let is_stdin = |value: &Option<Secret>| value.as_ref().is_some_and(|secret| secret.secret() == STDIN);
    if let Some(option) = secrets.iter().find(|option| is_stdin(option.value)) {
        return Err(Error::invalid_argument(format!(
            "{} can't be '{STDIN}' here, because standard input belongs to the program that asks; use a variable",
            option.flag
        )));
    }
    crate::secrets::take_in(secrets)
}

/// What the program says.
fn read_input() -> Result<Secret, Error> {
    const MOST_BYTES: u64 = 1 << 20;
    let wrong = |why: String| Error::invalid_argument(format!("what came from standard input {why}"));
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .take(MOST_BYTES)
        .read_to_end(&mut bytes)
        .map_err(|e| wrong(format!("can't be read: {e}")))?;
    String::from_utf8(bytes).map(Secret::new).map_err(|_| wrong("is no text".to_owned()))
}

/// Whether a host is one of these domains, or a name under one of them.
fn is_under(host: &str, domains: &[&str]) -> bool {
    let host = host.to_ascii_lowercase();
    domains.iter().any(|domain| {
        host.strip_suffix(domain)
            .is_some_and(|before| before.is_empty() || before.ends_with('.') && before.len() > 1)
    })
}

#[cfg(test)]
mod tests;
