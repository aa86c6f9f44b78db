use super::*;

#[test]
fn a_crate_is_counted_once_for_each_version() {
    let tree =
        "identity v0.1.0 (/x)\nserde v1.0.0\nserde v1.0.0 (*)\nrand v0.8.0\nrand v0.9.0 (proc-macro)\n\n";
    assert_eq!(crates_in(tree).len(), 4);
}

#[test]
fn a_line_says_what_the_feature_adds() {
    let nothing = crates_in("a v1\nb v1");
    assert_eq!(line("app", &crates_in("a v1\nb v1\nc v1\nd v2"), &nothing), "| app | 4 | 2 |");
}

#[test]
fn the_default_comes_last() {
    let features = ["app", "default", "msi"].map(|name| (name.to_owned(), Vec::new()));
    let package = Package { features: features.into(), ..Package::default() };
    assert_eq!(in_order(&package), ["app", "msi", "default"]);
}
