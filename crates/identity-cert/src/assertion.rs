//! The signed statement that stands in for a client secret (RFC 7523, with the header parameters that Microsoft Entra ID wants).

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity_core::{Result, Secret};
use serde_json::json;
use uuid::Uuid;

use crate::signer::SigningAlgorithm;
use crate::x509::Certificate;

/// What an assertion says, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claims<'a> {
    /// The token endpoint it is for.
    pub(crate) audience: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) algorithm: SigningAlgorithm,
    /// Whether the certificates go along, for apps that trust a subject name and issuer in place of one certificate.
    pub(crate) send_chain: bool,
}

/// Makes the assertions of one certificate and one app, and uses each while it is fresh.
#[derive(Debug)]
pub(crate) struct Assertions {
    certificate: Certificate,
    /// One for each endpoint, the oldest first. An app has few tenants, so looking through them is quick.
    ready: Mutex<Vec<Ready>>,
}

#[derive(Debug)]
struct Ready {
    audience: String,
    client_id: String,
    algorithm: SigningAlgorithm,
    send_chain: bool,
    made: SystemTime,
    assertion: Secret,
}

impl Assertions {
    pub(crate) fn new(certificate: Certificate) -> Self {
        Self { certificate, ready: Mutex::default() }
    }

    pub(crate) fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// An assertion with more than a minute left: the last one, or a new one.
    ///
    /// # Errors
    /// Those of the signer.
    pub(crate) async fn get(&self, claims: &Claims<'_>, now: SystemTime) -> Result<Secret> {
        if let Some(assertion) = self.fresh(claims, now) {
            return Ok(assertion);
        }
        let assertion = sign(&self.certificate, claims, now).await?;
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        ready.retain(|entry| entry.is_fresh(now) && !entry.fits(claims));
        if ready.len() >= MAX_READY {
            ready.remove(0);
        }
        ready.push(Ready {
            audience: claims.audience.to_owned(),
            client_id: claims.client_id.to_owned(),
            algorithm: claims.algorithm,
            send_chain: claims.send_chain,
            made: now,
            assertion: assertion.clone(),
        });
        Ok(assertion)
    }

    fn fresh(&self, claims: &Claims<'_>, now: SystemTime) -> Option<Secret> {
        let ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        ready
            .iter()
            .find(|entry| entry.fits(claims) && entry.is_fresh(now))
            .map(|entry| entry.assertion.clone())
    }
}

impl Ready {
    fn fits(&self, claims: &Claims<'_>) -> bool {
        self.audience == claims.audience
            && self.client_id == claims.client_id
            && self.algorithm == claims.algorithm
            && self.send_chain == claims.send_chain
    }

    /// Not so if the clock was set back: the server would find it made in the future.
    fn is_fresh(&self, now: SystemTime) -> bool {
        now.duration_since(self.made).is_ok_and(|age| age + RESERVE < LIFETIME)
    }
}

async fn sign(certificate: &Certificate, claims: &Claims<'_>, now: SystemTime) -> Result<Secret> {
    let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let (thumbprint, value) = certificate.thumbprint_header(claims.algorithm);
    let mut header = json!({ "alg": claims.algorithm.as_str(), "typ": "JWT", thumbprint: value });
    if claims.send_chain {
        header["x5c"] = json!(certificate.chain_header());
    }
    let payload = json!({
        "aud": claims.audience,
        "iss": claims.client_id,
        "sub": claims.client_id,
        "jti": Uuid::new_v4().to_string(),
        "nbf": now,
        "iat": now,
        "exp": now + LIFETIME.as_secs(),
    });
    let encode = |part: serde_json::Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let mut assertion = format!("{}.{}", encode(header), encode(payload));
    let signature = certificate.sign(claims.algorithm, assertion.as_bytes()).await?;
    assertion.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut assertion);
    Ok(Secret::new(assertion))
}

/// How long an assertion is valid.
const LIFETIME: Duration = Duration::from_secs(10 * 60);
/// With so much left or less it is not used again: clocks differ, and requests take time.
const RESERVE: Duration = Duration::from_secs(60);
const MAX_READY: usize = 64;

#[cfg(test)]
mod tests;
