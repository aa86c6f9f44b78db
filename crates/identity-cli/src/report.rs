//! What goes to stderr: warnings and errors.

use std::io::{self, Write as _};
use std::process::ExitCode;

use identity::Error;
use identity::http::clean;
use serde::Serialize;

use crate::failure::{Failure, status};

/// Tells a person that something is not as it should be. The command goes on.
pub(crate) fn warning(text: &str) {
    line(&format!("azid: warning: {text}"));
}

/// Tells a person what is going on, where they would wonder.
pub(crate) fn note(text: &str) {
    line(&format!("azid: {text}"));
}

/// Tells a person what to do, in the words that are given.
pub(crate) fn instruction(text: &str) {
    line(text);
}

/// Tells why there is no result, as the last thing, and gives the exit status.
pub(crate) fn failure(failure: &Failure, json: bool) -> ExitCode {
    let error = match failure {
        Failure::Error(error) => error,
        Failure::Unread => return ExitCode::SUCCESS,
    };
    line(&format!("azid: {error:#}"));
    if json && let Ok(text) = serde_json::to_string(&ErrorJson::of(error)) {
        raw_line(&text);
    }
    ExitCode::from(status(error.kind()))
}

/// The error as programs read it.
#[derive(Serialize)]
struct ErrorJson {
    error: Body,
}

#[derive(Serialize)]
struct Body {
    kind: &'static str,
    message: String,
    attempts: Vec<AttemptJson>,
}

#[derive(Serialize)]
struct AttemptJson {
    credential: String,
    kind: &'static str,
    message: String,
}

impl ErrorJson {
    fn of(error: &Error) -> Self {
        let attempts = error.attempts().iter().map(|attempt| AttemptJson {
            credential: attempt.credential().to_owned(),
            kind: attempt.error().kind().as_str(),
            message: presentable(attempt.error().message()),
        });
        Self {
            error: Body {
                kind: error.kind().as_str(),
                message: presentable(&error.to_string()),
                attempts: attempts.collect(),
            },
        }
    }
}

/// One line for a person. What can't be written can't be told either.
fn line(text: &str) {
    raw_line(&presentable(text));
}

pub(crate) fn raw_line(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(format!("{text}\n").as_bytes());
    let _ = stderr.flush();
}

/// The text without anything that a terminal would act on. Lines and their indentation stay.
pub(crate) fn presentable(text: &str) -> String {
    let tidy = |line: &str| {
        let words = line.trim_start_matches('\t');
        format!("{}{}", &line[..line.len() - words.len()], clean(words))
    };
    text.lines().map(tidy).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests;
