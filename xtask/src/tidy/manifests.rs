//! What a member's manifest takes from the workspace.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::{Complaint, File};

const INHERITED: &[&str] = &["version", "edition", "rust-version", "license", "publish"];

/// Every manifest of a member inherits the common fields, the lints, and the versions of what it depends on, and the workspace has no more versions
/// than that.
pub(super) fn check(files: &[File]) -> Vec<Complaint> {
    let is_manifest = |file: &&File| {
        file.name() == "Cargo.toml" && file.path != "Cargo.toml" && !is_outside(&file.path) && !file.is_test()
    };
    let members: Vec<&File> = files.iter().filter(is_manifest).collect();
    let unused =
        files.iter().filter(|file| file.path == "Cargo.toml").flat_map(|root| check_root(root, &members));
    members.iter().copied().flat_map(check_manifest).chain(unused).collect()
}

/// What the workspace offers, somebody takes.
fn check_root(root: &File, members: &[&File]) -> Vec<Complaint> {
    let table = |file: &File| file.text.parse::<Table>().unwrap_or_default();
    let members: Vec<Table> = members.iter().map(|file| table(file)).collect();
    let taken: BTreeSet<&String> =
        members.iter().flat_map(|member| dependencies(member)).map(|(name, _)| name).collect();
    let root_table = table(root);
    let offered = root_table.get("workspace").and_then(|workspace| workspace.get("dependencies")?.as_table());
    let unused = offered.into_iter().flatten().filter(|(name, _)| !taken.contains(name));
    unused
        .map(|(name, _)| {
            root.complain(0, format!("No crate uses {name}: take it out of [workspace.dependencies]."))
        })
        .collect()
}

/// The benches have a lock file of their own, so their manifest stands alone.
fn is_outside(path: &str) -> bool {
    path.starts_with("crates/identity-bench/")
}

fn check_manifest(file: &File) -> Vec<Complaint> {
    let manifest: Table = match file.text.parse() {
        Ok(manifest) => manifest,
        Err(error) => return vec![file.complain(0, format!("This is no TOML: {error}"))],
    };
    let mut complaints = Vec::new();
    let package = manifest.get("package").and_then(Value::as_table);
    for field in INHERITED {
        if !package.and_then(|package| package.get(*field)).is_some_and(is_inherited) {
            complaints.push(
                file.complain(0, format!("Write `{field}.workspace = true`, so that all crates agree.")),
            );
        }
    }
    if !package.is_some_and(|package| package.contains_key("description")) {
        complaints.push(file.complain(0, "Say in `description` what this crate is for."));
    }
    if !manifest.get("lints").is_some_and(is_inherited) {
        complaints.push(
            file.complain(0, "Write `[lints] workspace = true`, so that all crates have the same lints."),
        );
    }
    for (name, value) in dependencies(&manifest) {
        if !is_inherited(value) && value.get("path").is_none() {
            let sentence = format!(
                "{name} has its version here: put it in [workspace.dependencies] and write `{name}.workspace = true`."
            );
            complaints.push(file.complain(0, sentence));
        }
    }
    complaints
}

fn is_inherited(value: &Value) -> bool {
    value.get("workspace").and_then(Value::as_bool) == Some(true)
}

/// The entries of all dependency tables, those for one platform included.
fn dependencies(manifest: &Table) -> Vec<(&String, &Value)> {
    let targets = manifest.get("target").and_then(Value::as_table).into_iter().flatten();
    let tables = targets.filter_map(|(_, target)| target.as_table()).chain([manifest]);
    tables
        .flat_map(|table| {
            ["dependencies", "dev-dependencies", "build-dependencies"].map(|kind| table.get(kind))
        })
        .filter_map(|dependencies| dependencies?.as_table())
        .flatten()
        .collect()
}

#[cfg(test)]
mod tests;
