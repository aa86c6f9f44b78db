//! `cargo xtask tidy`: the rules of the house that no compiler checks. Each complaint is a sentence that says what to do.

mod code;
mod documents;
mod layers;
mod manifests;
mod phrases;
mod rows;
mod source;

use std::fmt;
use std::process::Command;

use crate::Outcome;
use crate::process::stdout_of;
use crate::workspace;

/// A file of the project: its path from the root, with forward slashes, and its text.
#[derive(Clone, Debug, Default)]
pub(crate) struct File {
    path: String,
    text: String,
    is_executable: bool,
}

/// A rule that is not kept, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Complaint {
    path: String,
    line: usize,
    sentence: String,
}

/// Runs the task.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let list_rows = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => false,
        ["--rows"] => true,
        _ => {
            return Err(format!("`{}` means nothing to tidy, which knows only --rows.", arguments.join(" ")));
        }
    };
    let files = files()?;
    let rows = rows::Coverage::new(&files);
    if list_rows {
        print!("{}", rows.open_rows());
    }
    let mut complaints = Vec::new();
    complaints.extend(layers::check(&workspace::packages()?));
    complaints.extend(manifests::check(&files));
    complaints.extend(source::check(&files));
    complaints.extend(phrases::check(&files));
    complaints.extend(documents::check(&files));
    complaints.extend(rows.complaints());
    complaints.sort();

    println!("{}", rows.summary());
    if complaints.is_empty() {
        println!("{} files are tidy.", files.len());
        return Ok(());
    }
    for complaint in &complaints {
        println!("{complaint}");
    }
    Err(format!("{} complaints.", complaints.len()))
}

/// Every text file that is or could be committed.
fn files() -> Outcome<Vec<File>> {
    let root = workspace::root();
    let mut list = Command::new("git");
    list.current_dir(&root).args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
        "--deduplicate",
    ]);
    let paths = stdout_of(&mut list)?;
    let read = |path: &str| {
        let file = root.join(path);
        let text = std::fs::read_to_string(&file).ok()?;
        Some(File { path: path.to_owned(), text, is_executable: is_executable(&file) })
    };
    Ok(paths.split('\0').filter(|path| !path.is_empty()).filter_map(read).collect())
}

#[cfg(unix)]
fn is_executable(file: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
}

/// Other systems keep no such mark, so there is nothing to complain about.
#[cfg(not(unix))]
fn is_executable(_file: &std::path::Path) -> bool {
    true
}

impl File {
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    fn is_markdown(&self) -> bool {
        self.path.ends_with(".md")
    }

    /// Code that only tests build: `tests.rs`, and all there is in a folder `tests` or `benches`.
    fn is_test(&self) -> bool {
        let mut parts = self.path.split('/').rev();
        let is_named = parts.next() == Some("tests.rs");
        is_named || parts.any(|part| part == "tests" || part == "benches")
    }

    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    fn complain(&self, line: usize, sentence: impl Into<String>) -> Complaint {
        Complaint { path: self.path.clone(), line, sentence: sentence.into() }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.sentence),
            line => write!(f, "{}:{line}: {}", self.path, self.sentence),
        }
    }
}
