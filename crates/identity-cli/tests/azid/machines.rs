//! `azid token managed-identity`, `workload-identity` and `azure-pipelines`.

use identity_emulator::{
    DEFAULT_CLIENT_ID, DEFAULT_SERVICE_CONNECTION_ID, DEFAULT_SYSTEM_ASSIGNED_OBJECT_ID, DEFAULT_TENANT_ID,
    DEFAULT_USER_ASSIGNED_CLIENT_ID, DEFAULT_USER_ASSIGNED_OBJECT_ID, DEFAULT_USER_ASSIGNED_RESOURCE_ID,
    Emulator, Fault, Host, When,
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

#[test]
fn a_pod_is_who_its_variables_say_or_who_the_options_say() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let emulator = Emulator::builder().with_federated_token_file(&file).start_on_thread().unwrap();
    let by_variables = emulator
        .host_environment(Host::Kubernetes)
        .unwrap()
        .into_iter()
        .fold(token("workload-identity"), |azid, (name, value)| azid.env(name, value));
    let by_options = token("workload-identity")
        .args(["--tenant-id", DEFAULT_TENANT_ID, "--client-id", DEFAULT_CLIENT_ID])
        .args(["--token-file", file.to_str().unwrap(), "--authority-host", &emulator.authority_host()])
        .env("AZURE_TENANT_ID", "wrong.example")
        .env("AZURE_CLIENT_ID", "wrong")
        .env("AZURE_FEDERATED_TOKEN_FILE", "/no/such/file");
    for azid in [by_variables, by_options] {
        let object = azid.run().json();
        assert_eq!(object["credential"], "WorkloadIdentityCredential");
        let request = emulator.journal().token_requests().pop().unwrap();
        let sent = request.form("client_assertion").unwrap();
        assert_eq!(sent, std::fs::read_to_string(&file).unwrap().trim());
    }
}

#[test]
fn a_pod_without_its_settings_is_unavailable_and_they_are_named() {
    let message = token("workload-identity").env("AZURE_TENANT_ID", "t.example").run().message(3);
    assert!(
        message.contains("AZURE_CLIENT_ID") && message.contains("AZURE_FEDERATED_TOKEN_FILE"),
        "{message}"
    );
    assert!(!message.contains("AZURE_TENANT_ID"), "{message}");
    let error = token("chained").args(["--use", "workload-identity", "--use", "environment"]).run().error(1);
    assert_eq!(error["attempts"].as_array().unwrap().len(), 2, "{error}");
}

#[test]
fn a_job_is_vouched_for_by_its_service_connection() {
    let emulator = emulator();
    let variables = emulator.host_environment(Host::AzurePipelines).unwrap();
    let access_token = variables.iter().find(|(name, _)| *name == "SYSTEM_ACCESSTOKEN").unwrap().1.clone();
    let job = || {
        let azid =
            variables.iter().fold(token("azure-pipelines"), |azid, (name, value)| azid.env(name, value));
        azid.args(["--service-connection-id", DEFAULT_SERVICE_CONNECTION_ID]).secret(&access_token)
    };
    let by_stdin = job()
        .args(["--system-access-token", "-"])
        .env("SYSTEM_ACCESSTOKEN", "wr~ng")
        .stdin(format!("{access_token}\n"));
    for azid in [job(), by_stdin] {
        assert_eq!(azid.run().json()["credential"], "AzurePipelinesCredential");
    }
    let wrong = job().env("SYSTEM_ACCESSTOKEN", "wr~ng").secret("wr~ng").run();
    assert_eq!(wrong.status, 1);
    let outside = job().env("SYSTEM_OIDCREQUESTURI", "").run();
    assert_eq!(outside.status, 3);
    assert_eq!(
        token("azure-pipelines").env("AZURE_TENANT_ID", "t").env("AZURE_CLIENT_ID", "c").run().message(2),
        "AzurePipelinesCredential: missing: --service-connection-id, --system-access-token (or the variable SYSTEM_ACCESSTOKEN)"
    );
}

// P68
#[test]
fn the_emulator_vouches_for_pods_and_jobs() {
    let folder = tempfile::tempdir().unwrap();
    for (name, class) in
        [("workload-identity", "WorkloadIdentityCredential"), ("azure-pipelines", "AzurePipelinesCredential")]
    {
        let object = token(name).args(["--emulator"]).env("TMPDIR", folder.path()).run().json();
        assert_eq!(object["credential"], class);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
    let chain =
        token("chained").args(["--emulator", "--use", "azure-pipelines", "--use", "managed-identity"]);
    assert_eq!(chain.run().json()["credential"], "AzurePipelinesCredential");
}
