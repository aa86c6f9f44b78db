use identity_core::testing::ScriptedCredential;
use identity_core::{AccessToken, Env, ErrorKind};
use identity_entra::http::testing::{Answer, ScriptedHttp};

use super::*;
use crate::federated::tests;

fn ask(http: &ScriptedHttp, host: &str, source: CredentialAssertion) -> Result<AccessToken, Error> {
    tests::ask(http, Env::empty().with("AZURE_AUTHORITY_HOST", host), source)
}

fn token(text: &str) -> AccessToken {
    AccessToken::new(text, std::time::SystemTime::UNIX_EPOCH)
}

// P18
#[test]
fn the_inner_credential_is_asked_for_the_exchange_of_the_app_s_cloud() {
    for (host, scope) in [
        ("login.microsoftonline.com", "api://AzureADTokenExchange/.default"),
        ("login.microsoftonline.us", "api://AzureADTokenExchangeUSGov/.default"),
        ("login.chinacloudapi.cn", "api://AzureADTokenExchangeChina/.default"),
        ("localhost:8443", "api://AzureADTokenExchange/.default"),
    ] {
        let (http, inner) = (ScriptedHttp::new(), ScriptedCredential::new());
        http.push(Answer::token("t", 3600));
        inner.push(Ok(token("of-machine")));
        ask(&http, host, CredentialAssertion::new(inner.clone())).unwrap();
        assert_eq!(inner.calls()[0].scopes, [scope], "{host}");
        assert_eq!(inner.calls()[0].options.claims(), None);
        assert_eq!(http.requests()[0].field("client_assertion").as_deref(), Some("of-machine"));
    }
    let (http, inner) = (ScriptedHttp::new(), ScriptedCredential::new());
    http.push(Answer::token("t", 3600));
    inner.push(Ok(token("of-machine")));
    ask(
        &http,
        "login.microsoftonline.com",
        CredentialAssertion::new(inner.clone()).with_scope("api://own/.default"),
    )
    .unwrap();
    assert_eq!(inner.calls()[0].scopes, ["api://own/.default"]);
}

// P18
#[test]
fn what_the_inner_credential_says_is_passed_on_with_its_kind() {
    for kind in [ErrorKind::CredentialUnavailable, ErrorKind::AuthenticationFailed] {
        let (http, inner) = (ScriptedHttp::new(), ScriptedCredential::new());
        inner.push(Err(Error::new(kind, "no").with_credential("ManagedIdentityCredential")));
        let error = ask(&http, "login.microsoftonline.com", CredentialAssertion::new(inner)).unwrap_err();
        assert_eq!((error.kind(), http.count()), (kind, 0));
        assert_eq!(
            error.to_string(),
            "ClientAssertionCredential: the credential that vouches for the app gave no token: ManagedIdentityCredential: no"
        );
    }
}

// P18
#[test]
fn after_a_refusal_as_outdated_the_inner_credential_must_get_another_token() {
    let outdated = "AADSTS700024: Client assertion is not within its valid time range.";
    let (http, inner) = (ScriptedHttp::new(), ScriptedCredential::new());
    http.push(Answer::error(401, "invalid_client", outdated)).push(Answer::token("t", 3600));
    inner.push(Ok(token("old")));
    inner.push(Ok(token("new")));
    ask(&http, "login.microsoftonline.com", CredentialAssertion::new(inner.clone())).unwrap();
    assert_eq!(inner.calls()[1].options.claims(), Some("{}"));
    assert_eq!(http.requests()[1].field("client_assertion").as_deref(), Some("new"));
}
