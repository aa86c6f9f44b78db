//! Links between documents: the file is there, and so is the heading.

use super::{Complaint, File};

/// Checks the links of every document that lead to files of the project.
pub(super) fn check(files: &[File]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| file.is_markdown()) {
        for (line, target) in links(&file.text) {
            complaints.extend(check_link(file, line, target, files));
        }
    }
    complaints
}

fn check_link(file: &File, line: usize, target: &str, files: &[File]) -> Option<Complaint> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, heading) = target.split_once('#').unwrap_or((target, ""));
    let path = if path.is_empty() { file.path.clone() } else { resolve(&file.path, path) };
    let folder = format!("{}/", path.trim_end_matches('/'));
    let Some(found) = files.iter().find(|other| other.path == path) else {
        let is_folder = files.iter().any(|other| other.path.starts_with(&folder));
        return (!is_folder)
            .then(|| file.complain(line, format!("The link leads to {path}, which is not there.")));
    };
    let is_there =
        heading.is_empty() || !found.is_markdown() || anchors(&found.text).any(|anchor| anchor == heading);
    (!is_there).then(|| {
        file.complain(line, format!("The link leads to a heading #{heading}, which {path} has not."))
    })
}

/// The targets of `[text](target)` outside code, with their lines.
fn links(markdown: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (number, line) in prose_lines(markdown) {
        for (at, _) in line.match_indices("](") {
            let in_code = line[..at].matches('`').count() % 2 == 1;
            let target = line[at + 2..].split([')', ' ']).next().unwrap_or_default();
            if !in_code && !target.is_empty() {
                found.push((number, target));
            }
        }
    }
    found
}

fn prose_lines(markdown: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    markdown.lines().enumerate().filter_map(move |(at, line)| {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            return None;
        }
        (!fenced).then_some((at + 1, line))
    })
}

/// A path relative to the folder of a file, from the root of the project.
fn resolve(from: &str, path: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.trim_end_matches('/').split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// The names by which a document's headings can be linked to.
fn anchors(markdown: &str) -> impl Iterator<Item = String> {
    prose_lines(markdown).filter_map(|(_, line)| {
        let heading = line.trim_start_matches('#');
        (line.starts_with('#') && heading.starts_with(' ')).then(|| {
            let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
        })
    })
}

#[cfg(test)]
mod tests;
