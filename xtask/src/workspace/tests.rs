use serde_json::json;

use super::*;

fn umbrella() -> Package {
    let features = json!({"default": ["all"], "all": ["app", "cert"], "app": ["dep:identity-app"], "cert": [],
        "aws-lc-rs": ["identity-entra/aws-lc-rs"], "fips": ["identity-entra?/aws-lc-rs"]});
    let metadata = json!({"workspace_root": "/x", "packages": [{
    "name": "identity", "manifest_path": "/x/crates/identity/Cargo.toml", "features": features,
    "targets": [{"kind": ["test"]}, {"kind": ["lib"]}],
    "dependencies": [
        {"name": "identity-app", "kind": null, "optional": true, "path": "/x/crates/identity-app"},
        {"name": "tempfile", "kind": "dev", "optional": false, "path": null},
    ]}]});
    parse(&metadata).remove(0)
}

#[test]
fn a_member_is_read_with_its_features_and_dependencies() {
    let package = umbrella();
    assert_eq!(package.manifest, "crates/identity/Cargo.toml");
    assert!(package.is_library);
    assert_eq!(package.dependencies.len(), 2);
    assert!(
        package.dependencies[0].is_normal
            && package.dependencies[0].is_optional
            && package.dependencies[0].is_ours
    );
    assert!(!package.dependencies[1].is_normal && !package.dependencies[1].is_ours);
}

#[test]
fn a_closure_holds_everything_that_a_feature_turns_on() {
    let closure = umbrella().closure(["default"]);
    assert_eq!(
        closure.into_iter().collect::<Vec<_>>(),
        ["all", "app", "cert", "default", "dep:identity-app"]
    );
}

#[test]
fn features_of_dependencies_count_as_turned_on() {
    let package = umbrella();
    assert!(package.turns_on("aws-lc-rs", "aws-lc-rs"));
    assert!(package.turns_on("fips", "aws-lc-rs"));
    assert!(!package.turns_on("default", "aws-lc-rs"));
}
