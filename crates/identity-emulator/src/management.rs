//! The few answers of Azure Resource Manager that a tool asks for when somebody signs in with it: which tenants and subscriptions there are.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::directory::stable_guid;
use crate::entra::Entra;
use crate::jwt::Jws;
use crate::reply::Reply;
use crate::request::RecordedRequest;
use crate::sync::read;

/// What tokens for it are for, by any of its names.
const AUDIENCES: [&str; 2] = ["https://management.azure.com", "https://management.core.windows.net"];

/// Answers a request to the resource manager; none for any other.
pub(crate) fn answer(entra: &Entra, request: &RecordedRequest, base: &str) -> Option<Reply> {
    let list = match request.path().trim_end_matches('/') {
        "/metadata/endpoints" if request.method == Method::GET => {
            return Some(Reply::json(StatusCode::OK, &endpoints(base)));
        }
        "/subscriptions" => subscriptions,
        "/tenants" => tenants,
        _ => return None,
    };
    if request.method != Method::GET {
        return Some(Reply::empty(StatusCode::METHOD_NOT_ALLOWED).with_header("allow", "GET"));
    }
    Some(match tenant_of_caller(entra, request) {
        Ok(tenant) => Reply::json(StatusCode::OK, &json!({ "value": list(entra, &tenant) })),
        Err((code, message)) => refused(base, code, message),
    })
}

/// The tenant whose token the caller shows.
fn tenant_of_caller(
    entra: &Entra,
    request: &RecordedRequest,
) -> Result<String, (&'static str, &'static str)> {
    let Some(shown) = request.header("authorization") else {
        return Err((
            "AuthenticationFailed",
            "Authentication failed. The 'Authorization' header is missing.",
        ));
    };
    let invalid = |message| ("InvalidAuthenticationToken", message);
    let token = match shown.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Jws::parse(token.trim()),
        _ => None,
    };
    let token = token.ok_or(invalid("The access token is invalid."))?;
    if !token.is_signed_by(&entra.key.public_key()) {
        return Err(invalid("The access token signature could not be validated."));
    }
    if token.time("exp").is_none_or(|end| end <= entra.clock.unix_now()) {
        return Err(("ExpiredAuthenticationToken", "The access token is expired."));
    }
    let is_ours = |audience: &&str| AUDIENCES.contains(&audience.trim_end_matches('/'));
    if !token.audiences().iter().any(is_ours) {
        return Err((
            "InvalidAuthenticationTokenAudience",
            "The access token has been obtained for wrong audience or resource.",
        ));
    }
    token.claim("tid").map(str::to_owned).ok_or(invalid("The access token is missing the 'tid' claim."))
}

/// What a cloud says about itself, from which `az cloud register` takes all else.
fn endpoints(base: &str) -> Value {
    json!({
        "name": "Emulated",
        "portal": "https://portal.azure.com",
        "authentication": {
            "loginEndpoint": base,
            "audiences": AUDIENCES.map(|audience| format!("{audience}/")),
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "resourceManager": base,
        "graphAudience": "https://graph.windows.net/",
        "graph": "https://graph.windows.net/",
        "microsoftGraphResourceId": "https://graph.microsoft.com/",
        "gallery": "https://gallery.azure.com/",
        "batch": "https://batch.core.windows.net/",
        "media": "https://rest.media.azure.net",
        "suffixes": {
            "storage": "core.windows.net",
            "keyVaultDns": "vault.azure.net",
            "sqlServerHostname": "database.windows.net",
            "acrLoginServer": "azurecr.io",
        },
    })
}

fn subscriptions(_: &Entra, tenant: &str) -> Value {
    let id = stable_guid(&["subscription", tenant]);
    json!([{
        "id": format!("/subscriptions/{id}"),
        "subscriptionId": id,
        "tenantId": tenant,
        "displayName": "Emulated",
        "state": "Enabled",
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "PayAsYouGo_2014-09-01",
            "spendingLimit": "Off",
        },
    }])
}

fn tenants(entra: &Entra, caller: &str) -> Value {
    let directory = read(&entra.directory);
    let domains = directory.tenant(caller).map(|tenant| tenant.domains().to_vec()).unwrap_or_default();
    json!([{
        "id": format!("/tenants/{caller}"),
        "tenantId": caller,
        "tenantCategory": "Home",
        "displayName": "Emulated",
        "defaultDomain": domains.first(),
        "domains": domains,
    }])
}

fn refused(base: &str, code: &str, message: &str) -> Reply {
    let challenge = format!(
        "Bearer authorization_uri=\"{base}/\", error=\"invalid_token\", error_description=\"{message}\""
    );
    let body = json!({ "error": { "code": code, "message": message } });
    Reply::json(StatusCode::UNAUTHORIZED, &body).with_header("www-authenticate", &challenge)
}

#[cfg(test)]
mod tests;
