use std::time::Duration;

use identity_core::testing::{CapturedLogs, FakeClock, block_on};
use identity_core::{AccessToken, ErrorKind};
use identity_entra::http::testing::{Answer, ScriptedHttp};
use tempfile::TempDir;

use super::*;

const SCOPE: &str = "https://vault.azure.net/.default";

/// A pod: what its cluster has set, and what the network answers.
struct Pod {
    http: ScriptedHttp,
    clock: FakeClock,
    folder: TempDir,
    env: Env,
}

fn pod() -> Pod {
    let folder = tempfile::tempdir().unwrap();
    let env = Env::empty()
        .with("AZURE_TENANT_ID", "tenant-of-env")
        .with("AZURE_CLIENT_ID", "client-of-env")
        .with("AZURE_FEDERATED_TOKEN_FILE", folder.path().join("token"))
        .with("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com/");
    Pod { http: ScriptedHttp::new(), clock: FakeClock::at_unix(1_700_000_000), folder, env }
}

impl Pod {
    fn write(&self, token: &str) {
        std::fs::write(self.folder.path().join("token"), token).unwrap();
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.env = self.env.with(name, value);
        self
    }

    fn options(&self) -> WorkloadIdentityCredentialOptions {
        let entra = EntraOptions::default()
            .with_http_service(self.http.service())
            .with_clock(self.clock.clock())
            .with_env(self.env.clone());
        WorkloadIdentityCredentialOptions::default().with_entra(entra)
    }

    fn credential(&self) -> WorkloadIdentityCredential {
        WorkloadIdentityCredential::new(self.options()).unwrap()
    }

    fn refusal(&self, options: WorkloadIdentityCredentialOptions) -> Error {
        let error = WorkloadIdentityCredential::new(options).unwrap_err();
        assert_eq!(error.credential(), NAME);
        error
    }
}

fn ask(credential: &WorkloadIdentityCredential, scope: &str) -> Result<AccessToken, Error> {
    block_on(credential.get_token(&[scope], &TokenRequestOptions::default()))
}

// P01
#[test]
fn the_cluster_s_token_is_the_proof() {
    let pod = pod();
    pod.write("federated-token\n");
    pod.http.push(Answer::token("t", 3600));
    let token = ask(&pod.credential(), SCOPE).unwrap();
    assert_eq!((token.token().secret(), token.credential()), ("t", NAME));
    let sent = pod.http.requests().remove(0);
    assert_eq!(sent.url, "https://login.microsoftonline.com/tenant-of-env/oauth2/v2.0/token");
    let mut form = sent.form();
    form.sort();
    let expected = [
        ("client_assertion", "federated-token"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_id", "client-of-env"),
        ("grant_type", "client_credentials"),
        ("scope", SCOPE),
    ];
    assert_eq!(form, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

// P01
#[test]
fn options_come_before_the_environment() {
    let pod = pod();
    let file = pod.folder.path().join("other");
    std::fs::write(&file, "other-token").unwrap();
    pod.http.push(Answer::token("t", 3600));
    let options =
        pod.options().with_tenant_id("own-tenant").with_client_id("own-client").with_token_file(&file);
    ask(&WorkloadIdentityCredential::new(options).unwrap(), SCOPE).unwrap();
    let sent = pod.http.requests().remove(0);
    assert!(sent.url.contains("/own-tenant/"), "{}", sent.url);
    let field = |name| sent.field(name).unwrap();
    assert_eq!((field("client_id"), field("client_assertion")), ("own-client".into(), "other-token".into()));
}

// P01
#[test]
fn all_that_is_missing_is_named_in_one_error() {
    let all = [
        "the tenant id (AZURE_TENANT_ID)",
        "the client id (AZURE_CLIENT_ID)",
        "the token file (AZURE_FEDERATED_TOKEN_FILE)",
    ];
    let variables = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"];
    for missing in 1..8_u8 {
        let mut pod = pod();
        let mut expected = Vec::new();
        for (at, name) in variables.into_iter().enumerate() {
            if missing & (1 << at) != 0 {
                // Empty is as good as none.
                pod.env = if missing % 2 == 0 { pod.env.without(name) } else { pod.env.with(name, "") };
                expected.push(all[at]);
            }
        }
        let error = pod.refusal(pod.options());
        assert_eq!(error.kind(), ErrorKind::CredentialUnavailable);
        let beginning = format!(
            "the workload identity is not fully configured; missing: {}. In AKS",
            expected.join(", ")
        );
        assert!(error.message().starts_with(&beginning), "{error}");
    }
}

#[test]
fn values_that_can_not_be_right_are_refused() {
    let pod = pod();
    for options in [pod.options().with_tenant_id("no tenant"), pod.options().with_client_id("no client")] {
        assert_eq!(pod.refusal(options).kind(), ErrorKind::InvalidArgument);
    }
}

// P01
#[test]
fn the_file_is_read_for_each_token_and_may_come_late() {
    let pod = pod();
    pod.http.otherwise(|_| Answer::token("t", 3600));
    let credential = pod.credential();
    let error = ask(&credential, SCOPE).unwrap_err();
    assert_eq!((error.kind(), error.credential()), (ErrorKind::CredentialUnavailable, NAME));
    assert!(error.message().contains(&pod.folder.path().join("token").display().to_string()), "{error}");
    for (token, scope) in [("one", SCOPE), ("two", "b/.default"), ("three", "c/.default")] {
        pod.write(token);
        ask(&credential, scope).unwrap();
        ask(&credential, scope).unwrap();
        assert_eq!(pod.http.requests().last().unwrap().field("client_assertion").as_deref(), Some(token));
    }
    assert_eq!(pod.http.count(), 3);
}

#[test]
fn empty_huge_and_odd_files_are_refused() {
    let pod = pod();
    let credential = pod.credential();
    for (content, kind) in [
        (Vec::new(), ErrorKind::CredentialUnavailable),
        (b" \n".to_vec(), ErrorKind::CredentialUnavailable),
        (vec![b'a'; (1 << 20) + 1], ErrorKind::InvalidArgument),
        (vec![0xff, 0xfe], ErrorKind::InvalidArgument),
    ] {
        std::fs::write(pod.folder.path().join("token"), content).unwrap();
        assert_eq!(ask(&credential, SCOPE).unwrap_err().kind(), kind);
    }
    std::fs::remove_file(pod.folder.path().join("token")).unwrap();
    std::fs::create_dir(pod.folder.path().join("token")).unwrap();
    assert_eq!(ask(&credential, SCOPE).unwrap_err().kind(), ErrorKind::InvalidArgument);
    assert_eq!(pod.http.count(), 0);
}

const PROXY: &str = "https://10.0.0.1:8443/prefix";
const PEM: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

fn behind_a_proxy() -> Pod {
    let pod = pod()
        .with("AZURE_KUBERNETES_TOKEN_PROXY", PROXY)
        .with("AZURE_KUBERNETES_SNI_NAME", "proxy.aks.example")
        .with("AZURE_KUBERNETES_CA_DATA", PEM);
    pod.write("federated-token");
    pod
}

// P02
#[test]
fn token_requests_go_through_the_proxy_where_that_is_asked_for() {
    let pod = behind_a_proxy();
    pod.http.push(Answer::new(503, "")).push(Answer::new(503, "")).push(Answer::token("t", 3600));
    let credential = WorkloadIdentityCredential::new(pod.options().with_enable_azure_proxy(true)).unwrap();
    ask(&credential, SCOPE).unwrap();
    assert_eq!(pod.http.count(), 3);
    for sent in pod.http.requests() {
        assert_eq!(
            sent.url, "https://10.0.0.1:8443/prefix/tenant-of-env/oauth2/v2.0/token",
            "the prefix stands there once"
        );
        assert_eq!(sent.profile.server_name.as_deref(), Some("proxy.aks.example"));
        assert_eq!(sent.profile.ca_certificates.as_deref(), Some(PEM.as_bytes()));
        assert_eq!(sent.field("client_assertion").as_deref(), Some("federated-token"));
    }
}

// P02
#[test]
fn the_variables_alone_turn_no_proxy_on_and_without_them_there_is_none() {
    for (pod, enable) in [(behind_a_proxy(), false), (pod(), true)] {
        pod.write("federated-token");
        pod.http.push(Answer::token("t", 3600));
        ask(&WorkloadIdentityCredential::new(pod.options().with_enable_azure_proxy(enable)).unwrap(), SCOPE)
            .unwrap();
        let sent = pod.http.requests().remove(0);
        assert_eq!(sent.url, "https://login.microsoftonline.com/tenant-of-env/oauth2/v2.0/token");
        assert_eq!(sent.profile, identity_entra::http::TransportProfile::default());
    }
}

// P02
#[test]
fn behind_a_proxy_nobody_else_is_asked() {
    let pod = behind_a_proxy().with("AZURE_AUTHORITY_HOST", "https://login.private.example");
    pod.http.push(Answer::token("t", 3600));
    ask(&WorkloadIdentityCredential::new(pod.options().with_enable_azure_proxy(true)).unwrap(), SCOPE)
        .unwrap();
    assert_eq!(pod.http.count(), 1);
}

#[test]
fn an_outdated_token_of_the_cluster_is_replaced_once() {
    let pod = pod();
    pod.write("old");
    let outdated = "AADSTS700024: Client assertion is not within its valid time range.";
    pod.http.push(Answer::error(401, "invalid_client", outdated)).push(Answer::token("t", 3600));
    assert!(ask(&pod.credential(), SCOPE).is_ok());
    assert_eq!(pod.http.count(), 2);
    pod.clock.advance(Duration::from_secs(7200));
}

// G3
#[test]
fn the_cluster_s_token_stays_out_of_logs_and_errors() {
    let logs = CapturedLogs::watching(&["federated-token"]);
    let pod = behind_a_proxy();
    pod.http.push(Answer::error(401, "invalid_client", "client_assertion=federated-token is wrong"));
    let credential = WorkloadIdentityCredential::new(pod.options().with_enable_azure_proxy(true)).unwrap();
    let error = ask(&credential, SCOPE).unwrap_err();
    logs.check(&format!("{error} {error:?} {credential:?}"));
}
