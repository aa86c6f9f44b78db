#![cfg(unix)]

use std::io::Read as _;
use std::os::unix::fs::symlink;
use std::time::Duration;

use futures_util::FutureExt as _;
use identity_core::TokenCredential;
use identity_core::testing::{CapturedLogs, block_on};
use identity_emulator::tools::{Behaviour, Tool as Program};
use tokio::task::JoinSet;

use super::*;
use crate::testing::*;
use crate::{
    AzureCliCredential, AzureCliCredentialOptions, AzureDeveloperCliCredential,
    AzureDeveloperCliCredentialOptions,
};

const AZ: Program = Program::AzureCli;

fn options(desk: &Desk) -> AzureCliCredentialOptions {
    AzureCliCredentialOptions::default().with_env(desk.env.clone()).with_clock(desk.clock())
}

fn credential(desk: &Desk) -> AzureCliCredential {
    AzureCliCredential::new(options(desk)).unwrap()
}

fn reusing(desk: &Desk) -> AzureCliCredential {
    AzureCliCredential::new(options(desk).with_token_reuse(true)).unwrap()
}

/// A pipe that a hanging az holds open.
fn pipe(desk: &Desk) -> std::path::PathBuf {
    let path = desk.tools.path().join("az.alive");
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    path
}

async fn blocking<T: Send + 'static>(wait: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(wait).await.unwrap()
}

// S005, S049, S059
#[tokio::test]
async fn each_call_runs_the_tool() {
    let desk = Desk::with(AZ, signed_in());
    let credential = credential(&desk);
    for runs in 1..=3 {
        ask(&credential, &[SCOPE]).await.unwrap();
        assert_eq!(desk.tools.runs(AZ).len(), runs);
    }
}

// P73
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_callers_on_many_threads_share_one_run() {
    let desk = Desk::with(AZ, Behaviour::Hangs);
    let pipe = pipe(&desk);
    let credential = credential(&desk);
    let (there, callers) = (Arc::new(tokio::sync::Semaphore::new(0)), 1000);
    let mut calls = JoinSet::new();
    for _ in 0..callers {
        let (credential, there) = (credential.clone(), there.clone());
        calls.spawn(async move {
            let request = TokenRequestOptions::default();
            let mut call = credential.get_token(&[SCOPE], &request);
            assert!((&mut call).now_or_never().is_none());
            there.add_permits(1);
            call.await
        });
    }
    let _ = there.acquire_many(callers).await.unwrap();
    let (_, _reader) = blocking(move || alive(pipe)).await;
    desk.clock.advance(Duration::from_secs(10));
    while let Some(answer) = calls.join_next().await {
        assert!(answer.unwrap().unwrap_err().message().contains("did not finish within 10s"));
    }
    assert_eq!(desk.tools.runs(AZ).len(), 1);
}

// P73. The runtime has one thread, so nothing comes in before all have asked.
#[tokio::test]
async fn a_thousand_callers_at_once_share_one_run_and_its_answer() {
    for behaviour in [signed_in(), Behaviour::SignedOut] {
        let desk = Desk::with(AZ, behaviour.clone());
        let credential = credential(&desk);
        let mut calls: Vec<_> = (0..1000).map(|_| Box::pin(ask(&credential, &[SCOPE]))).collect();
        assert!(calls.iter_mut().all(|call| call.now_or_never().is_none()));
        for call in calls {
            assert_eq!(call.await.is_ok(), matches!(behaviour, Behaviour::SignedIn(_)));
        }
        assert_eq!(desk.tools.runs(AZ).len(), 1);
    }
}

// P60
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tool_that_hangs_is_ended_with_everything_it_started() {
    let desk = Desk::with(AZ, Behaviour::Hangs);
    let pipe = pipe(&desk);
    let seconds = Duration::from_secs(3);
    let credential = AzureCliCredential::new(options(&desk).with_process_timeout(seconds)).unwrap();
    let running = tokio::spawn(async move { ask(&credential, &[SCOPE]).await });
    let (_, mut reader) = blocking(move || alive(pipe)).await;
    desk.clock.advance(Duration::from_millis(2999));
    tokio::task::yield_now().await;
    assert!(!running.is_finished());
    desk.clock.advance(Duration::from_millis(1));
    let error = running.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CredentialUnavailable);
    assert_eq!(
        error.message(),
        "Failed to invoke the Azure CLI: it did not finish within 3s and was ended. See how long it takes in a terminal, and allow it more time \
         (process_timeout)"
    );
    // The pipe ends when nobody holds it any more: neither az nor what az had started.
    assert_eq!(blocking(move || reader.read_to_end(&mut Vec::new())).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn giving_up_ends_the_tool_and_its_children() {
    let desk = Desk::with(AZ, Behaviour::Hangs);
    let pipe = pipe(&desk);
    let credential = credential(&desk);
    let running = tokio::spawn(async move { ask(&credential, &[SCOPE]).await });
    let (_, mut reader) = blocking(move || alive(pipe)).await;
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    assert_eq!(blocking(move || reader.read_to_end(&mut Vec::new())).await.unwrap(), 0);
}

#[tokio::test]
async fn a_tool_that_prints_without_end_is_ended() {
    let desk = Desk::with(AZ, Behaviour::Floods);
    let error = ask(&credential(&desk), &[SCOPE]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
    let start = format!(
        "Unexpected output from Azure CLI: {} wrote more than 1048576 bytes. ",
        desk.tools.program(AZ).display()
    );
    assert!(error.message().starts_with(&start), "{error}");
}

// G24
#[tokio::test]
async fn only_programs_in_absolute_folders_are_run() {
    let desk = Desk::with(AZ, signed_in());
    let here = std::path::PathBuf::from("target-of-nobody");
    for search in ["", ".", "tools", "./tools:", ":..", here.to_str().unwrap()] {
        let env = desk.env.clone().with("PATH", search);
        let lost = AzureCliCredential::new(options(&desk).with_env(env)).unwrap();
        let error = ask(&lost, &[SCOPE]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CredentialUnavailable, "{search}");
    }
    assert!(desk.tools.runs(AZ).is_empty());
}

// G24
#[tokio::test]
async fn a_program_can_be_named_by_its_path() {
    let desk = Desk::with(AZ, signed_in());
    let other = desk.home().join("my az");
    std::fs::create_dir(&other).unwrap();
    symlink(desk.tools.program(AZ), other.join("az-2")).unwrap();
    let nowhere = options(&desk).with_env(desk.env.clone().with("PATH", "/nowhere"));
    let named = AzureCliCredential::new(nowhere.clone().with_program(other.join("az-2"))).unwrap();
    assert_eq!(text(&ask(&named, &[SCOPE]).await.unwrap()), "the.to.ken");
    let missing = AzureCliCredential::new(nowhere.with_program("/no/az")).unwrap();
    let error = ask(&missing, &[SCOPE]).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.message()),
        (
            ErrorKind::CredentialUnavailable,
            "Azure CLI not found on path: there is no file /no/az. Install the Azure CLI and run 'az login'"
        )
    );
}

#[tokio::test]
async fn a_file_that_is_no_program_is_unavailable() {
    let desk = Desk::new();
    let path = desk.tools.program(AZ);
    std::fs::write(&path, "#!/bin/sh\n").unwrap();
    let error = ask(&credential(&desk), &[SCOPE]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CredentialUnavailable);
    let expected =
        format!("Failed to execute '{}', which is no program. Check the file's permissions", path.display());
    assert_eq!(error.message(), expected);
    let interpreter = Behaviour::Says { stdout: String::new(), stderr: String::new(), status: 0 };
    desk.install(AZ, interpreter);
    let script = std::fs::read_to_string(&path).unwrap().replace("#!/bin/sh", "#!/no/such/interpreter");
    std::fs::write(desk.home().join("script"), script).unwrap();
    let status =
        std::process::Command::new("/bin/cp").arg(desk.home().join("script")).arg(&path).status().unwrap();
    assert!(status.success());
    let error = ask(&credential(&desk), &[SCOPE]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CredentialUnavailable);
    assert!(error.message().starts_with(&format!("Failed to execute '{}': ", path.display())), "{error}");
}

// S005
#[tokio::test]
async fn with_reuse_a_token_is_kept_until_five_minutes_before_its_end() {
    let desk = Desk::with(AZ, signed_in());
    let credential = reusing(&desk);
    let request = TokenRequestOptions::default();
    ask(&credential, &[SCOPE]).await.unwrap();
    desk.clock.advance(Duration::from_secs(3299));
    assert!(credential.get_token(&[SCOPE], &request).try_ready().unwrap().is_ok());
    assert!(credential.clone().get_token(&[SCOPE], &request).try_ready().unwrap().is_ok());
    assert_eq!(desk.tools.runs(AZ).len(), 1);
    desk.clock.advance(Duration::from_secs(1));
    desk.install(AZ, Behaviour::SignedIn(sign_in_until(7200)));
    let answers = [ask(&credential, &[SCOPE]).await.unwrap(), renewed(&credential).await];
    assert_eq!(
        answers.map(|token| text(&token).to_owned()),
        ["the.to.ken", "until 7200"].map(|t| t.replace(' ', "."))
    );
    assert_eq!(desk.tools.runs(AZ).len(), 2);
}

fn sign_in_until(seconds: i64) -> identity_emulator::tools::SignIn {
    let end = i64::try_from(NOW).unwrap() + seconds;
    identity_emulator::tools::SignIn::new(TENANT).with_token(RESOURCE, format!("until.{seconds}"), end)
}

/// Waits until the renewal in the background has come in.
async fn renewed(credential: &AzureCliCredential) -> AccessToken {
    loop {
        let token = ask(credential, &[SCOPE]).await.unwrap();
        if text(&token) != "the.to.ken" {
            return token;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_kept_token_is_dropped_when_somebody_else_signs_in() {
    let desk = Desk::with(AZ, signed_in());
    let profile = desk.home().join(".azure/azureProfile.json");
    std::fs::create_dir(desk.home().join(".azure")).unwrap();
    std::fs::write(&profile, "first").unwrap();
    let credential = reusing(&desk);
    for _ in 0..2 {
        assert_eq!(text(&ask(&credential, &[SCOPE]).await.unwrap()), "the.to.ken");
    }
    assert_eq!(desk.tools.runs(AZ).len(), 1);
    std::fs::write(&profile, "the second").unwrap();
    desk.install(AZ, Behaviour::SignedIn(sign_in_until(3600)));
    for _ in 0..2 {
        assert_eq!(text(&ask(&credential, &[SCOPE]).await.unwrap()), "until.3600");
    }
    assert_eq!(desk.tools.runs(AZ).len(), 2);
    std::fs::remove_file(&profile).unwrap();
    desk.install(AZ, Behaviour::SignedOut);
    let error = ask(&credential, &[SCOPE]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CredentialUnavailable);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_from_before_a_sign_in_leaves_nothing_behind() {
    let desk = Desk::with(AZ, Behaviour::Hangs);
    let pipe = pipe(&desk);
    let credential = reusing(&desk);
    let running = tokio::spawn({
        let credential = credential.clone();
        async move { ask(&credential, &[SCOPE]).await }
    });
    let (_, _reader) = blocking(move || alive(pipe)).await;
    std::fs::create_dir(desk.home().join(".azure")).unwrap();
    std::fs::write(desk.home().join(".azure/azureProfile.json"), "new").unwrap();
    desk.install(AZ, signed_in());
    assert_eq!(text(&ask(&credential, &[SCOPE]).await.unwrap()), "the.to.ken");
    assert_eq!(desk.tools.runs(AZ).len(), 2);
    running.abort();
}

#[tokio::test]
async fn kept_tokens_are_kept_apart_by_tenant_and_scope() {
    let desk = Desk::with(AZ, Behaviour::SignedIn(sign_in().with_token("r", "third", 1_800_000_000)));
    let credential = reusing(&desk);
    let other = TokenRequestOptions::default().with_tenant_id("other.com");
    for _ in 0..2 {
        assert_eq!(text(&ask(&credential, &[SCOPE]).await.unwrap()), "the.to.ken");
        assert_eq!(text(&credential.get_token(&[SCOPE], &other).await.unwrap()), "an.oth.er");
        assert_eq!(text(&ask(&credential, &["r"]).await.unwrap()), "third");
    }
    assert_eq!(desk.tools.runs(AZ).len(), 3);
    let error = ask(&credential, &["$(id)"]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}

// P46
#[tokio::test]
async fn a_claims_challenge_skips_the_kept_token() {
    let desk = Desk::with(Program::AzureDeveloperCli, signed_in());
    let options =
        AzureDeveloperCliCredentialOptions::default().with_env(desk.env.clone()).with_clock(desk.clock());
    let credential = AzureDeveloperCliCredential::new(options.with_token_reuse(true)).unwrap();
    ask(&credential, &[SCOPE]).await.unwrap();
    let request = TokenRequestOptions::default().with_claims("{}");
    credential.get_token(&[SCOPE], &request).await.unwrap();
    ask(&credential, &[SCOPE]).await.unwrap();
    assert_eq!(desk.tools.runs(Program::AzureDeveloperCli).len(), 2);
}

#[test]
fn without_a_runtime_it_says_so() {
    let desk = Desk::with(AZ, signed_in());
    let error = block_on(ask(&credential(&desk), &[SCOPE])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.message().starts_with("running az needs a tokio runtime"), "{error}");
}

// S011, S056, S063
#[tokio::test]
async fn a_credential_has_nothing_to_close() {
    let desk = Desk::with(AZ, signed_in());
    let (first, second) = (credential(&desk), credential(&desk).clone());
    drop(first);
    assert!(ask(&second, &[SCOPE]).await.is_ok());
}

// G26
#[tokio::test]
async fn no_token_is_in_logs_or_debug() {
    let logs = CapturedLogs::watching(&["secret"]);
    let desk = Desk::with(
        AZ,
        Behaviour::SignedIn(sign_in().with_token("r", "eyJsecret.eyJsecret.secret", 1_800_000_000)),
    );
    let credential = reusing(&desk);
    let token = ask(&credential, &["r"]).await.unwrap();
    desk.install(AZ, says("eyJsecret.eyJsecret.secret", "access_token=secret", 1));
    let error = ask(&credential, &["other"]).await.unwrap_err();
    let shown = format!("{credential:?} {token:?} {error:?} {error:#} {}", logs.text());
    assert!(shown.contains("Azure CLI failed"), "{shown}");
    logs.check(&shown);
}

// P64
#[tokio::test]
async fn who_a_token_is_for_is_logged_when_asked_for() {
    // {"upn":"ann@contoso.com"}
    let token = "e30.eyJ1cG4iOiJhbm5AY29udG9zby5jb20ifQ.c2ln";
    let desk = Desk::with(AZ, Behaviour::SignedIn(sign_in().with_token("r", token, 1_800_000_000)));
    for asked_for in [false, true] {
        let logs = CapturedLogs::watching(&[token]);
        let options = options(&desk).with_account_identifier_logging(asked_for);
        ask(&AzureCliCredential::new(options).unwrap(), &["r"]).await.unwrap();
        assert_eq!(logs.text().contains("ann@contoso.com"), asked_for, "{}", logs.text());
    }
}
