use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use arc_swap::ArcSwap;
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use identity_core::AccessToken;

use super::key::{CacheKey, Interner, PartitionId, ScopeSet, hash_key, hash_set};

/// The access tokens of one credential, for the path that every request of a program takes.
///
/// A *front* of at most 16 entries is one immutable list behind an atomic pointer: a hit there takes no lock and touches no counter that another
/// thread touches, because each thread takes its copy from a *stripe* of its own. Behind it stands a *table*, sharded, that holds every
/// entry; the front is only ever a copy of part of it. All writers of the front pass one mutex and read the table under it, so that a
/// token that was replaced cannot come back.
pub(super) struct HotIndex {
    hasher: RandomState,
    front: ArcSwap<Vec<Arc<FrontEntry>>>,
    front_writer: Mutex<()>,
    shards: Box<[Apart<RwLock<Shard>>]>,
    most_per_shard: usize,
    sets: Mutex<Interner>,
}

/// What a look-up found.
#[derive(Debug)]
pub(super) enum Found {
    /// A token that is good, and nothing to do.
    Good(AccessToken),
    /// A token that is good but due for renewal, and this caller is the one whose turn it is.
    Due(AccessToken),
    /// Nothing, or only what has expired.
    Nothing,
}

/// When a token ends, and when somebody should first look for a new one: seconds since 1970.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) expires: u64,
    pub(super) look: u64,
}

struct FrontEntry {
    partition: Option<PartitionId>,
    set: Arc<ScopeSet>,
    look: u64,
    used: AtomicBool,
    stripes: [AccessToken; STRIPES],
}

#[derive(Default)]
struct Shard {
    entries: HashTable<Entry>,
    hand: usize,
    hits: AtomicU32,
}

struct Entry {
    partition: Option<PartitionId>,
    set: Arc<ScopeSet>,
    token: AccessToken,
    expires: u64,
    look: AtomicU64,
    used: AtomicBool,
}

/// Keeps neighbours off each other's cache lines.
#[repr(align(128))]
#[derive(Default)]
struct Apart<T>(T);

const FRONT: usize = 16;
const STRIPES: usize = 8;
const MOST_SHARDS: usize = 64;
/// After how many hits in a shard's table one of them may take a place in a full front.
const PROMOTE_EVERY: u32 = 64;
/// After a renewal was started, nobody looks again for this long.
pub(super) const LOOK_AGAIN: u64 = 30;

impl HotIndex {
    pub(super) fn new(capacity: usize) -> Self {
        let shards = (capacity / 64).clamp(1, MOST_SHARDS).next_power_of_two();
        Self {
            hasher: RandomState::default(),
            front: ArcSwap::from_pointee(Vec::new()),
            front_writer: Mutex::default(),
            shards: (0..shards).map(|_| Apart::default()).collect(),
            most_per_shard: capacity.div_ceil(shards).max(1),
            sets: Mutex::default(),
        }
    }

    #[inline]
    pub(super) fn get(&self, key: &CacheKey<'_>, now: u64) -> Found {
        let front = self.front.load();
        for entry in front.iter() {
            if entry.is_for(key) && now < entry.look {
                if !entry.used.load(Ordering::Relaxed) {
                    entry.used.store(true, Ordering::Relaxed);
                }
                return Found::Good(entry.stripes[stripe()].clone());
            }
        }
        drop(front);
        self.get_from_table(key, now)
    }

    #[inline(never)]
    fn get_from_table(&self, key: &CacheKey<'_>, now: u64) -> Found {
        let hash = self.hash(key);
        let shard = self.shard(hash).read().unwrap_or_else(PoisonError::into_inner);
        let Some(entry) = shard.entries.find(hash, |entry| entry.is_for(key)) else { return Found::Nothing };
        let found = entry.answer(now);
        // One word that all threads write, so not at every hit of a token that is not in the front anyway.
        let promote = matches!(found, Found::Good(_))
            && now < entry.look.load(Ordering::Relaxed)
            && shard.hits.fetch_add(1, Ordering::Relaxed) % PROMOTE_EVERY == PROMOTE_EVERY - 1;
        drop(shard);
        if promote && let Ok(writer) = self.front_writer.try_lock() {
            self.promote(key, &writer, now);
        }
        found
    }

    /// The token that is there, if it is good, without taking anybody's turn to renew it.
    pub(super) fn peek(&self, key: &CacheKey<'_>, now: u64) -> Option<AccessToken> {
        let hash = self.hash(key);
        let shard = self.shard(hash).read().unwrap_or_else(PoisonError::into_inner);
        let entry = shard.entries.find(hash, |entry| entry.is_for(key))?;
        (now < entry.expires).then(|| entry.token.clone())
    }

    /// Looks for a token of more scopes than were asked for, and keeps it under the exact set from then on.
    #[cold]
    pub(super) fn get_covering(&self, key: &CacheKey<'_>, now: u64) -> Found {
        let covering = lock(&self.sets).covering(key.tenant, key.scopes, key.cae);
        for set in covering {
            let hash = hash_key(&self.hasher, set.hash, key.partition);
            let shard = self.shard(hash).read().unwrap_or_else(PoisonError::into_inner);
            let Some(entry) = shard
                .entries
                .find(hash, |entry| entry.partition.as_ref() == key.partition && *entry.set == *set)
            else {
                continue;
            };
            let times = Times { expires: entry.expires, look: entry.look.load(Ordering::Relaxed) };
            let found = entry.answer(now);
            drop(shard);
            if let Found::Good(token) | Found::Due(token) = &found {
                self.put(key, token.clone(), times, now);
                return found;
            }
        }
        Found::Nothing
    }

    /// Stores a token, in the place of one that is there.
    pub(super) fn put(&self, key: &CacheKey<'_>, token: AccessToken, times: Times, now: u64) {
        let set = lock(&self.sets).intern(ScopeSet::new(&self.hasher, key.tenant, key.scopes, key.cae));
        let hash = hash_key(&self.hasher, set.hash, key.partition);
        let entry = Entry {
            partition: key.partition.copied(),
            set: set.clone(),
            token,
            expires: times.expires,
            look: times.look.into(),
            used: true.into(),
        };
        let same = |other: &Entry| other.partition.as_ref() == key.partition && *other.set == *set;
        let (replaced, evicted) = {
            let mut shard = self.shard(hash).write().unwrap_or_else(PoisonError::into_inner);
            match shard.entries.find_mut(hash, same) {
                Some(old) => (Some(std::mem::replace(old, entry)), None),
                None => {
                    let evicted =
                        if shard.entries.len() >= self.most_per_shard { shard.evict(now) } else { None };
                    let rehash =
                        |entry: &Entry| hash_key(&self.hasher, entry.set.hash, entry.partition.as_ref());
                    shard.entries.insert_unique(hash, entry, rehash);
                    (None, evicted)
                }
            }
        };
        // Out of the front before the wiping of the old token is done with: outside the lock, but before anybody can ask again.
        let writer = lock(&self.front_writer);
        if let Some(evicted) = &evicted {
            self.demote(|entry| entry.partition == evicted.partition && *entry.set == *evicted.set, &writer);
        }
        let was_there =
            self.demote(|entry| entry.partition.as_ref() == key.partition && *entry.set == *set, &writer);
        if was_there || self.front.load().len() < FRONT {
            self.promote(key, &writer, now);
        }
        drop(writer);
        drop((replaced, evicted));
    }

    /// Forgets the tokens of one partition, or all of them.
    pub(super) fn forget(&self, partition: Option<&PartitionId>) {
        let mut forgotten = Vec::new();
        for shard in &self.shards {
            let mut shard = shard.0.write().unwrap_or_else(PoisonError::into_inner);
            forgotten.extend(
                shard
                    .entries
                    .extract_if(|entry| partition.is_none() || entry.partition.as_ref() == partition),
            );
        }
        let writer = lock(&self.front_writer);
        self.demote(|entry| partition.is_none() || entry.partition.as_ref() == partition, &writer);
        drop(forgotten);
    }

    pub(super) fn len(&self) -> usize {
        self.shards
            .iter()
            .map(|shard| shard.0.read().unwrap_or_else(PoisonError::into_inner).entries.len())
            .sum()
    }

    /// Copies an entry of the table into the front, if there is a place for it.
    #[cold]
    fn promote(&self, key: &CacheKey<'_>, _writer: &MutexGuard<'_, ()>, now: u64) {
        let hash = self.hash(key);
        let shard = self.shard(hash).read().unwrap_or_else(PoisonError::into_inner);
        let Some(entry) = shard.entries.find(hash, |entry| entry.is_for(key)) else { return };
        let front = self.front.load();
        if front.iter().any(|other| other.is_for(key) && now < other.look) {
            return;
        }
        let mut front: Vec<_> = front.iter().filter(|other| !other.is_for(key)).cloned().collect();
        if front.len() >= FRONT {
            // Second chance: whoever was not used since the last time goes.
            match front
                .iter()
                .position(|other| now >= other.look || !other.used.swap(false, Ordering::Relaxed))
            {
                Some(place) => drop(front.swap_remove(place)),
                None => return,
            }
        }
        front.push(Arc::new(FrontEntry {
            partition: entry.partition,
            set: entry.set.clone(),
            look: entry.look.load(Ordering::Relaxed),
            used: true.into(),
            stripes: std::array::from_fn(|_| entry.token.restripe()),
        }));
        self.front.store(Arc::new(front));
    }

    fn demote(&self, is_out: impl Fn(&FrontEntry) -> bool, _writer: &MutexGuard<'_, ()>) -> bool {
        let front = self.front.load();
        if !front.iter().any(|entry| is_out(entry)) {
            return false;
        }
        self.front.store(Arc::new(front.iter().filter(|entry| !is_out(entry)).cloned().collect()));
        true
    }

    #[inline]
    fn hash(&self, key: &CacheKey<'_>) -> u64 {
        hash_key(
            &self.hasher,
            hash_set(&self.hasher, key.tenant, key.scopes.iter().copied(), key.cae),
            key.partition,
        )
    }

    #[inline]
    fn shard(&self, hash: u64) -> &RwLock<Shard> {
        // The table uses the top and the bottom bits.
        &self.shards[(hash >> 40) as usize & (self.shards.len() - 1)].0
    }
}

impl fmt::Debug for HotIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HotIndex({} tokens)", self.len())
    }
}

impl FrontEntry {
    #[inline]
    fn is_for(&self, key: &CacheKey<'_>) -> bool {
        self.set.matches(key) && self.partition.as_ref() == key.partition
    }
}

impl Entry {
    #[inline]
    fn is_for(&self, key: &CacheKey<'_>) -> bool {
        self.partition.as_ref() == key.partition && self.set.matches(key)
    }

    fn answer(&self, now: u64) -> Found {
        if now >= self.expires {
            return Found::Nothing;
        }
        if !self.used.load(Ordering::Relaxed) {
            self.used.store(true, Ordering::Relaxed);
        }
        let look = self.look.load(Ordering::Relaxed);
        let again = now.saturating_add(LOOK_AGAIN);
        // Whoever moves the time of the next look has the turn; all others are served.
        if now >= look && self.look.compare_exchange(look, again, Ordering::AcqRel, Ordering::Relaxed).is_ok()
        {
            return Found::Due(self.token.clone());
        }
        Found::Good(self.token.clone())
    }
}

impl Shard {
    /// Makes room: what has expired goes first, then what was not used since the hand last came by.
    fn evict(&mut self, now: u64) -> Option<Entry> {
        const MOST_LOOKED_AT: usize = 256;
        let buckets = self.entries.num_buckets();
        let mut looked_at = 0;
        loop {
            self.hand = (self.hand + 1) % buckets.max(1);
            let out = match self.entries.get_bucket(self.hand) {
                None => continue,
                Some(entry) => now >= entry.expires || !entry.used.swap(false, Ordering::Relaxed),
            };
            looked_at += 1;
            if out || looked_at > MOST_LOOKED_AT {
                let hand = self.hand;
                return self.entries.get_bucket_entry(hand).ok().map(|entry| entry.remove().0);
            }
        }
    }
}

/// The stripe of the calling thread.
#[inline]
fn stripe() -> usize {
    use std::cell::Cell;
    use std::sync::atomic::AtomicUsize;
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! { static MINE: Cell<usize> = const { Cell::new(usize::MAX) }; }
    MINE.with(|mine| {
        if mine.get() == usize::MAX {
            mine.set(NEXT.fetch_add(1, Ordering::Relaxed) % STRIPES);
        }
        mine.get()
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
