use std::sync::Mutex;

use identity_core::testing::{CapturedLogs, FakeClock, block_on};
use identity_core::{AccessToken, Env, ErrorKind};
use identity_entra::http::testing::{Answer, ScriptedHttp};
use serde_json::json;

use super::*;
use crate::testing::{answer, client_info, ends_with_its_last_handle, id_token};

const SCOPE: &str = "https://vault.azure.net/.default";

struct Setup {
    http: ScriptedHttp,
    clock: FakeClock,
    shown: Arc<Mutex<Vec<DeviceCodeInfo>>>,
    options: DeviceCodeCredentialOptions,
    entra: EntraOptions,
}

fn setup() -> Setup {
    let (http, clock) = (ScriptedHttp::new(), FakeClock::at_unix(1_700_000_000));
    let shown = Arc::new(Mutex::new(Vec::new()));
    let seen = shown.clone();
    let entra = EntraOptions::default()
        .with_http_service(http.service())
        .with_clock(clock.clock())
        .with_env(Env::empty());
    let options = DeviceCodeCredentialOptions::default()
        .with_entra(entra.clone())
        .with_prompt_callback(move |info| seen.lock().unwrap().push(info.clone()));
    Setup { http, clock, shown, options, entra }
}

fn begun() -> Answer {
    Answer::json(
        200,
        json!({
            "device_code": "the-device-code",
            "user_code": "ABCD-EFGH",
            "verification_uri": "https://microsoft.com/devicelogin",
            "expires_in": 900,
            "interval": 5,
            "message": "Open https://microsoft.com/devicelogin and enter ABCD-EFGH.",
        }),
    )
}

fn pending() -> Answer {
    Answer::error(400, "authorization_pending", "AADSTS70016: pending")
}

fn ask(credential: &DeviceCodeCredential, options: &TokenRequestOptions) -> Result<AccessToken, Error> {
    block_on(credential.get_token(&[SCOPE], options))
}

fn none() -> TokenRequestOptions {
    TokenRequestOptions::default()
}

// S125, S126, S127, S128, S131, S137
#[test]
fn a_code_is_shown_and_polling_goes_on_until_the_person_is_done() {
    let logs = CapturedLogs::watching(&["the-device-code", "the-access-token", "the-refresh-token"]);
    let setup = setup();
    setup.http.push(begun()).push(pending()).push(pending()).push(answer("the-access-token"));
    let credential = DeviceCodeCredential::new(setup.options).unwrap();
    let token = ask(&credential, &none()).unwrap();
    assert_eq!((token.token().secret(), token.credential()), ("the-access-token", NAME));
    assert_eq!(token.tenant_id(), Some("the-tid"), "any organization was asked for, and this one answered");
    let requests = setup.http.requests();
    let endpoints: Vec<_> = requests.iter().map(|request| request.endpoint()).collect();
    let base = "https://login.microsoftonline.com/organizations/oauth2/v2.0";
    assert_eq!(endpoints[0], format!("{base}/devicecode"));
    assert!(endpoints[1..].iter().all(|url| *url == format!("{base}/token")), "{endpoints:?}");
    assert_eq!(requests[0].field("client_id").unwrap(), "04b07795-8ddb-461a-bbee-02f9e1bf7b46");
    assert_eq!(requests[0].field("scope").unwrap(), format!("{SCOPE} openid profile offline_access"));
    assert_eq!(requests[0].field("claims"), None);
    assert_eq!(requests[1].field("device_code").unwrap(), "the-device-code");
    assert_eq!(requests[1].field("client_info").unwrap(), "1");
    let shown = setup.shown.lock().unwrap();
    assert_eq!((shown.len(), shown[0].user_code.as_str()), (1, "ABCD-EFGH"));
    assert_eq!(shown[0].verification_uri, "https://microsoft.com/devicelogin");
    let expires = shown[0].expires_on.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert_eq!(expires, 1_700_000_900);
    assert_eq!(setup.clock.sleeps(), [Duration::from_secs(5); 2]);
    logs.check(&format!("{credential:?}"));
}

// S137, S005
#[test]
fn later_tokens_come_from_the_cache_and_from_the_refresh_token() {
    let setup = setup();
    setup.http.push(begun()).push(answer("first"));
    let credential = DeviceCodeCredential::new(setup.options).unwrap();
    ask(&credential, &none()).unwrap();
    assert_eq!(ask(&credential.clone(), &none()).unwrap().token().secret(), "first");
    assert_eq!(setup.http.count(), 2, "the second one is the cached one");
    setup.http.push(answer("for-another-scope"));
    let other = block_on(credential.get_token(&["https://other/.default"], &none())).unwrap();
    assert_eq!(other.token().secret(), "for-another-scope");
    let request = setup.http.requests().pop().unwrap();
    assert_eq!(request.field("grant_type").unwrap(), "refresh_token");
    assert_eq!(request.field("refresh_token").unwrap(), "the-refresh-token");
    assert_eq!(setup.shown.lock().unwrap().len(), 1, "nobody was asked again");
}

// S010, P46
#[test]
fn claims_skip_cached_tokens_but_use_the_refresh_token() {
    let setup = setup();
    setup.http.push(begun()).push(answer("first")).push(answer("second"));
    let credential = DeviceCodeCredential::new(setup.options).unwrap();
    ask(&credential, &none()).unwrap();
    let claims = r#"{"access_token":{"nbf":{"essential":true}}}"#;
    let token = ask(&credential, &none().with_claims(claims)).unwrap();
    assert_eq!(token.token().secret(), "second");
    let request = setup.http.requests().pop().unwrap();
    assert_eq!(request.field("grant_type").unwrap(), "refresh_token");
    assert_eq!(request.field("claims").unwrap(), claims);
    assert_eq!(ask(&credential, &none()).unwrap().token().secret(), "second", "it replaces the cached one");
}

#[test]
fn the_first_request_carries_claims_only_for_continuous_access_evaluation() {
    let setup = setup();
    setup.http.push(begun()).push(answer("first"));
    let credential = DeviceCodeCredential::new(setup.options).unwrap();
    ask(&credential, &none().with_enable_cae(true)).unwrap();
    for request in setup.http.requests() {
        assert_eq!(request.field("claims").unwrap(), r#"{"access_token":{"xms_cc":{"values":["CP1"]}}}"#);
    }
}

// S134, S012, S013, S014, S015, S016
#[test]
fn told_not_to_ask_it_says_what_authenticate_needs_and_is_silent_after_it() {
    for cae in [false, true] {
        let setup = setup();
        let options = setup.options.with_disable_automatic_authentication(true);
        let credential = DeviceCodeCredential::new(options).unwrap();
        let claims = r#"{"access_token":{"nbf":{"essential":true}}}"#;
        let wanted = none().with_claims(claims).with_enable_cae(cae);
        let error = ask(&credential, &wanted).unwrap_err();
        assert_eq!((error.kind(), error.credential()), (ErrorKind::AuthenticationRequired, NAME));
        assert_eq!((error.scopes(), error.claims()), (&[SCOPE.to_owned()][..], Some(claims)));
        assert!(error.message().contains("`authenticate`"), "{error}");
        assert_eq!((setup.http.count(), setup.shown.lock().unwrap().len()), (0, 0));

        setup.http.push(begun()).push(answer("first"));
        let scopes: Vec<&str> = error.scopes().iter().map(String::as_str).collect();
        let again = none().with_claims(error.claims().unwrap());
        let record = block_on(credential.authenticate(&scopes, &again)).unwrap();
        assert_eq!((record.username(), record.home_account_id()), ("anna@contoso.com", "uid.utid"));
        setup.http.otherwise(|_| answer("second"));
        ask(&credential, &none().with_enable_cae(cae)).unwrap();
        assert_eq!(setup.shown.lock().unwrap().len(), 1, "the next token is silent");
    }
}

// S134
#[test]
fn a_refused_refresh_token_asks_again_or_says_so() {
    for automatic in [true, false] {
        let setup = setup();
        let options = setup.options.with_disable_automatic_authentication(!automatic);
        let credential = DeviceCodeCredential::new(options).unwrap();
        setup.http.push(begun()).push(answer("first"));
        block_on(credential.authenticate(&[SCOPE], &none())).unwrap();
        let claims = r#"{"access_token":{"capolids":{"essential":true,"values":["c1"]}}}"#;
        let refusal = json!({
            "error": "invalid_grant", "suberror": "basic_action", "error_codes": [50076],
            "error_description": "AADSTS50076: use multi-factor authentication", "claims": claims,
        });
        setup.http.push(Answer::json(400, refusal)).push(begun()).push(answer("second"));
        let own = r#"{"access_token":{"nbf":{"essential":true}}}"#;
        let answer = ask(&credential, &none().with_claims(own));
        let merged = json!({ "access_token": { "capolids": { "essential": true, "values": ["c1"] }, "nbf": { "essential": true } } });
        if automatic {
            assert_eq!(answer.unwrap().token().secret(), "second");
            let carried = setup.http.requests().pop().unwrap().field("claims").unwrap();
            assert_eq!(serde_json::from_str::<serde_json::Value>(&carried).unwrap(), merged);
        } else {
            let error = answer.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::AuthenticationRequired);
            assert!(error.message().contains("AADSTS50076"), "{error}");
            assert_eq!(error.server().unwrap().error_codes, [50076]);
            let demanded: serde_json::Value = serde_json::from_str(error.claims().unwrap()).unwrap();
            assert_eq!(demanded, merged);
        }
    }
}

#[test]
fn an_authority_that_is_down_is_a_failure_and_no_reason_to_ask() {
    let setup = setup();
    setup.http.push(begun()).push(answer("first"));
    let credential = DeviceCodeCredential::new(setup.options).unwrap();
    ask(&credential, &none()).unwrap();
    setup.clock.advance(Duration::from_secs(4000));
    setup.http.otherwise(|_| Answer::new(503, ""));
    let error = ask(&credential, &none()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
    assert_eq!(setup.shown.lock().unwrap().len(), 1);
}

#[test]
fn a_renewal_that_is_refused_asks_nobody_and_serves_the_good_token() {
    let setup = setup();
    setup.http.push(begun()).push(answer("first"));
    let credential = DeviceCodeCredential::new(setup.options).unwrap();
    ask(&credential, &none()).unwrap();
    setup.clock.advance(Duration::from_secs(3600 - 200));
    setup.http.push(Answer::error(400, "invalid_grant", "AADSTS700082: expired"));
    assert_eq!(ask(&credential, &none()).unwrap().token().secret(), "first");
    assert_eq!((setup.http.count(), setup.shown.lock().unwrap().len()), (3, 1));
    // When the token has ended there is nothing else left to do.
    setup.clock.advance(Duration::from_secs(300));
    setup.http.push(begun()).push(answer("second"));
    assert_eq!(ask(&credential, &none()).unwrap().token().secret(), "second");
    assert_eq!(setup.shown.lock().unwrap().len(), 2);
}

// S129, S130
#[test]
fn the_shorter_of_timeout_and_code_s_life_counts() {
    for (timeout, expected) in [(None, 900), (Some(60), 60), (Some(100_000), 900)] {
        let setup = setup();
        let mut options = setup.options;
        if let Some(seconds) = timeout {
            options = options.with_timeout(Duration::from_secs(seconds));
        }
        setup.http.push(begun()).otherwise(|_| pending());
        let error = ask(&DeviceCodeCredential::new(options).unwrap(), &none()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
        assert!(error.message().contains("timed out waiting for user to authenticate"), "{error}");
        assert_eq!(setup.clock.sleeps().iter().sum::<Duration>(), Duration::from_secs(expected));
    }
}

// S130
#[test]
fn each_way_in_which_it_can_end_badly_is_a_failure_in_the_server_s_words() {
    for (error, words) in [
        ("authorization_declined", "AADSTS70020: declined"),
        ("bad_verification_code", "AADSTS70019: bad code"),
        ("invalid_grant", "AADSTS50020: the account is of another tenant"),
    ] {
        let setup = setup();
        setup.http.push(begun()).push(Answer::error(400, error, words));
        let credential = DeviceCodeCredential::new(setup.options).unwrap();
        let refusal = ask(&credential, &none()).unwrap_err();
        assert_eq!(refusal.kind(), ErrorKind::AuthenticationFailed);
        assert!(refusal.message().contains(words), "{refusal}");
        assert_eq!(refusal.server().unwrap().error.as_deref(), Some(error));
    }
    let setup = setup();
    setup.http.push(Answer::error(400, "invalid_client", "AADSTS7000218: no public client"));
    let refusal = ask(&DeviceCodeCredential::new(setup.options).unwrap(), &none()).unwrap_err();
    assert_eq!(refusal.kind(), ErrorKind::AuthenticationFailed);
    assert!(refusal.message().starts_with("couldn't begin authentication: "), "{refusal}");
    assert!(refusal.message().contains("AADSTS7000218"), "{refusal}");
}

// S133, S022, S023, S028
#[test]
fn a_record_brings_its_account_client_authority_and_tenant() {
    let setup = setup();
    let storage = Arc::new(identity_entra::cache::MemoryStorage::default());
    let entra = setup.entra.with_cache_storage(storage).with_authority_host("login.microsoftonline.us");
    let options =
        setup.options.with_client_id("my-app").with_tenant_id("contoso.com").with_entra(entra.clone());
    setup.http.push(begun()).push(answer("first"));
    let first = DeviceCodeCredential::new(options.clone()).unwrap();
    let record = block_on(first.authenticate(&[SCOPE], &none())).unwrap();
    let later = DeviceCodeCredentialOptions {
        client_id: Some("ignored".into()),
        tenant_id: None,
        authentication_record: Some(AuthenticationRecord::deserialize(&record.serialize()).unwrap()),
        entra: entra.with_authority_host(""),
        ..options
    };
    let later = DeviceCodeCredential::new(later).unwrap();
    assert_eq!(ask(&later, &none()).unwrap().token().secret(), "first", "it is the stored one");
    assert_eq!((setup.http.count(), setup.shown.lock().unwrap().len()), (2, 1));
    setup.http.push(answer("second"));
    block_on(later.get_token(&["https://other/.default"], &none())).unwrap();
    let request = setup.http.requests().pop().unwrap();
    assert_eq!(request.field("client_id").unwrap(), "my-app");
    assert_eq!(request.endpoint(), "https://login.microsoftonline.us/the-tid/oauth2/v2.0/token");
}

// S136
#[test]
fn authenticate_without_scopes_asks_for_the_cloud_s_resource_manager_or_says_that_it_can_t() {
    for (host, scope) in [
        ("login.microsoftonline.com", "https://management.core.windows.net//.default"),
        ("login.microsoftonline.us", "https://management.core.usgovcloudapi.net//.default"),
        ("login.chinacloudapi.cn", "https://management.core.chinacloudapi.cn//.default"),
    ] {
        let setup = setup();
        setup.http.push(begun()).push(answer("first"));
        let options = setup.options.with_entra(setup.entra.with_authority_host(host));
        block_on(DeviceCodeCredential::new(options).unwrap().authenticate(&[], &none())).unwrap();
        let sent = setup.http.requests()[0].field("scope").unwrap();
        assert_eq!(sent, format!("{scope} openid profile offline_access"));
    }
    let setup = setup();
    let options = setup.options.with_entra(setup.entra.with_authority_host("login.contoso.example"));
    let error = block_on(DeviceCodeCredential::new(options).unwrap().authenticate(&[], &none())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CredentialUnavailable);
    assert_eq!(
        error.to_string(),
        "DeviceCodeCredential: authenticating at https://login.contoso.example requires a value for the scopes, because the resource \
         manager's scope is not known there"
    );
    assert_eq!(setup.http.count(), 0);
}

// S008
#[test]
fn another_tenant_is_asked_if_it_is_allowed() {
    let setup = setup();
    let entra = setup.entra.with_additionally_allowed_tenants(["fabrikam.com"]);
    let options = setup.options.with_tenant_id("contoso.com").with_entra(entra);
    let credential = DeviceCodeCredential::new(options).unwrap();
    setup.http.push(begun()).push(answer("first")).push(answer("of-fabrikam"));
    ask(&credential, &none()).unwrap();
    let token = ask(&credential, &none().with_tenant_id("fabrikam.com")).unwrap();
    assert_eq!(token.token().secret(), "of-fabrikam");
    assert!(setup.http.requests()[2].url.contains("/fabrikam.com/"), "by the refresh token");
    let error = ask(&credential, &none().with_tenant_id("evil.com")).unwrap_err();
    assert_eq!((error.kind(), setup.http.count()), (ErrorKind::AuthenticationFailed, 3));
}

// S003
#[test]
fn wrong_scopes_and_claims_are_refused_before_anything_is_sent() {
    let setup = setup();
    let credential = DeviceCodeCredential::new(setup.options).unwrap();
    for scopes in [&[][..], &["a b"], &[SCOPE, ""], &["openid"], &[SCOPE, "offline_access"]] {
        let error = block_on(credential.get_token(scopes, &none())).unwrap_err();
        assert_eq!((error.kind(), error.credential()), (ErrorKind::InvalidArgument, NAME), "{scopes:?}");
    }
    let error = ask(&credential, &none().with_claims("{no json")).unwrap_err();
    assert_eq!((error.kind(), setup.http.count()), (ErrorKind::InvalidArgument, 0));
}

// S132, G16, G19
#[test]
fn without_a_callback_the_server_s_words_are_printed_without_what_could_deceive() {
    let setup = setup();
    let evil = "To sign in\u{1b}[2J\u{202e} open https://evil\u{7}\r\nand enter X";
    let begun = json!({ "device_code": "d", "user_code": "X\u{1b}[31m", "verification_uri": "https://m", "message": evil });
    setup.http.push(Answer::json(200, begun)).push(answer("first"));
    ask(&DeviceCodeCredential::new(setup.options).unwrap(), &none()).unwrap();
    let mut printed = Vec::new();
    print(&setup.shown.lock().unwrap()[0], &mut printed).unwrap();
    assert_eq!(
        String::from_utf8(printed).unwrap(),
        "To sign in open https://evil and enter X\nEnter the code only if you started this sign-in yourself; never one that somebody sent you.\n"
    );
    assert_eq!(setup.shown.lock().unwrap()[0].user_code, "X");
}

// G19
#[test]
fn a_variable_switches_it_off() {
    let setup = setup();
    let env = Env::empty().with(AZURE_IDENTITY_DISABLE_DEVICE_CODE, "1");
    let credential = DeviceCodeCredential::new(setup.options.with_entra(setup.entra.with_env(env))).unwrap();
    let error = ask(&credential, &none()).unwrap_err();
    assert_eq!((error.kind(), setup.http.count()), (ErrorKind::CredentialUnavailable, 0));
    assert!(error.message().contains(AZURE_IDENTITY_DISABLE_DEVICE_CODE), "{error}");
}

#[test]
fn an_answer_that_does_not_say_who_signed_in_gives_tokens_and_no_record() {
    let setup = setup();
    let anonymous = json!({ "access_token": "first", "expires_in": 3600, "refresh_token": "r" });
    setup.http.push(begun()).push(Answer::json(200, anonymous));
    let credential = DeviceCodeCredential::new(setup.options).unwrap();
    ask(&credential, &none()).unwrap();
    assert_eq!(ask(&credential, &none()).unwrap().token().secret(), "first");
    setup.http.push(Answer::token("other", 3600));
    block_on(credential.get_token(&["https://other/.default"], &none())).unwrap();
    assert_eq!(setup.http.requests().pop().unwrap().field("refresh_token").unwrap(), "r");
    let nameless = json!({ "access_token": "t", "expires_in": 3600, "client_info": client_info("uid") });
    for answer in [Answer::token("t", 3600), Answer::json(200, nameless)] {
        setup.http.push(begun()).push(answer);
        let error = block_on(credential.authenticate(&[SCOPE], &none())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
        assert!(error.message().contains("did not say who"), "{error}");
    }
}

// G13
#[test]
fn another_account_than_the_records_is_told_apart_and_said_in_the_log() {
    let logs = CapturedLogs::watching(&["the-access-token"]);
    let setup = setup();
    let record = |home: &str| {
        AuthenticationRecord::new("the-tid", "my-app", "login.microsoftonline.com", home, "anna@contoso.com")
    };
    for (home, is_another) in [("uid.utid", false), ("somebody.else", true)] {
        setup.http.push(begun()).push(answer("the-access-token"));
        let options = setup.options.clone().with_authentication_record(record(home));
        ask(&DeviceCodeCredential::new(options).unwrap(), &none()).unwrap();
        assert_eq!(logs.text().contains("another account than before signed in"), is_another, "{home}");
    }
}

#[test]
fn an_id_token_for_another_app_is_not_accepted() {
    let setup = setup();
    let body = json!({ "access_token": "t", "expires_in": 3600, "id_token": id_token("another-app", None) });
    setup.http.push(begun()).push(Answer::json(200, body));
    let error = ask(&DeviceCodeCredential::new(setup.options).unwrap(), &none()).unwrap_err();
    assert_eq!((error.kind(), error.credential()), (ErrorKind::AuthenticationFailed, NAME));
}

#[test]
fn signing_out_forgets_the_account_and_its_tokens() {
    let setup = setup();
    setup.http.push(begun()).push(answer("first")).push(begun()).push(answer("second"));
    let credential = DeviceCodeCredential::new(setup.options).unwrap();
    ask(&credential, &none()).unwrap();
    let accounts = block_on(credential.accounts()).unwrap();
    assert_eq!((accounts.len(), accounts[0].username.as_str()), (1, "anna@contoso.com"));
    block_on(credential.sign_out()).unwrap();
    assert!(block_on(credential.accounts()).unwrap().is_empty());
    assert_eq!(ask(&credential, &none()).unwrap().token().secret(), "second");
    assert_eq!(setup.shown.lock().unwrap().len(), 2);
}

// S011, S138
#[tokio::test]
async fn dropping_the_last_handle_ends_what_runs_in_the_background() {
    let setup = setup();
    setup.http.push(begun()).push(answer("first"));
    let credential = DeviceCodeCredential::new(setup.options).unwrap();
    credential.get_token(&[SCOPE], &none()).await.unwrap();
    ends_with_its_last_handle(credential, SCOPE, &setup.clock, &setup.http).await;
}

// S135
#[test]
fn a_storage_is_filled_and_without_one_everything_stays_in_the_credential() {
    let setup = setup();
    let storage = Arc::new(identity_entra::cache::MemoryStorage::default());
    let persistent = setup.options.clone().with_entra(setup.entra.with_cache_storage(storage.clone()));
    for (options, accounts) in [(setup.options, 0), (persistent, 1)] {
        setup.http.push(begun()).push(answer("first"));
        ask(&DeviceCodeCredential::new(options).unwrap(), &none()).unwrap();
        assert_eq!(block_on(crate::accounts(&*storage)).unwrap().len(), accounts);
    }
}
