//! Entra ID's token endpoint: which grant is asked for, and who answers it.

pub(crate) mod assertion;
mod authorize;
mod call;
mod client_auth;
mod client_credentials;
mod device_code;
mod grants;
mod pages;
mod pkce;
mod scopes;
mod tokens;
mod user_grants;
mod users;

pub(crate) use call::Call;
pub(crate) use device_code::Decision;
pub use device_code::DeviceCodeStyle;
pub use tokens::TokenStyle;

use std::collections::HashSet;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, RwLock};

use crate::aadsts::AadstsError;
use crate::clock::MovableClock;
use crate::directory::{App, Directory, Tenant};
use crate::keys::SigningKey;
use crate::msi::{Hosts, Machine};
use crate::person::Person;
use crate::reply::Reply;
use crate::shapes::{InstanceMetadata, TokenBody};
use crate::sync::read;

use grants::Grants;

/// The state behind the endpoints.
#[derive(Debug)]
pub(crate) struct Entra {
    pub(crate) directory: RwLock<Directory>,
    pub(crate) style: RwLock<TokenStyle>,
    pub(crate) device_style: RwLock<DeviceCodeStyle>,
    pub(crate) grants: Mutex<Grants>,
    /// Who signs in at once wherever a person is asked for; none means that pages wait for one.
    pub(crate) automatic: Option<Person>,
    serial: AtomicU64,
    pub(crate) key: SigningKey,
    pub(crate) client_key: SigningKey,
    pub(crate) clock: MovableClock,
    /// Clouds that instance discovery knows beside the real ones.
    pub(crate) extra_clouds: Vec<InstanceMetadata>,
    pub(crate) hosts: Hosts,
}

/// What an [`Entra`] begins with.
#[derive(Debug, Default)]
pub(crate) struct Setup {
    pub(crate) directory: Directory,
    pub(crate) style: TokenStyle,
    pub(crate) device_style: DeviceCodeStyle,
    pub(crate) automatic: Option<Person>,
    pub(crate) clock: MovableClock,
    pub(crate) clouds: Vec<InstanceMetadata>,
    pub(crate) machine: Machine,
    /// The tenant of the machine's identities.
    pub(crate) tenant_id: String,
}

type Outcome<T> = Result<T, AadstsError>;

impl Entra {
    pub(crate) fn new(setup: Setup) -> io::Result<Entra> {
        Ok(Entra {
            directory: RwLock::new(setup.directory),
            style: RwLock::new(setup.style),
            device_style: RwLock::new(setup.device_style),
            grants: Mutex::default(),
            automatic: setup.automatic,
            serial: AtomicU64::new(1),
            key: SigningKey::of_tokens()?,
            client_key: SigningKey::of_client()?,
            clock: setup.clock,
            extra_clouds: setup.clouds,
            hosts: Hosts::new(setup.machine, setup.tenant_id),
        })
    }

    /// Numbers sign-ins and revocations in their order.
    pub(crate) fn next_serial(&self) -> u64 {
        self.serial.fetch_add(1, Ordering::Relaxed)
    }

    /// Answers a request to a token endpoint of this tenant.
    pub(crate) fn token(&self, call: &Call<'_>, tenant: &str) -> Reply {
        match self.grant(call, tenant) {
            Ok(body) => call.token(&body),
            Err(refused) => call.refuse(&refused),
        }
    }

    fn grant(&self, call: &Call<'_>, tenant: &str) -> Outcome<TokenBody> {
        let request = call.request;
        call.must_be_post()?;
        let mut seen = HashSet::new();
        if let Some((name, _)) = request.form.iter().find(|(name, _)| !seen.insert(name)) {
            return Err(AadstsError::duplicated_parameter(name));
        }
        let grant = call.required("grant_type")?;
        let directory = read(&self.directory);
        match grant {
            "client_credentials" => self.client_credentials(call, &directory, tenant),
            "authorization_code" => self.authorization_code(call, &directory, tenant),
            "refresh_token" => self.refresh(call, &directory, tenant),
            "password" => self.password(call, &directory, tenant),
            "urn:ietf:params:oauth:grant-type:jwt-bearer" => self.on_behalf_of(call, &directory, tenant),
            "urn:ietf:params:oauth:grant-type:device_code" | "device_code" => {
                self.device_code(call, &directory, tenant)
            }
            other => Err(AadstsError::unsupported_grant(other)),
        }
    }
}

/// The one tenant that a URL names. User flows, which may name several, look elsewhere first.
pub(crate) fn one_tenant<'d>(directory: &'d Directory, name: &str) -> Outcome<&'d Tenant> {
    match name.to_ascii_lowercase().as_str() {
        "common" | "organizations" | "consumers" => Err(AadstsError::no_tenant()),
        "adfs" => directory.tenants().first().ok_or_else(|| AadstsError::unknown_tenant(name)),
        _ if !is_tenant_name(name) => Err(AadstsError::malformed_tenant(name)),
        _ => directory.tenant(name).ok_or_else(|| AadstsError::unknown_tenant(name)),
    }
}

fn is_tenant_name(name: &str) -> bool {
    let guid = uuid::Uuid::try_parse(name).is_ok();
    let domain =
        name.contains('.') && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
    guid || domain
}

fn known_app<'d>(tenant: &'d Tenant, client_id: &str) -> Outcome<&'d App> {
    tenant.app(client_id).ok_or_else(|| AadstsError::unknown_app(client_id, tenant.id()))
}

#[cfg(test)]
mod tests;
