use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity_core::testing::{CapturedLogs, FakeClock, block_on};
use identity_core::{AccessToken, Env, ErrorKind};
use identity_entra::assertion_source::AssertionCallback;
use identity_entra::http::testing::{Answer, RecordedRequest, ScriptedHttp};
use proptest::prelude::*;
use serde_json::json;

use super::*;

const SECRET: &str = "s3cret+value/=";
const SCOPE: &str = "https://graph.microsoft.com/.default";

struct Setup {
    http: ScriptedHttp,
    clock: FakeClock,
    options: EntraOptions,
}

fn setup() -> Setup {
    let (http, clock) = (ScriptedHttp::new(), FakeClock::at_unix(1_700_000_000));
    let options = EntraOptions::default()
        .with_http_service(http.service())
        .with_clock(clock.clock())
        .with_env(Env::empty());
    Setup { http, clock, options }
}

fn credential(options: &EntraOptions, assertion: &str) -> OnBehalfOfCredential {
    OnBehalfOfCredential::with_secret("tenant", "client", SECRET, assertion, options.clone()).unwrap()
}

fn none() -> TokenRequestOptions {
    TokenRequestOptions::default()
}

fn ask(credential: &OnBehalfOfCredential) -> Result<AccessToken, Error> {
    block_on(credential.get_token(&[SCOPE], &none()))
}

fn answer(access_token: &str, refresh_token: &str, uid: &str) -> Answer {
    let info = URL_SAFE_NO_PAD.encode(json!({ "uid": uid, "utid": "utid" }).to_string());
    Answer::json(
        200,
        json!({ "access_token": access_token, "expires_in": 3600, "refresh_token": refresh_token, "client_info": info }),
    )
}

/// A server that says in each token whose and for what it is, and knows assertions and refresh tokens by their owners' names.
fn serve(http: &ScriptedHttp) {
    http.otherwise(|request: &RecordedRequest| {
        let proof = request.field("assertion").or_else(|| request.field("refresh_token")).unwrap();
        let user = proof.rsplit_once('-').unwrap().1;
        let scope = request.field("scope").unwrap();
        let resource = scope.split(' ').next().unwrap();
        answer(&format!("{user} {resource}"), &format!("refresh-of-{user}"), user)
    });
}

// S173, S174, S175, S178, S179
#[test]
fn the_assertion_and_the_app_s_secret_get_a_token() {
    let logs = CapturedLogs::watching(&[SECRET, "the-assertion", "the-access-token", "the-refresh-token"]);
    let setup = setup();
    setup.http.push(answer("the-access-token", "the-refresh-token", "uid"));
    let credential = credential(&setup.options, "the-assertion");
    let token = ask(&credential).unwrap();
    assert_eq!((token.token().secret(), token.credential()), ("the-access-token", NAME));
    let [request] = &setup.http.requests()[..] else { panic!("one request") };
    assert_eq!(request.url, "https://login.microsoftonline.com/tenant/oauth2/v2.0/token");
    let expected = [
        ("assertion", "the-assertion"),
        ("client_id", "client"),
        ("client_info", "1"),
        ("client_secret", SECRET),
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("requested_token_use", "on_behalf_of"),
        ("scope", "https://graph.microsoft.com/.default openid profile offline_access"),
    ];
    let mut form = request.form();
    form.sort();
    assert_eq!(form, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(ask(&credential).unwrap().token().secret(), "the-access-token");
    assert_eq!(setup.http.count(), 1);
    logs.check(&format!("{credential:?}"));
}

// P14, S175
#[test]
fn an_assertion_of_the_app_is_as_good_as_a_secret() {
    let setup = setup();
    setup.http.push(answer("t", "r", "uid"));
    let source = AssertionCallback::new(|| Ok::<_, std::io::Error>("app-assertion".to_owned()));
    let credential =
        OnBehalfOfCredential::with_client_assertion("tenant", "client", source, "ua", setup.options).unwrap();
    ask(&credential).unwrap();
    let request = &setup.http.requests()[0];
    assert_eq!(request.field("client_assertion").unwrap(), "app-assertion");
    assert_eq!(request.field("assertion").unwrap(), "ua");
}

// S174, S175
#[test]
fn what_is_missing_is_refused() {
    let setup = setup();
    for (tenant, client, secret, assertion, words) in [
        ("tenant", "client", SECRET, "", "the user assertion must not be empty"),
        ("tenant", "client", "", "ua", "the client secret must not be empty"),
        ("te/nant", "client", SECRET, "ua", "invalid tenant id"),
        ("tenant", "", SECRET, "ua", "the client id must not be empty"),
    ] {
        let options = setup.options.clone();
        let error =
            OnBehalfOfCredential::with_secret(tenant, client, secret, assertion, options).unwrap_err();
        assert_eq!((error.kind(), error.credential()), (ErrorKind::InvalidArgument, NAME));
        assert!(error.message().starts_with(words), "{error}");
    }
    let error = credential(&setup.options, "ua").for_assertion("").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}

// S179
#[test]
fn later_tokens_come_from_the_refresh_token_and_when_it_is_refused_from_the_assertion() {
    let setup = setup();
    serve(&setup.http);
    let credential = credential(&setup.options, "assertion-of-anna");
    ask(&credential).unwrap();
    block_on(credential.get_token(&["https://other/.default"], &none())).unwrap();
    setup.clock.advance(Duration::from_secs(4000));
    setup.http.push(Answer::error(400, "invalid_grant", "AADSTS700082: expired"));
    assert_eq!(ask(&credential).unwrap().token().secret(), format!("anna {SCOPE}"));
    let proofs: Vec<_> =
        setup.http.requests().iter().map(|request| request.field("refresh_token").is_some()).collect();
    assert_eq!(proofs, [false, true, true, false]);
    assert_eq!(setup.http.requests()[1].field("client_secret").unwrap(), SECRET);
}

// S180, S037
#[test]
fn missing_consent_is_a_failure_with_the_claims_to_demand() {
    let setup = setup();
    let claims = r#"{"access_token":{"polids":{"essential":true,"values":["p"]}}}"#;
    let refusal = json!({
        "error": "interaction_required", "suberror": "basic_action", "error_codes": [50076, 65001],
        "error_description": "AADSTS65001: no consent", "claims": claims,
    });
    setup.http.push(Answer::json(400, refusal));
    let error = ask(&credential(&setup.options, "ua")).unwrap_err();
    assert_eq!((error.kind(), error.credential()), (ErrorKind::AuthenticationFailed, NAME));
    assert!(error.message().contains("AADSTS65001"), "{error}");
    assert_eq!(error.claims(), Some(claims));
}

// S181, S008
#[test]
fn scopes_claims_and_tenants_are_checked_and_sent() {
    let setup = setup();
    serve(&setup.http);
    let options = setup.options.clone().with_additionally_allowed_tenants(["fabrikam.com"]);
    let credential = credential(&options, "assertion-of-anna");
    for scopes in [&[][..], &["a b"], &["openid"]] {
        let error = block_on(credential.get_token(scopes, &none())).unwrap_err();
        assert_eq!((error.kind(), error.credential()), (ErrorKind::InvalidArgument, NAME));
    }
    let refused = block_on(credential.get_token(&[SCOPE], &none().with_tenant_id("evil.com"))).unwrap_err();
    assert_eq!((refused.kind(), setup.http.count()), (ErrorKind::AuthenticationFailed, 0));
    block_on(credential.get_token(&[SCOPE], &none().with_tenant_id("fabrikam.com"))).unwrap();
    assert!(setup.http.requests()[0].url.contains("/fabrikam.com/"));
    ask(&credential).unwrap();
    let claims = none().with_claims(r#"{"access_token":{"nbf":{}}}"#).with_enable_cae(true);
    block_on(credential.get_token(&[SCOPE], &claims)).unwrap();
    let sent = setup.http.requests().pop().unwrap().field("claims").unwrap();
    assert_eq!(sent, r#"{"access_token":{"nbf":{},"xms_cc":{"values":["CP1"]}}}"#);
}

// P15
#[test]
fn instances_that_share_a_storage_share_tokens_of_the_same_assertion_only() {
    let setup = setup();
    serve(&setup.http);
    let options = setup.options.clone().with_cache_storage(Arc::new(MemoryStorage::default()));
    ask(&credential(&options, "assertion-of-anna")).unwrap();
    assert_eq!(
        ask(&credential(&options, "assertion-of-anna")).unwrap().token().secret(),
        format!("anna {SCOPE}")
    );
    assert_eq!(setup.http.count(), 1);
    assert_eq!(
        ask(&credential(&options, "assertion-of-ben")).unwrap().token().secret(),
        format!("ben {SCOPE}")
    );
    // Another assertion of the same person is another one.
    ask(&credential(&options, "later-assertion-of-anna")).unwrap();
    assert_eq!(setup.http.count(), 3);
    let sent = setup.http.requests().pop().unwrap();
    assert_eq!(sent.field("assertion").unwrap(), "later-assertion-of-anna");
}

#[test]
fn siblings_find_what_was_got_for_the_same_assertion() {
    let setup = setup();
    serve(&setup.http);
    let first = credential(&setup.options, "assertion-of-anna");
    ask(&first).unwrap();
    for _ in 0..3 {
        let again = first.for_assertion("assertion-of-anna").unwrap();
        assert_eq!(ask(&again).unwrap().token().secret(), format!("anna {SCOPE}"));
    }
    assert_eq!(setup.http.count(), 1);
    assert_eq!(
        ask(&first.for_assertion("assertion-of-ben").unwrap()).unwrap().token().secret(),
        format!("ben {SCOPE}")
    );
}

#[test]
fn the_capacity_counts_for_all_assertions_together() {
    let setup = setup();
    serve(&setup.http);
    let capacity = 100;
    let first = credential(&setup.options.clone().with_cache_capacity(capacity), "assertion-of-0");
    for user in 0..1000 {
        let sibling = first.for_assertion(format!("assertion-of-{user}")).unwrap();
        assert_eq!(ask(&sibling).unwrap().token().secret(), format!("{user} {SCOPE}"));
    }
    assert!(first.cache.len() <= capacity, "{}", first.cache.len());
    let storage = first.app.client.storage().unwrap();
    let all = block_on(storage.load(&CachePartition::all(false))).unwrap();
    let all = String::from_utf8(all.serialize()).unwrap();
    assert_eq!(all.matches("\"credential_type\":\"RefreshToken\"").count(), capacity);
    assert!(!all.contains(SCOPE), "access tokens are not kept twice");
}

#[derive(Clone, Debug)]
enum Step {
    Ask { instance: usize, user: usize, scope: usize, cae: bool, claims: bool },
    Wait(u64),
    Refuse,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..3_usize, 0..3_usize, 0..2_usize, any::<bool>(), prop::bool::weighted(0.2))
            .prop_map(|(instance, user, scope, cae, claims)| Step::Ask { instance, user, scope, cae, claims }),
        2 => (0..5000_u64).prop_map(Step::Wait),
        1 => Just(Step::Refuse),
    ]
}

// S011, S182
#[tokio::test]
async fn dropping_the_last_handle_of_all_siblings_ends_what_runs_in_the_background() {
    let setup = setup();
    serve(&setup.http);
    let credential = credential(&setup.options, "assertion-of-anna");
    let sibling = credential.for_assertion("assertion-of-anna").unwrap();
    credential.get_token(&[SCOPE], &none()).await.unwrap();
    setup.http.hold();
    setup.clock.advance(Duration::from_secs(3400));
    credential.get_token(&[SCOPE], &none()).await.unwrap();
    while setup.http.under_way() == 0 {
        tokio::task::yield_now().await;
    }
    drop(credential);
    tokio::task::yield_now().await;
    assert_eq!(setup.http.under_way(), 1, "a sibling is no end");
    drop(sibling);
    while setup.http.under_way() == 1 {
        tokio::task::yield_now().await;
    }
}

proptest! {
    // G13, P15
    #[test]
    fn two_users_never_see_each_other_s_token(steps in prop::collection::vec(step(), 1..40), shared in any::<bool>()) {
        const USERS: [&str; 3] = ["anna", "ben", "chris"];
        const SCOPES: [&str; 2] = [SCOPE, "https://vault.azure.net/.default"];
        let setup = setup();
        serve(&setup.http);
        let mut options = setup.options.clone();
        if shared {
            options = options.with_cache_storage(Arc::new(MemoryStorage::default()));
        }
        // Two siblings, and an instance of its own.
        let first = credential(&options, "assertion-of-nobody");
        let instances = [first.clone(), first, credential(&options, "assertion-of-nobody")];
        for step in steps {
            match step {
                Step::Ask { instance, user, scope, cae, claims } => {
                    let sibling = instances[instance].for_assertion(format!("assertion-of-{}", USERS[user])).unwrap();
                    let mut options = none().with_enable_cae(cae);
                    if claims {
                        options = options.with_claims("{}");
                    }
                    // What a refusal left in the script may end it in an error; a token is always one's own.
                    if let Ok(token) = block_on(sibling.get_token(&[SCOPES[scope]], &options)) {
                        prop_assert_eq!(token.token().secret(), format!("{} {}", USERS[user], SCOPES[scope]));
                    }
                }
                Step::Wait(seconds) => setup.clock.advance(Duration::from_secs(seconds)),
                Step::Refuse => {
                    setup.http.push(Answer::error(400, "invalid_grant", "AADSTS50173: revoked"));
                }
            }
        }
    }
}
