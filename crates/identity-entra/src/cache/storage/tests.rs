use identity_core::Secret;
use identity_core::testing::block_on;

use super::*;
use crate::cache::{AccountFilter, NewTokens};

fn put(storage: &MemoryStorage, partition: &CachePartition, secret: &str) {
    let secret = Secret::new(secret);
    let home = partition.key().to_owned();
    let change = move |cache: &mut UnifiedCache| {
        cache.store(&NewTokens {
            environment: "host",
            client_id: "client",
            realm: "tenant",
            home_account_id: Some(&home),
            refresh_token: Some(&secret),
            ..NewTokens::default()
        });
    };
    block_on(storage.update(partition, &change)).unwrap();
}

fn tokens(storage: &MemoryStorage, partition: &CachePartition) -> Vec<String> {
    let cache = block_on(storage.load(partition)).unwrap();
    let tokens = cache.refresh_tokens(&["host"], "client", None, None);
    tokens.iter().map(|token| token.secret.secret().to_owned()).collect()
}

#[test]
fn partitions_are_named_as_other_libraries_name_them() {
    assert_eq!(
        CachePartition::app("Client", "Tenant", false).key(),
        "client_tenant_AppTokenCache".to_lowercase()
    );
    assert_eq!(CachePartition::user("uid.utid", false).key(), "uid.utid");
    assert_eq!(CachePartition::assertion("digest", true).key(), "digest");
}

// G14
#[test]
fn partitions_and_revocable_tokens_are_kept_apart() {
    let storage = MemoryStorage::default();
    let (anna, bert) = (CachePartition::user("anna", false), CachePartition::user("bert", false));
    put(&storage, &anna, "anna's");
    put(&storage, &CachePartition::user("anna", true), "revocable");
    assert_eq!(tokens(&storage, &anna), ["anna's"]);
    assert_eq!(tokens(&storage, &CachePartition::user("anna", true)), ["revocable"]);
    assert!(tokens(&storage, &bert).is_empty());
    put(&storage, &bert, "bert's");
    assert_eq!(tokens(&storage, &CachePartition::all(false)), ["anna's", "bert's"]);
}

#[test]
fn the_least_recently_used_partition_makes_room() {
    let storage = MemoryStorage::with_capacity(3);
    let user = |name: &str| CachePartition::user(name, false);
    ["a", "b", "c"].iter().for_each(|name| put(&storage, &user(name), name));
    tokens(&storage, &user("a"));
    put(&storage, &user("d"), "d");
    assert!(tokens(&storage, &user("b")).is_empty());
    assert_eq!(["a", "c", "d"].map(|name| tokens(&storage, &user(name)).len()), [1, 1, 1]);
}

#[test]
fn an_emptied_partition_is_gone() {
    let storage = MemoryStorage::default();
    let anna = CachePartition::user("anna", false);
    put(&storage, &anna, "x");
    block_on(storage.update(&CachePartition::all(false), &|cache| *cache = UnifiedCache::default())).unwrap();
    let state = storage.state();
    assert!(state.partitions.is_empty() && state.by_age.is_empty());
    drop(state);
    assert!(block_on(storage.load(&anna)).unwrap().accounts(&AccountFilter::default()).is_empty());
}
