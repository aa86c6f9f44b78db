use identity_core::ErrorKind;

use super::*;

const VAULT: &str = "https://vault.azure.net/.default";

fn fields(grant: &Grant) -> Vec<(String, String)> {
    form_urlencoded::parse(grant.form().encode().secret()).into_owned().collect()
}

fn is(grant: &Grant, expected: &[(&str, &str)]) {
    let expected: Vec<_> = expected.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    assert_eq!(fields(grant), expected);
    assert_eq!(expected[0].1, grant.grant_type());
}

fn app() -> RequestScopes {
    RequestScopes::as_given(&[VAULT]).unwrap()
}

fn user() -> RequestScopes {
    RequestScopes::of_user(&[VAULT]).unwrap()
}

const USER: &str = "https://vault.azure.net/.default openid profile offline_access";

#[test]
fn an_app_asks_for_its_scopes_and_nothing_else() {
    is(&Grant::client_credentials(&app()), &[("grant_type", "client_credentials"), ("scope", VAULT)]);
}

#[test]
fn a_code_is_redeemed_with_its_redirect_and_its_verifier() {
    let code = Secret::new("c&d");
    is(
        &Grant::authorization_code(&code, "http://localhost:8400/x", &app(), None),
        &[
            ("grant_type", "authorization_code"),
            ("code", "c&d"),
            ("redirect_uri", "http://localhost:8400/x"),
            ("scope", VAULT),
            ("client_info", "1"),
        ],
    );
    let grant = Grant::authorization_code(&code, "http://localhost", &user(), Some(&Secret::new("verifier")));
    assert_eq!(grant.form().get("code_verifier"), Some(&Secret::new("verifier")));
    assert_eq!(grant.form().get("scope"), Some(&Secret::new(USER)));
}

#[test]
fn the_grants_of_people_have_these_fields() {
    let secret = Secret::new("s+1");
    is(
        &Grant::refresh_token(&secret, &user()),
        &[("grant_type", "refresh_token"), ("refresh_token", "s+1"), ("scope", USER), ("client_info", "1")],
    );
    is(
        &Grant::device_code(&secret),
        &[
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("device_code", "s+1"),
            ("client_info", "1"),
        ],
    );
    is(
        &Grant::password("anna@contoso.com", &secret, &user()),
        &[
            ("grant_type", "password"),
            ("username", "anna@contoso.com"),
            ("password", "s+1"),
            ("scope", USER),
            ("client_info", "1"),
        ],
    );
    is(
        &Grant::on_behalf_of(&secret, &user()),
        &[
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("assertion", "s+1"),
            ("requested_token_use", "on_behalf_of"),
            ("scope", USER),
            ("client_info", "1"),
        ],
    );
}

// G3
#[test]
fn a_grant_does_not_show_its_secrets() {
    let grant = Grant::password("anna", &Secret::new("hunter2"), &user());
    assert!(!format!("{grant:?}").contains("hunter2"));
}

// S003
#[test]
fn scopes_keep_their_order_lose_repetitions_and_must_be_well_formed() {
    let joined = RequestScopes::as_given(&["b/x", "a/y", "b/x"]).unwrap();
    assert_eq!(joined.as_str(), "b/x a/y");
    for scopes in [&[] as &[&str], &[""], &["a b"], &["a", "b\n"]] {
        for error in [RequestScopes::as_given(scopes), RequestScopes::of_user(scopes)] {
            assert_eq!(error.unwrap_err().kind(), ErrorKind::InvalidArgument);
        }
    }
}

#[test]
fn asking_for_a_reserved_scope_is_an_error_for_people_only() {
    for reserved in ["openid", "profile", "offline_access"] {
        let error = RequestScopes::of_user(&[VAULT, reserved]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.message().contains(reserved));
        assert!(RequestScopes::as_given(&[reserved]).is_ok());
    }
}

#[test]
fn the_browser_gets_a_url_with_all_parameters() {
    let pkce = Pkce::generate().unwrap();
    let (state, nonce) = (Secret::new("the-state"), Secret::new("the-nonce"));
    let scopes = user();
    let mut request = AuthorizeRequest {
        client_id: "app",
        redirect_uri: "http://localhost:8400",
        scopes: &scopes,
        state: &state,
        nonce: &nonce,
        pkce: &pkce,
        prompt: Some("select_account"),
        login_hint: Some("anna+x@contoso.com"),
        claims: Some(r#"{"a":"b&c"}"#),
    };
    let endpoint = Url::parse("https://login.microsoftonline.com/t/oauth2/v2.0/authorize").unwrap();
    let url = request.url(&endpoint);
    assert!(
        url.as_str().starts_with("https://login.microsoftonline.com/t/oauth2/v2.0/authorize?client_id=app&")
    );
    let expected = [
        ("client_id", "app"),
        ("response_type", "code"),
        ("redirect_uri", "http://localhost:8400"),
        ("scope", USER),
        ("state", "the-state"),
        ("nonce", "the-nonce"),
        ("code_challenge", pkce.challenge()),
        ("code_challenge_method", "S256"),
        ("response_mode", "form_post"),
        ("client_info", "1"),
        ("prompt", "select_account"),
        ("login_hint", "anna+x@contoso.com"),
        ("claims", r#"{"a":"b&c"}"#),
    ];
    let query: Vec<_> = url.query_pairs().collect();
    assert_eq!(query.iter().map(|(n, v)| (&**n, &**v)).collect::<Vec<_>>(), expected);
    assert!(!url.as_str().contains(pkce.verifier().secret()));
    (request.prompt, request.login_hint, request.claims) = (None, None, None);
    assert_eq!(request.url(&endpoint).query_pairs().count(), 10);
}
