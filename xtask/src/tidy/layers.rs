//! Who may import whom.

use super::Complaint;
use crate::workspace::{Dependency, Package};

/// What a crate may import of ours in what its users build. Dependencies of tests are free.
struct Room {
    name: &'static str,
    may: &'static [&'static str],
    /// Imported only when a feature asks for it.
    may_optionally: &'static [&'static str],
}

const ROOMS: &[Room] = &[
    room("identity-core", &[]),
    room("identity-entra", &["identity-core"]),
    room("identity-app", PIPES),
    room("identity-cert", PIPES),
    room("identity-msi", PIPES),
    room("identity-interactive", PIPES),
    room("identity-dev-tools", PIPES),
    room("identity-cache", PIPES),
    room("identity-cache-redis", PIPES),
    Room {
        name: "identity",
        may: PIPES,
        may_optionally: &[
            "identity-app",
            "identity-cert",
            "identity-msi",
            "identity-dev-tools",
            "identity-interactive",
            "identity-cache",
        ],
    },
    room("identity-azure-core", &["identity-core"]),
    room("identity-object-store", &["identity-core"]),
    room("identity-middleware", &["identity-core"]),
    room("identity-cli", &["identity", "identity-emulator"]),
    room("identity-emulator", &[]),
    room("xtask", &[]),
];

const PIPES: &[&str] = &["identity-core", "identity-entra"];

const fn room(name: &'static str, may: &'static [&'static str]) -> Room {
    Room { name, may, may_optionally: &[] }
}

/// Packages of others that only some may bring, as (ours, theirs, reason).
const OUTSIDERS: &[(&str, &[&str], &str)] = &[
    (
        "identity-core",
        &[
            "reqwest",
            "hyper",
            "http",
            "tokio",
            "async-std",
            "windows-sys",
            "security-framework",
            "secret-service",
        ],
        "core knows no HTTP client, no runtime and no platform",
    ),
    ("identity-emulator", &["reqwest"], "the emulator is the other side of the wire and calls nobody"),
];

/// Compares every manifest with the table.
pub(super) fn check(packages: &[Package]) -> Vec<Complaint> {
    packages.iter().flat_map(check_package).collect()
}

fn check_package(package: &Package) -> Vec<Complaint> {
    let complain = |sentence: String| Complaint { path: package.manifest.clone(), line: 0, sentence };
    let name = &package.name;
    let Some(room) = ROOMS.iter().find(|room| room.name == name) else {
        return vec![complain(format!(
            "{name} is not in the table of who may import whom: give it a line in xtask/src/tidy/layers.rs and in \
             docs/architecture.md."
        ))];
    };
    let normal = package.dependencies.iter().filter(|dependency| dependency.is_normal);
    normal
        .filter_map(|dependency| {
            let found = if dependency.is_ours {
                room.objection(dependency)
            } else {
                objection_to_outsider(name, dependency)
            };
            found.map(complain)
        })
        .collect()
}

impl Room {
    fn objection(&self, dependency: &Dependency) -> Option<String> {
        let (name, other) = (self.name, &dependency.name);
        if self.may.contains(&other.as_str()) {
            return None;
        }
        if self.may_optionally.contains(&other.as_str()) {
            return (!dependency.is_optional).then(|| {
                format!("{name} imports {other} for everybody: make it optional, behind its feature.")
            });
        }
        Some(format!(
            "{name} must not import {other}: what both need goes down into entra or core, or up into the umbrella."
        ))
    }
}

fn objection_to_outsider(name: &str, dependency: &Dependency) -> Option<String> {
    let other = dependency.name.as_str();
    if other == "wiremock" && !(name == "identity-emulator" && dependency.is_optional) {
        return Some(format!(
            "{name} brings wiremock to its users: only the emulator does, and only for its feature fakes."
        ));
    }
    let (_, _, reason) =
        OUTSIDERS.iter().find(|(ours, theirs, _)| *ours == name && theirs.contains(&other))?;
    Some(format!("{name} must not bring {other}: {reason}."))
}

#[cfg(test)]
mod tests;
