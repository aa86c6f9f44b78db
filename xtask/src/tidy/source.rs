//! Rules about source files.

use super::code::{item_length, without_comments_and_strings, without_tests};
use super::{Complaint, File};
use crate::setup::NEEDS;

/// Longer files are two files.
const MOST_LINES: usize = 500;

/// What is found in a file where it may not be.
struct Rule {
    name: &'static str,
    words: &'static [&'static str],
    sentence: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        name: "environment",
        words: &[
            "env::var", // and vars, var_os, vars_os
            "env::set_var",
            "env::remove_var",
            "env::temp_dir",
            "env::home_dir",
            "std::env::{",
            "std::env::*",
        ],
        sentence: "Only identity-core's env.rs reads the process environment: take the value from an Env.",
    },
    Rule {
        name: "clock",
        words: &["SystemTime::now", "Instant::now"],
        sentence: "Only clock.rs asks what time it is: take the time from a Clock, which tests can move.",
    },
    Rule {
        name: "shortcut",
        words: &["todo!", "unimplemented!", "dbg!"],
        sentence: "This is unfinished: finish it, or leave the whole thing out.",
    },
];

/// Where a rule has no say, and why. An entry that is needed no longer is a complaint too.
const ALLOWED: &[(&str, &str, &str)] = &[
    ("environment", "crates/identity-core/src/env.rs", "this is where the environment is read"),
    ("clock", "crates/identity-core/src/clock.rs", "this is where the time is asked for"),
    (
        "clock",
        "crates/identity-emulator/src/clock.rs",
        "the emulator imports none of ours and has a clock of its own",
    ),
];

/// Programs that work on the project: they are no part of the house.
const OUTSIDE: &[&str] = &["xtask/", "crates/identity-bench/"];

/// Checks all files of Rust code.
pub(super) fn check(files: &[File]) -> Vec<Complaint> {
    check_with(files, ALLOWED)
}

fn check_with(files: &[File], allowed: &[(&str, &str, &str)]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let mut used = vec![false; allowed.len()];
    for file in files.iter().filter(|file| file.is_rust()) {
        let code = without_comments_and_strings(&file.text);
        if file.is_test() {
            complaints.extend(check_test(file, &code));
            continue;
        }
        let mut found = Vec::new();
        if !OUTSIDE.iter().any(|folder| file.path.starts_with(folder)) {
            found.extend(check_words(file, &code));
        }
        found.extend(check_length(file).map(|complaint| ("length", complaint)));
        found.extend(check_map(file, &code).map(|complaint| ("map", complaint)));
        found.extend(check_inline_tests(file, &code).map(|complaint| ("inline tests", complaint)));
        for (rule, complaint) in found {
            match allowed.iter().position(|(name, path, _)| *name == rule && *path == file.path) {
                Some(at) => used[at] = true,
                None => complaints.push(complaint),
            }
        }
    }
    for (at, (rule, path, _)) in allowed.iter().enumerate() {
        if let Some(file) = files.iter().find(|file| file.path == *path && !used[at]) {
            let sentence =
                format!("Nothing here needs the exception from the rule \"{rule}\" any more: take it away.");
            complaints.push(file.complain(0, sentence));
        }
    }
    complaints
}

fn check_words(file: &File, code: &str) -> Vec<(&'static str, Complaint)> {
    let mut complaints = Vec::new();
    for (at, line) in without_tests(code).lines().enumerate() {
        for rule in RULES {
            if rule.words.iter().any(|word| contains_word(line, word)) {
                complaints.push((rule.name, file.complain(at + 1, rule.sentence)));
            }
        }
    }
    complaints
}

/// Whether the line has this text where a word begins.
fn contains_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

fn check_length(file: &File) -> Option<Complaint> {
    let lines = file.text.lines().count();
    (lines > MOST_LINES).then(|| {
        file.complain(
            0,
            format!("This file has {lines} lines, and more than {MOST_LINES} are two files: split it."),
        )
    })
}

/// A `lib.rs` is a map: docs, attributes, modules and re-exports.
fn check_map(file: &File, code: &str) -> Option<Complaint> {
    if file.name() != "lib.rs" {
        return None;
    }
    let mut at = 0;
    while let Some(skipped) = code[at..].find(|c: char| !c.is_whitespace()) {
        at += skipped;
        let rest = &code[at..];
        let length = if rest.starts_with('#') { attribute_length(rest) } else { item_length(rest) };
        if !rest.starts_with('#') && !belongs_on_a_map(&rest[..length]) {
            let line = code[..at].lines().count().max(1) + usize::from(code[..at].ends_with('\n'));
            return Some(
                file.complain(
                    line,
                    "lib.rs is a map: docs, modules and re-exports. Code goes into a module.",
                ),
            );
        }
        at += length;
    }
    None
}

fn attribute_length(code: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in code.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    code.len()
}

fn belongs_on_a_map(item: &str) -> bool {
    let item = item.strip_prefix("pub").map_or(item, |rest| {
        let rest = rest.trim_start();
        rest.strip_prefix('(')
            .and_then(|rest| rest.split_once(')'))
            .map_or(rest, |(_, rest)| rest)
            .trim_start()
    });
    match item.split_whitespace().next() {
        Some("use" | "extern" | ";") => true,
        Some("mod") => match item.split_once('{') {
            None => true,
            Some((_, body)) => body
                .trim_end_matches('}')
                .split_inclusive(';')
                .map(str::trim)
                .all(|inner| inner.is_empty() || inner.starts_with('#') || belongs_on_a_map(inner)),
        },
        _ => false,
    }
}

fn check_inline_tests(file: &File, code: &str) -> Option<Complaint> {
    let (at, _) = code.match_indices("#[cfg(test)]").find(|(at, _)| {
        let item = &code[*at..*at + item_length(&code[*at..])];
        item.contains("mod ") && item.ends_with('}')
    })?;
    let line = code[..at].matches('\n').count() + 1;
    Some(file.complain(line, "Tests stand beside the file, in <file>/tests.rs, out of the reader's way."))
}

/// Rules about tests: none skips itself, and one that starts a program says so in its name.
fn check_test(file: &File, code: &str) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (at, line) in code.lines().enumerate() {
        if line.contains("#[ignore") {
            let sentence =
                "A test that is ignored is forgotten: name it needs_... after the program that it calls.";
            complaints.push(file.complain(at + 1, sentence));
        }
    }
    for need in NEEDS {
        let starts = need.programs.iter().find(|program| {
            // By itself, or through a module of helpers with the program's name.
            let ways = [format!("Command::new(\"{program}\")"), format!("{program}::")];
            ways.iter().any(|way| file.text.contains(way))
        });
        let part = need.test_name_part();
        if let Some(program) = starts.filter(|_| !file.path.contains(&part) && !file.text.contains(&part)) {
            let sentence = format!("Here {program} is started: tests that do so have {part} in their names.");
            complaints.push(file.complain(0, sentence));
        }
    }
    complaints
}

#[cfg(test)]
mod tests;
