use super::*;

const TREE: &str =
    "identity-app v0.1.0 (/x/crates/identity-app)\nrsa v0.10.1\nreqwest v0.13.5\nrsa-like v0.9.0\n";

#[test]
fn a_guard_names_what_came_in_and_why_it_must_not() {
    let guard =
        Guard { package: "identity-app", all_features: true, never: &["rsa", "p12"], why: "it is heavy" };
    assert_eq!(broken(&guard, TREE), ["identity-app brings rsa, but it is heavy."]);
}

#[test]
fn only_the_refused_versions_are_unwelcome() {
    assert!(unwelcome("x", TREE).is_empty());
    assert_eq!(unwelcome("x", "rsa v0.9.8 (*)").len(), 1);
    assert_eq!(unwelcome("x", "openssl-sys v0.9.100").len(), 1);
}

#[test]
fn a_tree_of_cargo_is_read_by_name_and_version() {
    assert_eq!(versions(TREE, "rsa").collect::<Vec<_>>(), ["0.10.1"]);
    assert_eq!(versions(TREE, "identity-app").collect::<Vec<_>>(), ["0.1.0"]);
}
