//! Tokens for people: who they are, whether they may, and everything that goes into the answer.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::aadsts::AadstsError;
use crate::clock::stamp;
use crate::directory::{App, Directory, Tenant, User};
use crate::jwt::base64url;
use crate::request::RecordedRequest;
use crate::shapes::TokenBody;
use crate::sync::{lock, read};

use super::client_auth::Proof;
use super::grants::{RefreshToken, SignIn, unguessable};
use super::scopes::{UserScopes, check_resource};
use super::tokens::{Subject, TokenRequest, pairwise};
use super::{Call, Entra, Outcome, known_app, one_tenant};

/// A token for someone who has signed in.
pub(super) struct UserRequest<'a> {
    pub(super) tenant: &'a Tenant,
    pub(super) app: &'a App,
    pub(super) proof: Proof,
    pub(super) sign_in: &'a SignIn,
    pub(super) scope: &'a str,
    pub(super) nonce: Option<&'a str>,
    /// Whether a refresh token comes along even if it was not asked for.
    pub(super) refreshing: bool,
}

impl Entra {
    pub(super) fn issue_for_user(&self, call: &Call<'_>, wanted: &UserRequest<'_>) -> Outcome<TokenBody> {
        let UserRequest { tenant, app, sign_in, .. } = *wanted;
        let scopes = UserScopes::parse(wanted.scope)?;
        check_resource(tenant, &scopes.resource)?;
        let user = self.signed_in_user(tenant, sign_in)?;
        if app.needs_consent() && !lock(&self.grants).has_consent(app.client_id(), user.oid()) {
            return Err(AadstsError::consent_needed(app.client_id(), app.name()));
        }
        check_policies(call, tenant, user, sign_in, &scopes.resource)?;
        let mut body = self.issue(
            call,
            &TokenRequest {
                tenant,
                app,
                proof: wanted.proof,
                subject: Subject::User { user, sign_in },
                resource: &scopes.resource,
                scopes: &scopes.names,
            },
        )?;
        body.scope = Some(scopes.granted.clone());
        if scopes.offline || wanted.refreshing {
            body.refresh_token = Some(self.refresh_token(call, wanted)?);
            body.foci = app.family().map(str::to_owned);
        }
        if scopes.openid {
            body.id_token = Some(self.sign(&id_claims(call, wanted, user))?);
        }
        if call.optional("client_info") == Some("1") && !call.is_adfs {
            body.client_info = Some(client_info(sign_in));
        }
        Ok(body)
    }

    fn refresh_token(&self, call: &Call<'_>, wanted: &UserRequest<'_>) -> Outcome<String> {
        let token = unguessable("1.ARefresh.")?;
        let granted = RefreshToken {
            client_id: wanted.app.client_id().to_owned(),
            family: wanted.app.family().map(str::to_owned),
            scope: wanted.scope.to_owned(),
            sign_in: wanted.sign_in.clone(),
            issued: call.now,
            used: false,
        };
        lock(&self.grants).refresh_tokens.insert(token.clone(), granted);
        Ok(token)
    }

    /// The user in this tenant, if the sign-in still counts: at home by object id, elsewhere as a guest by name.
    pub(super) fn signed_in_user<'d>(&self, tenant: &'d Tenant, sign_in: &SignIn) -> Outcome<&'d User> {
        let user = if tenant.is_called(&sign_in.home_tenant) {
            tenant.user_by_oid(&sign_in.home_oid).ok_or_else(|| AadstsError::unknown_user(tenant.id()))?
        } else {
            tenant.user(&sign_in.username).ok_or_else(|| AadstsError::unknown_guest(tenant.id()))?
        };
        match lock(&self.grants).valid_from(&sign_in.home_oid) {
            Some((serial, valid_from)) if sign_in.serial < serial => {
                Err(AadstsError::grant_revoked(&stamp(sign_in.at), &stamp(valid_from)))
            }
            _ => Ok(user),
        }
    }

    /// The app behind a request on behalf of a user, which need not prove itself if it is a public client.
    pub(super) fn user_client<'d>(
        &self,
        call: &Call<'_>,
        tenant: &'d Tenant,
        must_prove: bool,
    ) -> Outcome<(&'d App, Proof)> {
        let (app, proof) = self.client(call, tenant)?;
        if proof == Proof::None && (must_prove || !app.is_public()) {
            return Err(AadstsError::no_proof());
        }
        Ok((app, proof))
    }

    /// Judges name and password; gives the tenant and the sign-in.
    pub(super) fn sign_in<'d>(
        &self,
        directory: &'d Directory,
        tenant: &str,
        (username, password): (&str, &str),
        now: i64,
    ) -> Outcome<(&'d Tenant, &'d User, SignIn)> {
        let tenant = tenant_of_user(directory, tenant, username)?;
        let user = tenant.user(username).ok_or_else(|| AadstsError::unknown_user(tenant.id()))?;
        if user.is_federated() || !user.has_password(password) {
            return Err(AadstsError::wrong_password());
        }
        Ok((tenant, user, SignIn::new(directory, tenant, user, now, self.next_serial())))
    }
}

impl Entra {
    /// A token for a user of a tenant whose name is all that is needed.
    pub(crate) fn user_token(
        &self,
        request: &RecordedRequest,
        base: &str,
        tenant: &str,
        username: &str,
        scope: &str,
    ) -> Outcome<String> {
        let call = Call::new(request, base, self.clock.unix_now());
        let directory = read(&self.directory);
        let tenant = one_tenant(&directory, tenant)?;
        let app = known_app(tenant, COMMAND_LINE)?;
        let user = tenant.user(username).ok_or_else(|| AadstsError::unknown_user(tenant.id()))?;
        let sign_in =
            SignIn { mfa: true, ..SignIn::new(&directory, tenant, user, call.now, self.next_serial()) };
        let wanted = UserRequest {
            tenant,
            app,
            proof: Proof::None,
            sign_in: &sign_in,
            scope,
            nonce: None,
            refreshing: false,
        };
        Ok(self.issue_for_user(&call, &wanted)?.access_token)
    }
}

/// Microsoft's own client, known in every tenant.
const COMMAND_LINE: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

impl SignIn {
    /// Of this user in this tenant, where she may be a guest from another one.
    pub(crate) fn new(directory: &Directory, tenant: &Tenant, user: &User, now: i64, serial: u64) -> SignIn {
        let domain = user.username().rsplit_once('@').map_or("", |(_, domain)| domain);
        let home = directory.tenant(domain).and_then(|home| Some((home, home.user(user.username())?)));
        let (home_tenant, home_user) = home.unwrap_or((tenant, user));
        SignIn {
            home_tenant: home_tenant.id().to_owned(),
            home_oid: home_user.oid().to_owned(),
            username: user.username().to_owned(),
            at: now,
            serial,
            mfa: false,
            claims: None,
        }
    }
}

/// The tenant a URL names, or the one of the user's domain where it names all organizations.
pub(super) fn tenant_of_user<'d>(
    directory: &'d Directory,
    name: &str,
    username: &str,
) -> Outcome<&'d Tenant> {
    if names_all(name) {
        let domain = username.rsplit_once('@').map_or("", |(_, domain)| domain);
        directory.tenant(domain).ok_or_else(|| AadstsError::unknown_user(domain))
    } else {
        one_tenant(directory, name)
    }
}

/// The tenant a URL names, or the home of who has signed in where it names all organizations.
pub(super) fn tenant_of_sign_in<'d>(
    directory: &'d Directory,
    name: &str,
    sign_in: &SignIn,
) -> Outcome<&'d Tenant> {
    if names_all(name) { one_tenant(directory, &sign_in.home_tenant) } else { one_tenant(directory, name) }
}

pub(super) fn names_all(tenant: &str) -> bool {
    tenant.eq_ignore_ascii_case("common") || tenant.eq_ignore_ascii_case("organizations")
}

/// The app in the tenant named, or in any where all are named: before anybody has signed in nobody knows which.
pub(super) fn app_anywhere<'d>(directory: &'d Directory, tenant: &str, client_id: &str) -> Outcome<&'d App> {
    if names_all(tenant) {
        let found = directory.tenants().iter().find_map(|tenant| tenant.app(client_id));
        found.ok_or_else(|| AadstsError::unknown_app(client_id, tenant))
    } else {
        known_app(one_tenant(directory, tenant)?, client_id)
    }
}

fn check_policies(
    call: &Call<'_>,
    tenant: &Tenant,
    user: &User,
    sign_in: &SignIn,
    resource: &str,
) -> Outcome<()> {
    if user.is_mfa_required() && !sign_in.mfa {
        return Err(AadstsError::mfa_needed(resource));
    }
    let Some(challenge) = tenant.challenge(resource) else { return Ok(()) };
    let carried = sign_in.claims.as_deref().is_some_and(|claims| covers(claims, challenge));
    if carried {
        return Ok(());
    }
    // A program that asks on behalf of someone hears that the someone must act; others that their grant is not enough.
    let refused = AadstsError::mfa_needed(resource).with_claims(challenge);
    Err(if call.optional("requested_token_use").is_some() {
        refused.with_error("interaction_required")
    } else {
        refused
    })
}

/// Whether claims include everything of a challenge.
fn covers(claims: &str, challenge: &str) -> bool {
    fn includes(given: &Value, wanted: &Value) -> bool {
        match (given, wanted) {
            (Value::Object(given), Value::Object(wanted)) => wanted
                .iter()
                .all(|(name, wanted)| given.get(name).is_some_and(|given| includes(given, wanted))),
            _ => given == wanted,
        }
    }
    let parse = |text| serde_json::from_str::<Value>(text).ok();
    match (parse(claims), parse(challenge)) {
        (Some(given), Some(wanted)) => includes(&given, &wanted),
        _ => claims == challenge,
    }
}

fn id_claims(call: &Call<'_>, wanted: &UserRequest<'_>, user: &User) -> Value {
    let client_id = wanted.app.client_id();
    let mut claims = json!({
        "aud": client_id,
        "iat": call.now.saturating_sub(super::tokens::SKEW),
        "nbf": call.now.saturating_sub(super::tokens::SKEW),
        "exp": call.now.saturating_add(3600),
        "sub": pairwise(user, client_id),
        "name": user.name(),
    });
    if call.is_adfs {
        claims["iss"] = json!(format!("{}/adfs", call.base));
        claims["upn"] = json!(user.username());
        claims["unique_name"] = json!(user.username());
    } else {
        claims["iss"] = json!(format!("{}/{}/v2.0", call.base, wanted.tenant.id()));
        claims["oid"] = json!(user.oid());
        claims["preferred_username"] = json!(user.username());
        claims["tid"] = json!(wanted.tenant.id());
        claims["uti"] = json!(base64url(Uuid::new_v4()));
        claims["ver"] = json!("2.0");
    }
    if let Some(nonce) = wanted.nonce {
        claims["nonce"] = json!(nonce);
    }
    claims
}

/// Who the account is, wherever it is a guest.
pub(super) fn client_info(sign_in: &SignIn) -> String {
    base64url(json!({"uid": sign_in.home_oid, "utid": sign_in.home_tenant}).to_string())
}
