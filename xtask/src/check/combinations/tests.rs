use super::*;

fn package(features: &[(&str, &[&str])]) -> Package {
    let features = features
        .iter()
        .map(|(name, items)| (name.to_string(), items.iter().map(|i| i.to_string()).collect()));
    Package { name: "umbrella".into(), features: features.collect(), ..Package::default() }
}

#[test]
fn nothing_each_and_each_pair_are_built() {
    let package = package(&[("a", &[]), ("b", &[]), ("c", &[])]);
    assert_eq!(
        combinations(&package),
        [vec![], vec!["a"], vec!["b"], vec!["c"], vec!["a", "b"], vec!["a", "c"], vec!["b", "c"]]
    );
}

#[test]
fn sets_that_come_to_the_same_are_built_once() {
    let package = package(&[("a", &[]), ("all", &["a"]), ("default", &["all"])]);
    assert_eq!(combinations(&package), [vec![], vec!["a"], vec!["all"]]);
}

#[test]
fn a_feature_that_exchanges_a_part_is_in_no_pair() {
    let package = package(&[("a", &[]), ("aws-lc-rs", &["entra/aws-lc-rs"])]);
    assert_eq!(combinations(&package), [vec![], vec!["a"], vec!["aws-lc-rs"]]);
}

#[test]
fn a_warning_is_told_from_a_word_in_the_source() {
    assert!(has_warning("warning: unused import: `x`\n --> src/lib.rs"));
    assert!(!has_warning("    = help: this warning: no"));
}
