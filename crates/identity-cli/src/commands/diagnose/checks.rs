//! What often goes wrong around credentials.

mod files;
mod network;
mod proxy;

use identity::{AzureAuthorityHosts, Env, conflicting_variables, variables};
use serde::Serialize;

use super::steps::harmless;
use crate::credentials::Credentials;

/// One thing that was looked at.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    name: &'static str,
    ok: bool,
    message: String,
}

impl Check {
    fn new(name: &'static str, result: Result<String, String>) -> Self {
        let (ok, message) = match result {
            Ok(message) => (true, message),
            Err(message) => (false, message),
        };
        Self { name, ok, message: harmless(&message) }
    }

    pub(super) fn as_text(&self) -> String {
        let Self { name, ok, message } = self;
        let verdict = if *ok { "ok" } else { "LOOK HERE" };
        format!("    {name}: {verdict}: {}\n", message.replace('\n', "\n        "))
    }
}

/// All checks.
pub(super) async fn all(credentials: &Credentials<'_>) -> Vec<Check> {
    let env = credentials.env();
    let authority = authority(credentials.authority_host().as_deref(), env);
    let [tls, clock] = network::check(&**credentials.http(), &authority).await;
    vec![
        Check::new("variables", consistent(env)),
        Check::new("files", files::check(env)),
        Check::new("proxy", proxy::check(env)),
        Check::new("tls", tls),
        Check::new("clock", clock),
    ]
}

fn consistent(env: &Env) -> Result<String, String> {
    let conflicts = conflicting_variables(env);
    match conflicts.is_empty() {
        true => Ok("no variables contradict each other".to_owned()),
        false => Err(conflicts.join("\n")),
    }
}

/// The authority that credentials ask by default, as a URL.
pub(super) fn authority(given: Option<&str>, env: &Env) -> String {
    let variable = env.get(variables::AZURE_AUTHORITY_HOST);
    let host = given.or(variable.as_deref()).unwrap_or(AzureAuthorityHosts::AZURE_PUBLIC_CLOUD);
    let host = host.trim().trim_end_matches('/');
    if host.contains("://") { host.to_owned() } else { format!("https://{host}") }
}

#[cfg(test)]
mod tests;
