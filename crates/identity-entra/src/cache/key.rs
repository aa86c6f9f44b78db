use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// Whose tokens: one account's, or those for one user assertion. Computed once per account or assertion object, because hashing an assertion at
/// each call would cost more than the look-up.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PartitionId([u8; 32]);

impl PartitionId {
    /// The tokens of an account, named by its id in its home tenant.
    pub fn account(home_account_id: &str) -> Self {
        Self::digest(b"account", home_account_id)
    }

    /// The tokens that are got on behalf of whoever an assertion was issued to.
    pub fn assertion(assertion: &str) -> Self {
        Self::digest(b"assertion", assertion)
    }

    /// Some of its bits, which are as good as random.
    #[inline]
    pub(super) fn tag(&self) -> u64 {
        self.0.first_chunk().map_or(0, |bytes| u64::from_ne_bytes(*bytes))
    }

    fn digest(kind: &[u8], text: &str) -> Self {
        Self(Sha256::new().chain_update(kind).chain_update([0]).chain_update(text).finalize().into())
    }
}

/// The digest of a user assertion by which a storage finds what was got for it: base64url of SHA-256, as other libraries write it.
pub fn assertion_hash(assertion: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(assertion.as_bytes()))
}

impl fmt::Debug for PartitionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PartitionId({:02x}{:02x}..)", self.0[0], self.0[1])
    }
}

/// Everything that decides which cached token is the right one. Authority and client are those of the credential that owns the cache.
#[derive(Clone, Copy, Debug)]
pub struct CacheKey<'a> {
    /// Whose tokens; none for those of the app or the machine itself.
    pub partition: Option<&'a PartitionId>,
    /// The tenant that is asked.
    pub tenant: &'a str,
    /// The scopes. Their order and repetitions mean nothing.
    pub scopes: &'a [&'a str],
    /// Whether the token can be revoked early.
    pub cae: bool,
}

/// The part of a key that few distinct values have: shared by all entries that agree on it.
#[derive(Debug)]
pub(super) struct ScopeSet {
    pub(super) tenant: Box<str>,
    /// Sorted, each once.
    pub(super) scopes: Box<[Box<str>]>,
    pub(super) cae: bool,
    pub(super) hash: u64,
}

impl ScopeSet {
    pub(super) fn new(hasher: &impl BuildHasher, tenant: &str, scopes: &[&str], cae: bool) -> Self {
        let mut sorted: Vec<Box<str>> = scopes.iter().map(|scope| (*scope).into()).collect();
        sorted.sort_unstable();
        sorted.dedup();
        let hash = hash_set(hasher, tenant, sorted.iter().map(|s| &**s), cae);
        Self { tenant: tenant.into(), scopes: sorted.into(), cae, hash }
    }

    /// Whether a key asks for exactly this set. A key that repeats a scope may be told no; whoever must be sure looks up a sorted one.
    #[inline]
    pub(super) fn matches(&self, key: &CacheKey<'_>) -> bool {
        if self.cae != key.cae || self.scopes.len() != key.scopes.len() {
            return false;
        }
        match (&*self.scopes, key.scopes) {
            ([one], [asked]) => **one == **asked && *self.tenant == *key.tenant,
            (ours, asked) => {
                *self.tenant == *key.tenant && ours.iter().all(|scope| asked.contains(&&**scope))
            }
        }
    }

    /// Whether a token for this set is good for a request for `scopes`.
    pub(super) fn covers(&self, tenant: &str, scopes: &[&str], cae: bool) -> bool {
        self.cae == cae
            && *self.tenant == *tenant
            && scopes.iter().all(|s| self.scopes.binary_search_by(|own| (**own).cmp(*s)).is_ok())
    }
}

impl PartialEq for ScopeSet {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash
            && self.cae == other.cae
            && self.tenant == other.tenant
            && self.scopes == other.scopes
    }
}

/// The hash of a key: of its set, mixed with its partition.
#[inline]
pub(super) fn hash_key(hasher: &impl BuildHasher, set: u64, partition: Option<&PartitionId>) -> u64 {
    match partition {
        None => set,
        Some(partition) => {
            let mut state = hasher.build_hasher();
            state.write_u64(set);
            state.write(&partition.0);
            state.finish()
        }
    }
}

/// Adding up makes the order of the scopes mean nothing.
#[inline]
pub(super) fn hash_set<'a>(
    hasher: &impl BuildHasher,
    tenant: &str,
    scopes: impl Iterator<Item = &'a str>,
    cae: bool,
) -> u64 {
    let text = |text: &str| {
        let mut state = hasher.build_hasher();
        state.write(text.as_bytes());
        state.finish()
    };
    let mut state = hasher.build_hasher();
    state.write_u64(scopes.fold(0, |sum, scope| sum.wrapping_add(text(scope))));
    state.write_u64(text(tenant));
    state.write_u8(u8::from(cae));
    state.finish()
}

/// Finds the one shared [`ScopeSet`] for equal ones, and those that cover a request.
#[derive(Default)]
pub(super) struct Interner {
    sets: hashbrown::HashTable<Arc<ScopeSet>>,
    by_scope: std::collections::HashMap<Box<str>, Vec<Arc<ScopeSet>>>,
    sweep_at: usize,
}

impl Interner {
    pub(super) fn intern(&mut self, set: ScopeSet) -> Arc<ScopeSet> {
        if let Some(known) = self.sets.find(set.hash, |known| **known == set) {
            return known.clone();
        }
        if self.sets.len() >= self.sweep_at.max(1024) {
            self.sweep();
        }
        let set = Arc::new(set);
        for scope in &set.scopes {
            self.by_scope.entry(scope.clone()).or_default().push(set.clone());
        }
        self.sets.insert_unique(set.hash, set.clone(), |known| known.hash);
        set
    }

    /// The sets whose tokens are good for a request, the exact one apart.
    pub(super) fn covering(&self, tenant: &str, scopes: &[&str], cae: bool) -> Vec<Arc<ScopeSet>> {
        let Some(candidates) = scopes.first().and_then(|scope| self.by_scope.get(*scope)) else {
            return Vec::new();
        };
        candidates.iter().filter(|set| set.covers(tenant, scopes, cae)).cloned().collect()
    }

    /// Forgets the sets that no entry uses any more: those that only this interner still holds.
    fn sweep(&mut self) {
        let own_handles = |set: &Arc<ScopeSet>| 1 + set.scopes.len();
        let by_scope = &mut self.by_scope;
        self.sets.retain(|set| {
            let used = Arc::strong_count(set) > own_handles(set);
            if !used {
                for scope in &set.scopes {
                    if let Some(sets) = by_scope.get_mut(scope) {
                        sets.retain(|other| !Arc::ptr_eq(other, set));
                    }
                }
            }
            used
        });
        self.by_scope.retain(|_, sets| !sets.is_empty());
        self.sweep_at = 2 * self.sets.len();
    }
}

impl fmt::Debug for Interner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Interner({} sets)", self.sets.len())
    }
}

#[cfg(test)]
mod tests;
