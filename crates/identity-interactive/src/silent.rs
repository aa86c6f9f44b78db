use identity_core::{Error, ServerError};
use identity_entra::cache::{Acquired, Reason};
use identity_entra::client::{RefreshRequest, Refreshed, StoredToken};
use identity_entra::client_auth::ClientAuth;
use serde_json::{Map, Value};

use crate::ask::Ask;
use crate::session::Session;

/// What could be done without a person.
#[derive(Debug)]
pub(crate) enum Silent {
    /// A token.
    Token(Acquired),
    /// Nothing: somebody must sign in, with these claims, because the server said this, if it was asked.
    Nobody { claims: Option<String>, refusal: Option<Error> },
}

/// The way to a token that asks nobody: the one that is stored, unless claims were given, then the refresh tokens.
///
/// # Errors
/// `AuthenticationFailed` where the server doesn't answer or refuses for a reason that no person can help, and what the storage ends in.
pub(crate) async fn silent(
    session: &Session,
    ask: &Ask,
    reason: Reason,
    auth: Option<&dyn ClientAuth>,
) -> Result<Silent, Error> {
    let Session { client, owner, .. } = session;
    let scopes = ask.scopes();
    let mut due = None;
    if reason != Reason::Claims {
        let realms = session.realms(&ask.tenant);
        match client.stored_token_in(owner, &ask.tenant, &realms, &scopes, ask.cae).await? {
            Some(StoredToken { acquired, is_due: false }) => return Ok(Silent::Token(acquired)),
            stored => due = stored.map(|stored| stored.acquired),
        }
    }
    let claims = ask.request_claims().map_err(|error| error.with_credential(client.credential()))?;
    let request = RefreshRequest {
        owner,
        tenant_id: &ask.tenant,
        scopes: &scopes,
        request_scopes: &ask.request_scopes,
        cae: ask.cae,
        claims: claims.as_deref(),
        auth,
    };
    // A token that is due, but good, beats none, and it beats asking somebody.
    match (client.refresh(&request).await, due) {
        (Ok(Refreshed::Token(response)), _) => Ok(Silent::Token(client.acquired(&ask.tenant, &response))),
        (_, Some(due)) => Ok(Silent::Token(due)),
        (Ok(Refreshed::Nobody(refusal)), None) => {
            let server = refusal.as_ref().and_then(Error::server);
            Ok(Silent::Nobody { claims: demanded(ask.claims.as_deref(), server), refusal })
        }
        (Err(error), None) => Err(error),
    }
}

impl Silent {
    /// The token, or the error that tells the program to have somebody sign in.
    pub(crate) fn or_required(self, session: &Session, ask: &Ask) -> Result<Acquired, Error> {
        match self {
            Self::Token(acquired) => Ok(acquired),
            Self::Nobody { claims, refusal } => {
                let credential = session.client.credential();
                Err(required(credential, ask, claims.as_deref(), refusal.as_ref()))
            }
        }
    }
}

/// The error that tells the program to have somebody sign in, with what the server said about it.
pub(crate) fn required(
    credential: &'static str,
    ask: &Ask,
    claims: Option<&str>,
    refusal: Option<&Error>,
) -> Error {
    let error = Error::authentication_required(&ask.scopes(), None, claims).with_credential(credential);
    let Some(refusal) = refusal else { return error };
    let message = format!("{}. Without asking it did not work: {}", error.message(), refusal.message());
    let error = error.with_message(message).with_source(refusal.clone());
    match refusal.server() {
        Some(server) => error.with_server(server.clone()),
        None => error,
    }
}

/// What the next sign-in must carry: what the caller demanded, and what the server did.
fn demanded(asked: Option<&str>, server: Option<&ServerError>) -> Option<String> {
    let by_server = server.and_then(|server| server.claims.as_deref()).and_then(object);
    match (asked.and_then(object), by_server) {
        (Some(mut asked), Some(by_server)) => {
            merge(&mut asked, by_server);
            Some(Value::Object(asked).to_string())
        }
        (None, Some(by_server)) => Some(Value::Object(by_server).to_string()),
        (_, None) => asked.map(str::to_owned),
    }
}

fn object(text: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(text).ok()
}

/// Members of both that are objects are merged, and of the rest the server's count. JSON's nesting is bounded by its reader.
fn merge(into: &mut Map<String, Value>, from: Map<String, Value>) {
    for (name, value) in from {
        match (into.get_mut(&name), value) {
            (Some(Value::Object(into)), Value::Object(from)) => merge(into, from),
            (_, value) => {
                into.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests;
