use identity_core::Secret;
use identity_core::testing::block_on;
use identity_entra::cache::{AccountFilter, MemoryStorage, NewTokens};

use super::*;

fn put(storage: &MemoryStorage, home: &str, username: &str, client_id: &str, cae: bool) {
    let account = Account {
        home_account_id: home.into(),
        environment: "login.microsoftonline.com".into(),
        realm: "tid".into(),
        username: username.into(),
        authority_type: "MSSTS".into(),
        ..Account::default()
    };
    let refresh_token = Secret::new(format!("{home}-{client_id}"));
    let new = NewTokens {
        environment: "login.microsoftonline.com",
        client_id,
        realm: "tid",
        home_account_id: Some(home),
        refresh_token: Some(&refresh_token),
        account: Some(&account),
        now: 1,
        ..NewTokens::default()
    };
    block_on(storage.update(&CachePartition::user(home, cae), &|cache| cache.store(&new))).unwrap();
}

fn names(storage: &MemoryStorage) -> Vec<String> {
    block_on(accounts(storage)).unwrap().into_iter().map(|account| account.username).collect()
}

#[test]
fn each_account_is_listed_once_by_name() {
    let storage = MemoryStorage::default();
    assert!(names(&storage).is_empty());
    put(&storage, "2.t", "ben", "client", false);
    put(&storage, "1.t", "anna", "client", false);
    put(&storage, "1.t", "anna", "client", true);
    put(&storage, "1.t", "anna", "other", false);
    assert_eq!(names(&storage), ["anna", "ben"]);
}

#[test]
fn signing_out_takes_one_account_s_tokens_of_both_kinds_and_leaves_the_others() {
    let storage = MemoryStorage::default();
    put(&storage, "1.t", "anna", "client", false);
    put(&storage, "1.t", "anna", "client", true);
    put(&storage, "1.t", "anna", "other", false);
    put(&storage, "2.t", "ben", "client", false);
    let anna = block_on(accounts(&storage)).unwrap().remove(0);
    block_on(sign_out(&storage, &anna, Some("client"))).unwrap();
    assert_eq!(names(&storage), ["ben"]);
    let left = |cae, client| {
        let cache = block_on(storage.load(&CachePartition::all(cae))).unwrap();
        cache.refresh_tokens(&["login.microsoftonline.com"], client, Some("1.t"), None).len()
    };
    assert_eq!((left(false, "client"), left(true, "client"), left(false, "other")), (0, 0, 1));
    block_on(sign_out(&storage, &anna, None)).unwrap();
    assert_eq!(left(false, "other"), 0);
    let ben = block_on(storage.load(&CachePartition::all(false))).unwrap();
    assert_eq!(ben.accounts(&AccountFilter::default()).len(), 1);
}

#[test]
fn an_account_without_an_id_would_be_everybody_and_takes_nothing() {
    let storage = MemoryStorage::default();
    put(&storage, "1.t", "anna", "client", false);
    let nobody = Account { environment: "login.microsoftonline.com".into(), ..Account::default() };
    block_on(sign_out(&storage, &nobody, None)).unwrap();
    assert_eq!(names(&storage), ["anna"]);
}
