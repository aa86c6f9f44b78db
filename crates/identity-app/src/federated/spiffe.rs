use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity_core::{BoxFuture, Clock, Error, Secret};
use identity_entra::assertion_source::{AssertionSource, FileAssertion};
use identity_entra::client_auth::AuthRequest;
use serde_json::Value;

use super::is_jwt;

/// The word of SPIFFE for a workload: a JWT-SVID in a file that `spiffe-helper`, or `spire-agent api fetch jwt -output json`, keeps fresh.
///
/// It is read for each new token. Its audience must be that of the app's federated credential, `api://AzureADTokenExchange`; the credential's
/// issuer is that of the trust domain's OIDC discovery provider and its subject the SPIFFE id.
///
/// ```no_run
/// use identity_app::{ClientAssertionCredential, SpiffeAssertion};
///
/// let source = SpiffeAssertion::new("/run/spiffe/svid.jwt");
/// let credential = ClientAssertionCredential::new("contoso.onmicrosoft.com", "my-client-id", source, Default::default())?;
/// # Ok::<(), identity_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SpiffeAssertion {
    file: FileAssertion,
}

impl SpiffeAssertion {
    /// The file need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { file: FileAssertion::new(path) }
    }

    fn read(&self, clock: &Clock) -> Result<Secret, Error> {
        let content = self.file.read()?;
        let shown = self.file.path().display();
        let svid = svid(&content).filter(|svid| is_jwt(svid.secret())).ok_or_else(|| {
            Error::invalid_argument(format!(
                "the file '{shown}' holds no JWT-SVID: neither a JWT nor the JSON of spire-agent"
            ))
        })?;
        let claims = claims(&svid).unwrap_or_default();
        let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default();
        if !subject.starts_with("spiffe://") {
            return Err(Error::invalid_argument(format!(
                "the token in the file '{shown}' is no JWT-SVID: its subject is no SPIFFE id"
            )));
        }
        let expires = claims
            .get("exp")
            .and_then(Value::as_f64)
            .map(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let now = clock.now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        if expires.is_none_or(|expires| expires.is_none_or(|expires| expires <= now)) {
            return Err(Error::unavailable(format!(
                "the JWT-SVID in the file '{shown}' has expired; check whether whoever keeps it fresh (spiffe-helper) still runs"
            )));
        }
        Ok(svid)
    }
}

impl AssertionSource for SpiffeAssertion {
    fn assertion<'a>(&'a self, request: &'a AuthRequest<'a>) -> BoxFuture<'a, Result<Secret, Error>> {
        Box::pin(std::future::ready(self.read(request.client.clock())))
    }
}

/// The token as it stands there, or the first one in what spire-agent prints: `[{"svids": [{"spiffe_id": ..., "svid": ...}]}, ...]`.
fn svid(content: &Secret) -> Option<Secret> {
    if !content.secret().starts_with(['{', '[']) {
        return Some(content.clone());
    }
    let json: Value = serde_json::from_str(content.secret()).ok()?;
    let answers = match &json {
        Value::Array(answers) => answers.as_slice(),
        one => std::slice::from_ref(one),
    };
    let svids = answers.iter().find_map(|answer| answer.get("svids")?.as_array());
    svids?.first()?.get("svid")?.as_str().map(Secret::new)
}

fn claims(svid: &Secret) -> Option<Value> {
    let claims = URL_SAFE_NO_PAD.decode(svid.secret().split('.').nth(1)?).ok()?;
    serde_json::from_slice(&claims).ok()
}

#[cfg(test)]
mod tests;
