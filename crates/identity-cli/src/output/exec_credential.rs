use identity::{AccessToken, Env};
use jiff::Timestamp;
use serde::Serialize;

/// What kubectl expects of a program that gets its credentials: an ExecCredential (client.authentication.k8s.io), in the version that kubectl
/// asks for in KUBERNETES_EXEC_INFO.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExecCredential<'a> {
    api_version: &'static str,
    kind: &'static str,
    status: Status<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Status<'a> {
    token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_timestamp: Option<String>,
}

pub(super) fn of<'a>(token: &'a AccessToken, env: &Env) -> ExecCredential<'a> {
    let expires_on =
        i64::try_from(token.expires_on_unix()).ok().and_then(|unix| Timestamp::from_second(unix).ok());
    ExecCredential {
        api_version: version(env),
        kind: "ExecCredential",
        status: Status {
            token: token.token().secret(),
            expiration_timestamp: expires_on.map(|time| time.to_string()),
        },
    }
}

const V1: &str = "client.authentication.k8s.io/v1";
const V1BETA1: &str = "client.authentication.k8s.io/v1beta1";

/// kubectl refuses an answer of another version than it asked for. Version 1 where it did not ask.
fn version(env: &Env) -> &'static str {
    let asked = env
        .get("KUBERNETES_EXEC_INFO")
        .and_then(|info| serde_json::from_str::<serde_json::Value>(&info).ok());
    match asked.as_ref().and_then(|info| info.get("apiVersion")?.as_str()) {
        Some(V1BETA1) => V1BETA1,
        _ => V1,
    }
}

#[cfg(test)]
mod tests;
