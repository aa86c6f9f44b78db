use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use super::*;

mod models;

fn token(text: &str) -> AccessToken {
    AccessToken::new(text, SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000))
}

fn key<'a>(scopes: &'a [&'a str]) -> CacheKey<'a> {
    CacheKey { partition: None, tenant: "t", scopes, cae: false }
}

fn put(index: &HotIndex, key: &CacheKey<'_>, text: &str, expires: u64, look: u64) {
    index.put(key, token(text), Terms { expires, look, number: 0 }, 0);
}

fn text(found: Found) -> Option<String> {
    match found {
        Found::Good(token) | Found::Due(token) => Some(token.token().secret().to_owned()),
        Found::Nothing => None,
    }
}

#[test]
fn a_hit_copies_no_text() {
    let index = HotIndex::new(100);
    let stored = token("abc");
    index.put(&key(&["a"]), stored.clone(), Terms { expires: 100, look: 50, number: 0 }, 0);
    let Found::Good(found) = index.get(&key(&["a"]), 10) else { panic!("not found") };
    assert!(std::ptr::eq(found.token().secret(), stored.token().secret()));
}

#[test]
fn everything_in_the_key_tells_tokens_apart() {
    let index = HotIndex::new(1000);
    let (anna, bert) = (PartitionId::account("anna"), PartitionId::account("bert"));
    let mut keys = Vec::new();
    for partition in [None, Some(&anna), Some(&bert)] {
        for tenant in ["t", "u"] {
            for scopes in [&["a"][..], &["b"], &["a", "b"]] {
                for cae in [false, true] {
                    keys.push(CacheKey { partition, tenant, scopes, cae });
                }
            }
        }
    }
    for (n, key) in keys.iter().enumerate() {
        put(&index, key, &n.to_string(), 100, 50);
    }
    // More than fit into the front, so both ways in are walked.
    for (n, key) in keys.iter().enumerate() {
        assert_eq!(text(index.get(key, 10)), Some(n.to_string()), "{key:?}");
    }
    assert_eq!(index.len(), keys.len());
}

#[test]
fn one_caller_has_the_turn_when_a_token_is_due_and_all_are_served() {
    let index = HotIndex::new(100);
    put(&index, &key(&["a"]), "t", 100, 50);
    assert!(matches!(index.get(&key(&["a"]), 49), Found::Good(_)));
    assert!(matches!(index.get(&key(&["a"]), 50), Found::Due(_)));
    for now in 50..80 {
        assert!(matches!(index.get(&key(&["a"]), now), Found::Good(_)), "at {now}");
    }
    assert!(matches!(index.get(&key(&["a"]), 80), Found::Due(_)));
}

#[test]
fn looking_on_takes_nobody_s_turn() {
    let index = HotIndex::new(100);
    put(&index, &key(&["a"]), "t", 100, 50);
    assert!(index.peek(&key(&["a"]), 60).is_some());
    assert!(matches!(index.get(&key(&["a"]), 60), Found::Due(_)));
    assert!(index.peek(&key(&["a"]), 100).is_none() && index.peek(&key(&["b"]), 1).is_none());
}

// S007
#[test]
fn expiry_beats_the_pause_between_renewals() {
    let index = HotIndex::new(100);
    put(&index, &key(&["a"]), "t", 100, 90);
    assert!(matches!(index.get(&key(&["a"]), 95), Found::Due(_)));
    assert!(matches!(index.get(&key(&["a"]), 99), Found::Good(_)));
    assert!(matches!(index.get(&key(&["a"]), 100), Found::Nothing));
}

#[test]
fn a_replaced_token_is_gone_from_front_and_table() {
    let index = HotIndex::new(100);
    put(&index, &key(&["a"]), "old", 100, 50);
    assert_eq!(text(index.get(&key(&["a"]), 1)).unwrap(), "old");
    put(&index, &key(&["a"]), "new", 200, 150);
    assert_eq!(text(index.get(&key(&["a"]), 1)).unwrap(), "new");
    assert_eq!(index.len(), 1);
}

#[test]
fn replaced_tokens_are_let_go_at_once() {
    let index = HotIndex::new(100);
    let secret = identity_core::Secret::new("old");
    let expires_on = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    index.put(
        &key(&["a"]),
        AccessToken::new(secret.clone(), expires_on),
        Terms { expires: 100, look: 50, number: 0 },
        0,
    );
    drop(index.get(&key(&["a"]), 1));
    assert!(secret.handles() > 1);
    put(&index, &key(&["a"]), "new", 200, 150);
    assert_eq!(secret.handles(), 1, "somebody still holds the replaced token, so it is not wiped");
}

#[test]
fn a_wider_token_serves_a_narrower_request() {
    let index = HotIndex::new(100);
    put(&index, &key(&["a", "b"]), "wide", 100, 50);
    assert!(matches!(index.get(&key(&["a"]), 1), Found::Nothing));
    assert_eq!(text(index.get_covering(&key(&["a"]), 1)).unwrap(), "wide");
    assert_eq!(text(index.get(&key(&["a"]), 1)).unwrap(), "wide", "kept under the exact set");
    assert_eq!(text(index.get_covering(&key(&["c"]), 1)), None);
    assert_eq!(text(index.get_covering(&key(&["b"]), 100)), None, "expired");
}

#[test]
fn the_least_recently_used_make_room_and_the_expired_before_them() {
    let index = HotIndex::new(32);
    let name = |n: usize| format!("scope{n}");
    for n in 0..32 {
        let expires = if n == 7 { 5 } else { 1000 };
        index.put(&key(&[&name(n)]), token("x"), Terms { expires, look: expires, number: 0 }, 0);
    }
    index.put(&key(&["one more"]), token("x"), Terms { expires: 1000, look: 900, number: 0 }, 10);
    assert_eq!(index.len(), 32);
    assert!(
        (0..32).filter(|n| *n != 7).all(|n| text(index.get(&key(&[&name(n)]), 1)).is_some()),
        "only the expired one went"
    );
    for n in 100..10_000 {
        index.put(&key(&[&name(n)]), token("x"), Terms { expires: 1000, look: 900, number: 0 }, 10);
        assert!(index.len() <= 32);
    }
}

#[test]
fn forgetting_a_partition_leaves_the_others() {
    let index = HotIndex::new(100);
    let anna = PartitionId::account("anna");
    put(&index, &CacheKey { partition: Some(&anna), ..key(&["a"]) }, "anna's", 100, 50);
    put(&index, &key(&["a"]), "app's", 100, 50);
    index.forget(Some(&anna));
    assert!(text(index.get(&CacheKey { partition: Some(&anna), ..key(&["a"]) }, 1)).is_none());
    assert_eq!(text(index.get(&key(&["a"]), 1)).unwrap(), "app's");
    index.forget(None);
    assert_eq!(index.len(), 0);
    assert!(text(index.get(&key(&["a"]), 1)).is_none());
}

#[test]
fn a_token_that_is_asked_for_often_comes_to_the_front() {
    let index = HotIndex::new(1000);
    for n in 0..FRONT + 1 {
        put(&index, &key(&[&format!("scope{n}")]), "x", 1000, 900);
    }
    let last = format!("scope{FRONT}");
    let in_front =
        |index: &HotIndex| index.front.load().iter().any(|(_, entry)| *entry.set.scopes[0] == *last);
    assert!(!in_front(&index));
    for _ in 0..4 * PROMOTE_EVERY {
        index.get(&key(&[&last]), 1);
    }
    assert!(in_front(&index));
    assert!(index.front.load().len() <= FRONT);
}

/// What happens to an index.
#[derive(Clone, Debug)]
enum Step {
    Put { key: usize, look_in: u64, expires_in: u64 },
    Get { key: usize },
    Wait { seconds: u64 },
    Forget { partition: usize },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..24usize, 0..100u64, 1..200u64).prop_map(|(key, look_in, expires_in)| Step::Put {
            key,
            look_in,
            expires_in
        }),
        (0..24usize).prop_map(|key| Step::Get { key }),
        (1..60u64).prop_map(|seconds| Step::Wait { seconds }),
        (0..2usize).prop_map(|partition| Step::Forget { partition }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Against a model that is a plain list: what is found is the newest token put, never an expired one, never another key's.
    #[test]
    fn any_sequence_of_steps_finds_what_a_plain_list_finds(steps in proptest::collection::vec(step(), 1..200)) {
        let partitions = [PartitionId::account("anna"), PartitionId::account("bert")];
        let names: Vec<String> = (0..12).map(|n| format!("scope{n}")).collect();
        let index = HotIndex::new(10_000);
        let mut model: Vec<Option<(String, u64, u64)>> = vec![None; 24];
        let (mut now, mut serial) = (1000, 0);
        for step in steps {
            match step {
                Step::Put { key, look_in, expires_in } => {
                    serial += 1;
                    let scopes = [names[key / 2].as_str()];
                    let key_ref = CacheKey { partition: Some(&partitions[key % 2]), tenant: "t", scopes: &scopes, cae: false };
                    let (expires, look) = (now + expires_in, now + look_in.min(expires_in));
                    index.put(&key_ref, token(&serial.to_string()), Terms { expires, look, number: 0 }, now);
                    model[key] = Some((serial.to_string(), expires, look));
                }
                Step::Get { key } => {
                    let scopes = [names[key / 2].as_str()];
                    let key_ref = CacheKey { partition: Some(&partitions[key % 2]), tenant: "t", scopes: &scopes, cae: false };
                    let found = index.get(&key_ref, now);
                    match &mut model[key] {
                        Some((expected, expires, look)) if now < *expires => {
                            prop_assert_eq!(matches!(found, Found::Due(_)), now >= *look);
                            if now >= *look {
                                *look = now + LOOK_AGAIN;
                            }
                            prop_assert_eq!(text(found), Some(expected.clone()));
                        }
                        _ => prop_assert_eq!(text(found), None),
                    }
                }
                Step::Wait { seconds } => now += seconds,
                Step::Forget { partition } => {
                    index.forget(Some(&partitions[partition]));
                    model.iter_mut().enumerate().filter(|(key, _)| key % 2 == partition).for_each(|(_, entry)| *entry = None);
                }
            }
        }
    }
}
