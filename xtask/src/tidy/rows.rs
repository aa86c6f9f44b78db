//! Every row of `docs/specification.md` that is done is shown by a test that carries its number.

use std::collections::{BTreeMap, BTreeSet};

use super::{Complaint, File};

const PAGE: &str = "docs/specification.md";

/// The letters of the tables, and how many digits a number has.
const TABLES: &[(char, &[usize])] = &[('S', &[3]), ('P', &[2]), ('G', &[1, 2])];

/// Words that look like numbers of rows and mean something else: here the method of PKCE.
const NO_NUMBERS: &[&str] = &["S256"];

const STATES: &[&str] = &["done", "open", "later", "not ours"];

/// The rows of the page and the tests that carry their numbers.
pub(super) struct Coverage<'a> {
    page: Option<&'a File>,
    rows: Vec<Row<'a>>,
    tests: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

struct Row<'a> {
    line: usize,
    number: &'a str,
    state: &'a str,
    text: &'a str,
}

impl<'a> Coverage<'a> {
    /// Reads the page, and looks for numbers in everything that is a test.
    pub(super) fn new(files: &'a [File]) -> Self {
        let page = files.iter().find(|file| file.path == PAGE);
        let mut tests: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for file in files.iter().filter(|file| !file.path.starts_with("xtask/")) {
            for number in numbers_in_tests(file) {
                tests.entry(number).or_default().insert(&file.path);
            }
        }
        Self { page, rows: page.map(rows).unwrap_or_default(), tests }
    }

    pub(super) fn complaints(&self) -> Vec<Complaint> {
        let Some(page) = self.page else {
            return vec![Complaint { path: PAGE.into(), line: 0, sentence: "This file is missing.".into() }];
        };
        let mut complaints = Vec::new();
        let mut expected = 1;
        let mut table = None;
        for row in &self.rows {
            let letter = row.number.chars().next();
            expected = if letter == table { expected + 1 } else { 1 };
            table = letter;
            if row.number[1..].parse() != Ok(expected) {
                let sentence =
                    format!("After {} of this table {} is out of order.", expected - 1, row.number);
                complaints.push(page.complain(row.line, sentence));
                expected = row.number[1..].parse().unwrap_or(expected);
            }
            if !STATES.contains(&row.state) {
                let sentence = format!("The state of {} must be one of: {}.", row.number, STATES.join(", "));
                complaints.push(page.complain(row.line, sentence));
            }
            if row.state == "done" && !self.tests.contains_key(row.number) {
                let number = row.number;
                let sentence =
                    format!("{number} is said to be done, but no test carries its number: // {number}");
                complaints.push(page.complain(row.line, sentence));
            }
        }
        complaints.extend(self.unknown_numbers());
        complaints
    }

    /// Numbers that tests carry and the page does not know.
    fn unknown_numbers(&self) -> impl Iterator<Item = Complaint> {
        let known: BTreeSet<&str> = self.rows.iter().map(|row| row.number).collect();
        let unknown = self.tests.iter().filter(move |(number, _)| !known.contains(**number));
        unknown.flat_map(|(number, paths)| {
            paths.iter().map(move |path| Complaint {
                path: (*path).to_owned(),
                line: 0,
                sentence: format!("{number} is no row of {PAGE}."),
            })
        })
    }

    /// How many rows are in which state, in one line.
    pub(super) fn summary(&self) -> String {
        let count = |state: &str| self.rows.iter().filter(|row| row.state == state).count();
        let begun = self.open().filter(|row| self.tests.contains_key(row.number)).count();
        format!("Rows of {PAGE}: {} done, {} open ({begun} with tests).", count("done"), count("open"))
    }

    /// The open rows, each with the tests that carry its number already.
    pub(super) fn open_rows(&self) -> String {
        let mut text = String::new();
        for row in self.open() {
            text.push_str(&format!("{} {}\n", row.number, row.text));
            for path in self.tests.get(row.number).into_iter().flatten() {
                text.push_str(&format!("      {path}\n"));
            }
        }
        text
    }

    fn open(&self) -> impl Iterator<Item = &Row<'a>> {
        self.rows.iter().filter(|row| row.state == "open")
    }
}

/// The lines `| S001 | done | text |` of the page.
fn rows(page: &File) -> Vec<Row<'_>> {
    page.text
        .lines()
        .enumerate()
        .filter_map(|(at, line)| {
            let mut cells =
                line.strip_prefix('|')?.trim_end().strip_suffix('|')?.splitn(3, '|').map(str::trim);
            let (number, state, text) = (cells.next()?, cells.next()?, cells.next()?);
            (numbers(number).next() == Some(number)).then_some(Row { line: at + 1, number, state, text })
        })
        .collect()
}

/// The numbers of rows that a file of tests carries. In a file of code only the examples in its documentation are tests.
fn numbers_in_tests(file: &File) -> Vec<&str> {
    if file.is_test() {
        return numbers(&file.text).collect();
    }
    if !file.is_rust() {
        return Vec::new();
    }
    let mut fenced = false;
    let mut found = Vec::new();
    for line in file.text.lines() {
        let doc = line.trim_start();
        let Some(doc) = doc.strip_prefix("///").or_else(|| doc.strip_prefix("//!")) else {
            fenced = false;
            continue;
        };
        if doc.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            found.extend(numbers(doc));
        }
    }
    found
}

/// The words of a text that are numbers of rows.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| {
        let mut characters = word.chars();
        let table = characters.next().and_then(|letter| TABLES.iter().find(|(table, _)| *table == letter));
        table.is_some_and(|(_, lengths)| lengths.contains(&characters.as_str().len()))
            && characters.all(|c| c.is_ascii_digit())
            && !NO_NUMBERS.contains(word)
    })
}

#[cfg(test)]
mod tests;
