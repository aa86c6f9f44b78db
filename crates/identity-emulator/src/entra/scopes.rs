//! What a `scope` parameter asks for.

use crate::aadsts::AadstsError;
use crate::directory::Tenant;

use super::Outcome;

/// The resource in the scope of a client credentials request: exactly one scope, ending in `/.default`.
pub(super) fn app_resource(scope: &str) -> Outcome<&str> {
    let scope = scope.trim();
    match scope.strip_suffix("/.default") {
        Some(resource) if !resource.is_empty() && !resource.contains(char::is_whitespace) => Ok(resource),
        _ => Err(AadstsError::scope_without_default(scope)),
    }
}

/// Whether a tenant can give tokens for this resource: any https name stands for a service of Microsoft's, everything
/// else must be an app of the tenant.
pub(super) fn check_resource(tenant: &Tenant, resource: &str) -> Outcome<()> {
    let web = ["https://", "http://"]
        .iter()
        .any(|scheme| resource.len() > scheme.len() && resource.starts_with(scheme));
    if web || SERVICES.contains(&resource) || tenant.app_of_resource(resource).is_some() {
        Ok(())
    } else {
        Err(AadstsError::unknown_resource(resource, tenant.id()))
    }
}

/// Microsoft Graph, whose scopes may stand alone.
const GRAPH_ID: &str = "00000003-0000-0000-c000-000000000000";
/// Services of Microsoft's that people name by their ids: Graph and Azure DevOps.
const SERVICES: [&str; 2] = [GRAPH_ID, "499b84ac-1321-427f-aa17-267ca6975798"];
const RESERVED: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// The scopes of a request for a user's token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UserScopes {
    pub(super) resource: String,
    /// The permissions in the token.
    pub(super) names: Vec<String>,
    /// The scopes as the answer names them.
    pub(super) granted: String,
    pub(super) openid: bool,
    pub(super) offline: bool,
}

impl UserScopes {
    pub(super) fn parse(scope: &str) -> Outcome<UserScopes> {
        let asked: Vec<&str> = scope.split_ascii_whitespace().collect();
        if asked.is_empty() {
            return Err(AadstsError::missing_parameter("scope"));
        }
        let mut resource: Option<&str> = None;
        let mut names: Vec<String> = Vec::new();
        let mut granted: Vec<String> = Vec::new();
        for one in asked.iter().filter(|one| !RESERVED.contains(*one)) {
            let (of, name) = split(one).ok_or_else(|| AadstsError::invalid_scope(one))?;
            if *resource.get_or_insert(of) != of {
                return Err(AadstsError::several_resources(scope));
            }
            if name == ".default" {
                let every = "user_impersonation";
                names.push(every.to_owned());
                granted.push(format!("{}/{every}", of.trim_end_matches('/')));
            } else {
                names.push(name.to_owned());
            }
            granted.push((*one).to_owned());
        }
        let has = |name: &str| asked.contains(&name);
        let resource = resource.unwrap_or(GRAPH_ID);
        if resource == GRAPH_ID || resource == "https://graph.microsoft.com" {
            // Only Graph takes the reserved ones for its own.
            granted.extend(RESERVED.iter().take(3).filter(|name| has(name)).map(|name| (*name).to_owned()));
        }
        Ok(UserScopes {
            resource: resource.to_owned(),
            names,
            granted: granted.join(" "),
            openid: has("openid"),
            offline: has("offline_access"),
        })
    }
}

/// Resource and permission of one scope; a bare word is one of Graph's.
fn split(scope: &str) -> Option<(&str, &str)> {
    let (resource, name) = scope.rsplit_once('/').unwrap_or((GRAPH_ID, scope));
    (!resource.is_empty() && ![":", ":/"].iter().any(|end| resource.ends_with(end)) && !name.is_empty())
        .then_some((resource, name))
}

#[cfg(test)]
mod tests;
