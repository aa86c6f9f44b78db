//! Signed client assertions: of a registered certificate or key, of a trusted subject, of a federated issuer.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::aadsts::AadstsError;
use crate::certificates;
use crate::clock::stamp;
use crate::directory::{App, FederatedCredential, Tenant};
use crate::jwt::{Algorithm, Jws, PublicKey, unbase64url};

use super::{Call, Entra, Outcome};

/// The only type there is.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How far clocks may differ, as with Entra ID.
const SKEW: i64 = 300;
/// The longest that an assertion may live: a day, and what issuers date it back by.
const LONGEST: i64 = 24 * 3600 + SKEW;

/// Judges the assertion in a request as a proof of this app.
pub(super) fn verify(
    entra: &Entra,
    call: &Call<'_>,
    tenant: &Tenant,
    app: &App,
    assertion: &str,
) -> Outcome<()> {
    match call.required("client_assertion_type")? {
        JWT_BEARER => {}
        _ => return Err(AadstsError::malformed_request()),
    }
    let jws = Jws::parse(assertion).ok_or_else(AadstsError::malformed_jwt)?;
    let algorithm = jws
        .algorithm()
        .ok_or_else(|| AadstsError::unsupported_algorithm(jws.header("alg").unwrap_or_default()))?;
    let issuer = jws.claim("iss").ok_or_else(AadstsError::malformed_jwt)?;
    if issuer.contains("://") {
        return verify_federated(entra, call, app, &jws, issuer);
    }
    let is_own = |name: &str| jws.claim(name).is_some_and(|value| app.is_called(value));
    if !is_own("iss") || !is_own("sub") {
        return Err(AadstsError::assertion_of_another_app());
    }
    if !jws.audiences().iter().any(|audience| is_audience(call, tenant, audience)) {
        return Err(AadstsError::assertion_for_another_audience());
    }
    if jws.claim("jti").is_none_or(str::is_empty) {
        return Err(AadstsError::malformed_jwt());
    }
    check_time(call, &jws)?;
    if call.is_adfs && (algorithm != Algorithm::Rs256 || jws.header("x5t").is_none()) {
        return Err(AadstsError::unsupported_algorithm(algorithm.name()));
    }
    let key = key_of(call, app, &jws)?;
    if jws.is_signed_by(&key) { Ok(()) } else { Err(AadstsError::bad_signature(app.client_id())) }
}

/// The token endpoint by any of the tenant's names, or the tenant's issuer.
fn is_audience(call: &Call<'_>, tenant: &Tenant, audience: &str) -> bool {
    let Some(path) = audience.strip_prefix(&call.base) else { return false };
    if call.is_adfs {
        return matches!(path, "/adfs/oauth2/token" | "/adfs/oauth2/token/");
    }
    let Some((name, endpoint)) = path.strip_prefix('/').and_then(|path| path.split_once('/')) else {
        return false;
    };
    tenant.is_called(name) && matches!(endpoint, "oauth2/v2.0/token" | "oauth2/token" | "v2.0")
}

fn check_time(call: &Call<'_>, jws: &Jws<'_>) -> Outcome<()> {
    let expires = jws.time("exp").ok_or_else(AadstsError::malformed_jwt)?;
    let issued = jws.time("iat");
    let starts = jws.time("nbf").or(issued).unwrap_or(call.now);
    let over = expires.saturating_add(SKEW) <= call.now;
    let early = starts.max(issued.unwrap_or(starts)).saturating_sub(SKEW) > call.now;
    let too_long = expires.saturating_sub(starts) > LONGEST || expires < starts;
    if over || early || too_long {
        return Err(AadstsError::assertion_out_of_time(&stamp(call.now), &stamp(starts), &stamp(expires)));
    }
    Ok(())
}

/// The key that ought to have signed this assertion.
fn key_of(call: &Call<'_>, app: &App, jws: &Jws<'_>) -> Outcome<PublicKey> {
    let named = |name| jws.header(name).map(|text| unbase64url(text).unwrap_or_default());
    let (sha1, sha256) = (named("x5t"), named("x5t#S256"));
    let thumbprint = sha1.as_deref().or(sha256.as_deref()).unwrap_or_default();
    let unknown = || AadstsError::unknown_certificate(&hex(thumbprint), app.client_id());
    if sha1.is_none() && sha256.is_none() {
        // No certificate is named: a bare key that fits, or else the first, which then does not verify.
        let fits = app.keys().iter().find(|key| jws.is_signed_by(key));
        return fits.or(app.keys().first()).cloned().ok_or_else(unknown);
    }
    let is_named = |of_sha1: &[u8], of_sha256: &[u8]| {
        sha1.as_ref().is_none_or(|named| named == of_sha1)
            && sha256.as_ref().is_none_or(|named| named == of_sha256)
    };
    let chain = chain_of(jws)?;
    if let Some(leaf) = chain.first()
        && !is_named(&crate::keys::sha1(leaf), &crate::keys::sha256(leaf))
    {
        return Err(unknown());
    }
    let registered = app.certificates().iter().find(|c| is_named(&c.sha1, &c.sha256));
    let certificate = match registered {
        Some(registered) => registered.der.as_slice(),
        // Subject name and issuer: the certificate itself is not registered, so it must be sent.
        None => app
            .trusted_subjects()
            .iter()
            .find_map(|trusted| certificates::leaf_of(&chain, &trusted.subject, &trusted.ca, call.now))
            .ok_or_else(unknown)?,
    };
    PublicKey::of_certificate(certificate).ok_or_else(unknown)
}

/// The certificates in `x5c`, leaf first; none when there is no such header.
fn chain_of(jws: &Jws<'_>) -> Outcome<Vec<Vec<u8>>> {
    let Some(chain) = jws.header.get("x5c") else { return Ok(Vec::new()) };
    chain
        .as_array()
        .and_then(|chain| chain.iter().map(|one| STANDARD.decode(one.as_str()?).ok()).collect())
        .ok_or_else(AadstsError::malformed_jwt)
}

fn verify_federated(entra: &Entra, call: &Call<'_>, app: &App, jws: &Jws<'_>, issuer: &str) -> Outcome<()> {
    let subject = jws.claim("sub").unwrap_or_default();
    let of_issuer: Vec<&FederatedCredential> =
        app.federated_credentials().iter().filter(|trusted| trusted.issuer == issuer).collect();
    if of_issuer.is_empty() {
        return Err(AadstsError::unknown_federated(700211, "issuer", issuer));
    }
    let of_subject: Vec<&&FederatedCredential> =
        of_issuer.iter().filter(|trusted| trusted.subject == subject).collect();
    if of_subject.is_empty() {
        return Err(AadstsError::unknown_federated(700213, "subject", subject));
    }
    let audiences = jws.audiences();
    let Some(trusted) = of_subject.iter().find(|trusted| audiences.contains(&&*trusted.audience)) else {
        return Err(AadstsError::unknown_federated(700212, "audience", &audiences.join(" ")));
    };
    check_time(call, jws)?;
    let looked_up = entra.key_of_issuer(issuer);
    if trusted.keys.iter().chain(&looked_up).any(|key| jws.is_signed_by(key)) {
        Ok(())
    } else {
        Err(AadstsError::bad_federated_signature())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// The claims of an assertion that [`verify`] accepts, before a test changes them.
pub(crate) fn claims(client_id: &str, audience: &str, now: i64) -> Value {
    serde_json::json!({
        "aud": audience,
        "iss": client_id,
        "sub": client_id,
        "jti": uuid::Uuid::new_v4().to_string(),
        "iat": now,
        "nbf": now,
        "exp": now.saturating_add(600),
    })
}

#[cfg(test)]
mod tests;
