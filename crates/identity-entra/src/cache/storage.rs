use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use identity_core::{BoxFuture, Error};

use super::schema::UnifiedCache;

/// Where tokens are kept beyond the hot index: in memory, in the system's keystore, or in a store that machines share.
///
/// What is kept is divided into [partitions](CachePartition). A keystore or a file may keep all of them in one blob, so a partition that is loaded
/// may hold more than was asked for; a store that machines share uses the partitions as its keys.
pub trait CacheStorage: fmt::Debug + Send + Sync {
    /// Reads a partition; an empty cache when nothing is stored.
    ///
    /// # Errors
    /// Of any kind, when the storage can't be read. Nothing is lost then: the caller asks the server.
    fn load<'a>(&'a self, partition: &'a CachePartition) -> BoxFuture<'a, Result<UnifiedCache, Error>>;

    /// Reads a partition, changes it, and writes it back, with nobody else writing in between. `change` may run more than once, each time on what
    /// was just read.
    ///
    /// # Errors
    /// Of any kind, when the storage can't be read or written; then it is as it was.
    fn update<'a>(
        &'a self,
        partition: &'a CachePartition,
        change: &'a CacheChange<'a>,
    ) -> BoxFuture<'a, Result<(), Error>>;
}

/// A change of a partition.
pub type CacheChange<'a> = dyn Fn(&mut UnifiedCache) + Send + Sync + 'a;

/// Which part of the storage. Tokens that can be revoked early never share one with others.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CachePartition {
    key: String,
    cae: bool,
}

impl CachePartition {
    /// The tokens of an app in a tenant.
    pub fn app(client_id: &str, tenant_id: &str, cae: bool) -> Self {
        Self { key: format!("{client_id}_{tenant_id}_AppTokenCache").to_lowercase(), cae }
    }

    /// The tokens of a user, by the account's id in its home tenant.
    pub fn user(home_account_id: &str, cae: bool) -> Self {
        Self { key: home_account_id.to_owned(), cae }
    }

    /// The tokens that were got for one user assertion, by its digest.
    pub fn assertion(digest: &str, cae: bool) -> Self {
        Self { key: digest.to_owned(), cae }
    }

    /// Everything, for listing accounts.
    pub fn all(cae: bool) -> Self {
        Self { key: String::new(), cae }
    }

    /// The partition's name in a store of names and values; the same as other libraries use. Empty for [`all`](Self::all).
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Whether its tokens can be revoked early (continuous access evaluation).
    pub fn is_cae(&self) -> bool {
        self.cae
    }

    /// Whether this stands for all partitions.
    pub fn is_all(&self) -> bool {
        self.key.is_empty()
    }
}

/// Keeps partitions in memory, the most recently used ones only. This is where refresh tokens and accounts are if nothing else is said.
#[derive(Debug)]
pub struct MemoryStorage {
    most: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    partitions: HashMap<CachePartition, (u64, UnifiedCache)>,
    by_age: BTreeMap<u64, CachePartition>,
    tick: u64,
}

impl MemoryStorage {
    /// Room for this many partitions.
    pub fn with_capacity(most: usize) -> Self {
        Self { most: most.max(1), state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryStorage {
    fn default() -> Self {
        Self::with_capacity(super::DEFAULT_CAPACITY)
    }
}

impl State {
    fn touch(&mut self, partition: &CachePartition) -> Option<&mut UnifiedCache> {
        self.tick += 1;
        let (age, cache) = self.partitions.get_mut(partition)?;
        self.by_age.remove(age);
        *age = self.tick;
        self.by_age.insert(self.tick, partition.clone());
        Some(cache)
    }

    fn change(&mut self, partition: &CachePartition, change: &CacheChange<'_>, most: usize) {
        if let Some(cache) = self.touch(partition) {
            change(cache);
            if cache.is_empty()
                && let Some((age, _)) = self.partitions.remove(partition)
            {
                self.by_age.remove(&age);
            }
            return;
        }
        let mut cache = UnifiedCache::default();
        change(&mut cache);
        if cache.is_empty() {
            return;
        }
        if self.partitions.len() >= most
            && let Some((_, oldest)) = self.by_age.pop_first()
        {
            self.partitions.remove(&oldest);
        }
        self.by_age.insert(self.tick, partition.clone());
        self.partitions.insert(partition.clone(), (self.tick, cache));
    }
}

impl CacheStorage for MemoryStorage {
    fn load<'a>(&'a self, partition: &'a CachePartition) -> BoxFuture<'a, Result<UnifiedCache, Error>> {
        let mut state = self.state();
        let loaded = if partition.is_all() {
            let mut all = UnifiedCache::default();
            let same = state.partitions.iter().filter(|(key, _)| key.cae == partition.cae);
            same.for_each(|(_, (_, cache))| all.merge(cache.clone()));
            all
        } else {
            state.touch(partition).cloned().unwrap_or_default()
        };
        drop(state);
        Box::pin(std::future::ready(Ok(loaded)))
    }

    fn update<'a>(
        &'a self,
        partition: &'a CachePartition,
        change: &'a CacheChange<'a>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        let mut state = self.state();
        if partition.is_all() {
            let keys: Vec<_> =
                state.partitions.keys().filter(|key| key.cae == partition.cae).cloned().collect();
            keys.iter().for_each(|key| state.change(key, change, self.most));
        } else {
            state.change(partition, change, self.most);
        }
        drop(state);
        Box::pin(std::future::ready(Ok(())))
    }
}

#[cfg(test)]
mod tests;
