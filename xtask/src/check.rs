//! `cargo xtask check`: everything that must hold besides the tests.

mod combinations;
mod guards;

use crate::Outcome;
use crate::process::{cargo, run as run_program};
use crate::{tidy, workspace};

/// Runs the task. Everything runs, so that one round shows all there is to fix.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    if let Some(argument) = arguments.first() {
        return Err(format!("`{argument}` means nothing to check, which takes no arguments."));
    }
    let packages = workspace::packages()?;
    let steps: [(&str, &dyn Fn() -> Outcome); 6] = [
        ("format", &format),
        ("tidy", &|| tidy::run(&[])),
        ("dependency guards", &|| guards::run(&packages)),
        ("lints", &lints),
        ("docs", &docs),
        ("features on their own and in pairs", &|| combinations::run(&packages)),
    ];
    let mut failures = Vec::new();
    for (name, step) in steps {
        println!("\n== {name}");
        if let Err(explanation) = step() {
            println!("{explanation}");
            failures.push(name);
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(format!("not good yet: {}.", failures.join(", "))) }
}

fn format() -> Outcome {
    run_program(&mut cargo(&["fmt", "--all", "--check"]))
}

fn lints() -> Outcome {
    let mut command = cargo(&["clippy", "--workspace", "--all-targets", "--all-features"]);
    run_program(command.args(["--", "--deny", "warnings"]))
}

fn docs() -> Outcome {
    let mut command = cargo(&["doc", "--workspace", "--all-features", "--no-deps"]);
    run_program(command.env("RUSTDOCFLAGS", "--deny warnings"))
}
