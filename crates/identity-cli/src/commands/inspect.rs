mod claims;
mod jwt;

use std::io;

use identity::http::clean;
use identity::{Clock, Error, Secret};
use serde_json::{Value, json};

use crate::args::{InspectArgs, InspectOutput};
use crate::failure::Failure;
use crate::secrets::{self, STDIN};
use crate::{output, report};
use claims::Explained;
use jwt::Jwt;

/// `azid inspect`: decodes a token and explains what it says.
pub(crate) fn run(args: &InspectArgs) -> Result<(), Failure> {
    let given = match &args.token {
        Some(token) if token.secret() != STDIN => {
            report::warning(&format!(
                "the token is on the command line, where other programs can read it; use '{STDIN}' (standard input)"
            ));
            token.clone()
        }
        _ => secrets::read(io::stdin().lock(), "the token")?,
    };
    let jwt = Jwt::decode(token_in(&given)?.secret())?;
    let now = Clock::system().unix_seconds();
    let explained = claims::explain(&jwt.claims, now);
    output::write(&match args.output() {
        InspectOutput::Json => output::json(&as_json(&jwt, &explained, now))?,
        InspectOutput::Text => as_text(&jwt, &explained),
    })
}

/// The token in what people have at hand: itself, behind the word Bearer, or in the JSON that `azid token` prints.
fn token_in(given: &Secret) -> Result<Secret, Error> {
    let text = given.secret().trim();
    if text.starts_with('{') {
        let object: Value = serde_json::from_str(text)
            .map_err(|_| Error::invalid_argument("what was given begins like JSON and is none"))?;
        let token =
            ["accessToken", "access_token", "token"].iter().find_map(|name| object.get(*name)?.as_str());
        return token
            .map(Secret::from)
            .ok_or_else(|| Error::invalid_argument("the JSON that was given has no member accessToken"));
    }
    let text = text.strip_prefix("Authorization:").unwrap_or(text).trim_start();
    let bare =
        text.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("bearer ")).map_or(text, |_| &text[7..]);
    Ok(Secret::from(bare.trim()))
}

fn as_json(jwt: &Jwt, explained: &[Explained], now: u64) -> Value {
    let lines: Vec<Value> =
        explained.iter().map(|e| json!({"claim": e.claim, "value": e.value, "meaning": e.meaning})).collect();
    let left = jwt.expires_on().map(|at| at.saturating_sub_unsigned(now));
    json!({
        "header": jwt.header,
        "claims": jwt.claims,
        "expired": left.map(|left| left <= 0),
        "expiresInSeconds": left,
        "explanation": lines,
    })
}

fn as_text(jwt: &Jwt, explained: &[Explained]) -> String {
    let mut text = String::new();
    let width = explained.iter().map(|e| e.claim.chars().count()).max().unwrap_or_default().min(24);
    for Explained { claim, value, meaning } in explained {
        let (claim, value) = (clean(claim), clean(value));
        text.push_str(&format!("{claim:width$}  {value}\n"));
        if !meaning.is_empty() {
            text.push_str(&format!("{:width$}  ({})\n", "", clean(meaning)));
        }
    }
    let header = |name: &str| jwt.header.get(name).and_then(Value::as_str).map(clean);
    let algorithm = header("alg").unwrap_or_else(|| "an unnamed algorithm".to_owned());
    let key = header("kid").map(|kid| format!(" and the key {kid}")).unwrap_or_default();
    text + &format!("\nSigned with {algorithm}{key}; the signature is not verified here.\n")
}

#[cfg(test)]
mod tests;
