use super::*;

const GOOD: &str = r#"
[package]
name = "identity-app"
description = "For apps."
version.workspace = true
edition.workspace = true
rust-version.workspace = true
license.workspace = true
publish.workspace = true

[lints]
workspace = true

[dependencies]
serde.workspace = true
tokio = { workspace = true, features = ["rt"] }

[dev-dependencies]
identity-app = { path = ".", features = ["test-util"] }
"#;

fn sentences(text: &str) -> Vec<String> {
    let file =
        File { path: "crates/identity-app/Cargo.toml".into(), text: text.into(), is_executable: false };
    check(&[file]).into_iter().map(|complaint| complaint.sentence).collect()
}

#[test]
fn a_manifest_that_takes_everything_from_the_workspace_is_good() {
    assert_eq!(sentences(GOOD), [""; 0]);
}

#[test]
fn a_field_of_its_own_is_complained_about() {
    let text = GOOD.replace("edition.workspace = true", "edition = \"2021\"");
    assert_eq!(sentences(&text), ["Write `edition.workspace = true`, so that all crates agree."]);
}

#[test]
fn lints_and_a_description_are_missed() {
    let text = GOOD.replace("[lints]", "[other]").replace("description", "title");
    assert_eq!(sentences(&text).len(), 2);
}

#[test]
fn a_version_of_its_own_is_complained_about_also_for_one_platform() {
    let text = format!(
        "{GOOD}\n[target.'cfg(unix)'.dependencies]\nrustix = \"1\"\nlibc = {{ version = \"0.2\" }}\n"
    );
    let found = sentences(&text);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().any(|sentence| sentence.starts_with("rustix has its version here")));
}

#[test]
fn a_version_that_nobody_takes_is_complained_about() {
    let root = "[workspace.dependencies]\nserde = \"1\"\naxum = \"0.8\"\ntokio = \"1\"\n";
    let file = |path: &str, text: &str| File { path: path.into(), text: text.into(), is_executable: false };
    let found = check(&[file("Cargo.toml", root), file("crates/identity-app/Cargo.toml", GOOD)]);
    let sentences: Vec<&str> = found.iter().map(|complaint| complaint.sentence.as_str()).collect();
    assert_eq!(sentences, ["No crate uses axum: take it out of [workspace.dependencies]."]);
}

#[test]
fn the_workspace_and_the_benches_stand_alone() {
    for path in ["Cargo.toml", "crates/identity-bench/Cargo.toml"] {
        let file = File { path: path.into(), text: "[package]".into(), is_executable: false };
        assert!(check(&[file]).is_empty(), "{path}");
    }
}
