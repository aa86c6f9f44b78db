//! Which path is whose.

use http::{Method, StatusCode};

use crate::entra::{Call, Entra};
use crate::reply::Reply;
use crate::request::RecordedRequest;
use crate::{management, msi, oidc};

/// Answers a request as Entra ID would. `own_base` stands in where the request has no usable Host.
pub(crate) fn answer(entra: &Entra, request: &RecordedRequest, own_base: &str) -> Reply {
    let elsewhere = msi::answer(entra, request)
        .or_else(|| oidc::answer(entra, request, own_base))
        .or_else(|| management::answer(entra, request, own_base));
    if let Some(reply) = elsewhere {
        return reply;
    }
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let call = Call::new(request, own_base, entra.clock.unix_now());
    match segments.as_slice() {
        ["adfs", "oauth2", "token"] | ["adfs", "oauth2", "token", ""] => entra.token(&call, "adfs"),
        ["adfs", "oauth2", "authorize"] | ["adfs", "oauth2", "authorize", ""] => {
            entra.authorize(&call, "adfs")
        }
        ["adfs", "oauth2", "devicecode"] => entra.device_authorization(&call, "adfs"),
        // AD FS has one version of everything.
        ["adfs", _, "v2.0", _] | ["adfs", "v2.0", ..] => not_found(),
        [tenant, "oauth2", "v2.0", "token"] => entra.token(&call, tenant),
        [TOKEN_PROXY, tenant, "oauth2", "v2.0", "token"] => entra.token(&call, tenant),
        [tenant, "oauth2", "v2.0", "authorize"] => entra.authorize(&call, tenant),
        [tenant, "oauth2", "v2.0", "devicecode"] => entra.device_authorization(&call, tenant),
        ["common", "login"] => entra.login(&call),
        ["device"] => entra.device_page(&call),
        ["common", "discovery", "instance"] => reading(request, || entra.instance(&call)),
        ["common", "userrealm", user] => reading(request, || entra.user_realm(&call, user)),
        ["adfs", ".well-known", "openid-configuration"] => {
            reading(request, || entra.adfs_configuration(&call))
        }
        ["adfs", "discovery", "keys"] => reading(request, || entra.key_set(&call, "adfs")),
        [tenant, "v2.0", ".well-known", "openid-configuration"] => {
            reading(request, || entra.openid_configuration(&call, tenant))
        }
        [tenant, "discovery", "v2.0", "keys"] => reading(request, || entra.key_set(&call, tenant)),
        _ => not_found(),
    }
}

/// The first segment of what a pod reaches Entra ID through.
pub(crate) const TOKEN_PROXY: &str = "token-proxy";

/// Documents are there to be got; anything else is refused before it is looked at.
fn reading(request: &RecordedRequest, answer: impl FnOnce() -> Reply) -> Reply {
    if request.method == Method::GET {
        answer()
    } else {
        Reply::empty(StatusCode::METHOD_NOT_ALLOWED).with_header("allow", "GET")
    }
}

/// Entra ID answers a wrong path with a page, not with JSON.
fn not_found() -> Reply {
    let page = "<!DOCTYPE html><html><head><title>404 - File or directory not found.</title></head>\
                <body><h1>Server Error</h1><h2>404 - File or directory not found.</h2></body></html>";
    Reply::html(StatusCode::NOT_FOUND, page.to_owned())
}

#[cfg(test)]
mod tests;
