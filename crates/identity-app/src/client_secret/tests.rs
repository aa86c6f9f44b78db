use std::time::Duration;

use identity_core::testing::{CapturedLogs, FakeClock, block_on};
use identity_core::{AccessToken, Env, ErrorKind};
use identity_entra::cache::{CachePartition, CacheStorage, MemoryStorage};
use identity_entra::http::testing::{Answer, ScriptedHttp};
use identity_entra::http::{TransportError, TransportErrorKind};

use super::*;

const SECRET: &str = "s3cret+value/=";
const SCOPE: &str = "https://vault.azure.net/.default";

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

fn credential(setup: &Setup) -> ClientSecretCredential {
    ClientSecretCredential::new("tenant", "client", SECRET, setup.options.clone()).unwrap()
}

fn ask(credential: &ClientSecretCredential) -> Result<AccessToken, Error> {
    ask_with(credential, &[SCOPE], &TokenRequestOptions::default())
}

fn ask_with(
    credential: &ClientSecretCredential,
    scopes: &[&str],
    options: &TokenRequestOptions,
) -> Result<AccessToken, Error> {
    block_on(credential.get_token(scopes, options))
}

// S092, S096, S002
#[test]
fn the_secret_goes_to_the_tenant_s_token_endpoint_and_a_token_comes_back() {
    let setup = setup();
    setup.http.push(Answer::token("a-token", 3600));
    let token = ask(&credential(&setup)).unwrap();
    assert_eq!((token.token().secret(), token.expires_on_unix()), ("a-token", 1_700_003_600));
    assert_eq!((token.credential(), token.tenant_id()), ("ClientSecretCredential", Some("tenant")));
    let [request] = &setup.http.requests()[..] else { panic!("one request, without any discovery") };
    assert_eq!(
        (request.method.as_str(), request.url.as_str()),
        ("POST", "https://login.microsoftonline.com/tenant/oauth2/v2.0/token")
    );
    assert_eq!(request.header("content-type"), Some("application/x-www-form-urlencoded"));
    let mut form = request.form();
    form.sort();
    let expected = [
        ("client_id", "client"),
        ("client_secret", SECRET),
        ("grant_type", "client_credentials"),
        ("scope", SCOPE),
    ];
    assert_eq!(form, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

// S005, S006
#[test]
fn a_second_call_does_not_go_out() {
    let setup = setup();
    setup.http.push(Answer::token("a-token", 3600));
    let credential = credential(&setup);
    ask(&credential).unwrap();
    assert_eq!(ask(&credential.clone()).unwrap().token().secret(), "a-token");
    assert_eq!(setup.http.count(), 1);
}

// S093, S075
#[test]
fn empty_or_malformed_arguments_are_refused_by_name_and_without_their_value() {
    let setup = setup();
    for (tenant, client, secret, words) in [
        ("tenant", "client", "", "client secret must not be empty"),
        ("tenant", "", SECRET, "client id must not be empty"),
        ("tenant", "a b", SECRET, "client id must not be empty or contain white space"),
        ("", "client", SECRET, "invalid tenant id"),
        ("te/nant", "client", SECRET, "invalid tenant id 'te/nant'"),
    ] {
        let error = ClientSecretCredential::new(tenant, client, secret, setup.options.clone()).unwrap_err();
        assert_eq!((error.kind(), error.credential()), (ErrorKind::InvalidArgument, NAME));
        assert!(error.message().contains(words) && !error.message().contains(SECRET), "{error}");
    }
}

// S003
#[test]
fn wrong_scopes_and_claims_are_refused_before_anything_is_sent() {
    let setup = setup();
    let credential = credential(&setup);
    let none = TokenRequestOptions::default();
    for scopes in [&[][..], &["a b"], &[SCOPE, ""]] {
        assert_eq!(ask_with(&credential, scopes, &none).unwrap_err().kind(), ErrorKind::InvalidArgument);
    }
    let claims = TokenRequestOptions::default().with_claims("{not json");
    assert_eq!(ask_with(&credential, &[SCOPE], &claims).unwrap_err().kind(), ErrorKind::InvalidArgument);
    assert_eq!(setup.http.count(), 0);
}

// S045, S046, S094, S216
#[test]
fn the_authority_is_the_option_then_the_variable_then_the_public_cloud() {
    for (option, variable, expected) in [
        (None, None, "https://login.microsoftonline.com/"),
        (None, Some("login.chinacloudapi.cn"), "https://login.chinacloudapi.cn/"),
        (
            Some("https://login.microsoftonline.us/ "),
            Some("login.chinacloudapi.cn"),
            "https://login.microsoftonline.us/",
        ),
        (None, Some(""), "https://login.microsoftonline.com/"),
    ] {
        let mut setup = setup();
        if let Some(host) = option {
            setup.options = setup.options.with_authority_host(host);
        }
        if let Some(host) = variable {
            setup.options = setup.options.with_env(Env::empty().with("AZURE_AUTHORITY_HOST", host));
        }
        setup.http.push(Answer::token("t", 3600));
        ask(&credential(&setup)).unwrap();
        assert!(setup.http.requests()[0].url.starts_with(expected), "{:?}", setup.http.requests());
    }
}

// G21
#[test]
fn plain_http_is_refused_off_loopback() {
    let setup = setup();
    let options = setup.options.clone().with_authority_host("http://login.example.com");
    let error = ClientSecretCredential::new("tenant", "client", SECRET, options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}

// S018
#[test]
fn a_refusal_keeps_the_server_s_words_and_codes_and_no_secret() {
    let logs = CapturedLogs::watching(&[SECRET]);
    let setup = setup();
    let words = "AADSTS7000215: Invalid client secret provided.\r\nTrace ID: t\r\nCorrelation ID: c";
    setup.http.push(Answer::error(401, "invalid_client", words));
    let error = ask(&credential(&setup)).unwrap_err();
    assert_eq!((error.kind(), error.credential()), (ErrorKind::AuthenticationFailed, NAME));
    let server = error.server().unwrap();
    assert_eq!((server.status, server.error.as_deref()), (Some(401), Some("invalid_client")));
    assert_eq!(server.error_codes, [7000215]);
    assert!(error.message().contains("AADSTS7000215"), "{error}");
    logs.check(&format!("{error} {error:?} {:?}", credential(&setup)));
}

// P41, G20
#[test]
fn another_tenant_is_asked_only_when_it_is_allowed() {
    let mut setup = setup();
    let options = TokenRequestOptions::default().with_tenant_id("other");
    let error = ask_with(&credential(&setup), &[SCOPE], &options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
    assert!(error.message().contains("additionally_allowed_tenants"), "{error}");
    assert_eq!(setup.http.count(), 0);
    for allowed in ["OTHER", "*"] {
        setup.options = setup.options.clone().with_additionally_allowed_tenants([allowed]);
        setup.http.push(Answer::token("t", 3600));
        let token = ask_with(&credential(&setup), &[SCOPE], &options).unwrap();
        assert_eq!(token.tenant_id(), Some("other"));
        assert!(setup.http.requests().last().unwrap().url.contains("/other/oauth2/"));
    }
}

// P46
#[test]
fn claims_and_cae_are_asked_for_and_kept_apart() {
    let setup = setup();
    let credential = credential(&setup);
    for text in ["plain", "cae", "claims"] {
        setup.http.push(Answer::token(text, 3600));
    }
    let plain = TokenRequestOptions::default();
    let cae = plain.clone().with_enable_cae(true);
    let claims = plain.clone().with_claims(r#"{"access_token":{"nbf":{"essential":true,"value":"1"}}}"#);
    let get = |options| ask_with(&credential, &[SCOPE], options).unwrap().token().secret().to_owned();
    assert_eq!([get(&plain), get(&cae), get(&claims)], ["plain", "cae", "claims"]);
    assert_eq!([get(&plain), get(&cae)], ["claims", "cae"], "claims replace the cached token");
    let sent: Vec<_> = setup.http.requests().iter().map(|request| request.field("claims")).collect();
    assert_eq!(sent[0], None);
    assert_eq!(sent[1].as_deref(), Some(r#"{"access_token":{"xms_cc":{"values":["CP1"]}}}"#));
    assert!(sent[2].as_deref().unwrap().contains("nbf"));
}

// S095
#[test]
fn credentials_with_one_storage_share_their_tokens() {
    let mut setup = setup();
    let storage = Arc::new(MemoryStorage::default());
    setup.options = setup.options.with_cache_storage(storage.clone());
    setup.http.push(Answer::token("shared", 3600));
    ask(&credential(&setup)).unwrap();
    let other = ask(&credential(&setup)).unwrap();
    assert_eq!((other.token().secret(), setup.http.count()), ("shared", 1));
    let stored = block_on(storage.load(&CachePartition::app("client", "tenant", false))).unwrap();
    assert!(!stored.is_empty());
    // With less than 5 minutes left a stored token is renewed, and served when that fails.
    setup.clock.advance(Duration::from_secs(3400));
    setup.http.push(Answer::error(400, "temporarily", "not now"));
    assert_eq!(ask(&credential(&setup)).unwrap().token().secret(), "shared");
    assert_eq!(setup.http.count(), 2);
    setup.clock.advance(Duration::from_secs(200));
    setup.http.push(Answer::token("new", 3600));
    assert_eq!(ask(&credential(&setup)).unwrap().token().secret(), "new");
}

// P72, P73
#[test]
fn every_fault_of_a_server_ends_in_a_failure_and_leaves_a_valid_token_alone() {
    let html = Answer::new(200, "<html><body>Sign in to the network</body></html>")
        .with_header("content-type", "text/html");
    let faults: Vec<(&str, Vec<Answer>)> = vec![
        ("500 each time", vec![Answer::new(500, ""); 4]),
        ("HTML", vec![html]),
        ("empty", vec![Answer::new(200, "")]),
        ("no token", vec![Answer::json(200, serde_json::json!({}))]),
        ("an error with 200", vec![Answer::error(200, "odd", "words")]),
        ("closed", vec![TransportError::new(TransportErrorKind::Interrupted, "closed").into(); 4]),
        ("refused", vec![TransportError::new(TransportErrorKind::Connect, "refused").into(); 4]),
        ("busy for longer than anybody waits", vec![Answer::new(429, "").with_header("retry-after", "3600")]),
    ];
    for (fault, answers) in faults {
        let setup = setup();
        let credential = credential(&setup);
        setup.http.push(Answer::token("good", 3600));
        ask(&credential).unwrap();
        let sent = answers.len();
        for answer in answers {
            setup.http.push(answer);
        }
        let error =
            ask_with(&credential, &["https://other/.default"], &TokenRequestOptions::default()).unwrap_err();
        assert_eq!(
            (error.kind(), error.credential()),
            (ErrorKind::AuthenticationFailed, NAME),
            "{fault}: {error}"
        );
        assert_eq!(setup.http.count(), 1 + sent, "{fault}");
        assert!(setup.clock.sleeps().iter().sum::<Duration>() <= Duration::from_secs(60), "{fault}");
        assert_eq!(ask(&credential).unwrap().token().secret(), "good", "{fault}");
    }
}

// P50
#[test]
fn extra_query_parameters_go_along_and_keep_stored_tokens_apart_where_they_change_them() {
    let mut setup = setup();
    let storage = Arc::new(MemoryStorage::default());
    setup.options = setup.options.with_cache_storage(storage);
    let with = |in_key: bool| Setup {
        options: setup.options.clone().with_extra_query_parameter("slice", "test & more", in_key),
        ..setup_like(&setup)
    };
    for (options, sent) in [(setup_like(&setup), 1), (with(false), 1), (with(true), 2), (with(true), 2)] {
        setup.http.push(Answer::token("t", 3600));
        ask(&credential(&options)).unwrap();
        assert_eq!(setup.http.count(), sent);
    }
    assert_eq!(setup.http.requests()[1].query("slice").as_deref(), Some("test & more"));
    for name in ["", "client_secret", "scope"] {
        let options = setup.options.clone().with_extra_query_parameter(name, "x", false);
        let error = ClientSecretCredential::new("tenant", "client", SECRET, options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    }
}

fn setup_like(setup: &Setup) -> Setup {
    Setup { http: setup.http.clone(), clock: setup.clock.clone(), options: setup.options.clone() }
}
