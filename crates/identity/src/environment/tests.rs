use identity_core::testing::{CapturedLogs, block_on};
use identity_core::{AccessToken, ErrorKind};
use identity_entra::http::testing::{Answer, ScriptedHttp};

use super::*;

const SECRET: &str = "very-secret-value";
const SECRET_SET: [(&str, &str); 3] =
    [(AZURE_TENANT_ID, "tenant"), (AZURE_CLIENT_ID, "client"), (AZURE_CLIENT_SECRET, SECRET)];

fn options(http: &ScriptedHttp, variables: &[(&str, &str)]) -> EntraOptions {
    let env: Env = variables.iter().copied().collect();
    EntraOptions::default().with_http_service(http.service()).with_env(env)
}

fn ask(credential: &EnvironmentCredential) -> Result<AccessToken> {
    ask_with(credential, &TokenRequestOptions::default())
}

fn ask_with(credential: &EnvironmentCredential, options: &TokenRequestOptions) -> Result<AccessToken> {
    block_on(credential.get_token(&["https://vault.azure.net/.default"], options))
}

// S140, S141, S146, S213
#[test]
fn a_secret_in_the_environment_gets_a_token_in_this_credential_s_name() {
    let http = ScriptedHttp::new();
    http.push(Answer::token("t", 3600));
    let credential = EnvironmentCredential::new(options(&http, &SECRET_SET)).unwrap();
    let token = ask(&credential).unwrap();
    assert_eq!((token.token().secret(), token.credential()), ("t", NAME));
    assert_eq!(ask(&credential).unwrap().credential(), NAME, "from the cache, too");
    let [request] = &http.requests()[..] else { panic!("one request") };
    assert_eq!(request.field("client_secret").as_deref(), Some(SECRET));
    assert!(request.url.contains("/tenant/"));
}

// S144, S216
#[test]
fn the_authority_is_that_of_the_environment() {
    let http = ScriptedHttp::new();
    http.push(Answer::token("t", 3600));
    let variables = [&SECRET_SET[..], &[("AZURE_AUTHORITY_HOST", "login.microsoftonline.us")]].concat();
    ask(&EnvironmentCredential::new(options(&http, &variables)).unwrap()).unwrap();
    assert!(http.requests()[0].url.starts_with("https://login.microsoftonline.us/"));
}

// S008
#[test]
fn a_request_may_name_an_allowed_tenant() {
    let http = ScriptedHttp::new();
    http.push(Answer::token("t", 3600));
    let variables = [&SECRET_SET[..], &[("AZURE_ADDITIONALLY_ALLOWED_TENANTS", "other; third")]].concat();
    let credential = EnvironmentCredential::new(options(&http, &variables)).unwrap();
    let other = TokenRequestOptions::default().with_tenant_id("other");
    assert_eq!(ask_with(&credential, &other).unwrap().tenant_id(), Some("other"));
    let fourth = TokenRequestOptions::default().with_tenant_id("fourth");
    let error = ask_with(&credential, &fourth).unwrap_err();
    assert_eq!((error.kind(), error.credential()), (ErrorKind::AuthenticationFailed, NAME));
}

// S145
#[test]
fn incomplete_variables_are_named_at_the_first_token_and_never_their_values() {
    let logs = CapturedLogs::watching(&[SECRET]);
    let http = ScriptedHttp::new();
    let unavailable = |variables: &[(&str, &str)]| {
        let error = ask(&EnvironmentCredential::new(options(&http, variables)).unwrap()).unwrap_err();
        assert_eq!((error.kind(), error.credential()), (ErrorKind::CredentialUnavailable, NAME));
        logs.check(&format!("{error:?}"));
        error.message().to_owned()
    };
    let message = unavailable(&SECRET_SET[1..]);
    assert!(message.contains("set is AZURE_CLIENT_ID, AZURE_CLIENT_SECRET;"), "{message}");
    assert!(message.contains("for a secret also set AZURE_TENANT_ID;"), "{message}");
    let message = unavailable(&[(AZURE_TENANT_ID, ""), (AZURE_CLIENT_SECRET, "")]);
    assert!(message.starts_with("no environment variable describes a credential"), "{message}");
    assert!(logs.text().contains("AZURE_CLIENT_SECRET"), "the log names what was set");
    assert_eq!(http.count(), 0);
}

// S003
#[test]
fn no_scope_is_refused_also_where_nothing_is_configured() {
    let credential = EnvironmentCredential::new(options(&ScriptedHttp::new(), &[])).unwrap();
    let error = block_on(credential.get_token(&[], &TokenRequestOptions::default())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}

// S142, S214
#[test]
fn a_certificate_that_can_t_be_read_is_said_when_the_credential_is_built() {
    let variables = [SECRET_SET[0], SECRET_SET[1], (AZURE_CLIENT_CERTIFICATE_PATH, "/nowhere/app.pem")];
    let error = EnvironmentCredential::new(options(&ScriptedHttp::new(), &variables)).unwrap_err();
    assert_eq!((error.kind(), error.credential()), (ErrorKind::InvalidArgument, NAME));
    assert!(error.message().contains("/nowhere/app.pem"), "{error}");
}

// S140
#[test]
fn a_secret_beats_a_certificate_and_the_log_says_so_by_name() {
    let logs = CapturedLogs::watching(&[SECRET]);
    let http = ScriptedHttp::new();
    http.push(Answer::token("t", 3600));
    let variables = [&SECRET_SET[..], &[(AZURE_CLIENT_CERTIFICATE_PATH, "/nowhere/app.pem")]].concat();
    ask(&EnvironmentCredential::new(options(&http, &variables)).unwrap()).unwrap();
    assert!(
        logs.text().contains("AZURE_CLIENT_CERTIFICATE_PATH is set as well as AZURE_CLIENT_SECRET"),
        "{}",
        logs.text()
    );
}

// S145
#[test]
fn of_a_way_that_is_passed_over_the_log_says_what_is_missing() {
    let logs = CapturedLogs::watching(&[SECRET]);
    let user = [
        (AZURE_CLIENT_ID, "c"),
        (AZURE_USERNAME, "anna"),
        (AZURE_PASSWORD, "p"),
        (AZURE_CLIENT_SECRET, SECRET),
    ];
    EnvironmentCredential::new(options(&ScriptedHttp::new(), &user)).unwrap();
    let words = "AZURE_CLIENT_SECRET is set, but AZURE_TENANT_ID is missing for a secret; a user is used";
    assert!(logs.text().contains(words), "{}", logs.text());
}

#[test]
fn a_value_that_can_t_be_right_is_an_invalid_argument() {
    let variables = [(AZURE_TENANT_ID, "te/nant"), SECRET_SET[1], SECRET_SET[2]];
    let error = EnvironmentCredential::new(options(&ScriptedHttp::new(), &variables)).unwrap_err();
    assert_eq!((error.kind(), error.credential()), (ErrorKind::InvalidArgument, NAME));
    assert!(
        error
            .message()
            .starts_with("the environment describes a secret that can't be used: invalid tenant id"),
        "{error}"
    );
}

// S143, S215, P10
#[test]
fn a_user_in_the_environment_signs_in_with_any_organization_unless_a_tenant_is_set() {
    let logs = CapturedLogs::watching(&[SECRET]);
    let user = [SECRET_SET[1], (AZURE_USERNAME, "anna@contoso.com"), (AZURE_PASSWORD, SECRET)];
    for (more, tenant) in [(&[][..], "/organizations/"), (&SECRET_SET[..1], "/tenant/")] {
        let http = ScriptedHttp::new();
        http.otherwise(|request| match request.method.as_str() {
            "GET" => Answer::json(200, serde_json::json!({ "account_type": "Managed" })),
            _ => Answer::token("t", 3600),
        });
        let credential = EnvironmentCredential::new(options(&http, &[&user[..], more].concat())).unwrap();
        assert_eq!(ask(&credential).unwrap().credential(), NAME);
        let request = http.requests().pop().unwrap();
        assert!(request.url.contains(tenant), "{}", request.url);
        assert_eq!(request.field("grant_type").as_deref(), Some("password"));
        assert_eq!(request.field("username").as_deref(), Some("anna@contoso.com"));
        assert_eq!(request.field("password").as_deref(), Some(SECRET));
    }
    assert!(logs.text().contains("Microsoft advises against it"));
}

// S140
#[test]
fn an_app_s_proof_beats_a_user_s_password() {
    let http = ScriptedHttp::new();
    http.push(Answer::token("t", 3600));
    let user = [(AZURE_USERNAME, "anna@contoso.com"), (AZURE_PASSWORD, "p")];
    ask(&EnvironmentCredential::new(options(&http, &[&user[..], &SECRET_SET].concat())).unwrap()).unwrap();
    assert_eq!(http.requests()[0].field("grant_type").as_deref(), Some("client_credentials"));
}

// S147
#[test]
fn dropping_the_credential_drops_the_one_inside() {
    let credential = EnvironmentCredential::new(options(&ScriptedHttp::new(), &SECRET_SET)).unwrap();
    let Found::Credential(inner) = &credential.0 else { panic!("nothing found") };
    let weak = Arc::downgrade(inner);
    drop(credential);
    assert!(weak.upgrade().is_none());
}
