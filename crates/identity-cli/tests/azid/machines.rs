//! `azid token managed-identity`.

use identity_emulator::{
    DEFAULT_SYSTEM_ASSIGNED_OBJECT_ID, DEFAULT_USER_ASSIGNED_CLIENT_ID, DEFAULT_USER_ASSIGNED_OBJECT_ID,
    DEFAULT_USER_ASSIGNED_RESOURCE_ID, Emulator, Fault, When,
};
use serde_json::json;

use crate::support::{Azid, claims, emulator, token};

const ID: &str = "11111111-2222-3333-4444-555555555555";

/// On a host like App Service, which answers each request with a token.
fn on_app_service(azid: Azid, emulator: &Emulator) -> Azid {
    let answer = json!({"access_token": "tok~en", "expires_on": "4102444800", "resource": "r", "token_type": "Bearer"});
    emulator.faults().always(When::path("/msi/token"), Fault::json(200, answer.to_string()));
    azid.env("IDENTITY_ENDPOINT", format!("{}/msi/token", emulator.http_url()))
        .env("IDENTITY_HEADER", "hea~der")
        .secret("hea~der")
}

#[test]
fn the_host_gives_a_token_for_the_identity_that_is_named() {
    let emulator = emulator();
    let resource_id = format!(
        "/subscriptions/{ID}/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i"
    );
    for (words, parameter, value) in [
        (&[] as &[&str], "client_id", None),
        (&["--client-id", ID], "client_id", Some(ID)),
        (&["--object-id", ID], "object_id", Some(ID)),
        (&["--resource-id", &resource_id], "mi_res_id", Some(&*resource_id)),
        (&["--identity-config", &format!("object_id={ID}")], "object_id", Some(ID)),
    ] {
        // The app of a program is not the identity of a machine.
        let azid = token("managed-identity")
            .args(words)
            .env("AZURE_CLIENT_ID", "00000000-0000-0000-0000-000000000000");
        let object = on_app_service(azid, &emulator).env("TZ", "UTC").run().json();
        assert_eq!(
            object,
            json!({
                "accessToken": "tok~en",
                "expires_on": 4102444800_i64,
                "expiresOn": "2100-01-01 00:00:00.000000",
                "refresh_on": object["refresh_on"],
                "tokenType": "Bearer",
                "tenant": null,
                "credential": "ManagedIdentityCredential",
            })
        );
        let request = emulator.journal().last().unwrap();
        assert_eq!(request.query(parameter), value, "{words:?}");
        assert_eq!(request.query("resource"), Some("https://management.azure.com"));
        assert_eq!(request.header("x-identity-header"), Some("hea~der"));
    }
}

#[test]
fn exactly_one_name_is_taken_for_an_identity() {
    for (words, message) in [
        (
            &["--client-id", ID, "--object-id", ID] as &[&str],
            "an identity is named by one of --client-id, --object-id, --resource-id and --identity-config",
        ),
        (
            &["--resource-id", "/r", "--identity-config", "client_id=x"],
            "an identity is named by one of --client-id, --object-id, --resource-id and --identity-config",
        ),
        (&["--identity-config", "client_id"], "'client_id' is not of the form KEY=VALUE"),
        (
            &["--identity-config", "name=x"],
            "'name' names no identity; use client_id, object_id or resource_id",
        ),
    ] {
        let ran = token("managed-identity").args(words).run();
        assert_eq!(ran.message(2), format!("ManagedIdentityCredential: {message}"));
    }
    let message = token("managed-identity").args(["--tenant-id", "t"]).run().message(2);
    assert!(message.starts_with("--tenant-id means nothing to managed-identity; "), "{message}");
}

#[test]
fn in_a_chain_the_client_is_that_of_the_app_when_the_machine_has_another_name() {
    let emulator = emulator();
    let chain = token("chained")
        .args(["--use", "client-assertion", "--use", "managed-identity", "--assertion-file", "/no/such/file"])
        .args(["--tenant-id", "t.example", "--client-id", "app", "--object-id", ID]);
    let object = on_app_service(chain, &emulator).run().json();
    assert_eq!(object["credential"], "ManagedIdentityCredential");
    assert_eq!(emulator.journal().last().unwrap().query("object_id"), Some(ID));
}

// P68
#[test]
fn the_emulator_plays_the_machine() {
    let object = token("managed-identity").args(["--emulator"]).run().json();
    assert_eq!(claims(object["accessToken"].as_str().unwrap())["oid"], DEFAULT_SYSTEM_ASSIGNED_OBJECT_ID);
    for words in [
        ["--client-id", DEFAULT_USER_ASSIGNED_CLIENT_ID],
        ["--object-id", DEFAULT_USER_ASSIGNED_OBJECT_ID],
        ["--resource-id", DEFAULT_USER_ASSIGNED_RESOURCE_ID],
    ] {
        let object = token("managed-identity").args(["--emulator"]).args(words).run().json();
        assert_eq!(claims(object["accessToken"].as_str().unwrap())["oid"], DEFAULT_USER_ASSIGNED_OBJECT_ID);
    }
    token("managed-identity").args(["--emulator", "--client-id", ID]).run().error(3);
    let chain = token("chained").args(["--emulator", "--use", "managed-identity", "--use", "client-secret"]);
    assert_eq!(chain.run().json()["credential"], "ManagedIdentityCredential");
}
