use super::*;
use crate::testing::{builder_trusting, get, read, request_with_form};

#[tokio::test]
async fn hosts_that_need_something_are_not_there_without_it() {
    let emulator = Emulator::start().await.unwrap();
    let there: Vec<Host> =
        Host::ALL.into_iter().filter(|host| emulator.host_environment(*host).is_some()).collect();
    assert_eq!(
        there,
        [
            Host::Imds,
            Host::AppService,
            Host::AzureMl,
            Host::CloudShell,
            Host::GitHubActions,
            Host::AzurePipelines,
            Host::GoogleCloud
        ]
    );
    let folder = tempfile::tempdir().unwrap();
    let emulator = Emulator::builder()
        .with_https()
        .with_machine(Machine::default().with_arc_folder(folder.path()))
        .with_federated_token_file(folder.path().join("token"))
        .start()
        .await
        .unwrap();
    assert!(Host::ALL.into_iter().all(|host| emulator.host_environment(host).is_some()));
}

#[tokio::test]
async fn a_pod_s_token_is_accepted_straight_and_through_the_proxy() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let emulator = Emulator::builder().with_https().with_federated_token_file(&file).start().await.unwrap();
    let variables = emulator.host_environment(Host::Kubernetes).unwrap();
    let value = |name: &str| variables.iter().find(|(n, _)| *n == name).unwrap().1.clone();
    assert_eq!(value("AZURE_FEDERATED_TOKEN_FILE"), file.display().to_string());
    let assertion = std::fs::read_to_string(&file).unwrap();
    emulator.clock().advance(std::time::Duration::from_secs(20 * 3600));
    let client = builder_trusting(&[&value("AZURE_KUBERNETES_CA_DATA")]).build().unwrap();
    for base in [value("AZURE_AUTHORITY_HOST"), value("AZURE_KUBERNETES_TOKEN_PROXY")] {
        let client_id = value("AZURE_CLIENT_ID");
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", client_id.as_str()),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion.as_str()),
            ("scope", "https://management.azure.com/.default"),
        ];
        let url = format!("{base}/{}/oauth2/v2.0/token", value("AZURE_TENANT_ID"));
        assert_eq!(
            read(request_with_form(&client, &url, &form).send().await.unwrap()).await.status,
            200,
            "{url}"
        );
    }
    let twice = format!("{}/token-proxy/token-proxy/x/oauth2/v2.0/token", emulator.http_url());
    assert_eq!(get(&twice).await.status, 404);
}
