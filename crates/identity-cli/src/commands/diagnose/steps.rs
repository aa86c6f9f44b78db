use identity::http::mask;
use identity::{ChainStep, Env, ErrorKind, StepOutcome};
use serde::Serialize;

use crate::output::local_time;

/// What one member of the chain did.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Step {
    credential: &'static str,
    outcome: &'static str,
    message: String,
    remedy: Option<String>,
    elapsed_ms: u64,
    /// For people only, who want to know more than programs.
    #[serde(skip)]
    looked_at: Vec<String>,
}

impl Step {
    pub(super) fn of(step: &ChainStep, env: &Env) -> Self {
        let (outcome, message) = match &step.outcome {
            StepOutcome::Token(token) => {
                ("token", format!("it has a token, until {}", local_time::of(token.expires_on_unix(), env)))
            }
            StepOutcome::Error(error) => (word(error.kind()), error.message().to_owned()),
            StepOutcome::NotTried(why) => ("not-tried", why.clone()),
            _ => ("not-tried", String::new()),
        };
        Self {
            credential: step.credential,
            outcome,
            message: harmless(&message),
            remedy: step.remedy().map(|remedy| harmless(&remedy)),
            elapsed_ms: u64::try_from(step.elapsed.as_millis()).unwrap_or(u64::MAX),
            looked_at: step.looked_at.iter().map(|fact| harmless(fact)).collect(),
        }
    }

    pub(super) fn as_text(&self) -> String {
        let Self { credential, outcome, message, remedy, elapsed_ms, looked_at } = self;
        let mut text = match *outcome {
            "not-tried" => format!("\n{credential}: not tried\n"),
            outcome => format!("\n{credential}: {outcome}, after {elapsed_ms} ms\n"),
        };
        if !looked_at.is_empty() {
            text.push_str(&format!("    found:  {}\n", looked_at.join("; ")));
        }
        if !message.is_empty() {
            text.push_str(&format!("    result: {}\n", message.replace('\n', "\n            ")));
        }
        if let Some(remedy) = remedy {
            text.push_str(&format!("    to do:  {}\n", remedy.replace('\n', "\n            ")));
        }
        text
    }
}

fn word(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::CredentialUnavailable => "unavailable",
        ErrorKind::AuthenticationRequired => "required",
        ErrorKind::AuthenticationFailed => "failed",
        ErrorKind::InvalidArgument => "invalid",
    }
}

/// Line by line, without anything that looks like a secret or that a terminal would act on.
pub(super) fn harmless(text: &str) -> String {
    text.lines().map(mask).collect::<Vec<_>>().join("\n")
}
