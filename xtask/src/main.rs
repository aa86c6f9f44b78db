//! The project's own tasks: set up, test, check. `cargo xtask` without a word lists them.
//!
//! This is a program that works on the project and is no part of the house: it prints, starts tools, and reads the
//! environment that it is started with. Everything that decides something is a function over values, tested beside it.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a task talks to the person who started it")]
#![allow(clippy::disallowed_methods, reason = "a task reads the environment it is started with")]

mod bench;
mod check;
mod features;
mod fixtures;
mod process;
mod setup;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

/// What a task comes to: nothing to say, or one explanation of what is wrong.
type Outcome<T = ()> = Result<T, String>;

/// A task by its word: what it is for, and what runs it with the rest of the command line.
struct Task {
    word: &'static str,
    purpose: &'static str,
    run: fn(&[String]) -> Outcome,
}

const TASKS: &[Task] = &[
    Task { word: "setup", purpose: "install the programs that the tests call", run: setup::run },
    Task {
        word: "test",
        purpose: "set up, then run every test (further arguments go to cargo test)",
        run: test::run,
    },
    Task {
        word: "check",
        purpose: "format, tidy, dependency guards, lints, docs, features alone and in pairs, instruction counts (or only the named steps)",
        run: check::run,
    },
    Task {
        word: "tidy",
        purpose: "the rules of the house that no compiler checks (--rows lists open rows)",
        run: tidy::run,
    },
    Task {
        word: "features",
        purpose: "what each feature of the umbrella and the official crate weigh in crates (--measure: in build time and size too)",
        run: features::run,
    },
    Task {
        word: "bench",
        purpose: "measure beside the official crate, in a table (or only the named groups)",
        run: bench::run,
    },
    Task {
        word: "fixtures",
        purpose: "make keys, certificates and PKCS#12 files in FOLDER",
        run: fixtures::run,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(task) = arguments.first().and_then(|word| TASKS.iter().find(|task| task.word == word)) else {
        if let Some(word) = arguments.first().filter(|word| *word != "help" && *word != "--help") {
            eprintln!("There is no task called {word}.\n");
        }
        eprint!("{}", usage());
        return if arguments.is_empty() || arguments[0].ends_with("help") {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(2)
        };
    };
    match (task.run)(&arguments[1..]) {
        Ok(()) => ExitCode::SUCCESS,
        Err(explanation) => {
            eprintln!("\nxtask {}: {explanation}", task.word);
            ExitCode::FAILURE
        }
    }
}

fn usage() -> String {
    let mut text = String::from("cargo xtask TASK\n\n");
    for task in TASKS {
        text.push_str(&format!("  {:<9} {}\n", task.word, task.purpose));
    }
    text
}
