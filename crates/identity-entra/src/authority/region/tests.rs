use identity_core::ErrorKind;
use identity_core::testing::{FakeClock, block_on};
use serde_json::json;

use super::*;
use crate::http::testing::{Answer, ScriptedHttp};
use crate::http::{RetryOptions, TransportErrorKind};

fn of(explicit: Option<&str>, variables: &[(&str, &str)]) -> Result<Option<Region>, Error> {
    Region::from_options(explicit, &variables.iter().copied().collect())
}

fn named(name: &str) -> Option<Region> {
    Some(Region(Choice::Named(name.into())))
}

/// What is found, asked for twice.
fn find(http: &ScriptedHttp) -> Option<String> {
    let client = http.client(&FakeClock::at_unix(1000).clock());
    let retry = RetryPolicy::entra(&RetryOptions::default());
    let exchange = Exchange { credential: "TestCredential", http: &client, retry: &retry, profile: None };
    let finder = RegionFinder::new(Region(Choice::Detect));
    let first = block_on(finder.find(&exchange)).map(str::to_owned);
    assert_eq!(block_on(finder.find(&exchange)), first.as_deref());
    first
}

// P45
#[test]
fn the_option_beats_the_variables_in_their_order() {
    let both = [("AZURE_REGIONAL_AUTHORITY_NAME", "westus"), ("MSAL_FORCE_REGION", "eastus")];
    assert_eq!(of(Some("northeurope"), &both).unwrap(), named("northeurope"));
    assert_eq!(of(None, &both).unwrap(), named("westus"));
    assert_eq!(of(Some(""), &both[1..]).unwrap(), named("eastus"));
    assert_eq!(of(None, &[("AZURE_REGIONAL_AUTHORITY_NAME", ""), both[1]]).unwrap(), named("eastus"));
    assert_eq!(of(None, &[("REGION_NAME", "westus")]).unwrap(), None);
}

// P45
#[test]
fn detection_takes_the_variable_of_app_service_before_it_asks() {
    for word in ["tryautodetect", "TryAutoDetect", "True"] {
        assert_eq!(of(Some(word), &[]).unwrap(), Some(Region(Choice::Detect)));
        assert_eq!(of(Some(word), &[("REGION_NAME", "West US 2")]).unwrap(), named("westus2"));
    }
}

#[test]
fn a_name_that_no_region_has_is_refused_with_its_source() {
    let long = "a".repeat(64);
    for name in ["evil.example/x", "West US", "2west", "west-", "-west", "we_st", &long] {
        let error = of(Some(name), &[]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{name}");
    }
    for variable in ["AZURE_REGIONAL_AUTHORITY_NAME", "MSAL_FORCE_REGION"] {
        let error = of(None, &[(variable, "a.b")]).unwrap_err();
        assert!(
            error.message().starts_with(&format!("the variable {variable}: 'a.b' is no name of a region"))
        );
    }
    assert!(
        of(Some("true"), &[("REGION_NAME", "a/b")])
            .unwrap_err()
            .message()
            .starts_with("the variable REGION_NAME")
    );
}

// P45
#[test]
fn the_metadata_service_is_asked_once_without_proxy_and_retries() {
    let http = ScriptedHttp::new();
    http.push(Answer::json(200, json!({"location": "WestEurope", "name": "vm"})));
    assert_eq!(find(&http).as_deref(), Some("westeurope"));
    assert_eq!(http.count(), 1);
    let request = &http.requests()[0];
    assert_eq!(request.method, "GET");
    assert_eq!(request.url, "http://169.254.169.254/metadata/instance/compute?api-version=2021-02-01");
    assert_eq!(request.header("metadata"), Some("true"));
    assert!(request.profile.no_proxy);
    assert_eq!(request.profile.timeout, Some(Duration::from_secs(1)));
}

#[test]
fn an_answer_that_names_no_region_means_none_and_is_not_asked_for_again() {
    for answer in [
        Answer::new(500, ""),
        Answer::new(404, r#"{"location":"westus"}"#),
        Answer::new(200, "<html>"),
        Answer::json(200, json!({"location": "evil.example/"})),
        Answer::json(200, json!({})),
        Answer::failure(TransportErrorKind::Connect, "unreachable"),
    ] {
        let http = ScriptedHttp::new();
        http.push(answer);
        assert_eq!((find(&http), http.count()), (None, 1));
    }
}

// P45
#[test]
fn the_names_of_the_public_cloud_share_a_regional_host_and_others_have_their_own() {
    let host = |authority: &str| {
        let authority = Authority::parse(authority).unwrap();
        let url = authority.endpoint("t/oauth2/v2.0/token").unwrap();
        regional(&url, &authority, "westus").map(|url| url.to_string())
    };
    for public in ["login.microsoftonline.com", "login.microsoft.com", "login.windows.net", "sts.windows.net"]
    {
        assert_eq!(host(public).as_deref(), Some("https://westus.login.microsoft.com/t/oauth2/v2.0/token"));
    }
    assert_eq!(
        host("login.microsoftonline.us").as_deref(),
        Some("https://westus.login.microsoftonline.us/t/oauth2/v2.0/token")
    );
    assert_eq!(
        host("login.example:8443").as_deref(),
        Some("https://westus.login.example:8443/t/oauth2/v2.0/token")
    );
    for address in ["localhost", "http://127.0.0.1:80", "10.0.0.1", "https://[::1]"] {
        assert_eq!(host(address), None, "{address}");
    }
}
