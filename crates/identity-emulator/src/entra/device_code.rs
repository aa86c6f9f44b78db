//! The device code flow: a code here, a person with a browser elsewhere.

use http::StatusCode;
use ring::rand::{SecureRandom as _, SystemRandom};
use serde_json::json;

use crate::aadsts::AadstsError;
use crate::directory::Directory;
use crate::reply::Reply;
use crate::shapes::TokenBody;
use crate::sync::{lock, read};

use super::client_auth::Proof;
use super::grants::{SignIn, unguessable};
use super::scopes::{UserScopes, check_resource};
use super::users::{UserRequest, app_anywhere, tenant_of_sign_in};
use super::{Call, Entra, Outcome, pages};

/// How device codes are given out.
#[derive(Clone, Debug)]
pub struct DeviceCodeStyle {
    interval: u32,
    lifetime: u32,
    strict: bool,
}

impl Default for DeviceCodeStyle {
    fn default() -> Self {
        DeviceCodeStyle { interval: 5, lifetime: 900, strict: false }
    }
}

impl DeviceCodeStyle {
    /// How many seconds clients are told to wait between polls; 5 by default.
    pub fn with_interval(mut self, seconds: u32) -> DeviceCodeStyle {
        self.interval = seconds;
        self
    }

    /// How many seconds a code lives; 900 by default.
    pub fn with_lifetime(mut self, seconds: u32) -> DeviceCodeStyle {
        self.lifetime = seconds;
        self
    }

    /// Answers a poll that comes too early, by the emulator's clock, with `slow_down`, and makes the interval five
    /// seconds longer, as RFC 8628 has it.
    pub fn with_enforced_interval(mut self) -> DeviceCodeStyle {
        self.strict = true;
        self
    }
}

/// A device that waits.
#[derive(Clone)]
pub(crate) struct Device {
    client_id: String,
    tenant: String,
    scope: String,
    user_code: String,
    issued: i64,
    expires: i64,
    interval: i64,
    polled: Option<i64>,
    state: State,
}

#[derive(Clone)]
enum State {
    Waiting,
    Approved(SignIn),
    Declined,
    Expired,
    Used,
}

impl Entra {
    /// `/{tenant}/oauth2/v2.0/devicecode`
    pub(crate) fn device_authorization(&self, call: &Call<'_>, tenant: &str) -> Reply {
        match self.start_device(call, tenant) {
            Ok(reply) => reply,
            Err(refused) => call.refuse(&refused),
        }
    }

    fn start_device(&self, call: &Call<'_>, tenant: &str) -> Outcome<Reply> {
        call.must_be_post()?;
        let client_id = call.required("client_id")?;
        let scope = call.required("scope")?;
        {
            let directory = read(&self.directory);
            let app = app_anywhere(&directory, tenant, client_id)?;
            if !app.is_public() {
                return Err(AadstsError::no_proof());
            }
            UserScopes::parse(scope)?;
        }
        let style = read(&self.device_style).clone();
        let device_code = unguessable("EAQABAAEAAAD")?;
        let user_code = user_code()?;
        let device = Device {
            client_id: client_id.to_owned(),
            tenant: tenant.to_owned(),
            scope: scope.to_owned(),
            user_code: user_code.clone(),
            issued: call.now,
            expires: call.now.saturating_add(style.lifetime.into()),
            interval: style.interval.into(),
            polled: None,
            state: State::Waiting,
        };
        lock(&self.grants).devices.insert(device_code.clone(), device);
        if let Some(person) = &self.automatic {
            let _ = self.settle_device(&user_code, person.decision(), call.now);
        }
        let verification_uri = format!("{}/device", call.base);
        let message = format!(
            "To sign in, use a web browser to open the page {verification_uri} and enter the code {user_code} to \
             authenticate."
        );
        Ok(call.marked(Reply::json(
            StatusCode::OK,
            &json!({
                "user_code": user_code,
                "device_code": device_code,
                "verification_uri": verification_uri,
                "expires_in": style.lifetime,
                "interval": style.interval,
                "message": message,
            }),
        )))
    }

    /// `grant_type=urn:ietf:params:oauth:grant-type:device_code`
    pub(super) fn device_code(
        &self,
        call: &Call<'_>,
        directory: &Directory,
        tenant: &str,
    ) -> Outcome<TokenBody> {
        let text = call.optional("device_code").or_else(|| call.optional("code"));
        let text = text.ok_or_else(|| AadstsError::missing_parameter("device_code"))?;
        let client_id = call.required("client_id")?;
        let (device, sign_in) = self.poll(call, text, client_id)?;
        let tenant = tenant_of_sign_in(directory, tenant, &sign_in)?;
        let app = app_anywhere(directory, tenant.id(), client_id)?;
        let sign_in = SignIn { claims: call.optional("claims").map(str::to_owned), ..sign_in };
        let body = self.issue_for_user(
            call,
            &UserRequest {
                tenant,
                app,
                proof: Proof::None,
                sign_in: &sign_in,
                scope: call.optional("scope").unwrap_or(&device.scope),
                nonce: None,
                refreshing: false,
            },
        )?;
        if let Some(device) = lock(&self.grants).devices.get_mut(text) {
            if matches!(device.state, State::Used) {
                return Err(AadstsError::code_used());
            }
            device.state = State::Used;
        }
        Ok(body)
    }

    fn poll(&self, call: &Call<'_>, text: &str, client_id: &str) -> Outcome<(Device, SignIn)> {
        let mut grants = lock(&self.grants);
        let device = grants.devices.get_mut(text).ok_or_else(AadstsError::unknown_device_code)?;
        if !device.client_id.eq_ignore_ascii_case(client_id) {
            return Err(AadstsError::grant_of_another_client(client_id));
        }
        if call.now >= device.expires && matches!(device.state, State::Waiting) {
            device.state = State::Expired;
        }
        match &device.state {
            State::Approved(sign_in) => Ok((device.clone(), sign_in.clone())),
            State::Declined => Err(AadstsError::authorization_declined()),
            State::Expired => Err(AadstsError::device_code_expired()),
            State::Used => Err(AadstsError::code_used()),
            State::Waiting => {
                let last = device.polled.replace(call.now);
                let early = last.is_some_and(|last| call.now < last.saturating_add(device.interval));
                if early && read(&self.device_style).strict {
                    device.interval = device.interval.saturating_add(5);
                    return Err(AadstsError::slow_down());
                }
                Err(AadstsError::authorization_pending())
            }
        }
    }

    /// `/device`: the page where a person enters the code.
    pub(crate) fn device_page(&self, call: &Call<'_>) -> Reply {
        let request = call.request;
        if request.method == http::Method::GET {
            return pages::device(request.query("otc").unwrap_or_default(), "");
        }
        let field = |name| request.form(name).unwrap_or_default();
        let decision = match field("action") {
            "approve" => Decision::Approve { username: field("login"), password: Some(field("passwd")) },
            "decline" => Decision::Decline,
            _ => return pages::device(field("otc"), "Choose what to do."),
        };
        match self.settle_device(field("otc"), decision, call.now) {
            Ok(()) => pages::message("You may close this window and go back to your device."),
            Err(refused) => pages::device(field("otc"), refused.message()),
        }
    }

    /// Does what a person decided about a code.
    pub(crate) fn settle_device(&self, user_code: &str, decision: Decision<'_>, now: i64) -> Outcome<()> {
        let directory = read(&self.directory);
        let (tenant, client_id, scope) = {
            let mut grants = lock(&self.grants);
            let device = waiting(&mut grants, user_code, now)?;
            (device.tenant.clone(), device.client_id.clone(), device.scope.clone())
        };
        let state = match decision {
            Decision::Decline => State::Declined,
            Decision::Expire => State::Expired,
            Decision::Approve { username, password } => {
                let (tenant, user, sign_in) = match password {
                    Some(password) => self.sign_in(&directory, &tenant, (username, password), now)?,
                    None => {
                        let tenant = super::users::tenant_of_user(&directory, &tenant, username)?;
                        let user =
                            tenant.user(username).ok_or_else(|| AadstsError::unknown_user(tenant.id()))?;
                        (tenant, user, SignIn::new(&directory, tenant, user, now, self.next_serial()))
                    }
                };
                check_resource(tenant, &UserScopes::parse(&scope)?.resource)?;
                // Whoever approves at the page has passed every factor and agreed to the app.
                lock(&self.grants).consent(&client_id, user.oid());
                State::Approved(SignIn { mfa: true, ..sign_in })
            }
        };
        waiting(&mut lock(&self.grants), user_code, now)?.state = state;
        Ok(())
    }

    /// The user codes that wait for a person, oldest first.
    pub(crate) fn waiting_devices(&self) -> Vec<String> {
        let grants = lock(&self.grants);
        let mut waiting: Vec<&Device> =
            grants.devices.values().filter(|device| matches!(device.state, State::Waiting)).collect();
        waiting.sort_by_key(|device| device.issued);
        waiting.into_iter().map(|device| device.user_code.clone()).collect()
    }
}

/// What a person does about a device.
pub(crate) enum Decision<'a> {
    /// Without a password the emulator's owner vouches for her.
    Approve {
        username: &'a str,
        password: Option<&'a str>,
    },
    Decline,
    Expire,
}

fn waiting<'g>(grants: &'g mut super::grants::Grants, user_code: &str, now: i64) -> Outcome<&'g mut Device> {
    let same = |device: &&mut Device| device.user_code.eq_ignore_ascii_case(user_code.trim());
    let device = grants.devices.values_mut().find(same).ok_or_else(AadstsError::unknown_device_code)?;
    match device.state {
        State::Waiting if now < device.expires => Ok(device),
        State::Waiting | State::Expired => Err(AadstsError::device_code_expired()),
        _ => Err(AadstsError::code_used()),
    }
}

/// Nine letters and digits that are not mistaken for one another.
fn user_code() -> Outcome<String> {
    const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut bytes = [0; 9];
    SystemRandom::new().fill(&mut bytes).map_err(|_| AadstsError::server_error())?;
    Ok(bytes
        .iter()
        .filter_map(|byte| LETTERS.get(usize::from(byte % 32)))
        .map(|letter| char::from(*letter))
        .collect())
}

#[cfg(test)]
mod tests;
