//! Rules about what is written for people: the README's commands, links, the changelog, pages of decisions.

mod links;

use super::{Complaint, File};

/// What the README's first two commands do, as the beginning of each.
const FIRST_COMMANDS: [(&str, &str); 2] =
    [("cargo run -p identity-cli -- token ", "get a token"), ("cargo xtask test", "run the tests")];

/// The script that a build server runs, and what it calls after the README's second command.
const SCRIPT: &str = ".ci/run";
const CHECK_COMMAND: &str = "cargo xtask check";

const CHANGE_PREFIXES: &[&str] = &["added:", "changed:", "fixed:", "breaking:"];

/// What a page of a decision says, in this order.
const DECISION_PARTS: &[&str] = &["## Question", "## Options", "## Answer"];

/// Checks all documents.
pub(super) fn check(files: &[File]) -> Vec<Complaint> {
    let mut complaints = links::check(files);
    complaints.extend(check_readme(files));
    complaints.extend(check_script(files));
    complaints.extend(check_changelog(files));
    complaints.extend(check_decisions(files));
    complaints
}

fn named<'a>(files: &'a [File], path: &str) -> Result<&'a File, Complaint> {
    let missing = || Complaint { path: path.to_owned(), line: 0, sentence: "This file is missing.".into() };
    files.iter().find(|file| file.path == path).ok_or_else(missing)
}

fn check_readme(files: &[File]) -> Vec<Complaint> {
    let readme = match named(files, "README.md") {
        Ok(readme) => readme,
        Err(complaint) => return vec![complaint],
    };
    let commands: Vec<(usize, &str)> =
        fenced_lines(&readme.text).filter(|(_, line)| line.starts_with("cargo ")).collect();
    let mut complaints = Vec::new();
    for (number, (beginning, purpose)) in FIRST_COMMANDS.iter().enumerate() {
        let found = commands.get(number);
        if !found.is_some_and(|(_, line)| line.starts_with(beginning.trim_end())) {
            let line = found.map_or(0, |(line, _)| *line);
            let sentence = format!(
                "Fenced cargo command number {} of the README must {purpose}: `{}`.",
                number + 1,
                beginning.trim_end()
            );
            complaints.push(readme.complain(line, sentence));
        }
    }
    complaints
}

/// The lines inside fences, with their numbers; a `$ ` before a command is taken away.
fn fenced_lines(markdown: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut inside = false;
    markdown.lines().enumerate().filter_map(move |(at, line)| {
        if line.trim_start().starts_with("```") {
            inside = !inside;
            return None;
        }
        inside.then(|| (at + 1, line.trim().trim_start_matches("$ ")))
    })
}

fn check_script(files: &[File]) -> Vec<Complaint> {
    let script = match named(files, SCRIPT) {
        Ok(script) => script,
        Err(complaint) => return vec![complaint],
    };
    let mut complaints = Vec::new();
    if !script.is_executable {
        complaints.push(script.complain(0, "This script cannot be started: chmod +x."));
    }
    let lines: Vec<&str> = script.text.lines().map(str::trim).collect();
    let position = |command: &str| lines.iter().position(|line| *line == command);
    match (position(FIRST_COMMANDS[1].0), position(CHECK_COMMAND)) {
        (Some(test), Some(check)) if test < check => {}
        _ => {
            let sentence = format!(
                "The script must run the README's `{}` and then `{CHECK_COMMAND}`.",
                FIRST_COMMANDS[1].0
            );
            complaints.push(script.complain(0, sentence));
        }
    }
    if !lines.contains(&"set -euo pipefail") {
        complaints.push(script.complain(0, "Without `set -euo pipefail` a failure goes unnoticed."));
    }
    complaints
}

fn check_changelog(files: &[File]) -> Vec<Complaint> {
    let changelog = match named(files, "CHANGELOG.md") {
        Ok(changelog) => changelog,
        Err(complaint) => return vec![complaint],
    };
    let mut complaints = Vec::new();
    if !changelog.text.lines().any(|line| line == "## Unreleased") {
        complaints.push(changelog.complain(0, "There is no heading `## Unreleased` for what comes next."));
    }
    for (at, line) in changelog.text.lines().enumerate() {
        let entry = line.strip_prefix("- ");
        if entry.is_some_and(|entry| !CHANGE_PREFIXES.iter().any(|prefix| entry.starts_with(prefix))) {
            let sentence = format!("An entry begins with one of {}.", CHANGE_PREFIXES.join(" "));
            complaints.push(changelog.complain(at + 1, sentence));
        }
    }
    complaints
}

fn check_decisions(files: &[File]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let mut numbers: Vec<&str> = Vec::new();
    for page in files.iter().filter(|file| file.path.starts_with("docs/decisions/") && file.is_markdown()) {
        let number = page.name().get(..4).unwrap_or_default();
        if !number.chars().all(|c| c.is_ascii_digit()) || number.len() != 4 {
            complaints
                .push(page.complain(0, "A page of a decision is named after its number: 0001-title.md."));
        } else if numbers.contains(&number) {
            complaints.push(page.complain(0, format!("There is another decision with the number {number}.")));
        }
        numbers.push(number);
        if !page.text.lines().any(|line| line.strip_prefix("Date: ").is_some_and(is_date)) {
            complaints.push(page.complain(0, "A line `Date: YYYY-MM-DD` says when this was decided."));
        }
        let mut lines = page.text.lines();
        if !DECISION_PARTS.iter().all(|part| lines.any(|line| line == *part)) {
            let sentence = format!("A decision says, in this order: {}.", DECISION_PARTS.join(", "));
            complaints.push(page.complain(0, sentence));
        }
    }
    complaints
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.trim().split('-').collect();
    parts.iter().map(|part| part.len()).eq([4, 2, 2])
        && parts.iter().all(|part| part.chars().all(|c| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests;
