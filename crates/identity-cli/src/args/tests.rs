use super::{Command, CredentialName, Early, TokenArgs, definition, parse};
use crate::output::TokenOutput;
use identity::Secret;

/// The command that these words make, after `azid`.
fn parsed(words: &[&str]) -> Result<Command, Early> {
    parse(&std::iter::once("azid").chain(words.iter().copied()).map(Into::into).collect::<Vec<_>>())
}

fn token(words: &[&str]) -> TokenArgs {
    match parsed(&[&["token"], words].concat()) {
        Ok(Command::Token(args)) => *args,
        other => panic!("{other:?}"),
    }
}

fn wrong(words: &[&str]) -> (String, bool) {
    match parsed(words) {
        Err(Early::Wrong { error, json }) => {
            assert_eq!(error.kind(), identity::ErrorKind::InvalidArgument);
            (error.to_string(), json)
        }
        other => panic!("{words:?}: {other:?}"),
    }
}

fn wrong_token(words: &[&str]) -> String {
    wrong(&[&["token", "--output", "header"], words].concat()).0
}

#[test]
fn the_definition_is_sound() {
    definition().debug_assert();
}

#[test]
fn options_may_stand_before_and_behind_the_credential() {
    for words in
        [["client-secret", "--scope", "a", "--scope=b"], ["--scope", "a", "--scope=b", "client-secret"]]
    {
        let args = token(&words);
        assert_eq!(args.credential, CredentialName::ClientSecret);
        assert_eq!(args.scope, ["a", "b"]);
    }
}

#[test]
fn members_of_a_chain_keep_their_order() {
    let args = token(&["chained", "--scope", "a", "--use", "client-assertion", "--use", "client-secret"]);
    assert_eq!(args.options.members, [CredentialName::ClientAssertion, CredentialName::ClientSecret]);
}

#[test]
fn a_timeout_is_any_positive_number_of_seconds() {
    for (text, milliseconds) in [("1", 1000), ("0.25", 250), ("90", 90_000), (".5", 500)] {
        let args = token(&["client-secret", "--scope", "a", "--timeout", text]);
        assert_eq!(args.options.timeout.unwrap().as_millis(), milliseconds);
    }
    for text in ["0", "0.0", "-1", "-0.5", "1e3", "inf", "nan", "1s", "", "99999999999999999999999", "."] {
        let (message, _) =
            wrong(&["token", "client-secret", "--scope", "a", "--output", "header", "--timeout", text]);
        let value = match text {
            "" => "a value is missing for --timeout <SECONDS>".to_owned(),
            "1e3" | "1s" => {
                "what was given is no value for --timeout <SECONDS>: it must be a positive number of seconds"
                    .to_owned()
            }
            text => format!(
                "'{text}' is no value for --timeout <SECONDS>: it must be a positive number of seconds"
            ),
        };
        assert_eq!(message, value, "{text}");
    }
}

#[test]
fn an_option_that_the_credential_does_not_know_is_refused() {
    assert_eq!(
        wrong_token(&["client-secret", "--scope", "a", "--assertion-file", "f"]),
        "--assertion-file means nothing to client-secret; it is an option of client-assertion, on-behalf-of"
    );
    assert_eq!(
        wrong_token(&["client-secret", "--scope", "a", "--use", "client-secret"]),
        "--use means nothing to client-secret; it is an option of chained"
    );
    assert_eq!(
        wrong_token(&["chained", "--use", "client-assertion", "--scope", "a", "--client-secret", "-"]),
        "--client-secret means nothing to chained; it is an option of client-secret, on-behalf-of, authorization-code"
    );
    assert_eq!(
        wrong_token(&["chained", "--use", "chained", "--scope", "a"]),
        "a chain can't be a member of itself: name other credentials with --use"
    );
}

#[test]
fn what_is_missing_or_empty_is_named() {
    assert_eq!(
        wrong_token(&["client-secret"]),
        "the following required arguments were not provided: --scope <S>"
    );
    assert_eq!(
        wrong_token(&["client-secret", "--scope", "a", "--tenant-id", ""]),
        "a value is missing for --tenant-id <T>"
    );
    assert_eq!(
        wrong_token(&["client-secret", "--scope", "a", "--tenant-id", "t", "--tenant-id", "u"]),
        "the argument '--tenant-id <T>' cannot be used multiple times"
    );
    assert_eq!(
        wrong_token(&["client-secret", "--scope", "a", "--emulator", "--authority-host", "h"]),
        "the argument '--emulator' cannot be used with '--authority-host <H>'"
    );
}

// G8
#[test]
fn stray_words_are_not_repeated_because_they_may_be_secrets() {
    const STRAY: &str =
        "there is an argument that belongs to no option; it is not shown here, because it may be a secret";
    let secret = "Sup3r~Secret.Value";
    assert_eq!(wrong_token(&["client-secret", "--scope", "a", secret]), STRAY);
    assert_eq!(wrong_token(&["client-secret", "--scope", "a", "-Sup3r"]), STRAY);
    assert_eq!(
        wrong_token(&["client-secret", "--scope", "a", &format!("--client-secrt={secret}")]),
        "unknown option --client-secrt; did you mean --client-secret?"
    );
    for words in [
        &["client-secret", "--scope", "a", "--client-secret", "--client-id", secret] as &[&str],
        &["client-secret", "--scope", "a", "--emulator", "--emulator", secret],
        &["client-secret", "--scope", "a", &format!("--emulator={secret}")],
        &[secret, "--scope", "a"],
        &["client-secret", "--scope", "a", "--timeout", secret],
        &["chained", "--scope", "a", "--use", secret],
    ] {
        let message = wrong_token(words);
        assert!(!message.contains(secret), "{message}");
    }
    assert!(!wrong(&[secret]).0.contains(secret));
    assert!(!wrong(&["completions", secret]).0.contains(secret));
}

#[test]
fn a_wrong_name_is_answered_with_the_right_ones() {
    let message = wrong_token(&["client-secrets", "--scope", "a"]);
    assert!(
        message.starts_with("'client-secrets' is no value for [CREDENTIAL]; it takes default, "),
        "{message}"
    );
    assert!(message.contains(" client-secret, client-certificate, client-assertion"), "{message}");
    assert_eq!(wrong(&["tokens"]).0, "there is no command 'tokens'; `azid --help` lists them");
    assert_eq!(wrong(&[]).0, "a command is missing; `azid --help` lists them");
}

#[test]
fn the_output_that_was_asked_for_holds_for_wrong_command_lines_too() {
    for (words, json) in [
        (&["token", "--output", "json", "--no-such"] as &[&str], true),
        (&["token", "--no-such", "--output=json"], true),
        (&["token", "--output", "token", "--no-such"], false),
        (&["token", "--no-such", "--output=k8s-exec"], false),
        (&["emulator", "--no-such"], false),
        (&["emulator", "--no-such", "--output", "json"], true),
        (&["inspect", "--output", "text", "--no-such", "--no-such"], false),
        (&["man", "--no-such"], false),
    ] {
        assert_eq!(wrong(words).1, json, "{words:?}");
    }
    assert_eq!(
        token(&["client-secret", "--scope", "a", "--output", "k8s-exec"]).output(),
        TokenOutput::K8sExec
    );
}

#[test]
fn help_and_version_are_shown_and_are_no_errors() {
    for words in [&["--help"] as &[&str], &["--version"], &["help"], &["token", "--help"], &["help", "token"]]
    {
        assert!(matches!(parsed(words), Err(Early::Show(text)) if text.contains("azid")), "{words:?}");
    }
}

// G3
#[test]
fn secrets_are_not_in_the_debug_output_of_the_arguments() {
    let args = token(&["client-secret", "--scope", "a", "--client-secret", "Sup3r~Secret.Value"]);
    let shown = format!("{args:?}");
    assert!(!shown.contains("Sup3r"), "{shown}");
}

// G8
#[test]
fn every_option_that_takes_a_secret_takes_it_from_standard_input_too() {
    let mut command = definition();
    command.build();
    let of_type =
        |argument: &&clap::Arg| argument.get_value_parser().type_id() == std::any::TypeId::of::<Secret>();
    let token_command = command.find_subcommand("token").unwrap();
    let mut by_type: Vec<String> = token_command
        .get_arguments()
        .filter(of_type)
        .map(|a| format!("--{}", a.get_long().unwrap()))
        .collect();
    let mut args = token(&["client-secret", "--scope", "a"]);
    let mut handled: Vec<String> =
        args.options.secrets().iter().map(|option| option.flag.to_owned()).collect();
    by_type.sort();
    handled.sort();
    assert_eq!(handled, by_type);
    assert!(handled.len() > 3);
}
