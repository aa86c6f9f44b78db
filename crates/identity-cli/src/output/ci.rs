use identity::Env;

use crate::report;

/// Tells a build server to mask a text in its logs, in the way that this server understands. It reads stderr as well as stdout, and stdout is the
/// result's alone.
pub(super) fn mask(secret: &str, env: &Env) {
    for command in commands(secret, env) {
        report::raw_line(&command);
    }
}

/// The secret must be printable, so that nothing in it needs an escape but the percent sign.
fn commands(secret: &str, env: &Env) -> Vec<String> {
    let mut commands = Vec::new();
    if env.is_true("GITHUB_ACTIONS") {
        commands.push(format!("::add-mask::{}", secret.replace('%', "%25")));
    }
    if env.is_true("TF_BUILD") {
        commands.push(format!("##vso[task.setsecret]{}", secret.replace('%', "%AZP25")));
    }
    commands
}

#[cfg(test)]
mod tests;
