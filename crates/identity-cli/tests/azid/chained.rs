//! Chains that are put together on the command line.

use serde_json::json;

use crate::support::{emulator, token};

const NO_FILE: [&str; 2] = ["--assertion-file", "/no/such/file"];

#[test]
fn the_first_member_with_a_token_wins_and_is_named() {
    let emulator = emulator();
    let object = token("chained")
        .args(["--use", "client-assertion", "--use", "client-secret"])
        .args(NO_FILE)
        .against(&emulator)
        .run()
        .json();
    assert_eq!(object["credential"], "ClientSecretCredential");
    assert_eq!(emulator.journal().token_count(), 1);
}

#[test]
fn a_chain_stops_at_a_member_that_was_refused() {
    let emulator = emulator();
    let ran = token("chained")
        .args(["--use", "client-secret", "--use", "client-assertion"])
        .args(NO_FILE)
        .against(&emulator)
        .env("AZURE_CLIENT_SECRET", "wrong~one")
        .secret("wrong~one")
        .run();
    let error = ran.error(1);
    let attempts = error["attempts"].as_array().unwrap();
    assert_eq!(attempts.len(), 1);
    assert_eq!(attempts[0]["credential"], "ClientSecretCredential");
    assert_eq!(attempts[0]["kind"], "authentication-failed");
    assert!(attempts[0]["message"].as_str().unwrap().contains("AADSTS7000215"));
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .starts_with("ChainedTokenCredential: the chain stopped at ClientSecretCredential.")
    );
}

#[test]
fn a_chain_in_which_nobody_was_available_has_failed() {
    let emulator = emulator();
    let ran = token("chained").args(["--use", "client-assertion"]).args(NO_FILE).against(&emulator).run();
    let error = ran.error(1);
    let message = error["attempts"][0]["message"].as_str().unwrap();
    assert!(message.starts_with("the assertion file '/no/such/file' can't be found"), "{message}");
    assert_eq!(
        error["attempts"],
        json!([{"credential": "ClientAssertionCredential", "kind": "credential-unavailable", "message": message}])
    );
    assert!(error["message"].as_str().unwrap().contains(message));
}

#[test]
fn a_member_that_lacks_a_setting_makes_the_command_line_wrong() {
    let ran = token("chained").args(["--use", "client-assertion", "--use", "client-secret"]).run();
    let message = ran.message(2);
    assert!(message.starts_with("ClientAssertionCredential: missing: --tenant-id"), "{message}");
}
