//! `cargo xtask features`: what each feature of the umbrella weighs.

mod measure;

use std::collections::BTreeSet;

use crate::Outcome;
use crate::process::{cargo, stdout_of};
use crate::workspace::{self, Package};

const UMBRELLA: &str = "identity";

/// Runs the task.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let measured = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => false,
        ["--measure"] => true,
        _ => {
            return Err(format!(
                "`{}` means nothing to features, which knows only --measure.",
                arguments.join(" ")
            ));
        }
    };
    let packages = workspace::packages()?;
    let umbrella = packages
        .iter()
        .find(|package| package.name == UMBRELLA)
        .ok_or_else(|| format!("there is no package {UMBRELLA}."))?;
    let nothing = crates(None)?;
    println!("| feature of {UMBRELLA} | crates | more than without features |\n| --- | ---: | ---: |");
    println!("{}", line("(none)", &nothing, &nothing));
    for feature in in_order(umbrella) {
        println!("{}", line(feature, &crates(Some(feature))?, &nothing));
    }
    let official = measure::Program::official().crates()?;
    println!("| official crate | {} | |", official.len());
    println!(
        "\nCounted for this platform: all that is compiled, our own crates and those that only builds need included, tests' not."
    );
    if measured { measure::run(umbrella, &in_order(umbrella)) } else { Ok(()) }
}

/// The features, `default` last.
fn in_order(package: &Package) -> Vec<&str> {
    let (default, mut named): (Vec<&str>, Vec<&str>) =
        package.features.keys().map(String::as_str).partition(|feature| *feature == "default");
    named.extend(default);
    named
}

/// What a program gets that uses the umbrella with this feature only.
fn crates(feature: Option<&str>) -> Outcome<BTreeSet<String>> {
    let mut command = cargo(&["tree", "--package", UMBRELLA, "--edges", "normal,build", "--prefix", "none"]);
    command.arg("--no-default-features").args(feature.map(|feature| format!("--features={feature}")));
    Ok(crates_in(&stdout_of(&mut command)?))
}

/// The crates of a tree, each version once.
fn crates_in(tree: &str) -> BTreeSet<String> {
    tree.lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some(format!("{} {}", words.next()?, words.next()?))
        })
        .collect()
}

fn line(feature: &str, crates: &BTreeSet<String>, nothing: &BTreeSet<String>) -> String {
    format!("| {feature} | {} | {} |", crates.len(), crates.difference(nothing).count())
}

#[cfg(test)]
mod tests;
