use std::collections::BTreeMap;

use identity_core::Secret;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::RefreshTokenEntry;
use crate::cache::Account;

/// One entry as it is stored: its members as they were written, so that what nobody here knows is written back the same.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Entry(pub(super) BTreeMap<String, Box<RawValue>>);

impl Entry {
    /// A member's text; a number's digits, because some libraries write times so.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let raw = self.0.get(name)?.get();
        if raw.starts_with('"') {
            return serde_json::from_str(raw).ok();
        }
        raw.starts_with(|c: char| c.is_ascii_digit() || c == '-').then(|| raw.to_owned())
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.text(name)?.trim().parse().ok()
    }

    pub(super) fn secret(&self) -> Option<Secret> {
        self.text("secret").filter(|secret| !secret.is_empty()).map(Secret::new)
    }

    pub(super) fn is(&self, name: &str, value: &str) -> bool {
        self.text(name).unwrap_or_default().eq_ignore_ascii_case(value)
    }

    /// Whether all these members are so, and no other of those that make an entry one of a kind is there.
    pub(super) fn is_all(&self, members: &[(&str, &str)]) -> bool {
        let absent =
            |special: &str| self.text(special).is_none() || members.iter().any(|(name, _)| *name == special);
        members.iter().all(|(name, value)| self.is(name, value))
            && absent("user_assertion_hash")
            && absent("ext_cache_key")
    }

    pub(super) fn refresh_token(&self) -> Option<RefreshTokenEntry> {
        Some(RefreshTokenEntry {
            secret: self.secret()?,
            home_account_id: self.text("home_account_id").unwrap_or_default(),
            environment: self.text("environment").unwrap_or_default(),
            client_id: self.text("client_id").unwrap_or_default(),
            family_id: self.text("family_id").filter(|family| !family.is_empty()),
            last_modification_time: self.number("last_modification_time").unwrap_or(0),
        })
    }

    pub(super) fn account(&self) -> Option<Account> {
        Some(Account {
            home_account_id: self.text("home_account_id").filter(|home| !home.is_empty())?,
            environment: self.text("environment")?,
            realm: self.text("realm").unwrap_or_default(),
            local_account_id: self.text("local_account_id").unwrap_or_default(),
            username: self.text("username").unwrap_or_default(),
            authority_type: self.text("authority_type").unwrap_or_default(),
            name: self.text("name"),
        })
    }
}

/// Whether a member's text is one of those that are accepted, in any case.
pub(super) fn one_of(accepted: &[&str], entry: &Entry, name: &str) -> bool {
    entry.text(name).is_some_and(|text| accepted.iter().any(|one| one.eq_ignore_ascii_case(&text)))
}
