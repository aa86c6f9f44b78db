//! `azid token default`, and `azid token` without a name.

use identity_emulator::{DEFAULT_CLIENT_ID, DEFAULT_TENANT_ID, Emulator, Machine};

use crate::support::{Azid, SCOPE, azid, emulator, token};

/// An emulator whose machine has no identity, so that nobody looks for one elsewhere.
fn emulator_without_identities() -> Emulator {
    Emulator::builder().with_machine(Machine::without_identities()).start_on_thread().unwrap()
}

/// On that machine, with nothing on the path.
fn nowhere(azid: Azid, emulator: &Emulator) -> Azid {
    azid.env("AZURE_POD_IDENTITY_AUTHORITY_HOST", emulator.http_url())
        .env("AZURE_AUTHORITY_HOST", emulator.authority_host())
        .env("PATH", "/no/such/folder")
}

#[test]
fn default_is_the_credential_when_none_is_named() {
    let emulator = emulator();
    for words in [&["token", "--scope", SCOPE] as &[&str], &["token", "default", "--scope", SCOPE]] {
        let object = azid(words).against(&emulator).run().json();
        assert_eq!(object["credential"], "EnvironmentCredential");
        assert_eq!(object["tenant"], DEFAULT_TENANT_ID);
    }
}

#[test]
fn the_machine_comes_after_the_environment_and_can_be_named() {
    let emulator = emulator();
    let on_machine = |azid: Azid| azid.env("AZURE_POD_IDENTITY_AUTHORITY_HOST", emulator.http_url());
    let object = on_machine(token("default")).run().json();
    assert_eq!(object["credential"], "ManagedIdentityCredential");
    let id = identity_emulator::DEFAULT_USER_ASSIGNED_OBJECT_ID;
    on_machine(token("default").args(["--object-id", id])).run().json();
    let asked = emulator.journal().requests();
    assert!(asked.iter().any(|request| request.query("object_id") == Some(id)), "{asked:?}");
    let excluded =
        token("default").args(["--exclude", "environment"]).against(&emulator).env("AZURE_CLIENT_ID", "");
    assert_eq!(on_machine(excluded).run().json()["credential"], "ManagedIdentityCredential");
}

#[test]
fn a_chain_that_finds_nobody_lists_its_attempts_in_order() {
    let emulator = emulator_without_identities();
    let error = nowhere(token("default"), &emulator).run().error(1);
    let asked: Vec<&str> =
        error["attempts"].as_array().unwrap().iter().map(|a| a["credential"].as_str().unwrap()).collect();
    assert_eq!(asked.first(), Some(&"EnvironmentCredential"));
    for member in [
        "ManagedIdentityCredential",
        "AzureCliCredential",
        "AzurePowerShellCredential",
        "AzureDeveloperCliCredential",
    ] {
        assert!(asked.contains(&member), "{asked:?}");
    }
    for attempt in error["attempts"].as_array().unwrap() {
        assert_eq!(attempt["kind"], "credential-unavailable", "{attempt}");
        assert!(
            error["message"]
                .as_str()
                .unwrap()
                .contains(attempt["message"].as_str().unwrap().lines().next().unwrap())
        );
    }
}

#[test]
fn members_that_are_excluded_are_not_asked() {
    let emulator = emulator_without_identities();
    let ran = nowhere(token("default"), &emulator)
        .args(["--exclude", "environment", "--exclude", "azure-cli", "--exclude", "azure-powershell"])
        .run();
    let attempts = ran.error(1)["attempts"].to_string();
    for gone in ["EnvironmentCredential", "AzureCliCredential", "AzurePowerShellCredential"] {
        assert!(!attempts.contains(gone), "{attempts}");
    }
    assert!(
        attempts.contains("ManagedIdentityCredential") && attempts.contains("AzureDeveloperCliCredential")
    );
    let message = token("default").args(["--exclude", "client-secret"]).run().message(2);
    assert_eq!(
        message,
        "DefaultAzureCredential: --exclude client-secret: the default chain has no such member"
    );
    let message = token("environment").args(["--exclude", "azure-cli"]).run().message(2);
    assert_eq!(message, "--exclude means nothing to environment; it is an option of default");
}

#[test]
fn a_browser_is_asked_only_when_it_is_included() {
    let emulator = emulator_without_identities();
    // Nothing opens a page here, so it is unavailable.
    let ran = nowhere(token("default"), &emulator).args(["--include-interactive-browser"]).run();
    let attempts = ran.error(1)["attempts"].clone();
    let last = attempts.as_array().unwrap().last().unwrap();
    assert_eq!(last["credential"], "InteractiveBrowserCredential");
    assert_eq!(last["kind"], "credential-unavailable", "{last}");
    let ran = nowhere(token("default"), &emulator).run();
    assert!(!ran.error(1)["attempts"].to_string().contains("InteractiveBrowserCredential"));
}

#[test]
fn tenant_and_client_are_those_of_a_pod() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let emulator = Emulator::builder()
        .with_machine(Machine::without_identities())
        .with_federated_token_file(&file)
        .start_on_thread()
        .unwrap();
    let object = nowhere(token("default"), &emulator)
        .args(["--tenant-id", DEFAULT_TENANT_ID, "--client-id", DEFAULT_CLIENT_ID])
        .env("AZURE_TENANT_ID", "wrong.example")
        .env("AZURE_CLIENT_ID", "wrong")
        .env("AZURE_FEDERATED_TOKEN_FILE", &file)
        .run()
        .json();
    assert_eq!(object["credential"], "WorkloadIdentityCredential");
    assert_eq!(object["tenant"], DEFAULT_TENANT_ID);
}

// P34
#[test]
fn a_variable_narrows_the_chain() {
    let emulator = emulator_without_identities();
    let error = nowhere(token("default"), &emulator)
        .env("AZURE_TOKEN_CREDENTIALS", " AzureCliCredential ")
        .run()
        .error(1);
    assert_eq!(error["attempts"].as_array().unwrap().len(), 1);
    assert_eq!(error["attempts"][0]["credential"], "AzureCliCredential");
    let message = token("default").env("AZURE_TOKEN_CREDENTIALS", "nonsense").run().message(2);
    assert!(
        message.contains("AZURE_TOKEN_CREDENTIALS") && message.contains("AzureCliCredential"),
        "{message}"
    );
}

#[test]
fn a_member_that_is_configured_and_wrong_stops_the_chain_with_its_kind() {
    let emulator = emulator();
    let refused =
        token("default").against(&emulator).env("AZURE_CLIENT_SECRET", "wrong~one").secret("wrong~one").run();
    let error = refused.error(1);
    assert_eq!(error["attempts"].as_array().unwrap().len(), 1);
    assert_eq!(error["attempts"][0]["kind"], "authentication-failed");
    let wrong = token("default").against(&emulator).env("AZURE_TENANT_ID", "a/b").run();
    assert_eq!(wrong.error(2)["attempts"][0]["kind"], "invalid-argument");
}

// P68
#[test]
fn the_default_finds_the_emulators_account_and_its_tools() {
    let object = azid(["token", "--emulator", "--scope", SCOPE]).run().json();
    assert_eq!(object["credential"], "EnvironmentCredential");
    let object = token("chained").args(["--emulator", "--use", "default"]).run().json();
    assert_eq!(object["tenant"], DEFAULT_TENANT_ID);
}

#[cfg(unix)]
#[test]
fn without_its_account_the_emulators_tools_are_asked() {
    let ran = token("default")
        .args(["--emulator", "--exclude", "environment", "--exclude", "managed-identity"])
        .env("AZURE_TOKEN_CREDENTIALS", "prod")
        .run();
    assert_eq!(ran.json()["credential"], "AzureCliCredential");
}
