//! `azid token environment`.

use crate::support::{emulator, token};

#[test]
fn variables_alone_describe_a_credential() {
    let emulator = emulator();
    let object = token("environment").against(&emulator).run().json();
    assert_eq!(object["credential"], "EnvironmentCredential");
    let object = token("chained").args(["--use", "environment"]).against(&emulator).run().json();
    assert_eq!(object["credential"], "EnvironmentCredential");
}

#[test]
fn a_certificate_is_described_as_well() {
    let emulator = emulator();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.pem");
    std::fs::write(&file, emulator.client_certificate_pem()).unwrap();
    let object = token("environment")
        .against(&emulator)
        .env("AZURE_CLIENT_SECRET", "")
        .env("AZURE_CLIENT_CERTIFICATE_PATH", &file)
        .run()
        .json();
    assert_eq!(object["credential"], "EnvironmentCredential");
    assert!(emulator.journal().token_requests()[0].form("client_assertion").is_some());
}

#[test]
fn variables_that_describe_nothing_end_with_3_and_are_named() {
    let message = token("environment").env("AZURE_TENANT_ID", "t").run().message(3);
    assert!(
        message.starts_with("EnvironmentCredential: ") && message.contains("AZURE_CLIENT_ID"),
        "{message}"
    );
    let error = token("chained").args(["--use", "environment"]).run().error(1);
    assert_eq!(error["attempts"][0]["credential"], "EnvironmentCredential");
    assert_eq!(error["attempts"][0]["kind"], "credential-unavailable");
}

#[test]
fn variables_with_wrong_values_end_with_2() {
    let emulator = emulator();
    let message = token("environment").against(&emulator).env("AZURE_TENANT_ID", "a/b").run().message(2);
    assert!(message.starts_with("EnvironmentCredential: ") && message.contains("a/b"), "{message}");
}

#[test]
fn options_that_variables_stand_for_are_refused() {
    let message = token("environment").args(["--client-secret", "-"]).run().message(2);
    assert!(message.starts_with("--client-secret means nothing to environment; "), "{message}");
}
