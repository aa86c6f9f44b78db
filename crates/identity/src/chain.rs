use std::time::Duration;

use identity_core::{Attempt, Clock, Error, ErrorKind};

/// What the members of a chain answered so far.
#[derive(Debug)]
pub(crate) struct Attempts {
    chain: &'static str,
    clock: Clock,
    since: Duration,
    attempts: Vec<Attempt>,
    notes: Vec<String>,
}

impl Attempts {
    pub(crate) fn new(chain: &'static str, clock: Clock) -> Self {
        let since = clock.monotonic();
        Self { chain, clock, since, attempts: Vec::new(), notes: Vec::new() }
    }

    /// What a reader of the error should know besides, in a sentence each.
    #[cfg(feature = "default-credential")]
    pub(crate) fn with_notes(mut self, notes: &[String]) -> Self {
        self.notes = notes.to_vec();
        self
    }

    /// Takes a member's error in: the chain goes on, or ends with the error that is given back.
    pub(crate) fn add(&mut self, error: Error) -> Result<(), Error> {
        let now = self.clock.monotonic();
        let name = match error.credential() {
            "" => format!("member {}", self.attempts.len() + 1),
            name => name.to_owned(),
        };
        let kind = error.kind();
        tracing::debug!(chain = self.chain, member = name, %kind, goes_on = kind.goes_on(), "a member of the chain gave no token");
        self.attempts.push(Attempt::new(name, error.clone(), now.saturating_sub(self.since)));
        self.since = now;
        if kind.goes_on() {
            return Ok(());
        }
        let stopped_by = match error.credential() {
            "" => "a member",
            class => class,
        };
        let what = format!("the chain stopped at {stopped_by}");
        Err(self.ended(kind, &what, Some(error)))
    }

    /// The error of a chain none of whose members has a token.
    pub(crate) fn exhausted(&self, what: &str) -> Error {
        self.ended(ErrorKind::AuthenticationFailed, what, None)
    }

    fn ended(&self, kind: ErrorKind, what: &str, stopped_by: Option<Error>) -> Error {
        let mut message = format!("{what}.\nAttempted credentials:");
        for attempt in &self.attempts {
            let indented = attempt.error().message().replace('\n', "\n\t\t");
            message.push_str(&format!("\n\t{}: {indented}", attempt.credential()));
        }
        for note in &self.notes {
            message.push_str(&format!("\nNote: {note}"));
        }
        let mut error =
            Error::new(kind, message).with_credential(self.chain).with_attempts(self.attempts.clone());
        if let Some(stopped_by) = stopped_by {
            if let Some(server) = stopped_by.server() {
                error = error.with_server(server.clone());
            }
            error = error.with_source(stopped_by);
        }
        error
    }
}
