//! The tokens that come out.

use std::time::Duration;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::aadsts::AadstsError;
use crate::directory::{App, Tenant, User};
use crate::jwt::{Algorithm, base64url};
use crate::shapes::{TokenBody, adfs_token_issuer};
use crate::sync::read;

use super::client_auth::Proof;
use super::grants::SignIn;
use super::{Call, Entra, Outcome};

/// How tokens are issued: how long they live and how the answer says so.
#[derive(Clone, Debug)]
pub struct TokenStyle {
    lifetime: Duration,
    refresh_in: Option<Duration>,
    numbers_as_text: bool,
    refresh_once: bool,
}

impl Default for TokenStyle {
    fn default() -> Self {
        TokenStyle {
            lifetime: Duration::from_secs(3599),
            refresh_in: None,
            numbers_as_text: false,
            refresh_once: false,
        }
    }
}

impl TokenStyle {
    /// How long access tokens live; 3599 seconds by default.
    pub fn with_lifetime(mut self, lifetime: Duration) -> TokenStyle {
        self.lifetime = lifetime;
        self
    }

    /// After how long clients are told to refresh; by default they are told nothing.
    pub fn with_refresh_in(mut self, refresh_in: Duration) -> TokenStyle {
        self.refresh_in = Some(refresh_in);
        self
    }

    /// Refuses a refresh token that has been redeemed before. Otherwise, as with Entra ID, each redemption gives a new
    /// one and the old one goes on working.
    pub fn with_refresh_tokens_used_once(mut self) -> TokenStyle {
        self.refresh_once = true;
        self
    }

    pub(super) fn is_refresh_token_used_once(&self) -> bool {
        self.refresh_once
    }

    /// Writes `expires_in` and its like as strings, as some endpoints do.
    pub fn with_numbers_as_text(mut self) -> TokenStyle {
        self.numbers_as_text = true;
        self
    }
}

/// Everything that decides what an access token says.
pub(crate) struct TokenRequest<'a> {
    pub(crate) tenant: &'a Tenant,
    pub(crate) app: &'a App,
    pub(crate) proof: Proof,
    pub(crate) subject: Subject<'a>,
    pub(crate) resource: &'a str,
    /// Names of delegated permissions; for users only.
    pub(crate) scopes: &'a [String],
}

/// Whom a token is about.
#[derive(Clone, Copy)]
pub(crate) enum Subject<'a> {
    App,
    User { user: &'a User, sign_in: &'a SignIn },
}

impl Entra {
    /// An answer with an access token, and nothing else in it.
    pub(super) fn issue(&self, call: &Call<'_>, wanted: &TokenRequest<'_>) -> Outcome<TokenBody> {
        let style = read(&self.style).clone();
        let lifetime = style.lifetime.as_secs();
        let claims = Value::Object(self.access_claims(call, wanted, lifetime)?);
        let access_token = self.sign(&claims)?;
        let mut body = TokenBody::new(access_token, lifetime);
        body.refresh_in = style.refresh_in.map(|after| after.as_secs());
        body.numbers_as_text = style.numbers_as_text;
        Ok(body)
    }

    pub(super) fn sign(&self, claims: &Value) -> Outcome<String> {
        let id = self.key.id();
        self.key
            .sign(Algorithm::Rs256, json!({"kid": id, "x5t": id}), claims)
            .ok_or_else(AadstsError::server_error)
    }

    fn access_claims(
        &self,
        call: &Call<'_>,
        wanted: &TokenRequest<'_>,
        lifetime: u64,
    ) -> Outcome<Map<String, Value>> {
        let TokenRequest { tenant, app, .. } = *wanted;
        let own_resource = tenant.app_of_resource(wanted.resource);
        let (version, audience) = match own_resource {
            Some(resource) => ("2.0", resource.client_id()),
            None => ("1.0", wanted.resource),
        };
        let issuer = match version {
            _ if call.is_adfs => adfs_token_issuer(&call.base),
            // The resource servers of Microsoft take v1 tokens, whose issuer is this whatever host gave them.
            "1.0" => format!("https://sts.windows.net/{}/", tenant.id()),
            _ => format!("{}/{}/v2.0", call.base, tenant.id()),
        };
        let mut claims = Map::new();
        let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        put("aud", json!(audience));
        put("iss", json!(issuer));
        put("iat", json!(call.now.saturating_sub(SKEW)));
        put("nbf", json!(call.now.saturating_sub(SKEW)));
        put("exp", json!(call.now.saturating_add_unsigned(lifetime)));
        put("tid", json!(tenant.id()));
        put("uti", json!(base64url(Uuid::new_v4())));
        put("ver", json!(version));
        let (client, strength) = if version == "1.0" { ("appid", "appidacr") } else { ("azp", "azpacr") };
        put(client, json!(app.client_id()));
        put(strength, json!(wanted.proof.strength()));
        match wanted.subject {
            Subject::App => {
                let oid = app.object_id(tenant.id());
                put("idtyp", json!("app"));
                put("oid", json!(oid));
                put("sub", json!(oid));
            }
            Subject::User { user, sign_in } => {
                let amr = if sign_in.mfa { json!(["pwd", "mfa"]) } else { json!(["pwd"]) };
                put("amr", amr);
                put("sid", json!(Uuid::from_u128(sign_in.serial.into()).to_string()));
                put("oid", json!(user.oid()));
                put("sub", json!(pairwise(user, audience)));
                put("name", json!(user.name()));
                put("scp", json!(wanted.scopes.join(" ")));
                if version == "1.0" {
                    put("upn", json!(user.username()));
                    put("unique_name", json!(user.username()));
                } else {
                    put("preferred_username", json!(user.username()));
                }
            }
        }
        if version == "1.0" {
            put("idp", json!(issuer));
        }
        if let Some(capabilities) = client_capabilities(call)? {
            put("xms_cc", capabilities);
        }
        Ok(claims)
    }
}

/// Entra ID dates its tokens back by this much, for resources whose clocks are late.
pub(super) const SKEW: i64 = 300;

/// A user's name for one audience only, as Entra ID makes `sub`.
pub(super) fn pairwise(user: &User, audience: &str) -> String {
    base64url(crate::keys::sha256(format!("{}\n{audience}", user.oid()).as_bytes()))
}

/// What the claims parameter says the client can handle: `["CP1"]` for continuous access evaluation.
fn client_capabilities(call: &Call<'_>) -> Outcome<Option<Value>> {
    let Some(claims) = call.optional("claims") else { return Ok(None) };
    match serde_json::from_str(claims) {
        Ok(Value::Object(claims)) => Ok(claims
            .get("access_token")
            .and_then(|token| token.get("xms_cc")?.get("values"))
            .filter(|values| values.is_array())
            .cloned()),
        _ => Err(AadstsError::malformed_request()),
    }
}
