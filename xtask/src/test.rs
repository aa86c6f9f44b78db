//! `cargo xtask test`: every test of the workspace, and the names of those that could not run.
//!
//! No test skips itself. A test that calls a program of [`NEEDS`] says so in its name, and where the program is missing
//! it is left out from here, by that name, and listed at the end. On a build server, where `CI` is set, that is a failure;
//! what the machine does not permit is not.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::process::Command;

use crate::Outcome;
use crate::process::{cargo, run as run_program, stdout_of};
use crate::setup::{self, NEEDS, Need};
use crate::workspace::{self, Package};

/// Features that exchange one part for another instead of adding something. The workspace is tested without them, so
/// that what everybody uses is what is tested; then the packages that do the exchange are tested once more with it.
pub(crate) const EXCHANGES: &[Exchange] =
    &[Exchange { feature: "aws-lc-rs", packages: &["identity-cert", "identity-entra"] }];

/// A feature that exchanges a part, and the packages whose tests show the other part at work.
pub(crate) struct Exchange {
    pub(crate) feature: &'static str,
    pub(crate) packages: &'static [&'static str],
}

impl Exchange {
    /// The arguments that test these packages with the feature.
    fn run(&self) -> Vec<String> {
        let packages =
            self.packages.iter().flat_map(|package| ["--package".to_owned(), (*package).to_owned()]);
        let features: Vec<_> =
            self.packages.iter().map(|package| format!("{package}/{}", self.feature)).collect();
        packages.chain(["--features".to_owned(), features.join(","), "--lib".to_owned()]).collect()
    }
}

/// Runs the task.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let plan = Plan::new(arguments, NEEDS);
    if let Err(advice) = setup::install(&plan.wanted) {
        println!("{advice}");
    }
    let missing: Vec<&Need> =
        plan.wanted.iter().copied().filter(|need| !need.missing_programs().is_empty()).collect();
    let hindered: Vec<&Need> =
        plan.wanted.iter().copied().filter(|need| !need.obstacles().is_empty()).collect();
    let skipped: Vec<&Need> = plan.unasked.iter().chain(&hindered).copied().collect();

    let packages = workspace::packages()?;
    let runs = plan.runs(&packages);
    let mut failures: Vec<String> =
        runs.iter().filter_map(|run| run_program(&mut plan.command(run, &skips(&skipped))).err()).collect();

    failures.extend(skipped.iter().filter_map(|need| report(need, &plan, &runs).err()));
    if !failures.is_empty() {
        return Err(failures.join("\n"));
    }
    if !missing.is_empty() && on_build_server() {
        return Err("tests were left out, which is no success on a build server (CI is set).".into());
    }
    println!("\nEvery test that ran passed.");
    Ok(())
}

/// What a command line asks for.
struct Plan<'a> {
    /// Needs whose tests are to run.
    wanted: Vec<&'a Need>,
    /// Needs whose tests run only when they are asked for, and were not.
    unasked: Vec<&'a Need>,
    for_cargo: Vec<String>,
    for_the_tests: Vec<String>,
}

impl<'a> Plan<'a> {
    fn new(arguments: &[String], needs: &'a [Need]) -> Self {
        let (before, after) = match arguments.iter().position(|argument| argument == "--") {
            Some(at) => (&arguments[..at], &arguments[at + 1..]),
            None => (arguments, &[][..]),
        };
        let is_asked =
            |need: &&Need| need.asked_for_with.is_none_or(|flag| before.iter().any(|word| word == flag));
        let (wanted, unasked) = needs.iter().partition(is_asked);
        let is_ours = |word: &&String| needs.iter().any(|need| need.asked_for_with == Some(word.as_str()));
        let for_cargo = before.iter().filter(|word| !is_ours(word)).cloned().collect();
        Self { wanted, unasked, for_cargo, for_the_tests: after.to_vec() }
    }

    /// The arguments of each `cargo test` that this plan comes to.
    fn runs(&self, packages: &[Package]) -> Vec<Vec<String>> {
        let chosen = self.chosen_packages();
        let features = additive_features(packages, &chosen).join(",");
        let mut first = Vec::new();
        if chosen.is_empty() {
            first.push("--workspace".to_owned());
        }
        if !features.is_empty() {
            first.extend(["--features".to_owned(), features]);
        }
        let mut runs = vec![first];
        if self.for_cargo.is_empty() {
            runs.extend(EXCHANGES.iter().map(Exchange::run));
        }
        runs
    }

    /// The packages that the command line narrows the run to; none means all.
    fn chosen_packages(&self) -> BTreeSet<&str> {
        let mut words = self.for_cargo.iter().map(String::as_str);
        let mut chosen = BTreeSet::new();
        while let Some(word) = words.next() {
            match word {
                "-p" | "--package" => chosen.extend(words.next()),
                _ => chosen.extend(word.strip_prefix("--package=").or_else(|| word.strip_prefix("-p"))),
            }
        }
        chosen
    }

    fn command(&self, run: &[String], for_the_tests: &[String]) -> Command {
        let mut command = cargo(&["test", "--no-fail-fast"]);
        command.args(run).args(&self.for_cargo);
        if let Some(path) = self.path() {
            command.env("PATH", path);
        }
        if !for_the_tests.is_empty() || !self.for_the_tests.is_empty() {
            command.arg("--").args(for_the_tests).args(&self.for_the_tests);
        }
        command
    }

    /// PATH with the programs that came as wheels in front; none where there are no such programs.
    fn path(&self) -> Option<OsString> {
        let folders: Vec<_> =
            self.wanted.iter().filter_map(|need| need.wheel_folder()).filter(|f| f.is_dir()).collect();
        let own = std::env::var_os("PATH").filter(|_| !folders.is_empty())?;
        std::env::join_paths(folders.into_iter().chain(std::env::split_paths(&own))).ok()
    }
}

/// All features, as `package/feature`, that add something and exchange nothing. Those that are on by default stay on.
fn additive_features(packages: &[Package], chosen: &BTreeSet<&str>) -> Vec<String> {
    packages
        .iter()
        .filter(|package| chosen.is_empty() || chosen.contains(package.name.as_str()))
        .flat_map(|package| {
            package
                .features
                .keys()
                .filter(|feature| *feature != "default")
                .filter(|feature| {
                    !EXCHANGES.iter().any(|exchange| package.turns_on(feature, exchange.feature))
                })
                .map(|feature| format!("{}/{feature}", package.name))
        })
        .collect()
}

fn skips(needs: &[&Need]) -> Vec<String> {
    needs.iter().flat_map(|need| ["--skip".to_owned(), need.test_name_part()]).collect()
}

/// Names the tests that were left out because of this need.
fn report(need: &Need, plan: &Plan<'_>, runs: &[Vec<String>]) -> Outcome {
    let mut names = BTreeSet::new();
    for run in runs {
        let only = ["--list".to_owned(), "--format=terse".to_owned(), need.test_name_part()];
        names.extend(tests_in(&stdout_of(&mut plan.command(run, &only))?));
    }
    let missing = need.obstacles().join(", ");
    match need.asked_for_with {
        Some(flag) if plan.unasked.iter().any(|other| other.marker == need.marker) => {
            println!("\nLeft out: {} tests of {} (run them with {flag}).", names.len(), need.used_by);
        }
        _ => println!("\nLeft out because {missing} is missing: {} tests of {}:", names.len(), need.used_by),
    }
    for name in names {
        println!("  {name}");
    }
    Ok(())
}

/// The names in what a test program prints for `--list --format=terse`.
fn tests_in(listing: &str) -> Vec<String> {
    listing.lines().filter_map(|line| line.strip_suffix(": test")).map(String::from).collect()
}

/// Whether what is left out counts as a failure.
pub(crate) fn on_build_server() -> bool {
    says_build_server(std::env::var("CI").ok().as_deref())
}

fn says_build_server(variable: Option<&str>) -> bool {
    variable.is_some_and(|value| !matches!(value, "" | "0" | "false"))
}

#[cfg(test)]
mod tests;
