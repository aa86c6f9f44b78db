use std::time::Duration;

use identity_core::ErrorKind;
use identity_core::testing::{CapturedLogs, FakeClock, block_on};
use identity_entra::http::testing::{Answer, ScriptedHttp};
use identity_entra::options::EntraOptions;

use super::*;

const SCOPE: &str = "https://vault.azure.net/.default";

fn env() -> Env {
    Env::empty().with("PATH", "/nowhere")
}

fn app() -> Env {
    env()
        .with("AZURE_TENANT_ID", "contoso")
        .with("AZURE_CLIENT_ID", "app")
        .with("AZURE_CLIENT_SECRET", "s3cret")
}

struct Bench {
    http: ScriptedHttp,
    clock: FakeClock,
}

impl Bench {
    fn new() -> Self {
        Self { http: ScriptedHttp::new(), clock: FakeClock::at_unix(1_700_000_000) }
    }

    fn options(&self, env: Env) -> DefaultAzureCredentialOptions {
        let entra = EntraOptions::default().with_env(env).with_clock(self.clock.clock());
        DefaultAzureCredentialOptions::default().with_entra(entra.with_http_service(self.http.service()))
    }

    fn credential(&self, env: Env) -> DefaultAzureCredential {
        DefaultAzureCredential::new(self.options(env)).unwrap()
    }
}

async fn ask(credential: &DefaultAzureCredential) -> Result<AccessToken, Error> {
    credential.get_token(&[SCOPE], &TokenRequestOptions::default()).await
}

#[test]
fn it_is_made_without_a_runtime_and_says_who_is_in_it() {
    let bench = Bench::new();
    let credential = bench.credential(app());
    let shown = format!("{credential:?}");
    for member in [
        "EnvironmentCredential",
        "ManagedIdentityCredential",
        "AzureCliCredential",
        "AzurePowerShellCredential",
    ] {
        assert!(shown.contains(member), "{shown}");
    }
    assert!(!shown.contains("s3cret"), "{shown}");
    assert_eq!(bench.http.count(), 0);
    DefaultAzureCredential::new(DefaultAzureCredentialOptions::default()).unwrap();
}

// S106
#[test]
fn a_cached_token_of_the_one_that_is_remembered_is_ready_at_once() {
    let bench = Bench::new();
    bench.http.push(Answer::token("first", 3600));
    let credential = bench.credential(app());
    let options = TokenRequestOptions::default();
    assert!(credential.get_token(&[SCOPE], &options).try_ready().is_err());
    assert_eq!(block_on(ask(&credential)).unwrap().token().secret(), "first");
    let again = credential.clone().get_token(&[SCOPE], &options).try_ready().unwrap().unwrap();
    assert_eq!((again.token().secret(), again.credential()), ("first", "EnvironmentCredential"));
}

// S106, S123
#[test]
fn when_the_one_that_is_remembered_is_refused_the_server_s_words_stay() {
    let bench = Bench::new();
    bench.http.push(Answer::token("first", 3600));
    bench.http.push(Answer::error(
        401,
        "invalid_client",
        "AADSTS7000222: The provided client secret keys are expired.",
    ));
    let credential = bench.credential(app());
    block_on(ask(&credential)).unwrap();
    bench.clock.advance(Duration::from_secs(3601));
    let error = block_on(ask(&credential)).unwrap_err();
    assert_eq!(
        (error.kind(), error.credential()),
        (ErrorKind::AuthenticationFailed, "DefaultAzureCredential")
    );
    assert_eq!(error.server().unwrap().error_codes, [7000222]);
    assert_eq!(error.attempts().len(), 1);
    assert!(error.attempts()[0].remedy().contains("has expired"), "{}", error.attempts()[0].remedy());
}

// P26. The figure: 1.3 s to the complete error, and the second call at once.
#[tokio::test]
async fn with_nothing_there_a_second_is_all_it_takes() {
    let bench = Bench::new();
    bench.http.push(Answer::never());
    let credential = bench.credential(env());
    let asking = ask(&credential);
    let passing = async {
        while bench.http.count() == 0 {
            tokio::task::yield_now().await;
        }
        bench.clock.advance(Duration::from_secs(1));
    };
    let (answer, ()) = tokio::join!(asking, passing);
    let error = answer.unwrap_err();
    let took: Duration = error.attempts().iter().map(identity_core::Attempt::elapsed).sum();
    assert_eq!((error.attempts().len(), took), (6, Duration::from_secs(1)));
    assert_eq!(error.attempts()[2].elapsed(), Duration::from_secs(1));
    let again = ask(&credential).await.unwrap_err();
    let took: Duration = again.attempts().iter().map(identity_core::Attempt::elapsed).sum();
    assert_eq!((bench.http.count(), took), (1, Duration::ZERO));
}

// S124
#[test]
fn dropping_it_drops_its_members() {
    let bench = Bench::new();
    let service = bench.http.service();
    let entra = EntraOptions::default().with_env(app()).with_http_service(service.clone());
    let credential =
        DefaultAzureCredential::new(DefaultAzureCredentialOptions::default().with_entra(entra)).unwrap();
    assert!(Arc::strong_count(&service) > 2);
    drop(credential);
    assert_eq!(Arc::strong_count(&service), 1);
}

// S105, P67
#[test]
fn an_explanation_says_what_was_looked_at_and_what_to_do() {
    let bench = Bench::new();
    let credential = bench.credential(app().without("AZURE_TENANT_ID"));
    let steps = block_on(credential.explain(&[SCOPE], &TokenRequestOptions::default()));
    let step = |class: &str| steps.iter().find(|step| step.credential == class).unwrap();
    let environment = step("EnvironmentCredential");
    assert_eq!(environment.looked_at[..2], ["AZURE_TENANT_ID is not set", "AZURE_CLIENT_ID is set"]);
    assert_eq!(
        environment.remedy().unwrap(),
        "for a secret also set AZURE_TENANT_ID; for a certificate also set AZURE_TENANT_ID, AZURE_CLIENT_CERTIFICATE_PATH; for a user also set \
         AZURE_USERNAME, AZURE_PASSWORD"
    );
    assert!(step("ManagedIdentityCredential").looked_at[0].contains("169.254.169.254"));
    let az = step("AzureCliCredential");
    assert_eq!(az.looked_at, ["az was not found on PATH (its relative folders are not searched)"]);
    assert_eq!(az.remedy().unwrap(), "Install the Azure CLI and run 'az login'");
    assert!(!format!("{steps:?}").contains("s3cret"));
}

#[test]
fn an_explanation_says_why_a_member_was_not_tried() {
    let bench = Bench::new();
    bench.http.push(Answer::token("first", 3600));
    let env = app().with("AZURE_TOKEN_CREDENTIALS", "prod");
    let options = bench.options(env).with_exclude_cli_credential(true);
    let credential = DefaultAzureCredential::new(options).unwrap();
    let steps = block_on(credential.explain(&[SCOPE], &TokenRequestOptions::default()));
    let reasons: Vec<_> = steps
        .iter()
        .filter_map(|step| match &step.outcome {
            StepOutcome::NotTried(reason) => Some((step.credential, reason.as_str())),
            _ => None,
        })
        .collect();
    let ended = "EnvironmentCredential has a token, so the chain ends before this member";
    let variable = "left out by AZURE_TOKEN_CREDENTIALS=prod";
    let expected = [
        ("WorkloadIdentityCredential", ended),
        ("ManagedIdentityCredential", ended),
        ("AzureCliCredential", "left out by the options"),
        ("AzurePowerShellCredential", variable),
        ("AzureDeveloperCliCredential", variable),
        ("InteractiveBrowserCredential", variable),
    ];
    assert_eq!(reasons, expected);
    assert!(steps[0].remedy().is_none());
    // It does not decide who is remembered.
    assert!(credential.0.winner.get().is_none());
}

#[test]
fn variables_that_conflict_are_logged_by_name_and_never_by_value() {
    let logs = CapturedLogs::watching(&["s3cret", "/secret/app.pem"]);
    Bench::new().credential(app().with("AZURE_CLIENT_CERTIFICATE_PATH", "/secret/app.pem"));
    assert!(
        logs.text().contains("AZURE_CLIENT_SECRET and AZURE_CLIENT_CERTIFICATE_PATH are both set"),
        "{}",
        logs.text()
    );
}

// P36, P26
#[tokio::test]
async fn under_another_variable_s_name_managed_identity_is_asked_without_a_probe_too() {
    let bench = Bench::new();
    let answer =
        |token: &str| Answer::json(200, serde_json::json!({ "access_token": token, "expires_in": "3600" }));
    bench.http.push(answer("machine"));
    let env = env().with("MINE", "ManagedIdentityCredential").with("AZURE_TOKEN_CREDENTIALS", "dev");
    let options = bench.options(env).with_token_credentials_variable("MINE");
    let credential = DefaultAzureCredential::new(options).unwrap();
    assert_eq!(ask(&credential).await.unwrap().token().secret(), "machine");
    assert_eq!(bench.http.count(), 1);
}

// P64, P65, G25
#[test]
fn names_of_people_are_logged_when_asked_for_and_only_then() {
    let ask_with = |change: fn(EntraOptions) -> EntraOptions| {
        let logs = CapturedLogs::watching(&["s3cret", "c2lnbmF0dXJl"]);
        let bench = Bench::new();
        // {"upn":"ann@contoso.com"}
        bench.http.push(Answer::token("e30.eyJ1cG4iOiJhbm5AY29udG9zby5jb20ifQ.c2lnbmF0dXJl", 3600));
        let entra = bench.options(app()).entra_options().clone();
        let options = DefaultAzureCredentialOptions::default().with_entra(change(entra));
        block_on(ask(&DefaultAzureCredential::new(options).unwrap())).unwrap();
        logs.text()
    };
    let neither = ask_with(|entra| entra);
    assert!(!neither.contains("ann@contoso.com") && !neither.contains("grant_type"), "{neither}");
    assert!(ask_with(|entra| entra.with_account_identifier_logging(true)).contains("ann@contoso.com"));
    assert!(ask_with(|entra| entra.with_support_logging(true)).contains("grant_type=client_credentials"));
}

// S007, S106
#[test]
fn the_token_of_the_one_that_is_remembered_is_renewed_before_its_end() {
    let bench = Bench::new();
    bench.http.push(Answer::token("first", 3600)).push(Answer::token("second", 3600));
    let credential = bench.credential(app());
    assert_eq!(block_on(ask(&credential)).unwrap().token().secret(), "first");
    bench.clock.advance(Duration::from_secs(3400));
    // Without a runtime for the background, whoever finds the token due renews it.
    assert_eq!(block_on(ask(&credential)).unwrap().token().secret(), "second");
}
