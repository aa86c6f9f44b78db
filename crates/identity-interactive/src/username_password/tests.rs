use std::time::Duration;

use identity_core::testing::{CapturedLogs, FakeClock, block_on};
use identity_core::{AccessToken, Env, ErrorKind};
use identity_entra::cache::{CacheStorage, MemoryStorage};
use identity_entra::http::testing::{Answer, ScriptedHttp};
use serde_json::json;

use super::*;
use crate::testing::{answer, ends_with_its_last_handle};

const PASSWORD: &str = "p4ss+w&rd=ü";
const SCOPE: &str = "https://vault.azure.net/.default";

struct Setup {
    http: ScriptedHttp,
    clock: FakeClock,
    entra: EntraOptions,
}

fn setup() -> Setup {
    let (http, clock) = (ScriptedHttp::new(), FakeClock::at_unix(1_700_000_000));
    let entra = EntraOptions::default()
        .with_http_service(http.service())
        .with_clock(clock.clock())
        .with_env(Env::empty());
    Setup { http, clock, entra }
}

fn credential(setup: &Setup) -> UsernamePasswordCredential {
    let options = UsernamePasswordCredentialOptions::default().with_entra(setup.entra.clone());
    UsernamePasswordCredential::new("client", "anna@contoso.com", PASSWORD, options).unwrap()
}

fn managed() -> Answer {
    Answer::json(200, json!({ "account_type": "Managed", "domain_name": "contoso.com" }))
}

fn refused() -> Answer {
    Answer::error(400, "invalid_grant", "AADSTS50126: invalid username or password")
}

fn ask(credential: &UsernamePasswordCredential) -> Result<AccessToken, Error> {
    block_on(credential.get_token(&[SCOPE], &TokenRequestOptions::default()))
}

// S199, S200, S204
#[test]
fn the_realm_is_asked_for_and_then_the_password_is_sent() {
    let logs = CapturedLogs::watching(&[PASSWORD, "the-access-token", "the-refresh-token"]);
    let setup = setup();
    setup.http.push(managed()).push(answer("the-access-token"));
    let credential = credential(&setup);
    let token = ask(&credential).unwrap();
    assert_eq!((token.token().secret(), token.credential()), ("the-access-token", NAME));
    let [realm, request] = &setup.http.requests()[..] else { panic!("two requests") };
    assert_eq!(
        (realm.method.as_str(), realm.url.as_str()),
        ("GET", "https://login.microsoftonline.com/common/userrealm/anna@contoso.com?api-version=1.0")
    );
    assert_eq!(request.url, "https://login.microsoftonline.com/organizations/oauth2/v2.0/token");
    let expected = [
        ("client_id", "client"),
        ("client_info", "1"),
        ("grant_type", "password"),
        ("password", PASSWORD),
        ("scope", "https://vault.azure.net/.default openid profile offline_access"),
        ("username", "anna@contoso.com"),
    ];
    let mut form = request.form();
    form.sort();
    assert_eq!(form, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(ask(&credential).unwrap().token().secret(), "the-access-token");
    assert_eq!(setup.http.count(), 2);
    logs.check(&format!("{credential:?}"));
}

// S202
#[test]
fn the_first_request_sends_the_password_whatever_is_stored() {
    let setup = setup();
    let storage: Arc<dyn CacheStorage> = Arc::new(MemoryStorage::default());
    let setup = Setup { entra: setup.entra.with_cache_storage(storage), ..setup };
    setup.http.push(managed()).push(answer("first"));
    ask(&credential(&setup)).unwrap();
    setup.http.push(managed()).push(refused());
    let error = ask(&credential(&setup)).unwrap_err();
    assert_eq!((error.kind(), error.credential()), (ErrorKind::AuthenticationFailed, NAME));
    assert!(error.message().contains("AADSTS50126"), "{error}");
    assert_eq!(setup.http.requests()[3].field("grant_type").unwrap(), "password");
}

#[test]
fn later_tokens_come_from_the_refresh_token_and_a_refused_one_sends_the_password_again() {
    let setup = setup();
    setup.http.push(managed()).push(answer("first")).push(answer("second"));
    let credential = credential(&setup);
    ask(&credential).unwrap();
    setup.clock.advance(Duration::from_secs(4000));
    assert_eq!(ask(&credential).unwrap().token().secret(), "second");
    setup.clock.advance(Duration::from_secs(4000));
    setup.http.push(Answer::error(400, "invalid_grant", "AADSTS50173: revoked")).push(answer("third"));
    assert_eq!(ask(&credential).unwrap().token().secret(), "third");
    let grants: Vec<_> =
        setup.http.requests().iter().skip(1).map(|request| request.field("grant_type").unwrap()).collect();
    assert_eq!(grants, ["password", "refresh_token", "refresh_token", "password"]);
}

// S204, S010
#[test]
fn claims_skip_the_cached_token() {
    let setup = setup();
    setup.http.push(managed()).push(answer("first")).push(answer("second"));
    let credential = credential(&setup);
    ask(&credential).unwrap();
    let claims = TokenRequestOptions::default().with_claims(r#"{"access_token":{}}"#);
    assert_eq!(block_on(credential.get_token(&[SCOPE], &claims)).unwrap().token().secret(), "second");
}

#[test]
fn a_federated_user_s_password_is_sent_to_nobody() {
    let setup = setup();
    setup.http.push(Answer::json(200, json!({ "account_type": "Federated" })));
    let error = ask(&credential(&setup)).unwrap_err();
    assert_eq!((error.kind(), setup.http.count()), (ErrorKind::AuthenticationFailed, 1));
    assert!(error.message().contains("WS-Trust, which is not supported"), "{error}");
    assert!(setup.http.requests()[0].body.is_empty());
}

#[test]
fn an_authority_without_realms_and_a_federation_server_just_get_the_password() {
    let setup = setup();
    setup.http.push(Answer::new(404, "")).push(answer("first"));
    assert_eq!(ask(&credential(&setup)).unwrap().token().secret(), "first");
    let tenant = Answer::json(
        200,
        json!({ "issuer": "https://adfs.contoso.com/adfs", "token_endpoint": "https://adfs.contoso.com/adfs/oauth2/token/" }),
    );
    setup.http.push(tenant).push(answer("second"));
    let options = UsernamePasswordCredentialOptions::default()
        .with_tenant_id("adfs")
        .with_entra(setup.entra.clone().with_authority_host("adfs.contoso.com"));
    let adfs = UsernamePasswordCredential::new("client", "anna", PASSWORD, options).unwrap();
    assert_eq!(ask(&adfs).unwrap().token().secret(), "second");
    assert_eq!(setup.http.requests()[3].endpoint(), "https://adfs.contoso.com/adfs/oauth2/token/");
}

// S203
#[test]
fn authenticate_sends_the_password_and_gives_a_record() {
    let setup = setup();
    setup.http.push(managed()).push(answer("first")).push(answer("second"));
    let credential = credential(&setup);
    ask(&credential).unwrap();
    let record = block_on(credential.authenticate(&[SCOPE], &TokenRequestOptions::default())).unwrap();
    assert_eq!((record.username(), record.client_id()), ("anna@contoso.com", "client"));
    assert_eq!(setup.http.requests()[2].field("grant_type").unwrap(), "password");
    assert_eq!(ask(&credential).unwrap().token().secret(), "second");
    setup.http.push(refused());
    let error = block_on(credential.authenticate(&[SCOPE], &TokenRequestOptions::default())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
}

#[tokio::test]
async fn a_wrong_password_is_sent_once_for_all_who_wait() {
    let setup = setup();
    setup.http.push(managed()).push(refused()).hold();
    let credential = credential(&setup);
    let scopes = ["https://a/.default", "https://b/.default", "https://c/.default"];
    let callers: Vec<_> = scopes
        .into_iter()
        .map(|scope| {
            let credential = credential.clone();
            tokio::spawn(async move {
                credential.get_token(&[scope], &TokenRequestOptions::default()).await.unwrap_err().kind()
            })
        })
        .collect();
    while setup.http.count() == 0 {
        tokio::task::yield_now().await;
    }
    // The others are on their way to the lock by now, because this runtime has one thread and each of them has been polled.
    tokio::task::yield_now().await;
    setup.http.release();
    for caller in callers {
        assert_eq!(caller.await.unwrap(), ErrorKind::AuthenticationFailed);
    }
    assert_eq!(setup.http.count(), 2, "too many wrong ones lock the account");
}

#[test]
fn what_is_missing_is_named() {
    let setup = setup();
    for (client, username, password, words) in [
        ("", "u", "p", "the client id must not be empty"),
        ("c", "", "p", "the user name must not be empty"),
        ("c", "u", "", "the password must not be empty"),
    ] {
        let options = UsernamePasswordCredentialOptions::default().with_entra(setup.entra.clone());
        let error = UsernamePasswordCredential::new(client, username, password, options).unwrap_err();
        assert_eq!((error.kind(), error.credential()), (ErrorKind::InvalidArgument, NAME));
        assert_eq!(error.message(), words);
    }
}

// S011, S206
#[tokio::test]
async fn dropping_the_last_handle_ends_what_runs_in_the_background() {
    let setup = setup();
    setup.http.push(managed()).push(answer("first"));
    let credential = credential(&setup);
    credential.get_token(&[SCOPE], &TokenRequestOptions::default()).await.unwrap();
    ends_with_its_last_handle(credential, SCOPE, &setup.clock, &setup.http).await;
}

// S201
#[test]
fn a_storage_is_filled_and_without_one_everything_stays_in_the_credential() {
    let setup = setup();
    setup.http.otherwise(|request| if request.method == "GET" { managed() } else { answer("first") });
    let storage = Arc::new(MemoryStorage::default());
    ask(&credential(&setup)).unwrap();
    assert!(block_on(crate::accounts(&*storage)).unwrap().is_empty());
    let setup = Setup { entra: setup.entra.with_cache_storage(storage.clone()), ..setup };
    ask(&credential(&setup)).unwrap();
    assert_eq!(block_on(crate::accounts(&*storage)).unwrap().len(), 1);
}
