use identity_core::{Env, ErrorKind};

use super::*;

fn record(authority: &str) -> AuthenticationRecord {
    AuthenticationRecord::new("the-tid", "record-app", authority, "uid.utid", "anna@contoso.com")
}

fn client(
    record: Option<&AuthenticationRecord>,
    tenant_id: Option<&str>,
    client_id: Option<&str>,
    entra: &EntraOptions,
) -> Result<EntraClient, Error> {
    Identity { credential: "TestCredential", tenant_id, client_id, record, entra }.client()
}

fn entra() -> EntraOptions {
    EntraOptions::default().with_env(Env::empty())
}

// S125, S128, S150, S151
#[test]
fn the_defaults_are_the_developers_app_and_any_organization() {
    for empty in [None, Some("")] {
        let client = client(None, empty, empty, &entra()).unwrap();
        assert_eq!(client.client_id(), "04b07795-8ddb-461a-bbee-02f9e1bf7b46");
        assert_eq!(client.resolve_tenant(None).unwrap(), "organizations");
        assert_eq!(client.authority().host(), "login.microsoftonline.com");
        assert!(client.storage().is_some(), "refresh tokens must be somewhere");
    }
}

// S133, S158
#[test]
fn a_record_s_app_beats_the_option_and_its_tenant_is_the_default() {
    let record = record("login.microsoftonline.com");
    let with_record = client(Some(&record), None, Some("my-app"), &entra()).unwrap();
    assert_eq!(
        (with_record.client_id(), with_record.resolve_tenant(None).unwrap()),
        ("record-app", "the-tid")
    );
    let explicit = client(Some(&record), Some("contoso.com"), None, &entra()).unwrap();
    assert_eq!(explicit.resolve_tenant(None).unwrap(), "contoso.com");
}

// S026, S133
#[test]
fn a_record_s_authority_is_read_in_every_form_that_there_is() {
    for (authority, host) in [
        ("login.microsoftonline.us", "login.microsoftonline.us"),
        ("https://login.microsoftonline.us", "login.microsoftonline.us"),
        ("login.windows.net", "login.windows.net"),
        ("login.contoso.example:8443", "login.contoso.example:8443"),
    ] {
        let client = client(Some(&record(authority)), None, None, &entra()).unwrap();
        assert_eq!(client.authority().host_and_port(), host);
    }
    let error = client(Some(&record("http://contoso.com")), None, None, &entra()).unwrap_err();
    assert_eq!((error.kind(), error.credential()), (ErrorKind::InvalidArgument, "TestCredential"));
}

#[test]
fn the_option_beats_a_record_s_authority_which_beats_the_variable_unless_that_means_the_same() {
    let elsewhere = record("login.microsoftonline.us");
    let option = entra().with_authority_host("login.chinacloudapi.cn");
    let client_of = |record, entra: &EntraOptions| client(Some(record), None, None, entra).unwrap();
    assert_eq!(client_of(&elsewhere, &option).authority().host(), "login.chinacloudapi.cn");
    let variable = entra().with_env(Env::empty().with("AZURE_AUTHORITY_HOST", "login.chinacloudapi.cn"));
    assert_eq!(client_of(&elsewhere, &variable).authority().host(), "login.microsoftonline.us");
    // A record does not say whether it was http.
    let here = entra().with_env(Env::empty().with("AZURE_AUTHORITY_HOST", "http://127.0.0.1:1234"));
    assert_eq!(client_of(&record("127.0.0.1:1234"), &here).authority().to_string(), "http://127.0.0.1:1234");
}

// G13
#[test]
fn a_record_without_an_account_would_mean_everybody_and_is_refused() {
    let nobody =
        AuthenticationRecord::new("the-tid", "app", "login.microsoftonline.com", "", "anna@contoso.com");
    let error = client(Some(&nobody), None, None, &entra()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.message().contains("homeAccountId"), "{error}");
}
