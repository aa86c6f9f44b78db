//! Words that do not belong in the project.

use super::{Complaint, File};

/// What must not be written, put together here so that this file does not write it either.
const PATHS: &[(&str, &str)] = &[
    (concat!("/wo", "rk"), "a folder of one machine"),
    (concat!("/ro", "ot"), "a folder of one machine"),
    (concat!("../sha", "red"), "a folder outside the project"),
];

const UNFINISHED: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME")];

/// Checks every file, of whatever kind.
pub(super) fn check(files: &[File]) -> Vec<Complaint> {
    let is_ours = |file: &&File| !file.path.ends_with(".lock");
    files.iter().filter(is_ours).flat_map(check_file).collect()
}

fn check_file(file: &File) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (at, line) in file.text.lines().enumerate() {
        for (path, what) in PATHS.iter().filter(|(path, _)| names_path(line, path)) {
            complaints.push(
                file.complain(at + 1, format!("{path} is {what}: say what a reader needs from there.")),
            );
        }
        for word in UNFINISHED.iter().filter(|word| names_word(line, word)) {
            let sentence = format!("{word} marks work that nobody will find: do it, or open an issue.");
            complaints.push(file.complain(at + 1, sentence));
        }
    }
    if !file.text.is_empty() && !file.text.ends_with('\n') {
        complaints.push(file.complain(0, "The last line has no end."));
    }
    complaints
}

/// Whether the line names this path, or something below it; `/x/word` and `/wordy` are others.
fn names_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + path.len()..].chars().next();
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '}' | ')' | '>'))
            && !after.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
    })
}

fn names_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-');
        !is_part(line[..at].chars().next_back()) && !is_part(line[at + word.len()..].chars().next())
    })
}

#[cfg(test)]
mod tests;
