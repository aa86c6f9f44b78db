use std::borrow::Cow;
use std::collections::BTreeMap;

use identity_core::{Env, Error, variables};
use serde_json::value::RawValue;

/// The `claims` parameter of a request: what the caller gave, and what asks for continuous access evaluation (CAE), merged.
///
/// Nothing comes out where nothing went in. Everything in the given claims stays as it was written, except `xms_cc` of `access_token`, which CAE
/// replaces.
///
/// # Errors
/// `InvalidArgument` for claims that are no JSON object, or whose `access_token` is none. The claims are not shown, because they may name people.
pub fn request_claims(claims: Option<&str>, enable_cae: bool) -> Result<Option<Cow<'_, str>>, Error> {
    let Some(claims) = claims else {
        return Ok(enable_cae.then_some(Cow::Borrowed(CAE)));
    };
    if claims.len() > MOST_BYTES {
        return Err(Error::invalid_argument(format!("claims are never {} bytes long", claims.len())));
    }
    let mut members: Members = serde_json::from_str(claims).map_err(|e| {
        Error::invalid_argument(format!(
            "the claims are no JSON object (line {}, column {}); pass them as the resource's challenge has them, decoded from base64",
            e.line(),
            e.column()
        ))
    })?;
    if !enable_cae {
        return Ok(Some(Cow::Borrowed(claims)));
    }
    // A null stands for "no particular wishes" in the claims parameter of OpenID Connect.
    let of_token = members.get(ACCESS_TOKEN).map(|raw| raw.get()).filter(|text| *text != "null");
    let mut of_token: Members = serde_json::from_str(of_token.unwrap_or("{}")).map_err(|_| {
        Error::invalid_argument(
            "the member access_token of the claims is no JSON object, so CAE can't be added to it",
        )
    })?;
    of_token.insert("xms_cc".into(), raw(CLIENT_CAPABILITY)?);
    let of_token = serde_json::to_string(&of_token).map_err(unwritable)?;
    members.insert(ACCESS_TOKEN.into(), raw(&of_token)?);
    serde_json::to_string(&members).map(|text| Some(text.into())).map_err(unwritable)
}

/// Whether a request asks for CAE: only if the caller does, and never while `AZURE_IDENTITY_DISABLE_CP1` is set.
pub fn cae_enabled(requested: bool, env: &Env) -> bool {
    requested && env.get_os(variables::AZURE_IDENTITY_DISABLE_CP1).is_none()
}

type Members = BTreeMap<String, Box<RawValue>>;

fn raw(text: &str) -> Result<Box<RawValue>, Error> {
    RawValue::from_string(text.to_owned()).map_err(unwritable)
}

fn unwritable(error: serde_json::Error) -> Error {
    Error::invalid_argument("the claims can't be written as JSON").with_source(error)
}

const ACCESS_TOKEN: &str = "access_token";
/// "This client handles claims challenges": the capability `cp1` in the words of the Microsoft page "Claims challenges, claims requests and
/// client capabilities".
const CLIENT_CAPABILITY: &str = r#"{"values":["CP1"]}"#;
const CAE: &str = r#"{"access_token":{"xms_cc":{"values":["CP1"]}}}"#;
/// A challenge has a few hundred bytes; servers refuse longer headers than this anyway.
const MOST_BYTES: usize = 64 * 1024;

#[cfg(test)]
mod tests;
