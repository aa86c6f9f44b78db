//! `cargo xtask bench`: measurements beside the official crate, as one table.

use std::process::{Command, Stdio};

use crate::Outcome;
use crate::process::{cargo, run as run_program, shown};

/// The crate that measures, which is outside the workspace.
pub(crate) const MANIFEST: &str = "crates/identity-bench/Cargo.toml";

/// Its programs, in the order of the table, each with what it is built with.
const PROGRAMS: &[(&str, &[&str])] = &[
    ("compare", &[]),
    ("certificates", &[]),
    ("certificates", &["--features", "aws-lc-rs"]),
    ("allocations", &[]),
];

/// Runs the task. A goal that is missed is written in the table and is no failure: times depend on the machine and on what else it does.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    if let Some(flag) = arguments.iter().find(|word| word.starts_with('-')) {
        return Err(format!("`{flag}` means nothing to bench, which takes groups of measurements to run."));
    }
    for (program, features) in PROGRAMS {
        run_program(&mut in_the_bench("build", program, features))?;
    }
    println!("\nMeasuring, which takes a minute or two and wants a machine that does nothing else.");
    let mut rows = Vec::new();
    for (program, features) in PROGRAMS {
        rows.extend(rows_in(&output_of(program, features, arguments)?));
    }
    if rows.is_empty() {
        return Err(format!("no measurement is called {}.", arguments.join(" or ")));
    }
    println!("\n{}", table(&rows));
    println!("{}", summary(&rows));
    Ok(())
}

/// What a program wrote. What it has to complain about goes straight to the terminal.
fn output_of(program: &str, features: &[&str], arguments: &[String]) -> Outcome<String> {
    let mut command = in_the_bench("run", program, features);
    command.args(["--quiet", "--"]).args(arguments).stdin(Stdio::null()).stderr(Stdio::inherit());
    let output =
        command.output().map_err(|error| format!("`{}` could not be started: {error}.", shown(&command)))?;
    if !output.status.success() {
        return Err(format!("`{}` ended with {}.", shown(&command), output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn in_the_bench(what: &str, program: &str, features: &[&str]) -> Command {
    let mut command = cargo(&[what, "--release", "--manifest-path", MANIFEST, "--bin", program]);
    command.args(features);
    command
}

type Row = [String; 6];

const HEAD: [&str; 6] = ["what", "ours", "official", "ratio", "goal", ""];

/// The lines of the table in what a program wrote: the word `row` and six fields, with tabs between.
fn rows_in(output: &str) -> Vec<Row> {
    output
        .lines()
        .filter_map(|line| line.strip_prefix("row\t"))
        .filter_map(|line| line.split('\t').map(String::from).collect::<Vec<_>>().try_into().ok())
        .collect()
}

/// A table that can be read as it is and pasted into a page.
fn table(rows: &[Row]) -> String {
    let head = HEAD.map(String::from);
    let width = |column: usize| {
        rows.iter().chain([&head]).map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let line = |row: &Row| {
        let cells =
            row.iter().enumerate().map(|(column, cell)| format!(" {cell:<width$} ", width = width(column)));
        format!("|{}|\n", cells.collect::<Vec<_>>().join("|"))
    };
    let rule: Row = std::array::from_fn(|column| "-".repeat(width(column)));
    [&head, &rule].into_iter().chain(rows).map(line).collect()
}

fn summary(rows: &[Row]) -> String {
    let verdicts = |verdict: &str| rows.iter().filter(|row| row[5] == verdict).count();
    format!("Goals met: {}, missed: {}.", verdicts("met"), verdicts("MISSED"))
}

#[cfg(test)]
mod tests;
