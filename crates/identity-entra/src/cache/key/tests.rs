use super::*;
use foldhash::fast::RandomState;

fn key<'a>(tenant: &'a str, scopes: &'a [&'a str], cae: bool) -> CacheKey<'a> {
    CacheKey { partition: None, tenant, scopes, cae }
}

#[test]
fn order_and_repetition_of_scopes_mean_nothing() {
    let hasher = RandomState::default();
    let one = ScopeSet::new(&hasher, "t", &["a", "b", "a"], false);
    let other = ScopeSet::new(&hasher, "t", &["b", "a"], false);
    assert_eq!(one, other);
    assert!(one.matches(&key("t", &["b", "a"], false)) && one.matches(&key("t", &["a", "b"], false)));
    assert_eq!(one.hash, hash_set(&hasher, "t", ["b", "a"].into_iter(), false));
}

#[test]
fn tenant_scopes_and_cae_all_tell_sets_apart() {
    let set = ScopeSet::new(&RandomState::default(), "t", &["a", "b"], false);
    for other in [
        key("u", &["a", "b"], false),
        key("t", &["a"], false),
        key("t", &["a", "c"], false),
        key("t", &["a", "b"], true),
    ] {
        assert!(!set.matches(&other), "{other:?}");
    }
}

#[test]
fn a_wider_set_covers_a_narrower_request_only() {
    let hasher = RandomState::default();
    let mut interner = Interner::default();
    let wide = interner.intern(ScopeSet::new(&hasher, "t", &["a", "b", "c"], false));
    assert!(Arc::ptr_eq(&wide, &interner.intern(ScopeSet::new(&hasher, "t", &["c", "b", "a"], false))));
    assert_eq!(interner.covering("t", &["c", "a"], false).len(), 1);
    for (tenant, scopes, cae) in
        [("t", &["a", "d"][..], false), ("u", &["a"], false), ("t", &["a"], true), ("t", &["ab"], false)]
    {
        assert!(interner.covering(tenant, scopes, cae).is_empty());
    }
}

#[test]
fn sets_that_nothing_uses_are_forgotten() {
    let hasher = RandomState::default();
    let mut interner = Interner::default();
    let kept = interner.intern(ScopeSet::new(&hasher, "t", &["kept"], false));
    for n in 0..10_000 {
        interner.intern(ScopeSet::new(&hasher, "t", &[&format!("scope{n}"), "common"], false));
    }
    assert!(interner.sets.len() <= 1025, "{}", interner.sets.len());
    assert!(interner.by_scope.len() <= 1027 && interner.by_scope["common"].len() <= 1025);
    assert!(Arc::ptr_eq(&kept, &interner.intern(ScopeSet::new(&hasher, "t", &["kept"], false))));
}

#[test]
fn accounts_and_assertions_never_share_a_partition() {
    assert_ne!(PartitionId::account("x"), PartitionId::assertion("x"));
    assert_ne!(PartitionId::account("x"), PartitionId::account("y"));
    assert_eq!(PartitionId::account("x"), PartitionId::account("x"));
}
