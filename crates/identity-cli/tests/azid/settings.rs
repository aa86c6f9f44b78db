//! Options, variables and defaults, and what they do to requests.

use identity_emulator::{
    DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, DEFAULT_TENANT_ID, Directory, Emulator, Tenant,
};

use crate::support::{claims, emulator, token};

#[test]
fn an_option_beats_its_variable() {
    let emulator = emulator();
    let wrong = token("client-secret")
        .env("AZURE_TENANT_ID", "no-such-tenant")
        .env("AZURE_CLIENT_ID", "no-such-client")
        .env("AZURE_AUTHORITY_HOST", "http://not.loopback.example")
        .env("AZURE_CLIENT_SECRET", DEFAULT_CLIENT_SECRET);
    let right = wrong
        .args(["--tenant-id", DEFAULT_TENANT_ID, "--client-id", DEFAULT_CLIENT_ID])
        .args(["--authority-host", &emulator.authority_host()]);
    assert_eq!(right.run().json()["tenant"], DEFAULT_TENANT_ID);
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let message =
        token("client-secret").env("AZURE_TENANT_ID", "").env("AZURE_CLIENT_ID", "c").run().message(2);
    assert!(message.starts_with(
        "ClientSecretCredential: missing: --tenant-id (or the variable AZURE_TENANT_ID), --client-secret"
    ));
}

#[test]
fn variables_of_other_credentials_are_not_read() {
    // An assertion is never taken from the file that workload identity would read.
    let emulator = emulator();
    let ran =
        token("client-assertion").against(&emulator).env("AZURE_FEDERATED_TOKEN_FILE", "/some/file").run();
    assert_eq!(ran.message(2), "ClientAssertionCredential: missing: --assertion-file");
}

#[test]
fn an_assertion_is_read_from_its_file() {
    let emulator = emulator();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("assertion");
    let assertion = emulator.client_assertion().sign().unwrap();
    std::fs::write(&file, format!("{assertion}\n")).unwrap();
    let ran = token("client-assertion")
        .args([std::ffi::OsStr::new("--assertion-file"), file.as_os_str()])
        .against(&emulator)
        .secret(&assertion)
        .run();
    assert_eq!(ran.json()["credential"], "ClientAssertionCredential");
    let request = emulator.journal().token_requests().pop().unwrap();
    assert_eq!(request.form("client_assertion"), Some(assertion.as_str()));
}

#[test]
fn what_one_request_asks_for_is_in_the_request() {
    let emulator = emulator();
    let claims_given = r#"{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}"#;
    let object = token("client-secret")
        .args(["--scope", "https://management.azure.com/other", "--enable-cae", "--claims", claims_given])
        .against(&emulator)
        .run();
    // Entra ID refuses anything but one resource's .default for apps; what matters is that both scopes went out.
    assert_eq!(object.status, 1);
    let request = emulator.journal().token_requests().pop().unwrap();
    assert_eq!(
        request.form("scope"),
        Some("https://management.azure.com/.default https://management.azure.com/other")
    );
    let sent: serde_json::Value = serde_json::from_str(request.form("claims").unwrap()).unwrap();
    assert_eq!(sent["access_token"]["nbf"]["value"], "1700000000");
    assert_eq!(sent["access_token"]["xms_cc"]["values"][0], "CP1");
    assert!(request.header("user-agent").unwrap().contains("azid"));
}

#[test]
fn another_tenant_needs_to_be_allowed() {
    let other = "11111111-2222-3333-4444-555555555555";
    let mut directory = Directory::default();
    let app = directory.tenants()[0].app(DEFAULT_CLIENT_ID).unwrap().clone();
    directory.put_tenant(Tenant::new(other).with_app(app));
    let emulator = Emulator::builder().with_directory(directory).start_on_thread().unwrap();
    let asking = || token("client-secret").args(["--request-tenant-id", other]).against(&emulator);

    let message = asking().run().message(1);
    assert!(message.contains(other) && message.contains("AZURE_ADDITIONALLY_ALLOWED_TENANTS"), "{message}");
    assert_eq!(emulator.journal().count(), 0);

    for allowed in [
        asking().args(["--additionally-allowed-tenant", "x", "--additionally-allowed-tenant", other]),
        asking().args(["--additionally-allowed-tenant", "*"]),
        asking().env("AZURE_ADDITIONALLY_ALLOWED_TENANTS", format!("x;{other}")),
    ] {
        let object = allowed.run().json();
        assert_eq!(object["tenant"], other);
        assert_eq!(claims(object["accessToken"].as_str().unwrap())["tid"], other);
    }
    // The option replaces the variable.
    let both =
        asking().args(["--additionally-allowed-tenant", "x"]).env("AZURE_ADDITIONALLY_ALLOWED_TENANTS", "*");
    both.run().error(1);
}
