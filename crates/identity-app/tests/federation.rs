//! Programs outside of Azure, and in its pods, against an authority that checks who vouches for them.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use identity_app::{
    AzurePipelinesCredential, ClientAssertionCredential, CredentialAssertion, GitHubActionsAssertion,
    GoogleCloudAssertion, SpiffeAssertion, WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use identity_core::testing::FakeClock;
use identity_core::{AccessToken, Env, Error, ErrorKind, TokenCredential, TokenRequestOptions};
use identity_emulator::{
    App, DEFAULT_SERVICE_CONNECTION_ID, DEFAULT_USER_ASSIGNED_CLIENT_ID, DEFAULT_USER_ASSIGNED_OBJECT_ID,
    Emulator, FederatedCredential, Host, Tenant,
};
use identity_entra::assertion_source::{AssertionSource, CommandAssertion, FileAssertion};
use identity_entra::options::EntraOptions;
use identity_msi::{ManagedIdentityCredential, ManagedIdentityCredentialOptions, ManagedIdentityId};

const SCOPE: &str = "https://management.azure.com/.default";

fn env(emulator: &Emulator, host: Host) -> Env {
    emulator.host_environment(host).unwrap().into_iter().collect()
}

fn vouched_for(
    emulator: &Emulator,
    env: Env,
    source: impl AssertionSource + 'static,
) -> ClientAssertionCredential {
    let options = EntraOptions::default().with_authority_host(emulator.http_url()).with_env(env);
    ClientAssertionCredential::new(emulator.tenant_id(), emulator.client_id(), source, options).unwrap()
}

async fn ask(credential: &dyn TokenCredential) -> Result<AccessToken, Error> {
    credential.get_token(&[SCOPE], &TokenRequestOptions::default()).await
}

fn claims(token: &AccessToken) -> serde_json::Value {
    let payload = token.token().secret().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

// P17
#[tokio::test]
async fn a_job_of_github_works_for_longer_than_its_first_assertion_lives() {
    let emulator = Emulator::start().await.unwrap();
    let now = Duration::from_secs(1_700_000_000);
    emulator.clock().set(std::time::UNIX_EPOCH + now);
    let clock = FakeClock::at_unix(now.as_secs());
    let options = EntraOptions::default()
        .with_authority_host(emulator.http_url())
        .with_env(env(&emulator, Host::GitHubActions))
        .with_clock(clock.clock());
    let (tenant, client) = (emulator.tenant_id(), emulator.client_id());
    let credential =
        ClientAssertionCredential::new(tenant, client, GitHubActionsAssertion::new(), options).unwrap();
    for _ in 0..3 {
        assert_eq!(claims(&ask(&credential).await.unwrap())["appid"], emulator.client_id());
        clock.advance(Duration::from_secs(7200));
        emulator.clock().advance(Duration::from_secs(7200));
    }
    assert_eq!(emulator.journal().of_host(Host::GitHubActions).len(), 3);
    assert_eq!(emulator.journal().token_count(), 3);
}

// P17
#[tokio::test]
async fn an_app_that_does_not_trust_the_job_refuses_it() {
    let emulator = Emulator::start().await.unwrap();
    let with_trust = |credential: FederatedCredential| {
        emulator.change_directory(|directory| {
            let app = App::new(emulator.client_id()).with_federated_credential(credential);
            directory.tenant_mut(emulator.tenant_id()).unwrap().put_app(app);
        });
        vouched_for(&emulator, env(&emulator, Host::GitHubActions), GitHubActionsAssertion::new())
    };
    let issuer = identity_emulator::GITHUB_ISSUER;
    let subject = identity_emulator::DEFAULT_GITHUB_SUBJECT;
    for (trust, code) in [
        (FederatedCredential::new("https://elsewhere.example", subject), 700211),
        (FederatedCredential::new(issuer, "repo:other/repository:ref:refs/heads/main"), 700213),
        (FederatedCredential::new(issuer, subject).with_audience("api://other"), 700212),
    ] {
        let error = ask(&with_trust(trust)).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.server().unwrap().error_codes[0]),
            (ErrorKind::AuthenticationFailed, code)
        );
    }
    let trust = FederatedCredential::new(issuer, subject).with_audience("api://other");
    drop(with_trust(trust));
    let source = GitHubActionsAssertion::new().with_audience("api://other");
    assert!(ask(&vouched_for(&emulator, env(&emulator, Host::GitHubActions), source)).await.is_ok());
}

// P03
#[tokio::test]
async fn a_pipeline_gets_a_token_with_its_service_connection() {
    let emulator = Emulator::start().await.unwrap();
    let env = env(&emulator, Host::AzurePipelines);
    let system_token = env.secret("SYSTEM_ACCESSTOKEN").unwrap();
    let credential = |connection: &str, token: &str| {
        let options = EntraOptions::default().with_env(env.clone());
        AzurePipelinesCredential::new(emulator.tenant_id(), emulator.client_id(), connection, token, options)
            .unwrap()
    };
    let token = ask(&credential(DEFAULT_SERVICE_CONNECTION_ID, system_token.secret())).await.unwrap();
    assert_eq!(claims(&token)["appid"], emulator.client_id());
    for (connection, token, status) in
        [(DEFAULT_SERVICE_CONNECTION_ID, "wrong", 401), ("other", system_token.secret(), 404)]
    {
        let error = ask(&credential(connection, token)).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.server().unwrap().status),
            (ErrorKind::AuthenticationFailed, Some(status))
        );
        assert!(
            error.message().contains("x-vss-e2eid: ") && !error.message().contains("x-vss-e2eid: none"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_machine_of_google_cloud_a_command_a_file_and_spiffe_vouch_for_an_app() {
    let emulator = Emulator::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let google = vouched_for(&emulator, env(&emulator, Host::GoogleCloud), GoogleCloudAssertion::new());
    assert!(ask(&google).await.is_ok());

    let file = folder.path().join("token");
    std::fs::write(&file, emulator.federated_token().sign().unwrap()).unwrap();
    assert!(ask(&vouched_for(&emulator, Env::empty(), FileAssertion::new(&file))).await.is_ok());
    let command = CommandAssertion::at("/bin/cat").with_args([&file]);
    assert!(ask(&vouched_for(&emulator, Env::empty(), command)).await.is_ok());

    let id = "spiffe://emulated.example/workload";
    let svid = folder.path().join("svid.jwt");
    std::fs::write(&svid, emulator.federated_token().with_claim("sub", id).sign().unwrap()).unwrap();
    let spiffe = || vouched_for(&emulator, Env::empty(), SpiffeAssertion::new(&svid));
    assert_eq!(ask(&spiffe()).await.unwrap_err().server().unwrap().error_codes, [700213]);
    emulator.change_directory(|directory| {
        let tenant = directory.tenant_mut(emulator.tenant_id()).unwrap();
        let trust = FederatedCredential::new(identity_emulator::DEFAULT_FEDERATED_ISSUER, id)
            .with_certificate(&certificate(&emulator));
        let app = tenant.app(emulator.client_id()).unwrap().clone().with_federated_credential(trust);
        tenant.put_app(app);
    });
    assert!(ask(&spiffe()).await.is_ok());
}

/// The certificate whose key signs the emulator's federated tokens.
fn certificate(emulator: &Emulator) -> Vec<u8> {
    let pem = emulator.client_certificate_pem();
    let (_, body) = pem.split_once("-----BEGIN CERTIFICATE-----").unwrap();
    let body = body.split_once("-----END").unwrap().0;
    STANDARD.decode(body.split_whitespace().collect::<String>()).unwrap()
}

// P18
#[tokio::test]
async fn a_managed_identity_is_the_proof_of_an_app_also_in_another_tenant() {
    const OTHER_TENANT: &str = "0ddba115-1a2b-4c3d-8e4f-5a6b7c8d9e0f";
    let emulator = Emulator::start().await.unwrap();
    let issuer = format!("https://login.microsoftonline.com/{}/v2.0", emulator.tenant_id());
    let trust = FederatedCredential::new(issuer, DEFAULT_USER_ASSIGNED_OBJECT_ID);
    emulator.change_directory(|directory| {
        let app = App::new(emulator.client_id()).with_federated_credential(trust);
        directory.put_tenant(Tenant::new(OTHER_TENANT).with_app(app));
    });
    let machine = |identity: Option<&str>| {
        let entra = EntraOptions::default().with_env(env(&emulator, Host::Imds));
        let options = ManagedIdentityCredentialOptions::default().with_entra(entra);
        let options = match identity {
            Some(id) => options.with_identity(ManagedIdentityId::ClientId(id.into())),
            None => options,
        };
        CredentialAssertion::new(ManagedIdentityCredential::new(options).unwrap())
    };
    let credential = |tenant: &str, source: CredentialAssertion| {
        let options = EntraOptions::default().with_authority_host(emulator.http_url()).with_env(Env::empty());
        ClientAssertionCredential::new(tenant, emulator.client_id(), source, options).unwrap()
    };
    let trusted = machine(Some(DEFAULT_USER_ASSIGNED_CLIENT_ID));
    for tenant in [emulator.tenant_id(), OTHER_TENANT] {
        let token = claims(&ask(&credential(tenant, trusted.clone())).await.unwrap());
        assert_eq!(
            (token["tid"].as_str(), token["appid"].as_str()),
            (Some(tenant), Some(emulator.client_id()))
        );
    }
    assert_eq!(
        emulator.journal().of_host(Host::Imds).len(),
        1,
        "the second exchange used the machine's cached token"
    );
    let error = ask(&credential(OTHER_TENANT, machine(None))).await.unwrap_err();
    assert_eq!(error.server().unwrap().error_codes, [700213]);
}

/// A pod with https to the cluster's proxy, whose certificates are in a file.
async fn pod(folder: &tempfile::TempDir) -> (Emulator, Env) {
    let emulator = Emulator::builder()
        .with_https()
        .with_federated_token_file(folder.path().join("token"))
        .start()
        .await
        .unwrap();
    let env = env(&emulator, Host::Kubernetes)
        .without("AZURE_KUBERNETES_CA_DATA")
        .with("AZURE_KUBERNETES_CA_FILE", folder.path().join("ca.pem"))
        .with("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com");
    (emulator, env)
}

// P01, P02
#[tokio::test]
async fn a_pod_reaches_entra_id_through_the_proxy_of_its_cluster() {
    let folder = tempfile::tempdir().unwrap();
    let (emulator, env) = pod(&folder).await;
    std::fs::write(folder.path().join("ca.pem"), emulator.ca_pem().unwrap()).unwrap();
    let credential = |env: Env| {
        let options = WorkloadIdentityCredentialOptions::default().with_enable_azure_proxy(true).with_entra(
            EntraOptions::default().with_env(env).with_clock(FakeClock::at_unix(1_700_000_000).clock()),
        );
        WorkloadIdentityCredential::new(options)
    };
    let token = ask(&credential(env.clone()).unwrap()).await.unwrap();
    assert_eq!(claims(&token)["appid"], emulator.client_id());
    let sent = emulator.journal().last().unwrap();
    assert_eq!(sent.path(), format!("/token-proxy/{}/oauth2/v2.0/token", emulator.tenant_id()));
    let address = emulator.authority_host();
    assert_eq!(sent.header("host"), address.strip_prefix("https://"), "the proxy is named as its URL has it");

    // The name in the certificate is the one that counts.
    let misnamed = credential(env.with("AZURE_KUBERNETES_SNI_NAME", "elsewhere.example")).unwrap();
    let error = ask(&misnamed).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
    assert_eq!(emulator.journal().count(), 1);
}

// P02
#[tokio::test]
async fn the_proxy_s_certificates_may_change_while_the_program_runs() {
    let folder = tempfile::tempdir().unwrap();
    let (before, _) = pod(&folder).await;
    let (emulator, env) = pod(&folder).await;
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, before.ca_pem().unwrap()).unwrap();
    let entra = EntraOptions::default().with_env(env).with_clock(FakeClock::at_unix(1_700_000_000).clock());
    let options =
        WorkloadIdentityCredentialOptions::default().with_enable_azure_proxy(true).with_entra(entra);
    let credential = WorkloadIdentityCredential::new(options).unwrap();
    let ask = async |scope: &str| credential.get_token(&[scope], &TokenRequestOptions::default()).await;
    assert_eq!(ask("https://a.example/.default").await.unwrap_err().kind(), ErrorKind::AuthenticationFailed);
    std::fs::write(&ca, emulator.ca_pem().unwrap()).unwrap();
    assert!(ask("https://b.example/.default").await.is_ok());
    std::fs::write(&ca, "").unwrap();
    assert!(ask("https://c.example/.default").await.is_ok(), "an empty file changes nothing");
    std::fs::remove_file(&ca).unwrap();
    assert!(ask("https://d.example/.default").await.is_ok(), "nor does a missing one");
}
