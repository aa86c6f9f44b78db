//! What has been granted and not yet used up: codes, refresh tokens, device codes, consents.

use std::collections::{HashMap, HashSet, VecDeque};

use ring::rand::{SecureRandom as _, SystemRandom};

use crate::aadsts::AadstsError;
use crate::jwt::base64url;

use super::Outcome;
use super::authorize::Flow;
use super::device_code::Device;
use super::pkce::CodeChallenge;

/// The memory of the user flows.
#[derive(Default)]
pub(crate) struct Grants {
    pub(super) flows: Bounded<Flow>,
    pub(super) codes: Bounded<Code>,
    pub(super) refresh_tokens: Bounded<RefreshToken>,
    pub(super) devices: Bounded<Device>,
    /// Client and object id of who agreed to it.
    consents: HashSet<(String, String)>,
    /// Object ids, and the serial number and time since when their sign-ins count again.
    valid_from: HashMap<String, (u64, i64)>,
}

impl Grants {
    pub(super) fn consent(&mut self, client_id: &str, oid: &str) {
        if self.consents.len() < MOST {
            self.consents.insert((client_id.to_ascii_lowercase(), oid.to_owned()));
        }
    }

    pub(super) fn has_consent(&self, client_id: &str, oid: &str) -> bool {
        self.consents.contains(&(client_id.to_ascii_lowercase(), oid.to_owned()))
    }

    /// Makes all sign-ins of this user before now worthless.
    pub(crate) fn revoke(&mut self, oid: &str, serial: u64, now: i64) {
        if self.valid_from.len() < MOST {
            self.valid_from.insert(oid.to_owned(), (serial, now));
        }
    }

    pub(super) fn valid_from(&self, oid: &str) -> Option<(u64, i64)> {
        self.valid_from.get(oid).copied()
    }

    /// Forgets all refresh tokens, as after a change of every password.
    pub(crate) fn forget_refresh_tokens(&mut self) {
        self.refresh_tokens = Bounded::default();
    }
}

/// Someone who has signed in.
#[derive(Clone)]
pub(crate) struct SignIn {
    pub(crate) home_tenant: String,
    pub(crate) home_oid: String,
    pub(crate) username: String,
    pub(crate) at: i64,
    /// Its place among all sign-ins and revocations, which seconds are too coarse to tell.
    pub(crate) serial: u64,
    pub(crate) mfa: bool,
    /// The claims parameter of the sign-in.
    pub(crate) claims: Option<String>,
}

/// An authorization code.
#[derive(Clone)]
pub(crate) struct Code {
    pub(super) client_id: String,
    pub(super) tenant_id: String,
    pub(super) redirect_uri: String,
    /// Whether that is a web application's.
    pub(super) web: bool,
    pub(super) challenge: Option<CodeChallenge>,
    pub(super) nonce: Option<String>,
    pub(super) scope: String,
    pub(super) sign_in: SignIn,
    pub(super) issued: i64,
    pub(super) used: bool,
}

/// A refresh token.
#[derive(Clone)]
pub(crate) struct RefreshToken {
    pub(super) client_id: String,
    pub(super) family: Option<String>,
    pub(super) scope: String,
    pub(super) sign_in: SignIn,
    pub(super) issued: i64,
    pub(super) used: bool,
}

/// A map that forgets its oldest entries.
pub(crate) struct Bounded<T> {
    entries: HashMap<String, T>,
    order: VecDeque<String>,
}

/// How many entries of each kind are remembered.
const MOST: usize = 10_000;

impl<T> Bounded<T> {
    pub(super) fn insert(&mut self, key: String, value: T) {
        if self.entries.insert(key.clone(), value).is_none() {
            self.order.push_back(key);
        }
        if self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.entries.remove(&oldest);
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&T> {
        self.entries.get(key)
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut T> {
        self.entries.get_mut(key)
    }

    pub(super) fn remove(&mut self, key: &str) -> Option<T> {
        self.order.retain(|known| known != key);
        self.entries.remove(key)
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.entries.values_mut()
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &T> {
        self.entries.values()
    }
}

impl<T> Default for Bounded<T> {
    fn default() -> Self {
        Bounded { entries: HashMap::new(), order: VecDeque::new() }
    }
}

impl std::fmt::Debug for Grants {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grants")
            .field("codes", &self.codes.entries.len())
            .field("refresh_tokens", &self.refresh_tokens.entries.len())
            .field("devices", &self.devices.entries.len())
            .finish_non_exhaustive()
    }
}

/// A new code or token that nobody can guess; the prefix says what it is to who reads a log.
pub(super) fn unguessable(prefix: &str) -> Outcome<String> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| AadstsError::server_error())?;
    Ok(format!("{prefix}{}", base64url(bytes)))
}
