//! What the workspace is made of, as cargo itself says it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;

use crate::Outcome;
use crate::process::{cargo, stdout_of};

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    let xtask = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let xtask = PathBuf::from(xtask);
    xtask.parent().map(PathBuf::from).unwrap_or(xtask)
}

/// A member of the workspace.
#[derive(Clone, Debug, Default)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// The manifest, relative to the workspace, with forward slashes.
    pub(crate) manifest: String,
    pub(crate) is_library: bool,
    /// Each feature with what it turns on.
    pub(crate) features: BTreeMap<String, Vec<String>>,
    pub(crate) dependencies: Vec<Dependency>,
}

/// A line in a dependency table of a manifest.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// Part of what a user of the crate builds; otherwise it is for tests or for the build script.
    pub(crate) is_normal: bool,
    pub(crate) is_optional: bool,
    /// The folder of another member, not something from a registry.
    pub(crate) is_ours: bool,
}

/// Asks cargo for all members, in the order of their names.
pub(crate) fn packages() -> Outcome<Vec<Package>> {
    let text = stdout_of(&mut cargo(&["metadata", "--format-version", "1", "--no-deps"]))?;
    let metadata: Value =
        serde_json::from_str(&text).map_err(|error| format!("cargo metadata gave no JSON: {error}."))?;
    Ok(parse(&metadata))
}

/// Reads the answer of `cargo metadata`.
pub(crate) fn parse(metadata: &Value) -> Vec<Package> {
    let root = metadata["workspace_root"].as_str().unwrap_or_default();
    let mut packages: Vec<Package> =
        list(&metadata["packages"]).iter().map(|package| parse_package(package, root)).collect();
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    packages
}

fn parse_package(package: &Value, root: &str) -> Package {
    let manifest = text(&package["manifest_path"]);
    let manifest = manifest.strip_prefix(root).unwrap_or(&manifest).replace('\\', "/");
    let features = package["features"].as_object().into_iter().flatten();
    Package {
        name: text(&package["name"]),
        manifest: manifest.trim_start_matches('/').to_owned(),
        is_library: list(&package["targets"])
            .iter()
            .any(|target| list(&target["kind"]).iter().any(|kind| kind == "lib")),
        features: features
            .map(|(name, items)| (name.clone(), list(items).iter().map(text).collect()))
            .collect(),
        dependencies: list(&package["dependencies"]).iter().map(parse_dependency).collect(),
    }
}

fn parse_dependency(dependency: &Value) -> Dependency {
    Dependency {
        name: text(&dependency["name"]),
        is_normal: dependency["kind"].is_null(),
        is_optional: dependency["optional"].as_bool().unwrap_or_default(),
        is_ours: dependency["path"].is_string(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

impl Package {
    /// The given features with everything they turn on, features of dependencies included (`crate/feature`).
    pub(crate) fn closure<'a>(&'a self, features: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
        let mut waiting: Vec<&str> = features.into_iter().collect();
        let mut found = BTreeSet::new();
        while let Some(feature) = waiting.pop() {
            if found.insert(feature.to_owned()) {
                waiting.extend(self.features.get(feature).into_iter().flatten().map(String::as_str));
            }
        }
        found
    }

    /// Whether turning this feature on turns the other one on, here or in a dependency.
    pub(crate) fn turns_on(&self, feature: &str, other: &str) -> bool {
        let in_dependency = format!("/{other}");
        self.closure([feature]).iter().any(|item| item == other || item.ends_with(&in_dependency))
    }
}

#[cfg(test)]
mod tests;
