use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity_core::AccessToken;
use serde_json::Value;

use crate::http::clean;

/// Who a token is for, as far as its text says: that is for the resource to know and nobody else's format, so it is a help for reading logs and
/// decides nothing.
#[derive(Debug, Default, PartialEq, Eq)]
struct Whose {
    client_id: Option<String>,
    tenant_id: Option<String>,
    object_id: Option<String>,
    user: Option<String>,
}

/// Logs who a token is for. A token that does not say is logged as that.
pub(super) fn log(credential: &'static str, token: &AccessToken) {
    let Whose { client_id, tenant_id, object_id, user } = Whose::of(token.token().secret());
    tracing::info!(
        credential,
        client_id = shown(&client_id),
        tenant_id = shown(&tenant_id),
        object_id = shown(&object_id),
        user = shown(&user),
        "whom the token is for"
    );
}

impl Whose {
    fn of(token: &str) -> Self {
        const LONGEST: usize = 64 * 1024;
        let claims = token.split('.').nth(1).filter(|claims| claims.len() <= LONGEST);
        let claims = claims.and_then(|claims| URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok());
        let claims: Value =
            claims.and_then(|claims| serde_json::from_slice(&claims).ok()).unwrap_or_default();
        let first = |names: &[&str]| {
            let text = names.iter().find_map(|name| claims.get(name)?.as_str())?;
            Some(clean(&text.chars().take(MOST_SHOWN).collect::<String>()))
        };
        Self {
            client_id: first(&["appid", "azp"]),
            tenant_id: first(&["tid"]),
            object_id: first(&["oid"]),
            user: first(&["upn", "preferred_username", "unique_name"]),
        }
    }
}

fn shown(text: &Option<String>) -> &str {
    text.as_deref().unwrap_or("not said")
}

const MOST_SHOWN: usize = 256;

#[cfg(test)]
mod tests;
