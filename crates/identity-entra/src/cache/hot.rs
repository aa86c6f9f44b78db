use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use identity_core::AccessToken;

use super::key::{CacheKey, Interner, PartitionId, ScopeSet, hash_key, hash_set};
use super::sync::{ArcSwap, AtomicU64, Mutex, MutexGuard, RwLock, lock, read, try_lock, write};

/// The access tokens of one credential, for the path that every request of a program takes.
///
/// A *front* of at most 16 entries is one immutable list behind an atomic pointer: a hit there takes no lock and touches no counter that another
/// thread touches, because each thread takes its copy from a *stripe* of its own. Behind it stands a *table*, sharded, that holds every
/// entry; the front is only ever a copy of part of it. Whoever changes either holds one mutex, and takes what goes into the front from the
/// table, so that a token that was replaced or forgotten cannot come back. Readers never wait for that mutex.
pub(super) struct HotIndex {
    hasher: RandomState,
    front: ArcSwap<Front>,
    shards: Box<[Apart<RwLock<Shard>>]>,
    most_per_shard: usize,
    writer: Mutex<Interner>,
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

/// What is said of a token when it is stored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// When it ends, in seconds since 1970.
    pub(super) expires: u64,
    /// When somebody should first look for a new one.
    pub(super) look: u64,
    /// The number of the request that brought it. What an earlier request brings late does not take its place.
    pub(super) number: u64,
}

/// The front's entries, each behind some bits of its partition, so that a user's is found without a look at the others.
type Front = Vec<(u64, Arc<FrontEntry>)>;

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
    number: u64,
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
            front: ArcSwap::from_pointee(Front::new()),
            shards: (0..shards).map(|_| Apart::default()).collect(),
            most_per_shard: capacity.div_ceil(shards).max(1),
            writer: Mutex::default(),
        }
    }

    #[inline]
    pub(super) fn get(&self, key: &CacheKey<'_>, now: u64) -> Found {
        let front = self.front.load();
        let tag = tag(key.partition);
        for (entry_tag, entry) in front.iter() {
            if *entry_tag == tag && entry.is_for(key) && now < entry.look {
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
        let shard = read(self.shard(hash));
        let Some(entry) = shard.entries.find(hash, |entry| entry.is_for(key)) else { return Found::Nothing };
        let found = entry.answer(now);
        // One word that all threads write, so not at every hit of a token that is not in the front anyway.
        let promote = matches!(found, Found::Good(_))
            && now < entry.look.load(Ordering::Relaxed)
            && shard.hits.fetch_add(1, Ordering::Relaxed) % PROMOTE_EVERY == PROMOTE_EVERY - 1;
        drop(shard);
        if promote && let Some(writer) = try_lock(&self.writer) {
            self.promote(key, &writer, now);
        }
        found
    }

    /// The token that is there, if it is good, without taking anybody's turn to renew it.
    pub(super) fn peek(&self, key: &CacheKey<'_>, now: u64) -> Option<AccessToken> {
        let hash = self.hash(key);
        let shard = read(self.shard(hash));
        let entry = shard.entries.find(hash, |entry| entry.is_for(key))?;
        (now < entry.expires).then(|| entry.token.clone())
    }

    /// Looks for a token of more scopes than were asked for, and keeps it under the exact set from then on.
    #[cold]
    pub(super) fn get_covering(&self, key: &CacheKey<'_>, now: u64) -> Found {
        let mut writer = lock(&self.writer);
        let covering = writer.covering(key.tenant, key.scopes, key.cae);
        // Somebody may have brought the exact one meanwhile; it is the better answer, and must not be replaced by an older token.
        let exact = self.get_from_table(key, now);
        if !matches!(exact, Found::Nothing) {
            return exact;
        }
        for set in covering {
            let hash = hash_key(&self.hasher, set.hash, key.partition);
            let shard = read(self.shard(hash));
            let same = |entry: &Entry| entry.partition.as_ref() == key.partition && *entry.set == *set;
            let Some(entry) = shard.entries.find(hash, same) else { continue };
            let look = entry.look.load(Ordering::Relaxed);
            let terms = Terms { expires: entry.expires, look, number: entry.number };
            let found = entry.answer(now);
            drop(shard);
            if let Found::Good(token) | Found::Due(token) = &found {
                let gone = self.insert(key, token.clone(), terms, now, &mut writer);
                drop(writer);
                drop(gone);
                return found;
            }
        }
        Found::Nothing
    }

    /// Stores a token, in the place of one that is there.
    pub(super) fn put(&self, key: &CacheKey<'_>, token: AccessToken, terms: Terms, now: u64) {
        let mut writer = lock(&self.writer);
        let gone = self.insert(key, token, terms, now, &mut writer);
        drop(writer);
        // What is let go is wiped outside the locks, but before anybody hears of the new token.
        drop(gone);
    }

    /// Gives the entries that had to go.
    fn insert(
        &self,
        key: &CacheKey<'_>,
        token: AccessToken,
        terms: Terms,
        now: u64,
        writer: &mut MutexGuard<'_, Interner>,
    ) -> [Option<Entry>; 2] {
        let set = writer.intern(ScopeSet::new(&self.hasher, key.tenant, key.scopes, key.cae));
        let hash = hash_key(&self.hasher, set.hash, key.partition);
        let entry = Entry {
            partition: key.partition.copied(),
            set: set.clone(),
            token,
            expires: terms.expires,
            number: terms.number,
            look: AtomicU64::new(terms.look),
            used: true.into(),
        };
        let same = |other: &Entry| other.partition.as_ref() == key.partition && *other.set == *set;
        let mut shard = write(self.shard(hash));
        let (replaced, evicted) = match shard.entries.find_mut(hash, same) {
            Some(newer) if newer.number > entry.number && now < newer.expires => return [Some(entry), None],
            Some(old) => (Some(std::mem::replace(old, entry)), None),
            None => {
                let full = shard.entries.len() >= self.most_per_shard;
                let evicted = if full { shard.evict(now) } else { None };
                let rehash = |entry: &Entry| hash_key(&self.hasher, entry.set.hash, entry.partition.as_ref());
                shard.entries.insert_unique(hash, entry, rehash);
                (None, evicted)
            }
        };
        drop(shard);
        if let Some(evicted) = &evicted {
            self.demote(|entry| entry.partition == evicted.partition && *entry.set == *evicted.set, writer);
        }
        let was_there =
            self.demote(|entry| entry.partition.as_ref() == key.partition && *entry.set == *set, writer);
        if was_there || self.front.load().len() < FRONT {
            self.promote(key, writer, now);
        }
        [replaced, evicted]
    }

    /// Forgets the tokens of one partition, or all of them.
    pub(super) fn forget(&self, partition: Option<&PartitionId>) {
        let writer = lock(&self.writer);
        let mut forgotten = Vec::new();
        for shard in &self.shards {
            let is_out = |entry: &mut Entry| partition.is_none() || entry.partition.as_ref() == partition;
            forgotten.extend(write(&shard.0).entries.extract_if(is_out));
        }
        self.demote(|entry| partition.is_none() || entry.partition.as_ref() == partition, &writer);
        drop(writer);
        drop(forgotten);
    }

    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(|shard| read(&shard.0).entries.len()).sum()
    }

    /// Copies an entry of the table into the front, if there is a place for it.
    #[cold]
    fn promote(&self, key: &CacheKey<'_>, _writer: &MutexGuard<'_, Interner>, now: u64) {
        let hash = self.hash(key);
        let shard = read(self.shard(hash));
        let Some(entry) = shard.entries.find(hash, |entry| entry.is_for(key)) else { return };
        let front = self.front.load();
        if front.iter().any(|(_, other)| other.is_for(key) && now < other.look) {
            return;
        }
        let mut front: Front = front.iter().filter(|(_, other)| !other.is_for(key)).cloned().collect();
        if front.len() >= FRONT {
            // Second chance: whoever was not used since the last time goes.
            match front
                .iter()
                .position(|(_, other)| now >= other.look || !other.used.swap(false, Ordering::Relaxed))
            {
                Some(place) => drop(front.swap_remove(place)),
                None => return,
            }
        }
        let promoted = FrontEntry {
            partition: entry.partition,
            set: entry.set.clone(),
            look: entry.look.load(Ordering::Relaxed),
            used: true.into(),
            stripes: std::array::from_fn(|_| entry.token.restripe()),
        };
        front.push((tag(key.partition), Arc::new(promoted)));
        self.front.store(Arc::new(front));
    }

    fn demote(&self, is_out: impl Fn(&FrontEntry) -> bool, _writer: &MutexGuard<'_, Interner>) -> bool {
        let front = self.front.load();
        if !front.iter().any(|(_, entry)| is_out(entry)) {
            return false;
        }
        self.front.store(Arc::new(front.iter().filter(|(_, entry)| !is_out(entry)).cloned().collect()));
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

/// Some bits of a partition's digest.
#[inline]
fn tag(partition: Option<&PartitionId>) -> u64 {
    partition.map_or(0, PartitionId::tag)
}

#[cfg(test)]
mod tests;
