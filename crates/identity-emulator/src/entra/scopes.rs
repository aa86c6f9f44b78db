//! What a `scope` parameter asks for.

use crate::aadsts::AadstsError;

use super::Outcome;

/// The resource in the scope of a client credentials request: exactly one scope, ending in `/.default`.
pub(super) fn app_resource(scope: &str) -> Outcome<&str> {
    let scope = scope.trim();
    match scope.strip_suffix("/.default") {
        Some(resource) if !resource.is_empty() && !resource.contains(char::is_whitespace) => Ok(resource),
        _ => Err(AadstsError::scope_without_default(scope)),
    }
}
