//! What goes to stderr: warnings and errors.

use std::io::{self, Write as _};
use std::process::ExitCode;

use identity::http::clean;
use identity::{Error, ErrorKind};
use serde::Serialize;

use crate::args::CredentialName;
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
    if let Some(advice) = advice(error) {
        line(&advice);
    }
    if json && let Ok(text) = serde_json::to_string(&ErrorJson::of(error)) {
        raw_line(&text);
    }
    ExitCode::from(status(error.kind()))
}

/// What the library leaves to programs, for people and scripts: how to sign in, and what a service demands.
fn advice(error: &Error) -> Option<String> {
    if error.kind() == ErrorKind::AuthenticationRequired {
        return Some(format!("To sign in: {}", sign_in(error)));
    }
    error.claims().map(|claims| format!("The claims that are demanded: {claims}"))
}

/// The command line by which somebody signs in as an error asks for.
fn sign_in(error: &Error) -> String {
    let name = CredentialName::of_class(error.credential());
    let mut words = format!("azid login {}", name.map_or("CREDENTIAL".to_owned(), CredentialName::name));
    for scope in error.scopes() {
        words.push_str(&format!(" --scope {scope}"));
    }
    if let Some(claims) = error.claims() {
        words.push_str(&format!(" --claims '{claims}'"));
    }
    words + " --authentication-record FILE"
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
        let advice = advice(error).map(|advice| format!(". {advice}")).unwrap_or_default();
        let message = format!("{error}{advice}");
        Self {
            error: Body {
                kind: error.kind().as_str(),
                message: presentable(&message),
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
