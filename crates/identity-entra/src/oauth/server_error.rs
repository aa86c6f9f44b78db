use std::time::{Duration, SystemTime};

use http::HeaderMap;
use identity_core::{Error, ServerError};
use serde_json::Value;

use super::hints::hint;

use crate::http::{HttpResponse, MOST_BODY_BYTES, mask, retry_after};

/// The error for an answer that is none of those hoped for: `AuthenticationFailed` with the server's own words, what they mean where that is
/// known, and everything that programs decide by in [`Error::server`]. `what` names the request: `the token request`.
pub fn error_from_response(credential: &'static str, what: &str, response: &HttpResponse) -> Error {
    let server = server_error(response);
    let status = response.status();
    let mut message = if status.is_success() && server.error.is_none() {
        return unexpected_response(credential, what, response, found(response));
    } else if let Some(words) = server.description.as_ref().or(server.error.as_ref()) {
        let code = server.error.iter().filter(|code| *code != words).map(|code| format!(", {code}"));
        let verb = if status.is_server_error() { "failed" } else { "was refused" };
        format!("{what} {verb} (HTTP {}{}): {words}", status.as_u16(), code.collect::<String>())
    } else if status.is_redirection() {
        let status = status.as_u16();
        format!(
            "{what} was answered with a redirect (HTTP {status}), and redirects are never followed. Check the authority host"
        )
    } else {
        format!("{what} failed: the server answered HTTP {} and {}", status.as_u16(), found(response))
    };
    let hint = hint(credential, &server).or_else(|| status.is_server_error().then_some(LATER));
    if let Some(hint) = hint {
        let stop = if message.ends_with(['.', '!', '?']) { "" } else { "." };
        message.push_str(&format!("{stop} What to do: {hint}"));
    }
    let error = Error::failed(message).with_credential(credential).with_server(server);
    match hint {
        Some(hint) => error.with_remedy(hint),
        None => error,
    }
}

/// The error for an answer with a status of success and something else than what was asked for.
pub(super) fn unexpected_response(
    credential: &'static str,
    what: &str,
    response: &HttpResponse,
    found: &str,
) -> Error {
    let status = response.status().as_u16();
    let message = format!(
        "{what} got an unexpected answer: HTTP {status} and {found}. Check the authority host, and whether a proxy answers in its place"
    );
    Error::failed(message).with_credential(credential).with_server(server_error(response))
}

/// Whether the server wants a person: to sign in again, to consent, to prove more. A refused refresh token (`invalid_grant`) is such a case.
pub fn asks_for_a_person(server: &ServerError) -> bool {
    const ERRORS: [&str; 4] = ["interaction_required", "login_required", "consent_required", "invalid_grant"];
    server.error.as_deref().is_some_and(|error| ERRORS.contains(&error))
}

/// What a server said, read from whatever it sent. Everything in it is masked and bounded.
pub fn server_error(response: &HttpResponse) -> ServerError {
    let body = &response.body()[..response.body().len().min(MOST_BODY_BYTES)];
    let mut server = ServerError::default();
    server.status = Some(response.status().as_u16());
    server.retry_after = wait(response.headers());
    server.body = mask(&String::from_utf8_lossy(body));
    server.trace_id = short(response.headers().get("x-ms-request-id").and_then(|value| value.to_str().ok()));
    let Ok(Value::Object(members)) =
        serde_json::from_slice(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body))
    else {
        return server;
    };
    let member = |name: &str| members.get(name).and_then(Value::as_str);
    // Some services of Azure nest code and message, and some call their sentence by its older name.
    let (error, description) = match members.get("error") {
        Some(Value::Object(nested)) => {
            let nested = |name: &str| nested.get(name).and_then(Value::as_str);
            (nested("code"), nested("message"))
        }
        _ => (member("error"), member("error_description").or(member("message"))),
    };
    server.error = short(error);
    server.description = description.map(|text| mask(text).trim().to_owned()).filter(|text| !text.is_empty());
    server.error_codes = error_codes(members.get("error_codes"), description.unwrap_or_default());
    server.suberror = short(member("suberror"));
    server.claims = member("claims").filter(|claims| claims.len() <= MOST_CLAIMS).map(str::to_owned);
    server.correlation_id = short(member("correlation_id"));
    server.trace_id = short(member("trace_id")).or(server.trace_id);
    server
}

/// The codes that the server lists, then those that stand in its sentence.
fn error_codes(listed: Option<&Value>, description: &str) -> Vec<u32> {
    let number = |value: &Value| match value {
        Value::String(text) => text.parse().ok(),
        value => value.as_u64().and_then(|number| u32::try_from(number).ok()),
    };
    let listed = listed.and_then(Value::as_array).into_iter().flatten().filter_map(number);
    distinct(listed.chain(named_codes(description)))
}

/// The refusal of Entra ID that somebody else passes on in words, such as a developer's tool: its AADSTS codes and the masked text. None for a
/// text without a code.
pub fn server_error_in_words(text: &str) -> Option<ServerError> {
    let mut server = ServerError::default();
    server.error_codes = distinct(named_codes(text));
    server.body = mask(text);
    (!server.error_codes.is_empty()).then_some(server)
}

/// What is known to help against a refusal that a credential met.
pub fn remedy(credential: &str, server: &ServerError) -> Option<&'static str> {
    hint(credential, server)
}

/// The numbers of all `AADSTS50076` in a text.
fn named_codes(text: &str) -> impl Iterator<Item = u32> {
    text.split("AADSTS").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest[..end].parse().ok()
    })
}

fn distinct(all: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut codes = Vec::new();
    for code in all {
        if codes.len() < MOST_CODES && !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes
}

/// How long to wait. A date is compared with the server's own clock, so that ours need not be right.
fn wait(headers: &HeaderMap) -> Option<Duration> {
    let date = headers
        .get(http::header::DATE)
        .and_then(|value| httpdate::parse_http_date(value.to_str().ok()?).ok());
    match date {
        Some(date) => retry_after(headers, date),
        None => retry_after(headers, SystemTime::UNIX_EPOCH).filter(|wait| *wait < A_DAY),
    }
}

/// What the body is, in words.
fn found(response: &HttpResponse) -> &'static str {
    let body = response.body().trim_ascii();
    let content_type =
        response.headers().get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let html = body.starts_with(b"<") || content_type.is_some_and(|kind| kind.contains("html"));
    match serde_json::from_slice::<serde::de::IgnoredAny>(body) {
        _ if body.is_empty() => "an empty body",
        Ok(_) => "JSON of another form",
        Err(_) if html => "HTML where JSON was due",
        Err(_) => "a body that is no JSON",
    }
}

/// A code or an id: one short word, made fit to be shown.
fn short(text: Option<&str>) -> Option<String> {
    let text = text.map(|text| text.trim().chars().take(MOST_OF_A_CODE).collect::<String>())?;
    Some(mask(&text)).filter(|text| !text.is_empty())
}

/// What helps against a server's own trouble.
const LATER: &str = "the service is having trouble; try again later";
/// Where a wait is cut off: a date without a clock to compare it with looks at least as long.
const A_DAY: Duration = Duration::from_secs(24 * 3600);
const MOST_OF_A_CODE: usize = 100;
const MOST_CODES: usize = 16;
const MOST_CLAIMS: usize = 64 * 1024;

#[cfg(test)]
mod tests;
