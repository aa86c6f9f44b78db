use super::*;
use crate::testing::{Answer, change_app, client, get, post, read, verify};
use crate::{
    DEFAULT_USER_ASSIGNED_CLIENT_ID, DEFAULT_USER_ASSIGNED_OBJECT_ID, Emulator, FederatedCredential,
};

fn variable(emulator: &Emulator, host: Host, name: &str) -> String {
    let variables = emulator.host_environment(host).unwrap();
    variables.into_iter().find(|(n, _)| *n == name).unwrap().1
}

/// What the token endpoint says to an assertion of the default app.
async fn exchange(emulator: &Emulator, assertion: &str) -> Answer {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", emulator.client_id()),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion),
        ("scope", "https://management.azure.com/.default"),
    ];
    post(&emulator.token_endpoint(), &form).await
}

async fn of_github(emulator: &Emulator, more: &str, bearer: &str) -> Answer {
    let url = variable(emulator, Host::GitHubActions, "ACTIONS_ID_TOKEN_REQUEST_URL");
    read(client().get(format!("{url}{more}")).bearer_auth(bearer).send().await.unwrap()).await
}

#[tokio::test]
async fn a_job_of_github_gets_a_token_that_the_app_trusts() {
    let emulator = Emulator::start().await.unwrap();
    let bearer = variable(&emulator, Host::GitHubActions, "ACTIONS_ID_TOKEN_REQUEST_TOKEN");
    let answer = of_github(&emulator, "&audience=api%3A%2F%2FAzureADTokenExchange", &bearer).await.json();
    let token = answer["value"].as_str().unwrap();
    let configuration =
        get(&format!("{}/oidc/github/.well-known/openid-configuration", emulator.http_url())).await.json();
    let claims = verify(&get(configuration["jwks_uri"].as_str().unwrap()).await.json(), token);
    assert_eq!(
        (claims["iss"].as_str(), claims["sub"].as_str()),
        (Some(GITHUB_ISSUER), Some(DEFAULT_GITHUB_SUBJECT))
    );
    assert_eq!(configuration["issuer"], GITHUB_ISSUER);
    assert_eq!(exchange(&emulator, token).await.status, 200);

    emulator.clock().advance(std::time::Duration::from_secs(3600));
    exchange(&emulator, token).await.refused(401, "invalid_client", 700024);
    let other = of_github(&emulator, "", &bearer).await.json();
    exchange(&emulator, other["value"].as_str().unwrap()).await.refused(401, "invalid_client", 700212);
    assert_eq!(of_github(&emulator, "", "wrong").await.status, 401);
}

#[tokio::test]
async fn trust_is_in_issuer_subject_and_audience() {
    let emulator = Emulator::start().await.unwrap();
    let bearer = variable(&emulator, Host::GitHubActions, "ACTIONS_ID_TOKEN_REQUEST_TOKEN");
    let token = of_github(&emulator, "&audience=api%3A%2F%2FAzureADTokenExchange", &bearer).await.json();
    let token = token["value"].as_str().unwrap();
    let trust = FederatedCredential::new;
    for (credential, code) in [
        (trust("https://elsewhere.example", DEFAULT_GITHUB_SUBJECT), 700211),
        (trust(GITHUB_ISSUER, "repo:emulated/repository:environment:production"), 700213),
        (trust(GITHUB_ISSUER, DEFAULT_GITHUB_SUBJECT).with_audience("api://other"), 700212),
    ] {
        change_app(&emulator, |app| crate::App::new(app.client_id()).with_federated_credential(credential));
        exchange(&emulator, token).await.refused(401, "invalid_client", code);
    }
}

#[tokio::test]
async fn a_pipeline_gets_a_token_for_its_service_connection() {
    let emulator = Emulator::start().await.unwrap();
    let url = variable(&emulator, Host::AzurePipelines, "SYSTEM_OIDCREQUESTURI");
    let bearer = variable(&emulator, Host::AzurePipelines, "SYSTEM_ACCESSTOKEN");
    let ask = |query: String, bearer: &str, suppress: bool| {
        let request = client().post(format!("{url}?{query}")).bearer_auth(bearer);
        let request = if suppress { request.header("x-tfs-fedauthredirect", "Suppress") } else { request };
        async { read(request.send().await.unwrap()).await }
    };
    let query = || format!("api-version=7.1&serviceConnectionId={DEFAULT_SERVICE_CONNECTION_ID}");
    let answer = ask(query(), &bearer, true).await;
    assert!(!answer.header("x-vss-e2eid").is_empty() && answer.header("x-msedge-ref").starts_with("Ref A: "));
    assert_eq!(exchange(&emulator, answer.json()["oidcToken"].as_str().unwrap()).await.status, 200);
    assert_eq!(ask(query(), "wrong", true).await.status, 401);
    assert_eq!(ask(query(), "wrong", false).await.status, 302);
    assert_eq!(ask("api-version=7.1&serviceConnectionId=other".into(), &bearer, true).await.status, 404);
    assert_eq!(ask("api-version=1".into(), &bearer, true).await.status, 400);
    assert_eq!(get(&url).await.status, 405);
}

#[tokio::test]
async fn a_machine_of_google_cloud_gets_a_token_as_plain_text() {
    let emulator = Emulator::start().await.unwrap();
    let host = variable(&emulator, Host::GoogleCloud, "GCE_METADATA_HOST");
    let url = format!(
        "http://{host}{}?audience=api%3A%2F%2FAzureADTokenExchange",
        Host::GoogleCloud.path().unwrap()
    );
    let answer = read(client().get(&url).header("metadata-flavor", "Google").send().await.unwrap()).await;
    assert_eq!(exchange(&emulator, &answer.text).await.status, 200);
    assert_eq!(get(&url).await.status, 403);
}

#[tokio::test]
async fn a_managed_identity_s_token_is_exchanged_for_an_app_s() {
    let emulator = Emulator::start().await.unwrap();
    let of_machine = async |more: &str| {
        let url = format!(
            "{}/metadata/identity/oauth2/token?api-version=2018-02-01&resource=api%3A%2F%2FAzureADTokenExchange{more}",
            emulator.http_url()
        );
        let answer = read(client().get(url).header("metadata", "true").send().await.unwrap()).await.json();
        answer["access_token"].as_str().unwrap().to_owned()
    };
    let trusted = of_machine(&format!("&client_id={DEFAULT_USER_ASSIGNED_CLIENT_ID}")).await;
    assert_eq!(exchange(&emulator, &trusted).await.status, 200);
    let keys =
        get(&format!("{}/{}/discovery/v2.0/keys", emulator.http_url(), emulator.tenant_id())).await.json();
    assert_eq!(verify(&keys, &trusted)["sub"], DEFAULT_USER_ASSIGNED_OBJECT_ID);
    exchange(&emulator, &of_machine("").await).await.refused(401, "invalid_client", 700213);
}
