//! How many instructions a call takes, counted by valgrind: unlike times, the same on a machine that does other things as well.

use std::process::Command;

use crate::Outcome;
use crate::bench::MANIFEST;
use crate::process::{capture, cargo, shown, stdout_of};
use crate::setup::{self, NEEDS};

/// A kind of call, and what it took when somebody last looked.
struct Bound {
    /// As the program `calls` of `identity-bench` names it.
    kind: &'static str,
    instructions: f64,
}

const BOUNDS: &[Bound] = &[
    // A token from memory, through `Arc<dyn TokenCredential>` and on a runtime.
    Bound { kind: "cached", instructions: 368.0 },
    // A scope that was not asked for before, with an endpoint in memory.
    Bound { kind: "uncached", instructions: 61_000.0 },
];

/// By how much a count may differ: what another version of the compiler or another processor's `memcmp` makes of it.
const TOLERANCE: f64 = 0.1;

/// Two runs that differ by so many calls; what happens once is in both.
const CALLS: (u32, u32) = (100, 1100);

/// Runs the step.
pub(super) fn run(on_build_server: bool) -> Outcome {
    if std::env::consts::ARCH != "x86_64" {
        println!("Left out: the bounds are those of x86-64, and other processors have other instructions.");
        return Ok(());
    }
    let needs: Vec<_> = NEEDS.iter().filter(|need| need.marker == "valgrind").collect();
    if let Err(advice) = setup::install(&needs) {
        println!("{advice}");
        let left_out = "instructions were not counted, because valgrind is missing";
        if on_build_server {
            return Err(format!("{left_out}."));
        }
        println!("Left out: {left_out}.");
        return Ok(());
    }
    let program = build()?;
    let mut complaints = Vec::new();
    for bound in BOUNDS {
        let count = |calls: u32| instructions(&program, bound.kind, calls);
        let each = (count(CALLS.1)? - count(CALLS.0)?) / f64::from(CALLS.1 - CALLS.0);
        println!("{:<9} {each:>7.0} instructions a call, bound {:.0}", bound.kind, bound.instructions);
        complaints.extend(judge(bound, each));
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n")) }
}

/// Builds the program and gives its path.
fn build() -> Outcome<String> {
    let mut command = cargo(&["build", "--release", "--manifest-path", MANIFEST, "--bin", "calls"]);
    command.args(["--no-default-features", "--features", "endpoint", "--message-format", "json"]);
    let messages = stdout_of(&mut command)?;
    executable_in(&messages).ok_or_else(|| format!("`{}` made no program.", shown(&command)))
}

/// The path of the program among cargo's messages.
fn executable_in(messages: &str) -> Option<String> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .find_map(|message| message["executable"].as_str().map(String::from))
}

/// The instructions of a whole run.
fn instructions(program: &str, kind: &str, calls: u32) -> Outcome<f64> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", program, kind, &calls.to_string()]);
    let captured = capture(&mut command)?;
    match collected_in(&captured.stderr).filter(|_| captured.success) {
        Some(instructions) => Ok(instructions),
        None => Err(format!("`{}` failed:\n{}", shown(&command), captured.stderr.trim_end())),
    }
}

/// The number after `Collected :` in what callgrind says at the end.
fn collected_in(report: &str) -> Option<f64> {
    let (_, number) = report.lines().find_map(|line| line.split_once("Collected :"))?;
    number.split_whitespace().next()?.parse().ok()
}

fn judge(bound: &Bound, each: f64) -> Option<String> {
    let Bound { kind, instructions } = bound;
    let change = each / instructions - 1.0;
    let where_it_stands = "in xtask/src/check/instructions.rs";
    if change > TOLERANCE {
        return Some(format!(
            "A call that is {kind} takes {each:.0} instructions and took {instructions:.0}. Find what grew (docs/performance.md says how), or \
             raise the bound {where_it_stands} and say in the change what it brings."
        ));
    }
    (change < -TOLERANCE).then(|| {
        format!(
            "A call that is {kind} takes only {each:.0} instructions and took {instructions:.0}: lower the bound {where_it_stands}, so that it \
             stays so."
        )
    })
}

#[cfg(test)]
mod tests;
