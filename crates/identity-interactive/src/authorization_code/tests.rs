use std::time::Duration;

use identity_core::testing::{CapturedLogs, FakeClock, block_on};
use identity_core::{AccessToken, Env, ErrorKind};
use identity_entra::cache::MemoryStorage;
use identity_entra::http::testing::{Answer, ScriptedHttp};
use serde_json::json;

use super::*;
use crate::testing::{answer, body, client_info, ends_with_its_last_handle};

const CODE: &str = "0.the-code";
const REDIRECT: &str = "https://app.contoso.com/signed-in?x=1";
const SCOPE: &str = "https://vault.azure.net/.default";

struct Setup {
    http: ScriptedHttp,
    clock: FakeClock,
    options: AuthorizationCodeCredentialOptions,
    entra: EntraOptions,
}

fn setup() -> Setup {
    let (http, clock) = (ScriptedHttp::new(), FakeClock::at_unix(1_700_000_000));
    let entra = EntraOptions::default()
        .with_http_service(http.service())
        .with_clock(clock.clock())
        .with_env(Env::empty());
    let options = AuthorizationCodeCredentialOptions::default().with_entra(entra.clone());
    Setup { http, clock, options, entra }
}

fn credential(options: AuthorizationCodeCredentialOptions) -> AuthorizationCodeCredential {
    AuthorizationCodeCredential::new("tenant", "client", CODE, REDIRECT, options).unwrap()
}

fn ask(credential: &AuthorizationCodeCredential) -> Result<AccessToken, Error> {
    block_on(credential.get_token(&[SCOPE], &TokenRequestOptions::default()))
}

// S030, S031, S032, S033, S034, P12
#[test]
fn the_first_token_is_had_for_the_code() {
    let logs = CapturedLogs::watching(&[CODE, "the-secret", "the-access-token"]);
    for (secret, entra_host) in [(None, None), (Some("the-secret"), Some("login.microsoftonline.us"))] {
        let setup = setup();
        let mut options = setup.options;
        if let (Some(secret), Some(host)) = (secret, entra_host) {
            options = options.with_client_secret(secret).with_entra(setup.entra.with_authority_host(host));
        }
        setup.http.push(answer("the-access-token"));
        let credential = credential(options);
        let token = ask(&credential).unwrap();
        assert_eq!((token.token().secret(), token.credential()), ("the-access-token", NAME));
        let [request] = &setup.http.requests()[..] else { panic!("one request") };
        let host = entra_host.unwrap_or("login.microsoftonline.com");
        assert_eq!(request.url, format!("https://{host}/tenant/oauth2/v2.0/token"));
        let mut expected = vec![
            ("client_id", "client"),
            ("client_info", "1"),
            ("code", CODE),
            ("grant_type", "authorization_code"),
            ("redirect_uri", REDIRECT),
            ("scope", SCOPE),
        ];
        expected.extend(secret.map(|secret| ("client_secret", secret)));
        expected.sort_unstable();
        let mut form = request.form();
        form.sort();
        let form: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(form, expected);
        logs.check(&format!("{credential:?}"));
    }
}

// S035, S038
#[test]
fn later_tokens_come_from_the_cache_and_from_the_refresh_token() {
    let setup = setup();
    setup.http.push(answer("first")).push(answer("second"));
    let credential = credential(setup.options.with_client_secret("the-secret"));
    ask(&credential).unwrap();
    assert_eq!(ask(&credential).unwrap().token().secret(), "first");
    assert_eq!(setup.http.count(), 1);
    setup.clock.advance(Duration::from_secs(4000));
    assert_eq!(ask(&credential).unwrap().token().secret(), "second");
    let request = setup.http.requests().pop().unwrap();
    assert_eq!(request.field("refresh_token").unwrap(), "the-refresh-token");
    assert_eq!(request.field("client_secret").unwrap(), "the-secret");
    assert_eq!(request.field("scope").unwrap(), SCOPE);
}

#[test]
fn the_refresh_token_is_used_even_if_the_server_does_not_say_whose_it_is() {
    let setup = setup();
    let first = json!({ "access_token": "first", "expires_in": 3600, "refresh_token": "r" });
    setup.http.push(Answer::json(200, first)).push(Answer::token("second", 3600));
    let credential = credential(setup.options);
    ask(&credential).unwrap();
    setup.clock.advance(Duration::from_secs(4000));
    assert_eq!(ask(&credential).unwrap().token().secret(), "second");
    assert_eq!(setup.http.requests()[1].field("refresh_token").unwrap(), "r");
}

// S036
#[test]
fn the_code_is_never_sent_again() {
    let setup = setup();
    setup.http.push(Answer::token("first", 3600));
    let credential = credential(setup.options);
    ask(&credential).unwrap();
    setup.clock.advance(Duration::from_secs(4000));
    let error = ask(&credential).unwrap_err();
    assert_eq!((error.kind(), error.credential()), (ErrorKind::AuthenticationFailed, NAME));
    assert!(
        error.message().starts_with("no authorization code, cached access token, or refresh token available"),
        "{error}"
    );
    assert_eq!(setup.http.count(), 1);
}

// S036, S037
#[test]
fn a_refused_code_is_a_failure_in_the_server_s_words_and_gone() {
    let setup = setup();
    setup.http.push(Answer::error(400, "invalid_grant", "AADSTS54005: the code was already redeemed"));
    let credential = credential(setup.options);
    let error = ask(&credential).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
    assert!(error.message().contains("AADSTS54005"), "{error}");
    assert_eq!(error.server().unwrap().status, Some(400));
    setup.clock.advance(Duration::from_secs(10));
    assert!(ask(&credential).unwrap_err().message().starts_with("no authorization code"));
    assert_eq!(setup.http.count(), 1);
}

// S036, S037
#[test]
fn a_refused_refresh_token_is_a_failure_in_the_server_s_words() {
    let setup = setup();
    setup.http.push(answer("first")).push(Answer::error(400, "invalid_grant", "AADSTS50173: revoked"));
    let credential = credential(setup.options);
    ask(&credential).unwrap();
    setup.clock.advance(Duration::from_secs(4000));
    let error = ask(&credential).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
    assert!(error.message().contains("AADSTS50173"), "{error}");
}

// G13, P12
#[test]
fn two_people_who_share_a_storage_never_get_each_other_s_tokens() {
    let setup = setup();
    let entra = setup.entra.with_cache_storage(Arc::new(MemoryStorage::default()));
    let of = |name: &str, uid: &str| {
        let mut body = body(name);
        body["client_info"] = client_info(uid).into();
        body["refresh_token"] = format!("refresh-{name}").into();
        Answer::json(200, body)
    };
    let make = || credential(AuthorizationCodeCredentialOptions::default().with_entra(entra.clone()));
    let (anna, ben) = (make(), make());
    setup.http.push(of("anna", "uid-of-anna")).push(of("ben", "uid-of-ben"));
    assert_eq!(ask(&anna).unwrap().token().secret(), "anna");
    assert_eq!(
        ask(&ben).unwrap().token().secret(),
        "ben",
        "nothing is looked up before the own code is redeemed"
    );
    setup.clock.advance(Duration::from_secs(4000));
    setup.http.otherwise(move |request| {
        let token = request.field("refresh_token").unwrap();
        let name = token.strip_prefix("refresh-").unwrap();
        of(name, &format!("uid-of-{name}"))
    });
    assert_eq!(ask(&anna).unwrap().token().secret(), "anna");
    assert_eq!(ask(&ben).unwrap().token().secret(), "ben");
}

#[tokio::test]
async fn callers_for_several_scopes_share_the_one_code() {
    let setup = setup();
    setup.http.push(answer("by-code")).otherwise(|_| answer("by-refresh-token")).hold();
    let credential = credential(setup.options);
    let callers: Vec<_> = ["https://a/.default", "https://b/.default"]
        .into_iter()
        .map(|scope| {
            let credential = credential.clone();
            tokio::spawn(async move { credential.get_token(&[scope], &TokenRequestOptions::default()).await })
        })
        .collect();
    while setup.http.count() == 0 {
        tokio::task::yield_now().await;
    }
    setup.http.release();
    for caller in callers {
        caller.await.unwrap().unwrap();
    }
    let grants: Vec<_> =
        setup.http.requests().iter().map(|request| request.field("grant_type").unwrap()).collect();
    assert_eq!(grants, ["authorization_code", "refresh_token"]);
}

// S008, S038
#[test]
fn a_tenant_that_is_not_allowed_and_malformed_requests_cost_no_code() {
    let setup = setup();
    let credential = credential(setup.options);
    let options = TokenRequestOptions::default().with_tenant_id("other");
    let error = block_on(credential.get_token(&[SCOPE], &options)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
    let none = TokenRequestOptions::default();
    assert_eq!(block_on(credential.get_token(&[], &none)).unwrap_err().kind(), ErrorKind::InvalidArgument);
    let claims = TokenRequestOptions::default().with_claims("{");
    let error = block_on(credential.get_token(&[SCOPE], &claims)).unwrap_err();
    assert_eq!((error.kind(), setup.http.count()), (ErrorKind::InvalidArgument, 0));
    setup.http.push(answer("first"));
    ask(&credential).unwrap();
}

#[test]
fn a_code_verifier_goes_with_the_code() {
    let setup = setup();
    setup.http.push(answer("first"));
    ask(&credential(setup.options.with_code_verifier("v"))).unwrap();
    assert_eq!(setup.http.requests()[0].field("code_verifier").unwrap(), "v");
}

#[test]
fn what_can_t_be_right_is_refused() {
    let setup = setup();
    for (code, redirect, secret, words) in [
        ("", REDIRECT, "s", "the authorization code must not be empty"),
        (CODE, "", "s", "the redirect URI must be the URL"),
        (CODE, "no url", "s", "the redirect URI must be the URL"),
        (CODE, "https://a/#b", "s", "the redirect URI must be the URL"),
        (CODE, REDIRECT, "", "the client secret must not be empty"),
    ] {
        let options = setup.options.clone().with_client_secret(secret);
        let error =
            AuthorizationCodeCredential::new("tenant", "client", code, redirect, options).unwrap_err();
        assert_eq!((error.kind(), error.credential()), (ErrorKind::InvalidArgument, NAME));
        assert!(error.message().starts_with(words), "{error}");
    }
}

// S011, S039
#[tokio::test]
async fn dropping_the_last_handle_ends_what_runs_in_the_background() {
    let setup = setup();
    setup.http.push(answer("first"));
    let credential = credential(setup.options);
    credential.get_token(&[SCOPE], &TokenRequestOptions::default()).await.unwrap();
    ends_with_its_last_handle(credential, SCOPE, &setup.clock, &setup.http).await;
}
