//! `cargo xtask check`: everything that must hold besides the tests.

mod combinations;
mod guards;
mod instructions;

use std::time::Instant;

use crate::Outcome;
use crate::process::{cargo, run as run_program};
use crate::test::on_build_server;
use crate::tidy;
use crate::workspace::{self, Package};

/// A part of the task, by its word.
struct Step {
    word: &'static str,
    run: fn(&[Package]) -> Outcome,
}

const STEPS: &[Step] = &[
    Step { word: "format", run: |_| format() },
    Step { word: "tidy", run: |_| tidy::run(&[]) },
    Step { word: "guards", run: guards::run },
    Step { word: "lints", run: |_| lints() },
    Step { word: "docs", run: |_| docs() },
    Step { word: "combinations", run: combinations::run },
    Step { word: "instructions", run: |_| instructions::run(on_build_server()) },
];

/// Runs the steps that the arguments name, or all. Each runs even if one before it failed, so that one round shows all
/// there is to fix.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let steps = chosen(arguments)?;
    let packages = workspace::packages()?;
    let mut failures = Vec::new();
    for step in steps {
        let started = Instant::now();
        println!("\n== {}", step.word);
        if let Err(explanation) = (step.run)(&packages) {
            println!("{explanation}");
            failures.push(step.word);
        }
        println!("== {} took {} s", step.word, started.elapsed().as_secs());
    }
    if failures.is_empty() { Ok(()) } else { Err(format!("not good yet: {}.", failures.join(", "))) }
}

fn chosen(arguments: &[String]) -> Outcome<Vec<&'static Step>> {
    if arguments.is_empty() {
        return Ok(STEPS.iter().collect());
    }
    let find = |word: &String| {
        STEPS.iter().find(|step| step.word == word).ok_or_else(|| {
            let words: Vec<&str> = STEPS.iter().map(|step| step.word).collect();
            format!("there is no step called {word}; there are: {}.", words.join(", "))
        })
    };
    arguments.iter().map(find).collect()
}

fn format() -> Outcome {
    run_program(&mut cargo(&["fmt", "--all", "--check"]))
}

fn lints() -> Outcome {
    let mut command = cargo(&["clippy", "--keep-going", "--workspace", "--all-targets", "--all-features"]);
    run_program(command.args(["--", "--deny", "warnings"]))
}

fn docs() -> Outcome {
    let mut command = cargo(&["doc", "--keep-going", "--workspace", "--all-features", "--no-deps"]);
    run_program(command.env("RUSTDOCFLAGS", "--deny warnings"))
}

#[cfg(test)]
mod tests;
