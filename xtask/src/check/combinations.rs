//! Each library on its own: without features, with each feature, and with each pair. A workspace build cannot show that
//! a crate forgot a feature it needs, because there every crate gets what any other asked for.

use std::collections::BTreeSet;
use std::time::Instant;

use crate::Outcome;
use crate::process::{capture, cargo, shown};
use crate::test::EXCHANGES;
use crate::workspace::Package;

/// Checks every combination and fails with what the compiler said about those that are not clean.
pub(crate) fn run(packages: &[Package]) -> Outcome {
    let mut complaints = Vec::new();
    for package in packages.iter().filter(|package| package.is_library) {
        let started = Instant::now();
        let combinations = combinations(package);
        for features in &combinations {
            complaints.extend(check(package, features)?);
        }
        let seconds = started.elapsed().as_secs();
        println!("{}: {} combinations in {seconds} s", package.name, combinations.len());
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n\n")) }
}

/// What the compiler has against this combination: errors, and warnings as well.
fn check(package: &Package, features: &[&str]) -> Outcome<Option<String>> {
    let features = features.join(",");
    let mut command = cargo(&["check", "--quiet", "--package", &package.name, "--no-default-features"]);
    if !features.is_empty() {
        command.args(["--features", &features]);
    }
    let captured = capture(&mut command)?;
    let clean = captured.success && !has_warning(&captured.stderr);
    Ok((!clean).then(|| format!("$ {}\n{}", shown(&command), captured.stderr.trim_end())))
}

fn has_warning(stderr: &str) -> bool {
    stderr.lines().any(|line| line.starts_with("warning"))
}

/// The sets of features worth a build. Two sets that turn on the same things are built once. A feature that exchanges a
/// part (a crypto library that takes minutes to build) is built on its own and in no pair.
fn combinations(package: &Package) -> Vec<Vec<&str>> {
    let exchanges =
        |feature: &str| EXCHANGES.iter().any(|exchange| package.turns_on(feature, exchange.feature));
    let names: Vec<&str> = package.features.keys().map(String::as_str).collect();
    let (alone, free): (Vec<&str>, Vec<&str>) = names.into_iter().partition(|name| exchanges(name));

    let mut candidates = vec![vec![]];
    candidates.extend(free.iter().chain(&alone).map(|name| vec![*name]));
    for (at, first) in free.iter().enumerate() {
        candidates.extend(free[at + 1..].iter().map(|second| vec![*first, *second]));
    }
    let mut seen = BTreeSet::new();
    candidates.retain(|features| seen.insert(substance(package, features)));
    candidates
}

/// What a set of features comes to: what it turns on, without the names that only stand for others.
fn substance(package: &Package, features: &[&str]) -> BTreeSet<String> {
    let mut closure = package.closure(features.iter().copied());
    closure.remove("default");
    closure
}

#[cfg(test)]
mod tests;
