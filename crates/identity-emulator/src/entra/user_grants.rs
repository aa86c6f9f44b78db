//! The grants with which programs redeem what a person did: code, refresh token, password, on behalf of.

use crate::aadsts::AadstsError;
use crate::clock::stamp;
use crate::directory::Directory;
use crate::jwt::Jws;
use crate::shapes::TokenBody;
use crate::sync::{lock, read};

use super::grants::SignIn;
use super::users::{UserRequest, tenant_of_sign_in};
use super::{Call, Entra, Outcome, one_tenant};

/// How long a code lives.
const CODE_LIFE: i64 = 600;
/// How long a refresh token lives unused.
const REFRESH_LIFE: i64 = 90 * 24 * 3600;

impl Entra {
    /// `grant_type=authorization_code`
    pub(super) fn authorization_code(
        &self,
        call: &Call<'_>,
        directory: &Directory,
        tenant: &str,
    ) -> Outcome<TokenBody> {
        let text = call.required("code")?;
        let redirect_uri = call.required("redirect_uri")?;
        let code = lock(&self.grants).codes.get(text).cloned().ok_or_else(AadstsError::malformed_grant)?;
        let tenant = if super::users::names_all(tenant) {
            one_tenant(directory, &code.tenant_id)?
        } else {
            one_tenant(directory, tenant)?
        };
        let (app, proof) = self.user_client(call, tenant, code.web)?;
        if !app.is_called(&code.client_id) || !tenant.is_called(&code.tenant_id) {
            return Err(AadstsError::grant_of_another_client(app.client_id()));
        }
        if code.used {
            return Err(AadstsError::code_used());
        }
        if call.now > code.issued.saturating_add(CODE_LIFE) {
            return Err(AadstsError::code_expired());
        }
        if redirect_uri != code.redirect_uri {
            return Err(AadstsError::other_redirect_uri(redirect_uri, &code.redirect_uri));
        }
        match (&code.challenge, call.optional("code_verifier")) {
            (Some(challenge), Some(verifier)) if challenge.is_met_by(verifier) => {}
            (Some(_), None) => return Err(AadstsError::code_verifier_missing()),
            (Some(_), Some(_)) | (None, Some(_)) => return Err(AadstsError::code_verifier_wrong()),
            (None, None) => {}
        }
        let body = self.issue_for_user(
            call,
            &UserRequest {
                tenant,
                app,
                proof,
                sign_in: &code.sign_in,
                scope: call.optional("scope").unwrap_or(&code.scope),
                nonce: code.nonce.as_deref(),
                refreshing: code.scope.split_ascii_whitespace().any(|scope| scope == "offline_access"),
            },
        )?;
        // Of two that come at once only the first has it.
        match lock(&self.grants).codes.get_mut(text) {
            Some(code) if !code.used => code.used = true,
            _ => return Err(AadstsError::code_used()),
        }
        Ok(body)
    }

    /// `grant_type=refresh_token`
    pub(super) fn refresh(&self, call: &Call<'_>, directory: &Directory, tenant: &str) -> Outcome<TokenBody> {
        let text = call.required("refresh_token")?;
        let token =
            lock(&self.grants).refresh_tokens.get(text).cloned().ok_or_else(AadstsError::malformed_grant)?;
        let tenant = tenant_of_sign_in(directory, tenant, &token.sign_in)?;
        let (app, proof) = self.user_client(call, tenant, false)?;
        let is_family = token.family.is_some() && token.family.as_deref() == app.family();
        if !app.is_called(&token.client_id) && !is_family {
            return Err(AadstsError::grant_of_another_client(app.client_id()));
        }
        if call.now > token.issued.saturating_add(REFRESH_LIFE) {
            return Err(AadstsError::refresh_token_expired(&stamp(token.issued)));
        }
        let once = read(&self.style).is_refresh_token_used_once();
        if once && token.used {
            return Err(AadstsError::malformed_grant());
        }
        let body = self.issue_for_user(
            call,
            &UserRequest {
                tenant,
                app,
                proof,
                sign_in: &token.sign_in,
                scope: call.optional("scope").unwrap_or(&token.scope),
                nonce: None,
                refreshing: true,
            },
        )?;
        if let Some(token) = lock(&self.grants).refresh_tokens.get_mut(text) {
            if once && token.used {
                return Err(AadstsError::malformed_grant());
            }
            token.used = true;
        }
        Ok(body)
    }

    /// `grant_type=password`
    pub(super) fn password(
        &self,
        call: &Call<'_>,
        directory: &Directory,
        tenant: &str,
    ) -> Outcome<TokenBody> {
        let login = (call.required("username")?, call.required("password")?);
        let (tenant, _, sign_in) = self.sign_in(directory, tenant, login, call.now)?;
        let (app, proof) = self.user_client(call, tenant, false)?;
        let sign_in = SignIn { claims: call.optional("claims").map(str::to_owned), ..sign_in };
        let scope = call.required("scope")?;
        self.issue_for_user(
            call,
            &UserRequest { tenant, app, proof, sign_in: &sign_in, scope, nonce: None, refreshing: false },
        )
    }

    /// `grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer`
    pub(super) fn on_behalf_of(
        &self,
        call: &Call<'_>,
        directory: &Directory,
        tenant: &str,
    ) -> Outcome<TokenBody> {
        let assertion = call.required("assertion")?;
        if call.required("requested_token_use")? != "on_behalf_of" {
            return Err(AadstsError::malformed_request());
        }
        let tenant = one_tenant(directory, tenant)?;
        let (app, proof) = self.user_client(call, tenant, true)?;
        let jws = Jws::parse(assertion).ok_or_else(AadstsError::malformed_jwt)?;
        if !jws.is_signed_by(&self.key.public_key()) {
            return Err(AadstsError::user_assertion_not_ours());
        }
        let audiences = jws.audiences();
        if !audiences.iter().any(|audience| app.is_resource(audience)) {
            return Err(AadstsError::assertion_for_another_client(&audiences.join(" "), app.client_id()));
        }
        let expires = jws.time("exp").unwrap_or(i64::MIN);
        if expires <= call.now {
            return Err(AadstsError::user_assertion_out_of_time(&stamp(call.now), &stamp(expires)));
        }
        if jws.claim("scp").is_none() {
            return Err(AadstsError::on_behalf_of_an_app(app.client_id()));
        }
        let home =
            jws.claim("tid").and_then(|id| directory.tenant(id)).ok_or_else(AadstsError::malformed_grant)?;
        let user = jws
            .claim("oid")
            .and_then(|oid| home.user_by_oid(oid))
            .ok_or_else(|| AadstsError::unknown_user(home.id()))?;
        let issued = jws.time("iat").unwrap_or(call.now).saturating_add(super::tokens::SKEW);
        let sign_in = SignIn {
            mfa: jws
                .claims
                .get("amr")
                .and_then(|amr| amr.as_array())
                .is_some_and(|amr| amr.iter().any(|m| m == "mfa")),
            claims: call.optional("claims").map(str::to_owned),
            ..SignIn::new(directory, home, user, issued, session_serial(&jws))
        };
        let scope = call.required("scope")?;
        self.issue_for_user(
            call,
            &UserRequest { tenant, app, proof, sign_in: &sign_in, scope, nonce: None, refreshing: false },
        )
    }
}

/// The place of the sign-in behind one of our tokens among all sign-ins and revocations.
fn session_serial(jws: &Jws<'_>) -> u64 {
    let session = jws.claim("sid").and_then(|sid| uuid::Uuid::try_parse(sid).ok());
    session.map_or(0, |sid| u64::try_from(sid.as_u128()).unwrap_or_default())
}

#[cfg(test)]
mod tests;
