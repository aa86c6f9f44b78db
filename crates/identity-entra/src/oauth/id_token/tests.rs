use identity_core::ErrorKind;
use serde_json::json;

use super::*;

const TENANT: &str = "11111111-2222-3333-4444-555555555555";

fn token(claims: &Value) -> Secret {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    Secret::new(format!("{}.{}.c2ln", part(&json!({"alg": "RS256"})), part(claims)))
}

fn info(uid: &str, utid: &str) -> String {
    URL_SAFE_NO_PAD.encode(json!({"uid": uid, "utid": utid}).to_string())
}

fn signed_in(host: &str, tenant: &str, claims: &Value, client_info: Option<&str>) -> SignedIn {
    let authority = Authority::parse(host).unwrap();
    SignedIn::new(&authority, tenant, Some(&token(claims)), client_info, None).unwrap().unwrap()
}

// S029
#[test]
fn an_account_of_entra_comes_from_client_info_and_the_id_token() {
    let claims = json!({
        "iss": format!("https://login.microsoftonline.com/{TENANT}/v2.0"), "aud": "app", "tid": TENANT, "oid": "object", "sub": "pairwise",
        "preferred_username": "anna@contoso.com", "upn": "other", "name": "Anna",
    });
    let signed_in = signed_in(
        "login.microsoftonline.com",
        "organizations",
        &claims,
        Some(&info("object", "home-tenant")),
    );
    let account = Account {
        home_account_id: "object.home-tenant".into(),
        environment: "login.microsoftonline.com".into(),
        realm: TENANT.into(),
        local_account_id: "object".into(),
        username: "anna@contoso.com".into(),
        authority_type: "MSSTS".into(),
        name: Some("Anna".into()),
    };
    assert_eq!(signed_in.account(), &account);
    assert_eq!(
        signed_in.record("app"),
        AuthenticationRecord::new(
            TENANT,
            "app",
            "login.microsoftonline.com",
            "object.home-tenant",
            "anna@contoso.com"
        )
    );
}

// S029, P44
#[test]
fn an_account_of_adfs_comes_from_sub_upn_and_the_issuers_path() {
    let claims = json!({"iss": "https://fs.contoso.com:8443/adfs", "aud": "app", "sub": "subject", "upn": "anna@contoso.com"});
    let signed_in = signed_in("fs.contoso.com:8443", "adfs", &claims, None);
    let account = signed_in.account();
    assert_eq!((account.home_account_id.as_str(), account.local_account_id.as_str()), ("subject", "subject"));
    assert_eq!((account.realm.as_str(), account.authority_type.as_str()), ("adfs", "ADFS"));
    assert_eq!(account.username, "anna@contoso.com");
    assert_eq!(account.environment, "fs.contoso.com");
    assert_eq!(
        signed_in.record("app"),
        AuthenticationRecord::new("adfs", "app", "fs.contoso.com:8443", "subject", "anna@contoso.com")
    );
}

// S029
#[test]
fn without_tid_the_tenant_is_the_issuers_and_then_the_one_asked() {
    let by_issuer = json!({"iss": format!("https://sts.windows.net/{TENANT}/"), "sub": "s"});
    let account = signed_in("login.microsoftonline.com", "organizations", &by_issuer, None).into_account();
    assert_eq!(account.realm, TENANT);
    for claims in [
        json!({"sub": "s"}),
        json!({"sub": "s", "tid": "a/b", "iss": "nonsense"}),
        json!({"sub": "s", "tid": 5}),
    ] {
        let account = signed_in("login.microsoftonline.com", "organizations", &claims, None).into_account();
        assert_eq!(account.realm, "organizations", "{claims}");
    }
}

#[test]
fn a_record_names_a_host_that_can_be_asked_again() {
    let authority = |host: &str, issuer: &str| {
        let claims = json!({"iss": issuer, "sub": "s", "tid": TENANT});
        signed_in(host, TENANT, &claims, None).record("app").authority().to_owned()
    };
    let public = format!("https://login.microsoftonline.com/{TENANT}/v2.0");
    assert_eq!(authority("login.windows.net", &public), "login.microsoftonline.com");
    assert_eq!(authority("127.0.0.1:5000", &public), "127.0.0.1:5000");
    assert_eq!(authority("login.private.example", "https://evil.example/t"), "login.private.example");
}

#[test]
fn the_name_that_was_sent_stands_in_for_one_that_did_not_come() {
    let authority = Authority::parse("login.microsoftonline.com").unwrap();
    let account = SignedIn::new(&authority, "t", None, Some(&info("u", "t")), Some("anna")).unwrap().unwrap();
    assert_eq!(account.account().username, "anna");
    assert_eq!(account.account().local_account_id, "u");
    assert!(SignedIn::new(&authority, "t", None, None, Some("anna")).unwrap().is_none());
}

// G13
#[test]
fn what_does_not_identify_an_account_is_refused() {
    let authority = Authority::parse("login.microsoftonline.com").unwrap();
    let no_sub = token(&json!({"iss": "https://login.microsoftonline.com/t/v2.0"}));
    let no_utid = URL_SAFE_NO_PAD.encode(r#"{"uid":"u"}"#);
    let blank = info("", "t");
    for (id_token, client_info) in [
        (Some(&no_sub), None),
        (None, Some(no_utid.as_str())),
        (None, Some(blank.as_str())),
        (None, Some("%%%")),
        (Some(&Secret::new("hunter2")), None),
        (Some(&Secret::new("a.b.c.d")), None),
        (Some(&Secret::new("..")), None),
    ] {
        let error = SignedIn::new(&authority, "t", id_token, client_info, None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
        assert!(!error.to_string().contains("hunter2"));
    }
}

#[test]
fn padding_in_client_info_is_accepted() {
    let padded = URL_SAFE.encode(r#"{"uid":"u","utid":"tt"}"#);
    assert!(padded.ends_with('='));
    assert_eq!(ClientInfo::decode(&padded).unwrap().home_account_id(), "u.tt");
}

// G17
#[test]
fn an_id_token_for_another_app_or_another_sign_in_is_refused() {
    let nonce = Secret::new("n-1");
    let check = |claims: Value, nonce| IdToken::decode(&token(&claims)).unwrap().verify("app", nonce);
    assert!(check(json!({"aud": "APP", "nonce": "n-1"}), Some(&nonce)).is_ok());
    assert!(check(json!({"aud": ["other", "app"]}), None).is_ok());
    for claims in [
        json!({"aud": "other", "nonce": "n-1"}),
        json!({"nonce": "n-1"}),
        json!({"aud": "app"}),
        json!({"aud": "app", "nonce": "n-2"}),
    ] {
        let error = check(claims.clone(), Some(&nonce)).expect_err(&claims.to_string());
        assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
    }
}

// G25
#[test]
fn debug_shows_nothing_about_the_person() {
    let claims = json!({"iss": "https://a/b", "tid": TENANT, "upn": "anna", "name": "Anna", "oid": "object"});
    let shown = format!("{:?}", IdToken::decode(&token(&claims)).unwrap());
    assert_eq!(shown, format!("IdToken {{ iss: Some(\"https://a/b\"), tid: Some(\"{TENANT}\"), .. }}"));
}

proptest::proptest! {
    // G5
    #[test]
    fn no_text_makes_it_panic(claims in ".{0,60}", text in ".{0,60}") {
        let authority = Authority::parse("login.microsoftonline.com").unwrap();
        let wrapped = Secret::new(format!("e30.{}.x", URL_SAFE_NO_PAD.encode(&claims)));
        let _ = SignedIn::new(&authority, "t", Some(&wrapped), None, None);
        let _ = SignedIn::new(&authority, "t", Some(&Secret::new(text.clone())), Some(&text), None);
        let _ = ClientInfo::decode(&URL_SAFE_NO_PAD.encode(&claims));
    }
}
