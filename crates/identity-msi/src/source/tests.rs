use identity_core::ErrorKind;
use identity_core::testing::CapturedLogs;
use identity_entra::http::testing::Answer;

use super::*;
use crate::ManagedIdentityCredential;
use crate::testing::*;

/// The host that an environment is taken for.
fn host(env: Env) -> Result<&'static str, Error> {
    Found::from_options(&Machine::new(env).options(None)).map(|found| found.name())
}

fn federated() -> Env {
    Env::empty()
        .with("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com/")
        .with("AZURE_TENANT_ID", "tenant")
        .with("AZURE_CLIENT_ID", CLIENT_ID)
        .with("AZURE_FEDERATED_TOKEN_FILE", "/var/run/secrets/azure/tokens/azure-identity-token")
}

// S165, S217, P20
#[test]
fn a_host_is_known_by_its_variables_in_the_order_of_all_sdks() {
    let aks = "Azure Kubernetes Service (token exchange)";
    for (env, expected) in [
        (service_fabric(), "Service Fabric"),
        (app_service(), "App Service"),
        (azure_arc(), "Azure Arc"),
        (azure_ml(), "Azure ML"),
        (cloud_shell(), "Cloud Shell"),
        (federated(), aks),
        (imds(), "IMDS"),
        (imds().with("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:8080"), "IMDS"),
        // What comes first wins.
        (service_fabric().with("IMDS_ENDPOINT", "http://x"), "Service Fabric"),
        (app_service().with("IMDS_ENDPOINT", "http://x"), "App Service"),
        (app_service().with("MSI_ENDPOINT", "http://x").with("MSI_SECRET", "x"), "App Service"),
        (azure_arc().with("MSI_ENDPOINT", "http://x"), "Azure Arc"),
        (federated().with("MSI_ENDPOINT", "http://x"), "Cloud Shell"),
        // An empty variable is none, and half of a host is none.
        (app_service().with("IDENTITY_ENDPOINT", ""), "IMDS"),
        (service_fabric().with("IDENTITY_SERVER_THUMBPRINT", ""), "App Service"),
        (azure_ml().with("MSI_SECRET", ""), "Cloud Shell"),
        (federated().with("AZURE_TENANT_ID", ""), "IMDS"),
        (federated().without("AZURE_AUTHORITY_HOST"), "IMDS"),
        (
            Env::empty()
                .with("IDENTITY_HEADER", "x")
                .with("IMDS_ENDPOINT", "http://x")
                .with("MSI_SECRET", "x"),
            "IMDS",
        ),
        (app_service().with("IDENTITY_HEADER", ""), "unknown"),
    ] {
        assert_eq!(host(env.clone()).unwrap(), expected, "{env:?}");
    }
}

// P20
#[test]
fn the_agent_of_arc_is_also_found_by_its_program() {
    let machine = Machine::new(imds());
    std::fs::write(machine.arc_keys.path().join("himds"), "").unwrap();
    assert_eq!(Found::from_options(&machine.options(None)).unwrap().name(), "Azure Arc");
    machine.http.push(Answer::new(500, "")).push(Answer::new(404, ""));
    assert!(ask(&machine.credential(None)).is_err());
    assert!(
        machine.http.requests()[0]
            .url
            .starts_with("http://localhost:40342/metadata/identity/oauth2/token?api-version=2020-06-01")
    );
}

// S170
#[test]
fn an_endpoint_of_no_known_kind_is_unavailable() {
    let error = Machine::new(app_service().without("IDENTITY_HEADER")).error();
    assert_eq!(error.kind(), ErrorKind::CredentialUnavailable);
    assert!(
        error.message().starts_with("no managed identity endpoint found: IDENTITY_ENDPOINT is set"),
        "{error}"
    );
}

// G12, P22
#[test]
fn an_id_that_a_host_can_not_honour_is_refused() {
    let refused = |env: Env, id: Option<crate::ManagedIdentityId>| {
        let error = ManagedIdentityCredential::new(Machine::new(env).options(id)).unwrap_err();
        assert_eq!(error.credential(), "ManagedIdentityCredential");
        (error.kind(), error.message().to_owned())
    };
    for id in [client_id(), object_id(), resource_id()] {
        let (kind, message) = refused(service_fabric(), id.clone());
        assert_eq!(kind, ErrorKind::AuthenticationFailed);
        assert!(message.contains("is not supported by the Service Fabric managed identity"), "{message}");
        let (kind, message) = refused(cloud_shell(), id);
        assert_eq!(kind, ErrorKind::InvalidArgument);
        assert!(message.starts_with("Cloud Shell has no user-assigned managed identities"), "{message}");
    }
    for id in [object_id(), resource_id()] {
        let (kind, message) = refused(federated(), id);
        assert_eq!(kind, ErrorKind::InvalidArgument);
        assert!(message.contains("an identity is named by its client id"), "{message}");
    }
    assert_eq!(refused(federated().without("AZURE_CLIENT_ID"), None).0, ErrorKind::InvalidArgument);
}

#[test]
fn variables_with_a_value_that_makes_no_sense_are_named() {
    for (env, variable) in [
        (app_service().with("IDENTITY_ENDPOINT", "127.0.0.1"), "IDENTITY_ENDPOINT"),
        (app_service().with("IDENTITY_ENDPOINT", "ftp://127.0.0.1/x"), "IDENTITY_ENDPOINT"),
        (app_service().with("IDENTITY_ENDPOINT", "http://user:hunter2@127.0.0.1/x"), "IDENTITY_ENDPOINT"),
        (app_service().with("IDENTITY_HEADER", "hunter2\n"), "IDENTITY_HEADER"),
        (azure_arc().with("IDENTITY_ENDPOINT", "data:,hunter2"), "IDENTITY_ENDPOINT"),
        (azure_ml().with("MSI_ENDPOINT", "hunter2"), "MSI_ENDPOINT"),
        (azure_ml().with("MSI_SECRET", "hunter2\u{7f}"), "MSI_SECRET"),
        (cloud_shell().with("MSI_ENDPOINT", "/hunter2"), "MSI_ENDPOINT"),
        (imds().with("AZURE_POD_IDENTITY_AUTHORITY_HOST", "hunter2"), "AZURE_POD_IDENTITY_AUTHORITY_HOST"),
        (service_fabric().with("IDENTITY_SERVER_THUMBPRINT", "hunter2"), "IDENTITY_SERVER_THUMBPRINT"),
        (service_fabric().with("IDENTITY_ENDPOINT", "http://localhost:2377/x"), "IDENTITY_ENDPOINT"),
    ] {
        let error = host(env).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.message().contains(variable) && !error.message().contains("hunter2"), "{error}");
    }
}

// P31
#[test]
fn one_line_of_log_says_what_was_chosen() {
    let logs = CapturedLogs::watching(&[SECRET]);
    let credential = Machine::new(app_service()).credential(client_id());
    let text = logs.text();
    let lines: Vec<_> = text.lines().filter(|line| line.contains(" INFO ")).collect();
    assert_eq!(lines.len(), 1, "{text}");
    for part in
        ["managed identity chosen", "host=\"App Service\"", &format!("identity=client id {CLIENT_ID}")]
    {
        assert!(lines[0].contains(part), "{text}");
    }
    logs.check(&format!("{credential:?}"));
}

// S171
#[test]
fn no_setting_of_the_authority_changes_where_a_host_is_asked() {
    let machine = Machine::new(imds().with("AZURE_AUTHORITY_HOST", "https://login.chinacloudapi.cn"));
    machine.http.push(Answer::token("t", 3600));
    let entra = machine.entra().with_authority_host("login.microsoftonline.us");
    let options = machine.options(None).with_entra(entra);
    ask(&ManagedIdentityCredential::new(options).unwrap()).unwrap();
    assert_eq!(
        machine.http.requests()[0].endpoint(),
        "http://169.254.169.254/metadata/identity/oauth2/token"
    );
}
