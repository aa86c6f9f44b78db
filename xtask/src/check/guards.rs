//! What must not be compiled in, proved with `cargo tree` for one crate at a time and for all platforms.

use crate::Outcome;
use crate::process::{cargo, stdout_of};
use crate::workspace::Package;

/// A crate and what a user of it must not get.
struct Guard {
    package: &'static str,
    /// With all features, or as it is by default.
    all_features: bool,
    never: &'static [&'static str],
    why: &'static str,
}

const GUARDS: &[Guard] = &[
    Guard {
        package: "identity-core",
        all_features: true,
        never: &["reqwest", "hyper", "rustls", "tokio", "async-std", "smol"],
        why: "the ground knows no HTTP client and no runtime",
    },
    Guard {
        package: "identity-app",
        all_features: true,
        never: &["rsa", "x509-parser", "p12"],
        why: "a program that uses a secret links no certificate code",
    },
    Guard {
        package: "identity-msi",
        all_features: true,
        never: &["rsa", "x509-parser", "p12"],
        why: "a program that runs as a machine links no certificate code",
    },
    Guard {
        package: "identity-cli",
        all_features: false,
        never: &["wiremock"],
        why: "the emulator's fakes are for tests",
    },
];

/// What no crate of ours may bring, as (name, version prefix or nothing, reason).
const NOWHERE: &[(&str, &str, &str)] = &[
    ("openssl-sys", "", "TLS is rustls, so that no system library decides what we can do"),
    ("native-tls", "", "TLS is rustls, so that no system library decides what we can do"),
    ("rsa", "0.9.", "versions before 0.10 leak the key through timing"),
];

/// Checks every guard; fails with one line for each that does not hold.
pub(crate) fn run(packages: &[Package]) -> Outcome {
    let mut complaints = Vec::new();
    for guard in GUARDS.iter().filter(|guard| packages.iter().any(|package| package.name == guard.package)) {
        complaints.extend(broken(guard, &tree(guard.package, guard.all_features)?));
    }
    for package in packages {
        complaints.extend(unwelcome(&package.name, &tree(&package.name, true)?));
    }
    if complaints.is_empty() {
        println!(
            "{} guards hold, and {} crates are free of what is unwelcome.",
            GUARDS.len(),
            packages.len()
        );
        Ok(())
    } else {
        Err(complaints.join("\n"))
    }
}

/// The dependencies that a user of the package gets, as `name vVERSION`, one a line.
fn tree(package: &str, all_features: bool) -> Outcome<String> {
    let mut command = cargo(&["tree", "--package", package, "--edges", "normal", "--target", "all"]);
    command.args(["--prefix", "none", "--no-dedupe"]);
    if all_features {
        command.arg("--all-features");
    }
    stdout_of(&mut command)
}

fn broken(guard: &Guard, tree: &str) -> Vec<String> {
    guard
        .never
        .iter()
        .filter(|name| versions(tree, name).next().is_some())
        .map(|name| format!("{} brings {name}, but {}.", guard.package, guard.why))
        .collect()
}

fn unwelcome(package: &str, tree: &str) -> Vec<String> {
    NOWHERE
        .iter()
        .filter(|(name, prefix, _)| versions(tree, name).any(|version| version.starts_with(prefix)))
        .map(|(name, prefix, why)| format!("{package} brings {name} {prefix}*, but {why}."))
        .collect()
}

/// The versions of a package in a tree.
fn versions<'a>(tree: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    tree.lines().filter_map(move |line| {
        let mut words = line.split_whitespace();
        (words.next()? == name).then_some(words.next()?.trim_start_matches('v'))
    })
}

#[cfg(test)]
mod tests;
