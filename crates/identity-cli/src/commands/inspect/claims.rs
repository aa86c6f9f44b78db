use jiff::Timestamp;
use serde_json::{Map, Value};

/// A claim for people: its name, its value, and what it means.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Explained {
    pub(super) claim: String,
    pub(super) value: String,
    pub(super) meaning: String,
}

/// All claims: those that people look for first, then the others as they come.
pub(super) fn explain(claims: &Map<String, Value>, now: u64) -> Vec<Explained> {
    let known = KNOWN.iter().filter_map(|(name, meaning)| {
        let value = claims.get(*name)?;
        Some(Explained {
            claim: (*name).to_owned(),
            value: shown(name, value),
            meaning: meant(name, value, meaning, now),
        })
    });
    let others = claims.iter().filter(|(name, _)| !KNOWN.iter().any(|(known, _)| known == name)).map(
        |(name, value)| Explained { claim: name.clone(), value: shown(name, value), meaning: String::new() },
    );
    known.chain(others).collect()
}

/// Source: the Microsoft page "Access token claims reference", and RFC 7519, section 4.1.
const KNOWN: &[(&str, &str)] = &[
    ("aud", "the resource that accepts it; another one will refuse it"),
    ("iss", "who issued it"),
    ("tid", "the tenant it is from"),
    ("exp", ""),
    ("nbf", ""),
    ("iat", ""),
    ("appid", "the application that asked for it"),
    ("azp", "the application that asked for it"),
    ("appidacr", ""),
    ("azpacr", ""),
    ("idtyp", "whether it is about an application or a user"),
    ("scp", "delegated permissions: what the application may do on the user's behalf"),
    ("roles", "application permissions, or the user's roles in this application"),
    ("wids", "directory roles of the user, by the ids of their templates"),
    ("oid", "the object in the directory that it is about; role assignments name this id"),
    ("sub", "whom it is about, for this audience only"),
    ("name", "a name to show to people; not for decisions"),
    ("upn", "the user's name; it can change, so not for decisions"),
    ("unique_name", "the user's name; it can change, so not for decisions"),
    ("preferred_username", "the user's name; it can change, so not for decisions"),
    ("xms_mirid", "the Azure resource whose managed identity this is"),
    (
        "xms_cc",
        "what the client can handle; CP1 means claims challenges, so the token may be long-lived and revoked early",
    ),
    ("amr", "how the user proved who they are"),
    ("ver", "the form of the token; the resource chooses it"),
    ("uti", "the id of this token, which sign-in logs call unique token identifier"),
];

fn shown(name: &str, value: &Value) -> String {
    match (name, value) {
        ("exp" | "nbf" | "iat", value) => time(value).unwrap_or_else(|| value.to_string()),
        (_, Value::String(text)) => text.clone(),
        (_, Value::Array(items)) => {
            let items =
                items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned));
            items.collect::<Vec<_>>().join(" ")
        }
        (_, other) => other.to_string(),
    }
}

fn meant(name: &str, value: &Value, meaning: &str, now: u64) -> String {
    let until = seconds(value).map(|at| at.saturating_sub_unsigned(now));
    match (name, until) {
        ("exp", Some(left)) if left > 0 => format!("it expires in {}", span(left.unsigned_abs())),
        ("exp", Some(left)) => format!("it EXPIRED {} ago", span(left.unsigned_abs())),
        ("nbf", Some(left)) if left > 0 => {
            format!("it is NOT YET VALID, for another {}", span(left.unsigned_abs()))
        }
        ("nbf", Some(left)) => format!("valid since {} ago", span(left.unsigned_abs())),
        ("iat", Some(left)) => format!("issued {} ago", span(left.min(0).unsigned_abs())),
        ("appidacr" | "azpacr", _) => match value.as_str() {
            Some("0") => "the application proved nothing (a public client)".to_owned(),
            Some("1") => "the application proved itself with a secret".to_owned(),
            Some("2") => "the application proved itself with a certificate or an assertion".to_owned(),
            _ => "how the application proved itself".to_owned(),
        },
        _ => meaning.to_owned(),
    }
}

/// Seconds since 1970 (a NumericDate), which may have a fraction.
pub(super) fn seconds(value: &Value) -> Option<i64> {
    value
        .as_i64()
        .or_else(|| value.as_f64().filter(|seconds| seconds.abs() < 1e15).map(|seconds| seconds as i64))
}

fn time(value: &Value) -> Option<String> {
    let seconds = seconds(value)?;
    Some(format!("{seconds} = {}", Timestamp::from_second(seconds).ok()?))
}

/// A time in its two largest units.
fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..86400 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} d {} h", seconds / 86400, seconds % 86400 / 3600),
    }
}
