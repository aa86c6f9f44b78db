mod webdriver;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use identity_core::testing::FakeClock;
use identity_core::{AccessToken, Env, Error, ErrorKind, TokenCredential, TokenRequestOptions};
use identity_emulator::{App, DEFAULT_DOMAIN, Emulator, Person, User};
use identity_entra::options::EntraOptions;
use identity_interactive::{Browser, InteractiveBrowserCredential, InteractiveBrowserCredentialOptions};
use tokio::net::TcpStream;
use tokio::sync::{Mutex, MutexGuard, mpsc};
use tokio::task::JoinHandle;

use webdriver::{CHROMIUM_FLAGS, Chromium};

const SCOPE: &str = "https://management.azure.com/.default";
const APP: &str = "11111111-2222-3333-4444-555555555555";

/// Browsers are large: one at a time.
async fn one_at_a_time() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::const_new(());
    TURN.lock().await
}

struct SignIn {
    call: JoinHandle<Result<AccessToken, Error>>,
    url: String,
}

impl SignIn {
    /// Asks for a token and waits for the address that is shown.
    async fn begin(options: InteractiveBrowserCredentialOptions) -> Self {
        let (sender, mut urls) = mpsc::unbounded_channel();
        let options = options
            .with_redirect_uri("http://localhost:0")
            .with_browser(Browser::Nothing)
            .with_url_callback(move |url| sender.send(url.to_owned()).unwrap());
        let credential = InteractiveBrowserCredential::new(options).unwrap();
        let call =
            tokio::spawn(
                async move { credential.get_token(&[SCOPE], &TokenRequestOptions::default()).await },
            );
        Self { call, url: urls.recv().await.unwrap() }
    }

    fn port(&self) -> u16 {
        let url = url::Url::parse(&self.url).unwrap();
        let (_, redirect) = url.query_pairs().find(|(name, _)| name == "redirect_uri").unwrap();
        url::Url::parse(&redirect).unwrap().port().unwrap()
    }
}

fn options(emulator: &Emulator) -> InteractiveBrowserCredentialOptions {
    let entra = EntraOptions::default().with_authority_host(emulator.http_url()).with_env(Env::empty());
    InteractiveBrowserCredentialOptions::default().with_entra(entra)
}

fn user_in(token: &AccessToken) -> String {
    use base64::Engine;
    let claims = token.token().secret().split('.').nth(1).unwrap();
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    claims["upn"].as_str().unwrap().to_owned()
}

/// As Entra ID does it: a page of https posts the answer to a listener of http on this machine.
// S148, P55, P56, G17
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_signs_in_and_sees_that_it_worked() {
    let _turn = one_at_a_time().await;
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    let emulator = Emulator::builder().with_https().with_ca_file(&ca).start().await.unwrap();
    let chromium = Chromium::start().await;
    let env = Env::empty().with("SSL_CERT_FILE", &ca);
    let entra = EntraOptions::default().with_authority_host(emulator.authority_host()).with_env(env);
    let sign_in = SignIn::begin(InteractiveBrowserCredentialOptions::default().with_entra(entra)).await;
    chromium.open(&sign_in.url).await;
    chromium.sign_in(emulator.username(), emulator.password()).await;
    assert_eq!(chromium.text("main h1").await, "You are signed in");
    assert_eq!(user_in(&sign_in.call.await.unwrap().unwrap()), emulator.username());
    // The page's own style counts under its policy, the code is not in the address, and nothing else was loaded.
    let colour = "return getComputedStyle(document.querySelector('main')).borderTopColor";
    assert_eq!(chromium.run(colour).await, "rgb(16, 124, 16)");
    assert_eq!(chromium.run("return location.search + location.hash").await, "");
    assert_eq!(chromium.run("return performance.getEntriesByType('resource').length").await, 0);
    chromium.quit().await;
}

// S161, P56
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_refuses_consent_and_sees_that_nobody_signed_in() {
    let _turn = one_at_a_time().await;
    let emulator = Emulator::start().await.unwrap();
    emulator.change_directory(|directory| {
        let app =
            App::new(APP).allowing_public_flows().requiring_consent().with_redirect_uri("http://localhost");
        directory.tenant_mut(DEFAULT_DOMAIN).unwrap().put_app(app);
    });
    let chromium = Chromium::start().await;
    let sign_in = SignIn::begin(options(&emulator).with_client_id(APP)).await;
    chromium.open(&sign_in.url).await;
    chromium.sign_in(emulator.username(), emulator.password()).await;
    chromium.click("button[value=decline]").await;
    assert_eq!(chromium.text("main h1").await, "You are not signed in");
    assert!(chromium.text("main .reason").await.contains("AADSTS65004"));
    let error = sign_in.call.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
    assert!(error.message().contains("AADSTS65004"), "{error}");
    chromium.quit().await;
}

// S157
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_tab_is_noticed_when_the_time_is_up() {
    let _turn = one_at_a_time().await;
    let emulator = Emulator::start().await.unwrap();
    let chromium = Chromium::start().await;
    let clock = FakeClock::at_unix(1_700_000_000);
    let entra = EntraOptions::default()
        .with_authority_host(emulator.http_url())
        .with_env(Env::empty())
        .with_clock(clock.clock());
    let sign_in = SignIn::begin(options(&emulator).with_entra(entra)).await;
    let port = sign_in.port();
    chromium.open_in_new_tab(&sign_in.url).await;
    chromium.text("h1").await;
    chromium.close_tab().await;
    // The listener has been asked something, so its wait has begun.
    assert!(chromium.status_of(&format!("http://localhost:{port}/elsewhere")).await);
    clock.advance(Duration::from_secs(300));
    let error = sign_in.call.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
    assert!(error.message().starts_with("timed out after waiting 300 seconds"), "{error}");
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err(), "the port is free again");
    chromium.quit().await;
}

// S148, G17
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_sign_ins_at_once_end_each_at_its_own_program() {
    let _turn = one_at_a_time().await;
    let emulator = Emulator::start().await.unwrap();
    let ben = format!("ben@{DEFAULT_DOMAIN}");
    emulator.change_directory(|directory| {
        directory.tenant_mut(DEFAULT_DOMAIN).unwrap().put_user(User::new(&ben, "worthless"));
    });
    let chromium = Chromium::start().await;
    let of_alice = SignIn::begin(options(&emulator)).await;
    let of_ben = SignIn::begin(options(&emulator)).await;
    let first = chromium.open_in_new_tab(&of_alice.url).await;
    chromium.text("h1").await;
    let second = chromium.open_in_new_tab(&of_ben.url).await;
    chromium.sign_in(&ben, "worthless").await;
    assert_eq!(chromium.text("main h1").await, "You are signed in");
    chromium.switch_to(&first).await;
    chromium.sign_in(emulator.username(), emulator.password()).await;
    assert_eq!(chromium.text("main h1").await, "You are signed in");
    assert_ne!(first, second);
    assert_eq!(user_in(&of_ben.call.await.unwrap().unwrap()), ben);
    assert_eq!(user_in(&of_alice.call.await.unwrap().unwrap()), emulator.username());
    chromium.quit().await;
}

// S161, G17, G18
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_answer_does_not_end_the_real_sign_in() {
    let _turn = one_at_a_time().await;
    let emulator = Emulator::start().await.unwrap();
    let chromium = Chromium::start().await;
    let sign_in = SignIn::begin(options(&emulator)).await;
    let real = chromium.open_in_new_tab(&sign_in.url).await;
    chromium.text("h1").await;
    let forged = format!("http://localhost:{}/?code=forged&state=guessed", sign_in.port());
    chromium.open_in_new_tab(&forged).await;
    assert!(
        chromium.text("body").await.contains("It does not belong to this sign-in".to_lowercase().as_str())
    );
    assert!(!sign_in.call.is_finished());
    chromium.switch_to(&real).await;
    chromium.sign_in(emulator.username(), emulator.password()).await;
    assert_eq!(chromium.text("main h1").await, "You are signed in");
    assert_eq!(user_in(&sign_in.call.await.unwrap().unwrap()), emulator.username());
    let codes: Vec<_> = emulator
        .journal()
        .token_requests()
        .iter()
        .map(|request| request.form("code").unwrap().to_owned())
        .collect();
    assert!(codes.len() == 1 && codes[0] != "forged");
    chromium.quit().await;
}

// S148
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_credential_opens_the_browser_itself() {
    let _turn = one_at_a_time().await;
    let builder = Emulator::builder();
    let person = Person::new(identity_emulator::DEFAULT_USERNAME, identity_emulator::DEFAULT_PASSWORD);
    let emulator = builder.with_automatic_sign_in(person).start().await.unwrap();
    let profile = tempfile::tempdir().unwrap();
    let mut arguments: Vec<_> = CHROMIUM_FLAGS.iter().map(Into::into).collect();
    let mut data_dir = std::ffi::OsString::from("--user-data-dir=");
    data_dir.push(profile.path());
    arguments.push(data_dir);
    let path = std::env::split_paths(&path_of_this_process())
        .map(|folder| folder.join("chromium"))
        .find(|path| path.is_file())
        .unwrap();
    let env = Env::empty().with("PATH", path_of_this_process()).with("HOME", profile.path());
    let entra = EntraOptions::default().with_authority_host(emulator.http_url()).with_env(env);
    let options = InteractiveBrowserCredentialOptions::default()
        .with_entra(entra)
        .with_redirect_uri("http://localhost:0")
        .with_browser(Browser::Program { path, arguments });
    let credential = Arc::new(InteractiveBrowserCredential::new(options).unwrap());
    let token = credential.get_token(&[SCOPE], &TokenRequestOptions::default()).await;
    end_browser_of(profile.path());
    assert_eq!(user_in(&token.unwrap()), emulator.username());
}

/// Tests are told where programs are by the environment they run in, as the tools are that start them.
#[allow(clippy::disallowed_methods, reason = "where programs are is no setting of ours")]
fn path_of_this_process() -> std::ffi::OsString {
    std::env::var_os("PATH").unwrap()
}

/// The browser that a credential opens is the person's to close. This one says in its profile which process it is.
fn end_browser_of(profile: &Path) {
    let lock = std::fs::read_link(profile.join("SingletonLock")).unwrap();
    let process = lock.to_str().unwrap().rsplit_once('-').unwrap().1.parse().unwrap();
    let process = rustix::process::Pid::from_raw(process).unwrap();
    rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
    // Its profile can be removed when it has ended.
    while rustix::process::test_kill_process(process).is_ok() {
        std::thread::yield_now();
    }
}
