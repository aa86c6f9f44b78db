//! Exit statuses, and errors as people and programs read them.

use identity_emulator::{AadstsError, Fault, Gate, When};
use serde_json::json;

use crate::support::{SCOPE, azid, emulator, token};

#[test]
fn a_refusal_ends_with_1_and_the_servers_words() {
    let emulator = emulator();
    let ran = token("client-secret")
        .against(&emulator)
        .env("AZURE_CLIENT_SECRET", "wrong~one")
        .secret("wrong~one")
        .run();
    let error = ran.error(1);
    let message = error["message"].as_str().unwrap();
    assert!(
        message.starts_with("ClientSecretCredential: ") && message.contains("AADSTS7000215"),
        "{message}"
    );
    assert_eq!(error["attempts"], json!([]));
    let for_people =
        format!("azid: {message}\nMore about this: docs/troubleshooting.md#clientsecretcredential\n{{");
    assert!(ran.stderr.contains(&for_people), "{}", ran.stderr);
}

#[test]
fn a_wrong_command_line_ends_with_2_and_starts_nothing() {
    let emulator = emulator();
    for (words, message) in [
        (&["--no-such-option"] as &[&str], "unknown option --no-such-option"),
        (
            &["--timeout", "-3"],
            "'-3' is no value for --timeout <SECONDS>: it must be a positive number of seconds",
        ),
        (&["--tenant-id", "a/b"], "ClientSecretCredential: invalid tenant id 'a/b'"),
        (
            &["--authority-host", "http://login.example"],
            "ClientSecretCredential: 'http://login.example' is an invalid authority",
        ),
        (&["--scope", "two words"], "ClientSecretCredential: the scope 'two words' contains a space"),
        (&["--scope", ""], "ClientSecretCredential: a scope must not be empty"),
        (&["--claims", "{"], "ClientSecretCredential: "),
        (&["--client-secret", ""], "ClientSecretCredential: "),
    ] {
        let message_printed = token("client-secret").args(words).against(&emulator).run().message(2);
        assert!(message_printed.starts_with(message), "{message_printed}");
    }
    assert_eq!(emulator.journal().count(), 0);
}

#[test]
fn settings_that_are_missing_are_all_named_at_once() {
    assert_eq!(
        token("client-secret").run().message(2),
        "ClientSecretCredential: missing: --tenant-id (or the variable AZURE_TENANT_ID), --client-id (or the variable AZURE_CLIENT_ID), \
         --client-secret (or the variable AZURE_CLIENT_SECRET)"
    );
    assert_eq!(
        token("client-assertion").env("AZURE_TENANT_ID", "t").env("AZURE_CLIENT_ID", "").run().message(2),
        "ClientAssertionCredential: missing: --client-id (or the variable AZURE_CLIENT_ID), --assertion-file"
    );
    assert_eq!(token("chained").run().message(2), "ChainedTokenCredential: missing: --use");
}

#[test]
fn what_a_credential_needs_and_does_not_find_ends_with_3() {
    let emulator = emulator();
    let ran = token("client-assertion").args(["--assertion-file", "/no/such/file"]).against(&emulator).run();
    let message = ran.message(3);
    assert!(
        message.starts_with("ClientAssertionCredential: the assertion file '/no/such/file' can't be found: "),
        "{message}"
    );
    assert_eq!(emulator.journal().count(), 0);
}

#[test]
fn errors_are_one_text_where_the_output_is_none_for_programs() {
    for form in ["token", "header", "env", "k8s-exec"] {
        let ran = token("client-secret").args(["--output", form]).run();
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
        assert!(
            ran.stderr.ends_with("\nMore about this: docs/troubleshooting.md#clientsecretcredential\n"),
            "{ran:?}"
        );
        assert_eq!(ran.stderr.lines().count(), 2);
        assert!(ran.stderr.starts_with("azid: ClientSecretCredential: missing: "), "{ran:?}");
    }
}

#[test]
fn commands_without_a_meaning_end_with_2() {
    for words in
        [&[] as &[&str], &["frobnicate"], &["token"], &["token", "--scope", SCOPE, "no-such-credential"]]
    {
        azid(words).run().error(2);
    }
}

#[test]
fn the_time_for_a_request_is_limited() {
    let emulator = emulator();
    emulator.faults().always(When::any(), Fault::hold(&Gate::new()));
    let message = token("client-secret").args(["--timeout", "0.05"]).against(&emulator).run().message(1);
    assert_eq!(
        message,
        "ClientSecretCredential: it was not done within 0.05 s, which is the limit that --timeout sets; try again with a longer one"
    );
}

// G16
#[test]
fn a_servers_words_do_not_reach_the_terminal_as_commands() {
    let emulator = emulator();
    let hostile =
        AadstsError::new(90014, "invalid_request", "\u{1b}[2Jcleared \u{202e}desrever\r\nnext\u{7}");
    emulator.faults().always(When::token(), Fault::error(hostile));
    let ran = token("client-secret").against(&emulator).run();
    let message = ran.message(1);
    for text in [&message, &ran.stderr] {
        assert!(text.contains("cleared"), "{text}");
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{7}', '\r']), "{text:?}");
    }
}
