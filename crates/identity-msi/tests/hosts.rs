//! Every host against the emulator, over real connections.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use identity_core::testing::{CapturedLogs, FakeClock};
use identity_core::{
    AccessToken, BoxFuture, ChainContext, Env, Error, ErrorKind, TokenCredential, TokenRequestOptions,
};
use identity_emulator::{
    DEFAULT_SYSTEM_ASSIGNED_OBJECT_ID, DEFAULT_USER_ASSIGNED_CLIENT_ID, DEFAULT_USER_ASSIGNED_OBJECT_ID,
    DEFAULT_USER_ASSIGNED_RESOURCE_ID, Emulator, ExpiryStyle, Fault, Host, Machine, When,
};
use identity_entra::http::{HttpRequest, HttpResponse, HttpService, ReqwestService, TransportError};
use identity_entra::options::EntraOptions;
use identity_msi::{ManagedIdentityCredential, ManagedIdentityCredentialOptions, ManagedIdentityId};

const SCOPE: &str = "https://vault.azure.net/.default";
/// All that give a machine's own tokens.
const HOSTS: [Host; 6] =
    [Host::Imds, Host::AppService, Host::AzureMl, Host::AzureArc, Host::ServiceFabric, Host::CloudShell];

/// An emulator that can play every host, and what its clients need to know.
struct Azure {
    emulator: Emulator,
    clock: FakeClock,
    folder: tempfile::TempDir,
}

async fn azure() -> Azure {
    azure_with(Machine::default()).await
}

async fn azure_with(machine: Machine) -> Azure {
    let folder = tempfile::tempdir().unwrap();
    let emulator = Emulator::builder()
        .with_https()
        .with_machine(machine.with_arc_folder(folder.path()))
        .start()
        .await
        .unwrap();
    let now = Duration::from_secs(1_700_000_000);
    emulator.clock().set(std::time::UNIX_EPOCH + now);
    Azure { emulator, clock: FakeClock::at_unix(now.as_secs()), folder }
}

impl Azure {
    /// The host's variables, and proxies that nobody may use.
    fn env(&self, host: Host) -> Env {
        let variables = self.emulator.host_environment(host).unwrap();
        let proxies = ["HTTP_PROXY", "HTTPS_PROXY"].map(|name| (name, "http://127.0.0.1:1".to_owned()));
        variables.into_iter().chain(proxies).collect()
    }

    fn options(&self, env: Env) -> ManagedIdentityCredentialOptions {
        let entra = EntraOptions::default().with_env(env).with_clock(self.clock.clock());
        ManagedIdentityCredentialOptions::default()
            .with_entra(entra)
            .with_arc_paths(self.folder.path(), self.folder.path().join("himds"))
    }

    fn credential(
        &self,
        host: Host,
        identity: Option<ManagedIdentityId>,
    ) -> Result<ManagedIdentityCredential, Error> {
        let options = self.options(self.env(host));
        ManagedIdentityCredential::new(match identity {
            Some(identity) => options.with_identity(identity),
            None => options,
        })
    }

    async fn ask(&self, host: Host, identity: Option<ManagedIdentityId>) -> Result<AccessToken, Error> {
        self.credential(host, identity)?.get_token(&[SCOPE], &TokenRequestOptions::default()).await
    }
}

fn ids() -> [ManagedIdentityId; 3] {
    [
        ManagedIdentityId::ClientId(DEFAULT_USER_ASSIGNED_CLIENT_ID.into()),
        ManagedIdentityId::ObjectId(DEFAULT_USER_ASSIGNED_OBJECT_ID.into()),
        ManagedIdentityId::ResourceId(DEFAULT_USER_ASSIGNED_RESOURCE_ID.into()),
    ]
}

/// Whose token it is.
fn oid(token: &AccessToken) -> String {
    claims(token)["oid"].as_str().unwrap().to_owned()
}

fn claims(token: &AccessToken) -> serde_json::Value {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let payload = token.token().secret().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

// S165, S166, S167, S168, P20, P21, P22, P23, P24, P25, G11, G12
#[tokio::test]
async fn each_host_gives_the_token_of_the_identity_that_is_asked_for_or_refuses() {
    let azure = azure().await;
    for host in HOSTS {
        let token = azure.ask(host, None).await.unwrap();
        assert_eq!(oid(&token), DEFAULT_SYSTEM_ASSIGNED_OBJECT_ID, "{host}");
        assert_eq!(claims(&token)["aud"], "https://vault.azure.net", "{host}");
        assert_eq!(token.expires_on_unix(), 1_700_000_000 + 86_399, "{host}");
        assert_eq!(token.refresh_on_unix(), Some(1_700_000_000 + 43_199), "{host}");
        for id in ids() {
            let answer = azure.ask(host, Some(id.clone())).await;
            match host {
                Host::ServiceFabric => {
                    assert_eq!(answer.unwrap_err().kind(), ErrorKind::AuthenticationFailed)
                }
                Host::CloudShell => assert_eq!(answer.unwrap_err().kind(), ErrorKind::InvalidArgument),
                _ => assert_eq!(oid(&answer.unwrap()), DEFAULT_USER_ASSIGNED_OBJECT_ID, "{host} {id}"),
            }
        }
    }
}

// S165, S171, P22
#[tokio::test]
async fn a_pod_exchanges_its_token_at_its_own_authority() {
    let folder = tempfile::tempdir().unwrap();
    let emulator =
        Emulator::builder().with_federated_token_file(folder.path().join("token")).start().await.unwrap();
    let app = emulator.client_id().to_owned();
    let ask = async |identity: Option<ManagedIdentityId>| {
        let env: Env = emulator.host_environment(Host::Kubernetes).unwrap().into_iter().collect();
        let entra = EntraOptions::default().with_env(env).with_authority_host("login.microsoftonline.us");
        let options = ManagedIdentityCredentialOptions::default().with_entra(entra);
        let options = match identity {
            Some(identity) => options.with_identity(identity),
            None => options,
        };
        ManagedIdentityCredential::new(options)?.get_token(&[SCOPE], &TokenRequestOptions::default()).await
    };
    for id in [None, Some(ManagedIdentityId::ClientId(app.clone()))] {
        assert_eq!(claims(&ask(id).await.unwrap())["appid"], app);
    }
    let [client_id, object_id, resource_id] = ids();
    assert_eq!(
        ask(Some(client_id)).await.unwrap_err().kind(),
        ErrorKind::AuthenticationFailed,
        "there is no such app"
    );
    for id in [object_id, resource_id] {
        assert_eq!(ask(Some(id)).await.unwrap_err().kind(), ErrorKind::InvalidArgument);
    }
}

// S170, P28
#[tokio::test]
async fn an_identity_that_is_not_there_is_unavailable() {
    let azure = azure().await;
    let unknown = ManagedIdentityId::ClientId("00000000-0000-0000-0000-000000000000".into());
    for (host, words) in [
        (
            Host::Imds,
            "the requested identity has not been assigned to this resource: (invalid_request) Identity not found, HTTP 400",
        ),
        (Host::AppService, "Token request error: No User Assigned or Delegated Managed Identity found"),
        (Host::AzureMl, "Token request error: No User Assigned or Delegated Managed Identity found"),
        (Host::AzureArc, "Token request error: (invalid_request) Identity not found, HTTP 400"),
    ] {
        let error = azure.ask(host, Some(unknown.clone())).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CredentialUnavailable, "{error}");
        assert!(error.message().contains(words), "{error}");
    }
    azure.emulator.change_machine(|machine| {
        *machine = Machine::without_identities().with_arc_folder(azure.folder.path());
    });
    for host in HOSTS {
        let error = azure.ask(host, None).await.unwrap_err();
        let expected = match host {
            // Whoever opened it is signed out.
            Host::CloudShell => ErrorKind::AuthenticationFailed,
            _ => ErrorKind::CredentialUnavailable,
        };
        assert_eq!(error.kind(), expected, "{host}: {error}");
    }
}

// P24: a program that may not read the key files, or a false agent.
#[tokio::test]
async fn arc_without_its_key_file_is_a_failure() {
    let azure = azure().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let options = azure.options(azure.env(Host::AzureArc)).with_arc_paths(elsewhere.path(), "/nowhere/himds");
    let credential = ManagedIdentityCredential::new(options).unwrap();
    let error = credential.get_token(&[SCOPE], &TokenRequestOptions::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
    assert!(error.message().contains("must belong to the group 'himds'"), "{error}");
}

// P23
#[tokio::test]
async fn an_arc_agent_that_ignores_the_id_is_found_out() {
    let azure = azure_with(Machine::default().with_old_arc_agent()).await;
    assert!(azure.ask(Host::AzureArc, None).await.is_ok());
    for id in ids() {
        let error = azure.ask(Host::AzureArc, Some(id)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
        assert!(error.message().starts_with("Azure Arc did not confirm"), "{error}");
    }
}

// P25
#[tokio::test]
async fn service_fabric_with_another_certificate_is_sent_nothing() {
    let azure = azure().await;
    let env = azure.env(Host::ServiceFabric).with("IDENTITY_SERVER_THUMBPRINT", "00".repeat(20));
    let credential = ManagedIdentityCredential::new(azure.options(env)).unwrap();
    let error = credential.get_token(&[SCOPE], &TokenRequestOptions::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
    assert!(error.message().contains("is not the one that IDENTITY_SERVER_THUMBPRINT names"), "{error}");
    assert_eq!(azure.emulator.journal().count(), 0);
}

#[tokio::test]
async fn a_wrong_secret_is_unavailable() {
    let azure = azure().await;
    for (host, variable) in [
        (Host::AppService, "IDENTITY_HEADER"),
        (Host::AzureMl, "MSI_SECRET"),
        (Host::ServiceFabric, "IDENTITY_HEADER"),
    ] {
        let logs = CapturedLogs::watching(&["not-the-secret"]);
        let env = azure.env(host).with(variable, "not-the-secret");
        let credential = ManagedIdentityCredential::new(azure.options(env)).unwrap();
        let error = credential.get_token(&[SCOPE], &TokenRequestOptions::default()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CredentialUnavailable, "{host}: {error}");
        logs.check(&format!("{error:?} {credential:?}"));
    }
}

#[tokio::test]
async fn the_end_of_a_token_is_read_in_each_style() {
    for style in
        [ExpiryStyle::Text, ExpiryStyle::Number, ExpiryStyle::DateOfLinux, ExpiryStyle::DateOfWindows]
    {
        let azure = azure_with(Machine::default().with_expiry_style(style)).await;
        for host in HOSTS {
            let token = azure.ask(host, None).await.unwrap();
            assert_eq!(token.expires_on_unix(), 1_700_000_000 + 86_399, "{host} {style:?}");
        }
    }
}

// G5, P28: each is a clear error of its kind and comes at once, in the clock's time.
#[tokio::test]
async fn answers_that_make_no_sense() {
    use ErrorKind::{AuthenticationFailed as Failed, CredentialUnavailable as Unavailable};
    let azure = azure().await;
    // IMDS, those with a point in time, Arc's first answer, Cloud Shell.
    let table = [
        ("html", Fault::html(200), [Unavailable, Failed, Unavailable, Unavailable]),
        ("garbage", Fault::garbage(), [Unavailable, Failed, Unavailable, Failed]),
        ("empty", Fault::json(200, ""), [Unavailable, Failed, Unavailable, Failed]),
        ("no token", Fault::json(200, "{}"), [Unavailable, Failed, Unavailable, Failed]),
        ("10 MB", Fault::huge(10 << 20), [Unavailable, Failed, Failed, Failed]),
        (
            "redirect",
            Fault::redirect("http://127.0.0.1:1/"),
            [Unavailable, Unavailable, Unavailable, Unavailable],
        ),
        ("html 403", Fault::html(403), [Unavailable, Unavailable, Unavailable, Unavailable]),
        ("500", Fault::status(500), [Unavailable, Unavailable, Unavailable, Unavailable]),
        ("closed", Fault::close(), [Unavailable, Unavailable, Unavailable, Unavailable]),
        ("cut", Fault::cut_body(), [Unavailable, Unavailable, Unavailable, Unavailable]),
    ];
    for (name, fault, kinds) in table {
        for host in HOSTS {
            let kind = match host {
                Host::Imds => kinds[0],
                Host::AzureArc => kinds[2],
                Host::CloudShell => kinds[3],
                _ => kinds[1],
            };
            azure.emulator.faults().always(When::host(host), fault.clone());
            let error = azure.ask(host, None).await.unwrap_err();
            assert_eq!(error.kind(), kind, "{host}, {name}: {error}");
            assert!(error.message().len() < 1000, "{error}");
            azure.emulator.faults().clear();
        }
    }
}

// P27: each host is asked again as often as it should be, and gives its token in the end.
#[tokio::test]
async fn hosts_that_are_busy_are_asked_again() {
    let azure = azure().await;
    for host in HOSTS {
        let (retries, status) = match host {
            Host::Imds => (5, 410),
            Host::ServiceFabric => (0, 503),
            _ => (3, 503),
        };
        azure.emulator.journal().clear();
        azure.emulator.faults().times(retries, When::host(host), Fault::status(status));
        assert!(azure.ask(host, None).await.is_ok(), "{host}");
        let challenge = usize::from(host == Host::AzureArc);
        assert_eq!(azure.emulator.journal().of_host(host).len(), retries + 1 + challenge, "{host}");
        azure.emulator.faults().always(When::host(host), Fault::status(status));
        azure.emulator.journal().clear();
        assert!(azure.ask(host, None).await.is_err(), "{host}");
        assert_eq!(azure.emulator.journal().of_host(host).len(), retries + 1, "{host}");
        azure.emulator.faults().clear();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_callers_are_one_request() {
    let azure = azure().await;
    for (host, succeeds) in
        [(Host::Imds, true), (Host::Imds, false), (Host::AppService, true), (Host::AppService, false)]
    {
        azure.emulator.journal().clear();
        if !succeeds {
            azure
                .emulator
                .faults()
                .always(When::host(host), Fault::json(400, r#"{"error":"invalid_request"}"#));
        }
        let credential = azure.credential(host, None).unwrap();
        let callers: Vec<_> = (0..1000)
            .map(|_| {
                let credential = credential.clone();
                tokio::spawn(
                    async move { credential.get_token(&[SCOPE], &TokenRequestOptions::default()).await },
                )
            })
            .collect();
        for caller in callers {
            assert_eq!(caller.await.unwrap().is_ok(), succeeds);
        }
        assert_eq!(azure.emulator.journal().of_host(host).len(), 1, "{host}");
    }
}

/// Takes requests to the metadata address to the emulator, which can't have that address.
#[derive(Debug)]
struct Rerouted {
    service: ReqwestService,
    to: String,
}

impl HttpService for Rerouted {
    fn send(&self, mut request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        let url = request.uri().to_string();
        assert!(url.starts_with("http://169.254.169.254/"), "{url}");
        *request.uri_mut() = url.replacen("http://169.254.169.254", &self.to, 1).parse().unwrap();
        self.service.send(request)
    }
}

// P26, G10
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_callers_in_a_chain_are_one_probe_and_one_request() {
    let azure = azure().await;
    let service = Rerouted { service: ReqwestService::new(&Env::empty()), to: azure.emulator.http_url() };
    let entra = EntraOptions::default()
        .with_env(Env::empty())
        .with_clock(azure.clock.clock())
        .with_http_service(Arc::new(service));
    let options = azure.options(Env::empty()).with_entra(entra);
    let credential = ManagedIdentityCredential::new(options).unwrap();
    let callers: Vec<_> = (0..1000)
        .map(|_| {
            let credential = credential.clone();
            tokio::spawn(async move {
                let options = TokenRequestOptions::default().with_chain_context(ChainContext::Chained);
                credential.get_token(&[SCOPE], &options).await
            })
        })
        .collect();
    for caller in callers {
        assert!(caller.await.unwrap().is_ok());
    }
    let requests = azure.emulator.journal().of_host(Host::Imds);
    let metadata: Vec<_> = requests.iter().map(|request| request.header("metadata")).collect();
    assert_eq!(metadata, [None, Some("true")]);
}

#[tokio::test]
async fn a_token_is_renewed_in_the_background_at_half_its_life() {
    let azure = azure().await;
    let credential = azure.credential(Host::Imds, None).unwrap();
    let options = TokenRequestOptions::default();
    let first = credential.get_token(&[SCOPE], &options).await.unwrap();
    azure.clock.advance(Duration::from_secs(43_199 + 301));
    azure.emulator.clock().advance(Duration::from_secs(43_199 + 301));
    let same = credential.get_token(&[SCOPE], &options).await.unwrap();
    assert_eq!(same.token(), first.token());
    azure.emulator.journal().wait_for(2).await;
    let mut next = same;
    while next.token() == first.token() {
        tokio::task::yield_now().await;
        next = credential.get_token(&[SCOPE], &options).await.unwrap();
    }
    assert_eq!(azure.emulator.journal().count(), 2);
}
