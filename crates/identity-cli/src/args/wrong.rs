//! What is said about a command line that can't be understood. A stray word may be a secret that lost its option, so it is not repeated.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use identity::Error;

/// The command line's error in our words.
pub(super) fn explain(error: &clap::Error) -> Error {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.as_str(),
        _ => "",
    };
    let message = match error.kind() {
        ErrorKind::UnknownArgument => {
            let mut message = unknown(context(ContextKind::InvalidArg));
            let suggested = context(ContextKind::SuggestedArg);
            if !suggested.is_empty() {
                message.push_str(&format!("; did you mean {suggested}?"));
            }
            message
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            invalid(error, context(ContextKind::InvalidArg), context(ContextKind::InvalidValue))
        }
        ErrorKind::InvalidSubcommand => {
            format!(
                "there is no command {}; `azid --help` lists them",
                shown(context(ContextKind::InvalidSubcommand))
            )
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            "a command is missing; `azid --help` lists them".to_owned()
        }
        ErrorKind::InvalidUtf8 => "an argument is no Unicode text".to_owned(),
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("{} has too many values or too few", context(ContextKind::InvalidArg))
        }
        // These name options and nothing that was given for them.
        ErrorKind::MissingRequiredArgument | ErrorKind::ArgumentConflict => {
            first_paragraph(&error.render().to_string())
        }
        _ => "the command line can't be understood; `azid --help` explains it".to_owned(),
    };
    Error::invalid_argument(message)
}

fn unknown(argument: &str) -> String {
    match argument.split_once('=').map_or(argument, |(name, _)| name) {
        name if name.starts_with("--") => format!("unknown option {name}"),
        _ => {
            "there is an argument that belongs to no option; it is not shown here, because it may be a secret"
                .to_owned()
        }
    }
}

fn invalid(error: &clap::Error, place: &str, value: &str) -> String {
    if value.is_empty() {
        return format!("a value is missing for {place}");
    }
    let mut message = format!("{} is no value for {place}", shown(value));
    if let Some(source) = std::error::Error::source(error) {
        message.push_str(&format!(": {source}"));
    }
    if let Some(ContextValue::Strings(values)) = error.get(ContextKind::ValidValue) {
        message.push_str(&format!("; it takes {}", values.join(", ")));
    }
    message
}

/// A word that looks like a name or a number is repeated, anything else may be a secret.
fn shown(word: &str) -> String {
    let is_name = word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    let is_number = word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-');
    if word.len() <= 24 && (is_name || is_number) { format!("'{word}'") } else { "what was given".to_owned() }
}

fn first_paragraph(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let words: Vec<&str> = paragraph.trim_start_matches("error: ").split_whitespace().collect();
    words.join(" ")
}

/// Whether the output was to be JSON, as far as a command line says so that can't be understood.
pub(super) fn wants_json(arguments: &[OsString]) -> bool {
    let words: Vec<&str> =
        arguments.iter().skip(1).map(|argument| argument.to_str().unwrap_or_default()).collect();
    let separate = words.windows(2).find(|pair| pair[0] == "--output").map(|pair| pair[1]);
    let asked = separate.or_else(|| words.iter().find_map(|word| word.strip_prefix("--output=")));
    match (asked, words.first()) {
        (Some("json"), _) => true,
        (Some("token" | "header" | "env" | "k8s-exec" | "text"), _) => false,
        (_, Some(&("credential-helper" | "diagnose" | "emulator" | "completions" | "man"))) => false,
        _ => !io::stdout().is_terminal(),
    }
}
