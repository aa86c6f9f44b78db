use std::collections::HashMap;

use identity_core::testing::{CapturedLogs, FakeClock};
use identity_core::{AccessToken, ChainContext, Env, ErrorKind};
use identity_entra::http::testing::{Answer as Reply, ScriptedHttp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use url::Url;

use super::*;
use crate::testing::{body, client_info, ends_with_its_last_handle, id_token};

const SCOPE: &str = "https://vault.azure.net/.default";

struct Setup {
    http: ScriptedHttp,
    clock: FakeClock,
    options: InteractiveBrowserCredentialOptions,
    entra: EntraOptions,
    /// The addresses that were shown.
    shown: mpsc::UnboundedReceiver<String>,
}

fn setup() -> Setup {
    let (http, clock) = (ScriptedHttp::new(), FakeClock::at_unix(1_700_000_000));
    let (sender, shown) = mpsc::unbounded_channel();
    let entra = EntraOptions::default()
        .with_http_service(http.service())
        .with_clock(clock.clock())
        .with_env(Env::empty());
    let options = InteractiveBrowserCredentialOptions::default()
        .with_entra(entra.clone())
        .with_redirect_uri("http://localhost:0")
        .with_browser(Browser::Nothing)
        .with_url_callback(move |url| sender.send(url.to_owned()).unwrap());
    Setup { http, clock, options, entra, shown }
}

fn none() -> TokenRequestOptions {
    TokenRequestOptions::default()
}

fn ask(
    credential: &InteractiveBrowserCredential,
    options: TokenRequestOptions,
) -> JoinHandle<Result<AccessToken, Error>> {
    let credential = credential.clone();
    tokio::spawn(async move { credential.get_token(&[SCOPE], &options).await })
}

/// A sign-in page as it was asked for.
struct Page {
    url: Url,
    query: HashMap<String, String>,
}

impl Page {
    async fn shown(setup: &mut Setup) -> Self {
        let url = Url::parse(&setup.shown.recv().await.unwrap()).unwrap();
        let query = url.query_pairs().into_owned().collect();
        Self { url, query }
    }

    /// Brings an answer back, as the browser does, and gives the page that it is shown.
    async fn bring(&self, fields: &[(&str, &str)]) -> String {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let redirect = Url::parse(&self.query["redirect_uri"]).unwrap();
        let mut stream = TcpStream::connect(("127.0.0.1", redirect.port().unwrap())).await.unwrap();
        let request = format!(
            "POST {} HTTP/1.1\r\nHost: {}:{}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            redirect.path(),
            redirect.host_str().unwrap(),
            redirect.port().unwrap(),
            body.len(),
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut page = String::new();
        stream.read_to_string(&mut page).await.unwrap();
        page
    }

    async fn bring_code(&self) -> String {
        self.bring(&[("code", "the-code"), ("state", &self.query["state"])]).await
    }

    /// The token endpoint's answer for this sign-in.
    fn tokens(&self, access_token: &str) -> Reply {
        let mut body = body(access_token);
        body["id_token"] = id_token(&self.query["client_id"], Some(&self.query["nonce"])).into();
        Reply::json(200, body)
    }
}

// S148, S149, S150, S151, S163, G17, P55
#[tokio::test]
async fn the_page_is_asked_for_with_all_that_ties_the_answer_to_it_and_the_code_is_redeemed() {
    let logs = CapturedLogs::watching(&["the-code", "the-access-token", "the-refresh-token"]);
    let mut setup = setup();
    let credential = InteractiveBrowserCredential::new(setup.options.clone()).unwrap();
    let call = ask(&credential, none());
    let page = Page::shown(&mut setup).await;
    let (endpoint, _) = page.url.as_str().split_once('?').unwrap();
    assert_eq!(endpoint, "https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize");
    let redirect_uri = page.query["redirect_uri"].clone();
    assert!(redirect_uri.starts_with("http://localhost:"), "{redirect_uri}");
    for (name, value) in [
        ("client_id", "04b07795-8ddb-461a-bbee-02f9e1bf7b46"),
        ("response_type", "code"),
        ("scope", "https://vault.azure.net/.default openid profile offline_access"),
        ("code_challenge_method", "S256"),
        ("response_mode", "form_post"),
        ("prompt", "select_account"),
        ("client_info", "1"),
    ] {
        assert_eq!(page.query[name], value);
    }
    for name in ["state", "nonce", "code_challenge"] {
        assert_eq!(page.query[name].len(), 43);
    }
    assert!(!page.query.contains_key("login_hint") && !page.query.contains_key("claims"));

    setup.http.push(page.tokens("the-access-token"));
    let seen = page.bring_code().await;
    let token = call.await.unwrap().unwrap();
    assert_eq!((token.token().secret(), token.credential()), ("the-access-token", NAME));
    assert!(seen.contains("You are signed in"), "{seen}");
    let [request] = &setup.http.requests()[..] else { panic!("one request") };
    assert_eq!(request.url, "https://login.microsoftonline.com/organizations/oauth2/v2.0/token");
    for (name, value) in [
        ("grant_type", "authorization_code"),
        ("code", "the-code"),
        ("redirect_uri", redirect_uri.as_str()),
        ("scope", "https://vault.azure.net/.default openid profile offline_access"),
        ("client_id", "04b07795-8ddb-461a-bbee-02f9e1bf7b46"),
        ("client_info", "1"),
    ] {
        assert_eq!(request.field(name).unwrap(), value);
    }
    assert_eq!(request.field("code_verifier").unwrap().len(), 43);
    assert_eq!(ask(&credential, none()).await.unwrap().unwrap().token().secret(), "the-access-token");
    assert_eq!(setup.http.count(), 1);
    logs.check(&format!("{credential:?}"));
}

// S152, S153, S162, S010
#[tokio::test]
async fn authenticate_starts_with_the_hint_carries_claims_and_gives_a_record() {
    let mut setup = setup();
    let options = setup
        .options
        .clone()
        .with_client_id("my-app")
        .with_tenant_id("contoso.com")
        .with_login_hint("ben@contoso.com")
        .with_redirect_uri("http://127.0.0.1:0/signed-in");
    let credential = InteractiveBrowserCredential::new(options).unwrap();
    let claims = r#"{"access_token":{"nbf":{"essential":true}}}"#;
    let asked = credential.clone();
    let call = tokio::spawn(async move { asked.authenticate(&[SCOPE], &none().with_claims(claims)).await });
    let page = Page::shown(&mut setup).await;
    assert!(page.url.path().starts_with("/contoso.com/"));
    assert!(
        page.query["redirect_uri"].starts_with("http://127.0.0.1:")
            && page.query["redirect_uri"].ends_with("/signed-in")
    );
    assert_eq!(
        (page.query["login_hint"].as_str(), page.query["claims"].as_str()),
        ("ben@contoso.com", claims)
    );
    setup.http.push(page.tokens("first"));
    page.bring_code().await;
    let record = call.await.unwrap().unwrap();
    assert_eq!((record.username(), record.client_id()), ("anna@contoso.com", "my-app"));
    assert_eq!((record.tenant_id(), record.home_account_id()), ("the-tid", "uid.utid"));
    assert_eq!(setup.http.requests()[0].field("claims").unwrap(), claims);
    assert_eq!(
        ask(&credential, none()).await.unwrap().unwrap().token().secret(),
        "first",
        "the next one is silent"
    );
}

// S161, G17, G18
#[tokio::test]
async fn a_forged_answer_is_turned_away_and_the_real_one_still_counts() {
    let mut setup = setup();
    let call = ask(&InteractiveBrowserCredential::new(setup.options.clone()).unwrap(), none());
    let page = Page::shown(&mut setup).await;
    for forged in [
        &[("code", "evil"), ("state", "wrong")][..],
        &[("code", "evil")],
        &[("error", "access_denied"), ("state", "x")],
    ] {
        assert!(page.bring(forged).await.starts_with("HTTP/1.1 400 "));
    }
    setup.http.push(page.tokens("real"));
    page.bring_code().await;
    assert_eq!(call.await.unwrap().unwrap().token().secret(), "real");
    assert_eq!(setup.http.requests()[0].field("code").unwrap(), "the-code");
}

// S161, P56
#[tokio::test]
async fn a_refusal_is_told_to_the_program_and_to_the_person() {
    for (error, description, title) in [
        (
            "access_denied",
            "AADSTS65004: User declined to consent to access the app.",
            "You are not signed in",
        ),
        ("server_error", "AADSTS90033: a <b>transient</b> error", "The sign-in did not work"),
    ] {
        let mut setup = setup();
        let call = ask(&InteractiveBrowserCredential::new(setup.options.clone()).unwrap(), none());
        let page = Page::shown(&mut setup).await;
        let state = page.query["state"].clone();
        let seen =
            page.bring(&[("error", error), ("error_description", description), ("state", &state)]).await;
        assert!(seen.contains(title) && !seen.contains("<b>transient"), "{seen}");
        let refusal = call.await.unwrap().unwrap_err();
        assert_eq!((refusal.kind(), refusal.credential()), (ErrorKind::AuthenticationFailed, NAME));
        assert!(
            refusal
                .message()
                .starts_with(&format!("authentication failed: {description} ({error}). What to do: ")),
            "{refusal}"
        );
        assert_eq!(refusal.server().unwrap().error.as_deref(), Some(error));
        assert_eq!(setup.http.count(), 0);
    }
}

// P56
#[tokio::test]
async fn a_code_that_is_refused_is_not_shown_as_a_success() {
    let mut setup = setup();
    let options = setup.options.clone().with_error_page("<i>{message}</i>").with_success_page("fine");
    let call = ask(&InteractiveBrowserCredential::new(options).unwrap(), none());
    let page = Page::shown(&mut setup).await;
    setup.http.push(Reply::error(400, "invalid_grant", "AADSTS54005: the code was already redeemed"));
    let seen = page.bring_code().await;
    assert!(seen.contains("<i>the token request was refused") && seen.contains("AADSTS54005"), "{seen}");
    let error = call.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
}

// G17
#[tokio::test]
async fn an_id_token_of_another_sign_in_is_not_accepted() {
    for nonce in [None, Some("another")] {
        let mut setup = setup();
        let call = ask(&InteractiveBrowserCredential::new(setup.options.clone()).unwrap(), none());
        let page = Page::shown(&mut setup).await;
        let mut body = body("t");
        body["id_token"] = id_token(&page.query["client_id"], nonce).into();
        setup.http.push(Reply::json(200, body));
        let seen = page.bring_code().await;
        assert!(seen.contains("The sign-in did not work"), "{seen}");
        let error = call.await.unwrap().unwrap_err();
        assert_eq!((error.kind(), error.credential()), (ErrorKind::AuthenticationFailed, NAME));
        assert!(error.message().contains("nonce"), "{error}");
    }
}

// S157
#[tokio::test]
async fn nobody_in_time_is_a_failure_and_in_the_default_chain_no_reason_to_stop() {
    for (timeout, context, kind) in [
        (None, ChainContext::None, ErrorKind::AuthenticationFailed),
        (None, ChainContext::Chained, ErrorKind::AuthenticationFailed),
        (Some(7), ChainContext::Default, ErrorKind::CredentialUnavailable),
    ] {
        let mut setup = setup();
        let mut options = setup.options.clone();
        if let Some(seconds) = timeout {
            options = options.with_timeout(Duration::from_secs(seconds));
        }
        let call =
            ask(&InteractiveBrowserCredential::new(options).unwrap(), none().with_chain_context(context));
        let page = Page::shown(&mut setup).await;
        // A request that is turned away shows that the wait has begun.
        page.bring(&[]).await;
        let limit = timeout.unwrap_or(300);
        setup.clock.advance(Duration::from_secs(limit - 1));
        page.bring(&[]).await;
        assert!(!call.is_finished());
        setup.clock.advance(Duration::from_secs(1));
        let error = call.await.unwrap().unwrap_err();
        assert_eq!((error.kind(), error.credential()), (kind, NAME));
        let words = format!("timed out after waiting {limit} seconds for the user to authenticate");
        assert!(error.message().starts_with(&words), "{error}");
        let port = Url::parse(&page.query["redirect_uri"]).unwrap().port().unwrap();
        assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err(), "the port is free again");
    }
}

#[tokio::test]
async fn giving_up_frees_the_port_but_not_while_somebody_else_waits() {
    let mut setup = setup();
    let credential = InteractiveBrowserCredential::new(setup.options.clone()).unwrap();
    let (first, second) = (ask(&credential, none()), ask(&credential, none()));
    let page = Page::shown(&mut setup).await;
    page.bring(&[]).await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    assert!(page.bring(&[]).await.starts_with("HTTP/1.1 400 "), "the other one waits");
    second.abort();
    assert!(second.await.unwrap_err().is_cancelled());
    let port = Url::parse(&page.query["redirect_uri"]).unwrap().port().unwrap();
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
    assert!(setup.shown.try_recv().is_err(), "both shared one page");
}

#[tokio::test]
async fn callers_for_other_scopes_wait_for_the_page_and_then_need_none() {
    let mut setup = setup();
    let credential = InteractiveBrowserCredential::new(setup.options.clone()).unwrap();
    let other = credential.clone();
    let call = ask(&credential, none());
    let page = Page::shown(&mut setup).await;
    let other = tokio::spawn(async move { other.get_token(&["https://other/.default"], &none()).await });
    tokio::task::yield_now().await;
    setup.http.push(page.tokens("first")).push(crate::testing::answer("other"));
    page.bring_code().await;
    call.await.unwrap().unwrap();
    assert_eq!(other.await.unwrap().unwrap().token().secret(), "other");
    assert_eq!(setup.http.requests()[1].field("grant_type").unwrap(), "refresh_token");
    assert!(setup.shown.try_recv().is_err());
}

// G13
#[tokio::test]
async fn whoever_signs_in_next_gets_tokens_of_their_own() {
    let mut setup = setup();
    let credential = InteractiveBrowserCredential::new(setup.options.clone()).unwrap();
    for (name, uid) in [("anna", "uid-a"), ("ben", "uid-b"), ("anna", "uid-a")] {
        let asked = credential.clone();
        let call = tokio::spawn(async move { asked.authenticate(&[SCOPE], &none()).await });
        let page = Page::shown(&mut setup).await;
        let mut body = body(name);
        body["id_token"] = id_token(&page.query["client_id"], Some(&page.query["nonce"])).into();
        body["client_info"] = client_info(uid).into();
        setup.http.push(Reply::json(200, body));
        page.bring_code().await;
        call.await.unwrap().unwrap();
        assert_eq!(ask(&credential, none()).await.unwrap().unwrap().token().secret(), name);
    }
    assert_eq!(credential.accounts().await.unwrap().len(), 2);
}

// S159
#[tokio::test]
async fn told_not_to_ask_it_opens_nothing() {
    let mut setup = setup();
    let options = setup.options.clone().with_disable_automatic_authentication(true);
    let error = ask(&InteractiveBrowserCredential::new(options).unwrap(), none()).await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.scopes()), (ErrorKind::AuthenticationRequired, &[SCOPE.to_owned()][..]));
    assert!(setup.shown.try_recv().is_err());
}

// S156
#[tokio::test]
async fn a_browser_that_can_t_be_opened_and_a_port_that_is_taken_are_unavailable() {
    let setup = setup();
    let options = setup.options.clone().with_browser(Browser::System);
    let error = ask(&InteractiveBrowserCredential::new(options).unwrap(), none()).await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.credential()), (ErrorKind::CredentialUnavailable, NAME));
    assert!(error.message().starts_with("failed to open a browser"), "{error}");
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = format!("http://localhost:{}", other.local_addr().unwrap().port());
    let options = setup.options.clone().with_redirect_uri(&taken);
    let error = ask(&InteractiveBrowserCredential::new(options).unwrap(), none()).await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.credential()), (ErrorKind::CredentialUnavailable, NAME));
    assert!(error.message().contains(&taken), "{error}");
}

// S154
#[test]
fn what_can_t_be_right_is_refused() {
    let setup = setup();
    let refused = |options| InteractiveBrowserCredential::new(options).unwrap_err();
    for options in [
        setup.options.clone().with_redirect_uri("http://localhost"),
        setup.options.clone().with_redirect_uri("https://contoso.com:8400"),
        setup.options.clone().with_tenant_id("te/nant"),
        setup.options.clone().with_client_id("a b"),
        setup.options.clone().with_entra(setup.entra.clone().with_authority_host("http://contoso.com")),
        InteractiveBrowserCredentialOptions::default().with_browser(Browser::Nothing),
        setup.options.clone().with_authentication_record(AuthenticationRecord::new("t", "c", "a", "", "u")),
    ] {
        let error = refused(options);
        assert_eq!((error.kind(), error.credential()), (ErrorKind::InvalidArgument, NAME), "{error}");
    }
}

#[tokio::test]
async fn a_callback_that_panics_is_an_error_for_everybody() {
    let setup = setup();
    let options = setup.options.clone().with_url_callback(|_| panic!("on purpose"));
    let credential = InteractiveBrowserCredential::new(options).unwrap();
    for call in [ask(&credential, none()), ask(&credential, none())] {
        assert_eq!(call.await.unwrap().unwrap_err().kind(), ErrorKind::AuthenticationFailed);
    }
}

// S011, S164
#[tokio::test]
async fn dropping_the_last_handle_ends_what_runs_in_the_background() {
    let mut setup = setup();
    let credential = InteractiveBrowserCredential::new(setup.options.clone()).unwrap();
    let call = ask(&credential, none());
    let page = Page::shown(&mut setup).await;
    setup.http.push(page.tokens("first"));
    page.bring_code().await;
    call.await.unwrap().unwrap();
    ends_with_its_last_handle(credential, SCOPE, &setup.clock, &setup.http).await;
}

// S160
#[tokio::test]
async fn a_storage_is_filled_and_without_one_everything_stays_in_the_credential() {
    let mut setup = setup();
    let storage = Arc::new(identity_entra::cache::MemoryStorage::default());
    let persistent = setup.entra.clone().with_cache_storage(storage.clone());
    for (options, accounts) in [(setup.options.clone(), 0), (setup.options.clone().with_entra(persistent), 1)]
    {
        let call = ask(&InteractiveBrowserCredential::new(options).unwrap(), none());
        let page = Page::shown(&mut setup).await;
        setup.http.push(page.tokens("first"));
        page.bring_code().await;
        call.await.unwrap().unwrap();
        assert_eq!(crate::accounts(&*storage).await.unwrap().len(), accounts);
    }
}

// S158
#[tokio::test]
async fn a_record_picks_the_account_and_starts_the_page_with_its_name() {
    let mut setup = setup();
    let host = "login.microsoftonline.us";
    let record = AuthenticationRecord::new("the-tid", "my-app", host, "uid.utid", "anna@contoso.com");
    let credential =
        InteractiveBrowserCredential::new(setup.options.clone().with_authentication_record(record)).unwrap();
    let call = ask(&credential, none());
    let page = Page::shown(&mut setup).await;
    assert!(page.url.as_str().starts_with("https://login.microsoftonline.us/the-tid/oauth2/v2.0/authorize?"));
    assert_eq!(
        (page.query["client_id"].as_str(), page.query["login_hint"].as_str()),
        ("my-app", "anna@contoso.com")
    );
    setup.http.push(page.tokens("first"));
    page.bring_code().await;
    call.await.unwrap().unwrap();
    let endpoint = setup.http.requests()[0].endpoint().to_owned();
    assert_eq!(endpoint, "https://login.microsoftonline.us/the-tid/oauth2/v2.0/token");
}
