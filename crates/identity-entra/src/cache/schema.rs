mod entry;

use std::collections::BTreeMap;
use std::fmt;

use identity_core::{Error, Secret};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::account::{Account, AccountFilter};
use entry::{Entry, one_of};

/// Tokens and accounts in the form that Microsoft's authentication libraries store and share: one JSON object of five sections.
///
/// What this crate does not know survives being read and written: sections, entries, members, and numbers of any size. Entries are found by
/// their members and never by their keys, because each library makes keys its own way.
#[derive(Clone, Default)]
pub struct UnifiedCache {
    sections: BTreeMap<String, BTreeMap<String, Node>>,
    unknown: BTreeMap<String, Box<RawValue>>,
}

/// An entry, or what stands in the place of one.
#[derive(Clone)]
enum Node {
    Entry(Entry),
    Unknown(Box<RawValue>),
}

/// A stored access token.
#[derive(Clone, Debug)]
pub struct AccessTokenEntry {
    /// The token.
    pub secret: Secret,
    /// The scopes it is good for.
    pub target: Vec<String>,
    /// When it ends: seconds since 1970, like the other times.
    pub expires_on: u64,
    /// When it should be renewed.
    pub refresh_on: Option<u64>,
    /// How it is presented.
    pub token_type: String,
    /// The tenant that issued it.
    pub realm: String,
}

/// A stored refresh token.
#[derive(Clone, Debug)]
pub struct RefreshTokenEntry {
    /// The token.
    pub secret: Secret,
    /// Whose it is.
    pub home_account_id: String,
    /// The host it was got from.
    pub environment: String,
    /// The client that got it.
    pub client_id: String,
    /// The family of clients that may use it, if any.
    pub family_id: Option<String>,
    last_modification_time: u64,
}

/// Which access token is looked for.
#[derive(Clone, Copy, Debug)]
pub struct AccessTokenQuery<'a> {
    /// The authority's host under all its names.
    pub environments: &'a [&'a str],
    /// The client; any when absent.
    pub client_id: Option<&'a str>,
    /// The tenant under all its names; any when empty.
    pub realms: &'a [&'a str],
    /// The account; none for the app's own tokens, and for those of an assertion whose account is not known.
    pub home_account_id: Option<&'a str>,
    /// The scopes that the token must be good for.
    pub scopes: &'a [&'a str],
    /// The digest of the assertion the token was got for.
    pub user_assertion_hash: Option<&'a str>,
    /// The digest of the parameters beyond the usual ones that changed the token.
    pub extra_cache_key: Option<&'a str>,
}

/// What one answer of a server adds.
#[derive(Clone, Debug, Default)]
pub struct NewTokens<'a> {
    /// The authority's host.
    pub environment: &'a str,
    /// The client that asked.
    pub client_id: &'a str,
    /// The tenant that issued the tokens.
    pub realm: &'a str,
    /// Whose tokens; none for the app's own.
    pub home_account_id: Option<&'a str>,
    /// The access token, its scopes, type and times.
    pub access_token: Option<NewAccessToken<'a>>,
    /// A refresh token.
    pub refresh_token: Option<&'a Secret>,
    /// The family that may use the refresh token.
    pub family_id: Option<&'a str>,
    /// The ID token as it came.
    pub id_token: Option<&'a Secret>,
    /// The account; absent after a refresh, so that a sign-out at the same time is not undone.
    pub account: Option<&'a Account>,
    /// The digest of the assertion that the tokens were got for.
    pub user_assertion_hash: Option<&'a str>,
    /// The time of writing.
    pub now: u64,
}

/// The access token of [`NewTokens`].
#[derive(Clone, Debug)]
pub struct NewAccessToken<'a> {
    /// The token.
    pub secret: &'a Secret,
    /// The scopes it is good for.
    pub target: &'a [&'a str],
    /// How it is presented.
    pub token_type: &'a str,
    /// When it ends.
    pub expires_on: u64,
    /// When it should be renewed.
    pub refresh_on: Option<u64>,
    /// The digest of the parameters beyond the usual ones that changed it.
    pub extra_cache_key: Option<&'a str>,
}

const ACCESS_TOKEN: &str = "AccessToken";
const REFRESH_TOKEN: &str = "RefreshToken";
const ID_TOKEN: &str = "IdToken";
const ACCOUNT: &str = "Account";
const APP_METADATA: &str = "AppMetadata";
const SECTIONS: [&str; 5] = [ACCESS_TOKEN, REFRESH_TOKEN, ID_TOKEN, ACCOUNT, APP_METADATA];

impl UnifiedCache {
    /// Reads the stored form. Empty text is an empty cache.
    ///
    /// # Errors
    /// `InvalidArgument` for text that is no JSON object.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        if text.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self::default());
        }
        // The parser's own words may quote a token, so they are left out.
        let wrong = |e: serde_json::Error| {
            Error::invalid_argument(format!(
                "the token cache is no JSON object (line {}, column {})",
                e.line(),
                e.column()
            ))
        };
        let mut unknown: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(text).map_err(wrong)?;
        let mut sections = BTreeMap::new();
        for name in SECTIONS {
            let Some(raw) = unknown.get(name) else { continue };
            let Ok(entries) = serde_json::from_str::<BTreeMap<String, Box<RawValue>>>(raw.get()) else {
                continue;
            };
            let node =
                |raw: Box<RawValue>| serde_json::from_str(raw.get()).map_or(Node::Unknown(raw), Node::Entry);
            sections
                .insert(name.to_owned(), entries.into_iter().map(|(key, raw)| (key, node(raw))).collect());
            unknown.remove(name);
        }
        Ok(Self { sections, unknown })
    }

    /// The stored form.
    pub fn serialize(&self) -> Vec<u8> {
        // Maps with text as keys always serialize.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Whether nothing is stored.
    pub fn is_empty(&self) -> bool {
        self.unknown.is_empty() && self.sections.values().all(BTreeMap::is_empty)
    }

    /// The access token that is good for a request and lives longest.
    pub fn access_token(&self, query: &AccessTokenQuery<'_>) -> Option<AccessTokenEntry> {
        // An assertion was issued to one account, so its digest says whose tokens are meant.
        let of_any_account = query.home_account_id.is_none() && query.user_assertion_hash.is_some();
        let fits = |entry: &&Entry| {
            one_of(query.environments, entry, "environment")
                && query.client_id.is_none_or(|client| entry.is("client_id", client))
                && (query.realms.is_empty() || one_of(query.realms, entry, "realm"))
                && (of_any_account
                    || entry.text("home_account_id").unwrap_or_default()
                        == query.home_account_id.unwrap_or_default())
                && entry.text("user_assertion_hash").as_deref() == query.user_assertion_hash
                && entry.text("ext_cache_key").as_deref() == query.extra_cache_key
        };
        let read = |entry: &Entry| {
            let target: Vec<String> =
                entry.text("target")?.split_ascii_whitespace().map(str::to_owned).collect();
            let has = |scope: &&str| target.iter().any(|own| own.eq_ignore_ascii_case(scope));
            if !query.scopes.iter().all(has) {
                return None;
            }
            Some(AccessTokenEntry {
                secret: entry.secret()?,
                expires_on: entry.number("expires_on")?,
                refresh_on: entry.number("refresh_on"),
                token_type: entry.text("token_type").unwrap_or_default(),
                realm: entry.text("realm").unwrap_or_default(),
                target,
            })
        };
        self.entries(ACCESS_TOKEN).filter(fits).filter_map(read).max_by_key(|token| token.expires_on)
    }

    /// The refresh tokens that a client may try for an account, the most promising first: those of its family before its own where it is, or
    /// may be, in one, and newer before older.
    pub fn refresh_tokens(
        &self,
        environments: &[&str],
        client_id: &str,
        home_account_id: Option<&str>,
        user_assertion_hash: Option<&str>,
    ) -> Vec<RefreshTokenEntry> {
        let metadata = self
            .entries(APP_METADATA)
            .find(|e| one_of(environments, e, "environment") && e.is("client_id", client_id));
        let may_be_family =
            metadata.is_none_or(|entry| entry.text("family_id").is_some_and(|family| !family.is_empty()));
        let fits = |token: &RefreshTokenEntry| {
            token.client_id.eq_ignore_ascii_case(client_id) || (may_be_family && token.family_id.is_some())
        };
        let mut tokens: Vec<_> = self
            .entries(REFRESH_TOKEN)
            .filter(|e| {
                one_of(environments, e, "environment")
                    && e.text("user_assertion_hash").as_deref() == user_assertion_hash
            })
            .filter(|e| home_account_id.is_none_or(|home| e.text("home_account_id").as_deref() == Some(home)))
            .filter_map(Entry::refresh_token)
            .filter(fits)
            .collect();
        tokens.sort_by_key(|token| {
            (may_be_family && token.family_id.is_none(), std::cmp::Reverse(token.last_modification_time))
        });
        tokens
    }

    /// The accounts that have tokens here, one for each account, host and tenant.
    pub fn accounts(&self, filter: &AccountFilter<'_>) -> Vec<Account> {
        self.entries(ACCOUNT).filter_map(Entry::account).filter(|account| filter.accepts(account)).collect()
    }

    /// The clients that have a refresh token of an account.
    pub fn clients_of(&self, home_account_id: &str) -> Vec<String> {
        let mut clients: Vec<_> = self
            .entries(REFRESH_TOKEN)
            .chain(self.entries(ACCESS_TOKEN))
            .filter(|entry| entry.is("home_account_id", home_account_id))
            .filter_map(|entry| entry.text("client_id"))
            .collect();
        clients.sort_unstable();
        clients.dedup();
        clients
    }

    /// Stores what one answer brought, in the place of what it replaces. Access tokens of the same owner that have expired are dropped.
    pub fn store(&mut self, new: &NewTokens<'_>) {
        let home = new.home_account_id.unwrap_or_default();
        let mut common = vec![("environment", new.environment), ("client_id", new.client_id)];
        if let Some(hash) = new.user_assertion_hash {
            common.push(("user_assertion_hash", hash));
        }
        let owner = [common.as_slice(), &[("home_account_id", home)]].concat();
        let in_realm = [owner.as_slice(), &[("realm", new.realm)]].concat();
        if let Some(token) = &new.access_token {
            let mut target = token.target.to_vec();
            target.sort_unstable();
            target.dedup();
            let target = target.join(" ");
            let (now, expires_on) = (new.now.to_string(), token.expires_on.to_string());
            let refresh_on = token.refresh_on.map(|time| time.to_string());
            let mut rest = vec![
                ("credential_type", ACCESS_TOKEN),
                ("secret", token.secret.secret()),
                ("token_type", token.token_type),
                ("cached_at", &now),
                ("expires_on", &expires_on),
                ("extended_expires_on", &expires_on),
            ];
            rest.extend(refresh_on.as_deref().map(|time| ("refresh_on", time)));
            self.drop_expired(&in_realm, new.now);
            let mut identity = [in_realm.as_slice(), &[("target", target.as_str())]].concat();
            let mut key = vec![home, new.environment, "accesstoken", new.client_id, new.realm, &target];
            if let Some(extra) = token.extra_cache_key {
                identity.push(("ext_cache_key", extra));
                key[2] = "atext";
                key.push(extra);
            }
            let key = key.join("-");
            let stale = if refresh_on.is_none() { &["refresh_on"][..] } else { &[] };
            self.put(ACCESS_TOKEN, key, &identity, &rest, stale);
        }
        if let Some(secret) = new.refresh_token {
            let now = new.now.to_string();
            let mut rest = vec![
                ("credential_type", REFRESH_TOKEN),
                ("secret", secret.secret()),
                ("last_modification_time", now.as_str()),
            ];
            rest.extend(new.family_id.map(|family| ("family_id", family)));
            let key = [home, new.environment, "refreshtoken", new.client_id, "", ""].join("-");
            self.put(REFRESH_TOKEN, key, &owner, &rest, &["target"]);
        }
        if let Some(secret) = new.id_token {
            let key = [home, new.environment, "idtoken", new.client_id, new.realm, ""].join("-");
            self.put(
                ID_TOKEN,
                key,
                &in_realm,
                &[("credential_type", ID_TOKEN), ("secret", secret.secret())],
                &[],
            );
        }
        if let Some(account) = new.account {
            let identity =
                [("home_account_id", home), ("environment", new.environment), ("realm", new.realm)];
            let mut rest = vec![
                ("local_account_id", account.local_account_id.as_str()),
                ("username", &account.username),
                ("authority_type", &account.authority_type),
            ];
            rest.extend(account.name.as_deref().map(|name| ("name", name)));
            self.put(ACCOUNT, [home, new.environment, new.realm].join("-"), &identity, &rest, &[]);
        }
        if new.refresh_token.is_some() && new.user_assertion_hash.is_none() {
            let key = ["appmetadata", new.environment, new.client_id].join("-");
            self.put(APP_METADATA, key, &common, &[("family_id", new.family_id.unwrap_or_default())], &[]);
        }
    }

    /// Forgets a refresh token that the server refused for good, unless it has been replaced in the meantime.
    pub fn remove_refresh_token(&mut self, refused: &RefreshTokenEntry) {
        self.retain(REFRESH_TOKEN, |entry| {
            entry.refresh_token().is_none_or(|token| {
                token.secret != refused.secret
                    || token.home_account_id != refused.home_account_id
                    || !token.client_id.eq_ignore_ascii_case(&refused.client_id)
            })
        });
    }

    /// Drops everything but refresh tokens, for where access tokens are held elsewhere.
    pub fn keep_refresh_tokens_only(&mut self) {
        for section in [ACCESS_TOKEN, ID_TOKEN, ACCOUNT] {
            self.sections.remove(section);
        }
    }

    /// Signs an account out: the refresh tokens of this client, or of all where none is named, and of its family; and every access token, ID
    /// token and account entry of that account, whichever client's it is.
    pub fn remove_account(&mut self, environments: &[&str], client_id: Option<&str>, home_account_id: &str) {
        let of_account = |entry: &Entry| {
            entry.is("home_account_id", home_account_id) && one_of(environments, entry, "environment")
        };
        self.retain(REFRESH_TOKEN, |entry| {
            let of_client = client_id
                .is_none_or(|client| entry.is("client_id", client) || entry.text("family_id").is_some());
            !(of_account(entry) && of_client)
        });
        for section in [ACCESS_TOKEN, ID_TOKEN, ACCOUNT] {
            self.retain(section, |entry| !of_account(entry));
        }
    }

    /// Takes over all entries of another cache, for storages that keep partitions apart and are asked for all of them.
    pub fn merge(&mut self, other: Self) {
        for (name, entries) in other.sections {
            self.sections.entry(name).or_default().extend(entries);
        }
        self.unknown.extend(other.unknown);
    }

    fn entries(&self, section: &str) -> impl Iterator<Item = &Entry> {
        self.sections.get(section).into_iter().flatten().filter_map(|(_, node)| match node {
            Node::Entry(entry) => Some(entry),
            Node::Unknown(_) => None,
        })
    }

    fn retain(&mut self, section: &str, keep: impl Fn(&Entry) -> bool) {
        if let Some(entries) = self.sections.get_mut(section) {
            entries.retain(|_, node| if let Node::Entry(entry) = node { keep(entry) } else { true });
        }
    }

    fn drop_expired(&mut self, owner: &[(&str, &str)], now: u64) {
        self.retain(ACCESS_TOKEN, |entry| {
            !(entry.is_all(owner) && entry.number("expires_on").is_some_and(|expires_on| expires_on <= now))
        });
    }

    /// Writes an entry. It starts from the one it replaces, whatever key that has, so that members others wrote survive.
    fn put(
        &mut self,
        section: &str,
        key: String,
        identity: &[(&str, &str)],
        rest: &[(&str, &str)],
        stale: &[&str],
    ) {
        let entries = self.sections.entry(section.to_owned()).or_default();
        let twin = |node: &Node| matches!(node, Node::Entry(entry) if entry.is_all(identity));
        let mut entry = entries
            .values()
            .find(|node| twin(node))
            .and_then(|node| if let Node::Entry(e) = node { Some(e.clone()) } else { None });
        entries.retain(|_, node| !twin(node));
        let entry = entry.get_or_insert_default();
        stale.iter().for_each(|name| drop(entry.0.remove(*name)));
        for (name, value) in identity.iter().chain(rest) {
            // An app's tokens have no account.
            let raw = if *name == "home_account_id" && value.is_empty() {
                Some("null".to_owned())
            } else {
                serde_json::to_string(value).ok()
            };
            if let Some(raw) = raw.and_then(|raw| RawValue::from_string(raw).ok()) {
                entry.0.insert((*name).to_owned(), raw);
            }
        }
        // In one blob, tokens for different assertions must not take each other's place.
        let hash = identity
            .iter()
            .find(|(name, _)| *name == "user_assertion_hash")
            .map(|(_, hash)| format!("-{hash}"));
        let key = key.to_lowercase() + &hash.unwrap_or_default();
        entries.insert(key, Node::Entry(std::mem::take(entry)));
    }
}

impl Serialize for UnifiedCache {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let sections = self.sections.iter().filter(|(_, entries)| !entries.is_empty());
        let mut map = serializer.serialize_map(None)?;
        for (name, entries) in sections {
            map.serialize_entry(name, entries)?;
        }
        for (name, raw) in &self.unknown {
            map.serialize_entry(name, raw)?;
        }
        map.end()
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Entry(entry) => entry.serialize(serializer),
            Self::Unknown(raw) => raw.serialize(serializer),
        }
    }
}

/// Counts, because everything else may be secret.
impl fmt::Debug for UnifiedCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.sections.iter().map(|(name, entries)| (name, entries.len()))).finish()
    }
}

#[cfg(test)]
mod tests;
