use super::*;

fn package(name: &str, dependencies: Vec<Dependency>) -> Package {
    Package { name: name.into(), manifest: "Cargo.toml".into(), dependencies, ..Package::default() }
}

fn ours(name: &str) -> Dependency {
    Dependency { name: name.into(), is_normal: true, is_ours: true, is_optional: false }
}

fn sentences(package: Package) -> Vec<String> {
    check(&[package]).into_iter().map(|complaint| complaint.sentence).collect()
}

#[test]
fn a_flat_imports_the_ground_and_the_pipes_and_no_other_flat() {
    let flat =
        package("identity-app", vec![ours("identity-core"), ours("identity-entra"), ours("identity-cert")]);
    assert_eq!(
        sentences(flat),
        [
            "identity-app must not import identity-cert: what both need goes down into entra or core, or up into the umbrella."
        ]
    );
}

#[test]
fn dependencies_of_tests_are_free() {
    let dev = Dependency { is_normal: false, ..ours("identity-emulator") };
    assert!(sentences(package("identity-core", vec![dev])).is_empty());
}

#[test]
fn the_umbrella_imports_flats_only_behind_features() {
    assert_eq!(
        sentences(package("identity", vec![ours("identity-app")])),
        ["identity imports identity-app for everybody: make it optional, behind its feature."]
    );
    let optional = Dependency { is_optional: true, ..ours("identity-app") };
    assert!(sentences(package("identity", vec![optional])).is_empty());
}

#[test]
fn a_new_crate_needs_a_line_in_the_table() {
    assert_eq!(sentences(package("identity-new", vec![])).len(), 1);
}

#[test]
fn the_ground_has_no_runtime_and_wiremock_stays_in_the_emulators_fakes() {
    let outsider = |name: &str| Dependency { is_ours: false, ..ours(name) };
    assert_eq!(
        sentences(package("identity-core", vec![outsider("tokio"), outsider("serde")])),
        ["identity-core must not bring tokio: core knows no HTTP client, no runtime and no platform."]
    );
    assert_eq!(sentences(package("identity-emulator", vec![outsider("wiremock")])).len(), 1);
    let optional = Dependency { is_optional: true, ..outsider("wiremock") };
    assert!(sentences(package("identity-emulator", vec![optional.clone()])).is_empty());
    assert_eq!(sentences(package("identity-cli", vec![optional])).len(), 1);
}
