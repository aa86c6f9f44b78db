use super::*;

#[test]
fn an_empty_variable_counts_as_unset() {
    let env = Env::from_iter([("A", ""), ("B", "b")]);
    assert_eq!(env.get("A"), None);
    assert_eq!(env.get("B").as_deref(), Some("b"));
    assert_eq!(env.get("C"), None);
    assert_eq!(env.iter().count(), 2);
}

#[test]
fn true_is_one_or_true_in_any_case() {
    let env = Env::from_iter([("A", "1"), ("B", "TrUe"), ("C", "yes"), ("D", "0")]);
    assert_eq!(["A", "B", "C", "D", "E"].map(|n| env.is_true(n)), [true, true, false, false, false]);
}

// G3
#[test]
fn debug_shows_names_and_no_values() {
    let env = Env::empty().with("AZURE_CLIENT_SECRET", "hunter2");
    assert_eq!(format!("{env:?}"), r#"Env(["AZURE_CLIENT_SECRET"])"#);
    assert_eq!(format!("{:?}", env.secret("AZURE_CLIENT_SECRET")), "Some(Secret(***))");
}

#[test]
fn the_process_environment_is_read_through_the_same_calls() {
    assert_eq!(Env::process().get_os("PATH"), std::env::var_os("PATH"));
    assert_eq!(Env::process().without("PATH").get_os("PATH"), None);
    assert!(Env::process().with("ONLY_HERE", "1").is_true("ONLY_HERE"));
}
