//! Which identity is asked for, and its token.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::entra::Entra;
use crate::jwt::{Algorithm, base64url};
use crate::oidc;
use crate::request::RecordedRequest;
use crate::sync::read;

use super::machine::{ExpiryStyle, Machine, MachineIdentity};

/// The names that a host has for client, object and resource ids.
pub(super) struct Names {
    pub(super) client: &'static [&'static str],
    pub(super) object: &'static [&'static str],
    pub(super) resource: &'static [&'static str],
}

/// Why a request names no identity of the machine.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoIdentity {
    Several,
    Unknown,
}

/// The identity that a request is about.
pub(super) struct Asked<'m> {
    pub(super) identity: &'m MachineIdentity,
    /// Whether the request says so; otherwise it is the machine's own.
    pub(super) is_named: bool,
}

impl Names {
    pub(super) fn has(&self, name: &str) -> bool {
        [self.client, self.object, self.resource].iter().any(|names| names.contains(&name))
    }
}

impl Machine {
    /// The identity that a request names. As with the real hosts, a parameter that the host does not know means nothing.
    pub(super) fn identity(&self, request: &RecordedRequest, names: &Names) -> Result<Asked<'_>, NoIdentity> {
        let mut given = request.query_pairs().iter().filter(|(name, _)| names.has(name));
        let (name, value) = match (given.next(), given.next()) {
            (None, _) => {
                let own = self.system_assigned.as_ref().ok_or(NoIdentity::Unknown)?;
                return Ok(Asked { identity: own, is_named: false });
            }
            (Some((name, value)), None) => (name.as_str(), value),
            (Some(_), Some(_)) => return Err(NoIdentity::Several),
        };
        let is_it = |identity: &&MachineIdentity| {
            let id = match () {
                () if names.client.contains(&name) => &identity.client_id,
                () if names.object.contains(&name) => &identity.object_id,
                () => &identity.resource_id,
            };
            id.eq_ignore_ascii_case(value)
        };
        let found = self.user_assigned.iter().chain(&self.system_assigned).find(is_it);
        found.map(|identity| Asked { identity, is_named: true }).ok_or(NoIdentity::Unknown)
    }
}

/// A token about a machine's identity, and when it ends.
pub(super) struct MachineToken {
    pub(super) text: String,
    pub(super) expires_in: u64,
    pub(super) expires_on: i64,
    pub(super) not_before: i64,
}

impl Entra {
    /// None for a resource that is none.
    pub(super) fn machine_token(&self, identity: &MachineIdentity, resource: &str) -> Option<MachineToken> {
        let is_service = ["https://", "http://"]
            .iter()
            .any(|scheme| resource.len() > scheme.len() && resource.starts_with(scheme));
        let is_for_exchange = resource.starts_with("api://AzureADTokenExchange");
        let is_known = {
            let directory = read(&self.directory);
            directory
                .tenant(&self.hosts.tenant_id)
                .is_some_and(|tenant| tenant.app_of_resource(resource).is_some())
        };
        (is_service || is_for_exchange || is_known).then_some(())?;

        let now = self.clock.unix_now();
        let lifetime: Duration = read(&self.hosts.machine).lifetime;
        let (expires_in, not_before) = (lifetime.as_secs(), now.saturating_sub(300));
        let expires_on = now.saturating_add_unsigned(expires_in);
        let tenant = &self.hosts.tenant_id;
        let mut claims = json!({
            "aud": resource,
            "iat": not_before,
            "nbf": not_before,
            "exp": expires_on,
            "tid": tenant,
            "oid": identity.object_id,
            "sub": identity.object_id,
            "idtyp": "app",
            "uti": base64url(Uuid::new_v4()),
            "xms_mirid": identity.resource_id,
        });
        let more = match is_for_exchange {
            // What is exchanged is a token of the current version, whose issuer the other app trusts.
            true => {
                json!({ "ver": "2.0", "iss": oidc::issuer_of_tenant(tenant), "azp": identity.client_id, "azpacr": "2" })
            }
            false => {
                let issuer = format!("https://sts.windows.net/{tenant}/");
                json!({ "ver": "1.0", "iss": issuer, "idp": issuer, "appid": identity.client_id, "appidacr": "2" })
            }
        };
        if let (Value::Object(claims), Value::Object(more)) = (&mut claims, more) {
            claims.extend(more);
        }
        let id = self.key.id();
        let text = self.key.sign(Algorithm::Rs256, json!({ "kid": id, "x5t": id }), &claims)?;
        Some(MachineToken { text, expires_in, expires_on, not_before })
    }
}

impl MachineToken {
    /// What every host's answer has.
    pub(super) fn body(&self, resource: &str, style: ExpiryStyle) -> Map<String, Value> {
        let Value::Object(body) = json!({
            "access_token": self.text,
            "expires_on": style.write(self.expires_on),
            "resource": resource,
            "token_type": "Bearer",
        }) else {
            return Map::new();
        };
        body
    }
}

impl ExpiryStyle {
    fn write(self, at: i64) -> Value {
        let date = |format: &str| {
            let at = Timestamp::from_second(at).unwrap_or(Timestamp::MAX);
            json!(at.strftime(format).to_string())
        };
        match self {
            Self::Text => json!(at.to_string()),
            Self::Number => json!(at),
            Self::DateOfLinux => date("%m/%d/%Y %H:%M:%S +00:00"),
            Self::DateOfWindows => date("%-m/%-d/%Y %-I:%M:%S %p +00:00"),
        }
    }

    /// The style of a host that knows no dates.
    pub(super) fn in_seconds(self) -> Self {
        match self {
            Self::DateOfLinux | Self::DateOfWindows => Self::Text,
            style => style,
        }
    }
}
