//! Many users of one credential, each with a token of their own.

use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime};

use identity_core::{AccessToken, Clock};
use identity_entra::cache::{Acquired, CacheKey, PartitionId, TokenCache, TokenCacheOptions};

use crate::rounds::least;
use crate::subject::nanoseconds;
use crate::table::{Row, time};
use crate::{SCOPE, TENANT};

/// A cache with room for so many users and a few more, because its parts fill unevenly.
pub fn cache_of(users: usize, token_length: usize) -> TokenCache {
    let mut options = TokenCacheOptions::new("Bench", Clock::system());
    options.capacity = users + users / 5 + 1000;
    let cache = TokenCache::new(options);
    let expires_on = SystemTime::now() + Duration::from_secs(86_400);
    for number in 0..users {
        let token = AccessToken::new("x".repeat(token_length), expires_on);
        let acquired = Acquired { token, granted_scopes: Vec::new(), requested: true };
        cache.put(&key(&user(number)), &acquired);
    }
    cache
}

/// A look-up among 10 to 1,000,000 users, of whom 10, 1,000 or all call.
pub fn among() -> Vec<Row> {
    const SIZES: [usize; 4] = [10, 1_000, 100_000, 1_000_000];
    let caches = SIZES.map(|users| cache_of(users, 64));
    for (cache, users) in caches.iter().zip(SIZES) {
        assert_eq!(cache.len(), users, "room for all");
    }
    let mut rows = Vec::new();
    for callers in [10, 1_000, 1_000_000] {
        let hot = SIZES.map(|users| hot_set(users, callers));
        let time_of = |n: usize| {
            let (cache, hot) = (&caches[n], &hot[n]);
            let mut round = 0;
            move || {
                round += 1;
                ask(cache, hot, round)
            }
        };
        let times = least(100, [&mut time_of(0), &mut time_of(1), &mut time_of(2), &mut time_of(3)]);
        for (n, users) in SIZES.iter().enumerate().filter(|(_, users)| **users >= callers) {
            let row = Row::new(format!("{users} users, {callers} of them calling"))
                .ours(time(times[n]))
                .ratio(times[n] / times[0]);
            let is_target = callers == 10 && *users == 1_000_000;
            rows.push(if is_target { row.at_most(1.2) } else { row });
        }
    }
    rows
}

fn ask(cache: &TokenCache, hot: &[PartitionId], round: usize) -> f64 {
    const CALLS: u32 = 4000;
    let order = |n: usize| (n + round * CALLS as usize).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
    let asked: Vec<&PartitionId> = (0..CALLS as usize).map(|n| &hot[order(n) % hot.len()]).collect();
    let start = Instant::now();
    for partition in asked {
        let answer = cache.get_token(key(partition), None, |_| unreachable!("every user has a token"));
        black_box(answer.try_ready().expect("no waiting").expect("a token"));
    }
    nanoseconds(start.elapsed(), CALLS)
}

/// Evenly spread, so that they are not those that came first.
fn hot_set(users: usize, callers: usize) -> Vec<PartitionId> {
    let callers = callers.min(users);
    (0..callers).map(|n| user(n * (users / callers))).collect()
}

fn user(number: usize) -> PartitionId {
    PartitionId::account(&format!("user{number}.{TENANT}"))
}

fn key(partition: &PartitionId) -> CacheKey<'_> {
    CacheKey { partition: Some(partition), tenant: TENANT, scopes: &[SCOPE], cae: false }
}
