use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::Error;
use serde_json::{Map, Value};

/// What a JSON Web Token (RFC 7519) says, without its signature.
#[derive(Debug)]
pub(super) struct Jwt {
    pub(super) header: Map<String, Value>,
    pub(super) claims: Map<String, Value>,
}

impl Jwt {
    /// # Errors
    /// `InvalidArgument` that says what is wrong and repeats nothing of the token.
    pub(super) fn decode(token: &str) -> Result<Self, Error> {
        let parts: Vec<&str> = token.splitn(6, '.').collect();
        match parts[..] {
            [header, claims, _signature] => {
                Ok(Self { header: object("header", header)?, claims: object("payload", claims)? })
            }
            [_, _, _, _, _] => Err(wrong(
                "it has five parts, so it is encrypted (RFC 7516), and only the resource that it is for can read it",
            )),
            _ => Err(wrong(
                "it has no three parts with dots between them. Tokens that are opaque, such as those of personal accounts and refresh tokens, \
                 can't be read",
            )),
        }
    }

    /// The time after which it is not accepted.
    pub(super) fn expires_on(&self) -> Option<i64> {
        super::claims::seconds(self.claims.get("exp")?)
    }
}

fn object(name: &str, part: &str) -> Result<Map<String, Value>, Error> {
    let bytes = URL_SAFE_NO_PAD
        .decode(part.trim_end_matches('='))
        .map_err(|_| wrong(&format!("its {name} is not written in base64url")))?;
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(wrong(&format!("its {name} is no JSON object"))),
    }
}

fn wrong(why: &str) -> Error {
    Error::invalid_argument(format!("this is no JSON Web Token: {why}"))
}
