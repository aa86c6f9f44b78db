use futures_util::FutureExt;
use identity_core::testing::{FakeClock, block_on};
use identity_core::{Env, ErrorKind};
use serde_json::{Value, json};

use super::*;
use crate::http::testing::{Answer, RecordedRequest, ScriptedHttp};
use crate::http::{RetryOptions, RetryPolicy};

const TENANT: &str = "11111111-2222-3333-4444-555555555555";
const DOCUMENT: &str = "https://login.private.example/11111111-2222-3333-4444-555555555555/v2.0/.well-known/openid-configuration";

struct Case {
    http: ScriptedHttp,
    clock: FakeClock,
    discovery: Discovery,
}

impl Case {
    fn new(authority: &str) -> Self {
        Self::with(Discovery::new(Authority::parse(authority).unwrap(), true))
    }

    fn with(discovery: Discovery) -> Self {
        Self { http: ScriptedHttp::new(), clock: FakeClock::at_unix(1000), discovery }
    }

    fn run<T>(&self, run: impl AsyncFnOnce(Exchange<'_>) -> T) -> T {
        let client = self.http.client(&self.clock.clock());
        let retry = RetryPolicy::entra(&RetryOptions::default());
        block_on(run(Exchange { credential: "TestCredential", http: &client, retry: &retry, profile: None }))
    }

    fn endpoints(&self, tenant: &str) -> Result<Arc<Endpoints>, Error> {
        self.run(async |exchange| self.discovery.endpoints(&exchange, tenant).await)
    }

    fn refused(&self) -> String {
        let error = self.endpoints(TENANT).unwrap_err();
        assert_eq!((error.kind(), error.credential()), (ErrorKind::AuthenticationFailed, "TestCredential"));
        error.message().to_owned()
    }

    fn urls(&self) -> Vec<String> {
        self.http.requests().into_iter().map(|request| request.url).collect()
    }
}

fn instance() -> Value {
    json!({
        "tenant_discovery_endpoint": DOCUMENT, "api-version": "1.1",
        "metadata": [
            {"preferred_network": "a.example", "aliases": ["a.example"]},
            {"preferred_network": "login.private.example", "aliases": ["Login.private.example", "sts.private.example"]},
        ],
    })
}

fn document() -> Value {
    let base = format!("https://login.private.example/{TENANT}");
    json!({
        "issuer": format!("{base}/v2.0"), "token_endpoint": format!("{base}/oauth2/v2.0/token"),
        "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
        "device_authorization_endpoint": format!("{base}/oauth2/v2.0/devicecode"), "jwks_uri": "https://x",
    })
}

fn changed(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

/// An unknown host that is vouched for, and its document.
fn private(document: Value) -> Case {
    let case = Case::new("login.private.example");
    case.http.push(Answer::json(200, instance())).push(Answer::json(200, document));
    case
}

#[test]
fn on_known_and_local_hosts_nothing_is_asked() {
    for authority in [
        "login.microsoftonline.com",
        "login.chinacloudapi.cn",
        "x.ciamlogin.com",
        "http://127.0.0.1:5000",
        "localhost",
    ] {
        let case = Case::new(authority);
        let endpoints = case.endpoints("contoso.com").unwrap();
        let base = format!("{}/contoso.com/oauth2/v2.0/", case.discovery.authority());
        assert_eq!(endpoints.token.as_str(), format!("{base}token"));
        assert_eq!(endpoints.audience, endpoints.token);
        assert_eq!(endpoints.authorize.as_str(), format!("{base}authorize"));
        assert_eq!(endpoints.device_code.as_str(), format!("{base}devicecode"));
        assert_eq!(endpoints.issuer, None);
        assert_eq!(case.http.count(), 0);
    }
}

// P43
#[test]
fn with_instance_discovery_switched_off_a_host_is_taken_as_it_is() {
    let case = Case::with(Discovery::new(Authority::parse("login.private.example:8443").unwrap(), false));
    let endpoints = case.endpoints(TENANT).unwrap();
    assert_eq!(
        endpoints.token.as_str(),
        format!("https://login.private.example:8443/{TENANT}/oauth2/v2.0/token")
    );
    assert_eq!(case.http.count(), 0);
}

#[test]
fn the_aliases_of_a_cloud_are_known() {
    let aliases = Case::new("login.windows.net").endpoints("t").unwrap().aliases.clone();
    assert_eq!(
        aliases,
        ["login.windows.net", "login.microsoftonline.com", "login.microsoft.com", "sts.windows.net"]
    );
    assert_eq!(Case::new("localhost:5000").endpoints("t").unwrap().aliases, ["localhost"]);
}

// G21
#[test]
fn an_unknown_host_is_vouched_for_before_its_document_is_read() {
    let case = private(document());
    let endpoints = case.endpoints(TENANT).unwrap();
    assert_eq!(endpoints.token.as_str(), format!("https://login.private.example/{TENANT}/oauth2/v2.0/token"));
    assert_eq!(
        endpoints.device_code.as_str(),
        format!("https://login.private.example/{TENANT}/oauth2/v2.0/devicecode")
    );
    assert_eq!(
        endpoints.issuer.as_deref(),
        Some(format!("https://login.private.example/{TENANT}/v2.0").as_str())
    );
    assert_eq!(endpoints.aliases, ["login.private.example", "sts.private.example"]);
    let requests = case.http.requests();
    assert_eq!(requests[0].endpoint(), "https://login.microsoftonline.com/common/discovery/instance");
    assert_eq!(requests[0].query("api-version").as_deref(), Some("1.1"));
    assert_eq!(
        requests[0].query("authorization_endpoint"),
        Some(format!("https://login.private.example/{TENANT}/oauth2/v2.0/authorize"))
    );
    assert_eq!(requests[1].url, DOCUMENT);
    assert!(requests.iter().all(|request| request.method == "GET" && request.body.is_empty()));
}

// G21, P43
#[test]
fn a_host_that_nobody_vouches_for_gets_nothing_and_the_switch_is_named() {
    let case = Case::new("login.evil.example:8443");
    case.http.push(Answer::error(400, "invalid_instance", "AADSTS50049: Unknown or invalid instance."));
    let error = case.endpoints(TENANT).unwrap_err();
    assert_eq!(
        error.to_string(),
        "TestCredential: the authority host login.evil.example:8443 is not known to Microsoft Entra ID, so nothing secret is sent to it. If it is \
         valid and trustworthy, as in a private or disconnected cloud, switch this check off with disable_instance_discovery"
    );
    assert_eq!(error.server().unwrap().error_codes, [50049]);
    assert!(case.urls().iter().all(|url| url.starts_with("https://login.microsoftonline.com/")));
}

// G21
#[test]
fn an_answer_that_names_no_https_document_is_a_failure() {
    for endpoint in [
        "http://login.private.example/x",
        "http://127.0.0.1/x",
        "nonsense",
        "https://user:pw@a/x",
        "file:///x",
    ] {
        let case = Case::new("login.private.example");
        case.http.push(Answer::json(200, changed(instance(), "tenant_discovery_endpoint", endpoint.into())));
        assert!(case.refused().starts_with("the request for instance discovery got an unexpected answer"));
        assert_eq!(case.http.count(), 1);
    }
    let case = Case::new("login.private.example");
    case.http.push(Answer::new(404, "<html>"));
    assert!(
        case.refused().starts_with("the request for instance discovery failed: the server answered HTTP 404")
    );
}

// G21
#[test]
fn an_issuer_that_is_another_host_or_another_tenant_is_not_trusted() {
    for issuer in [
        format!("https://login.evil.example/{TENANT}/v2.0"),
        format!("https://login.private.example.evil.example/{TENANT}/v2.0"),
        "https://login.private.example/99999999-2222-3333-4444-555555555555/v2.0".to_owned(),
        format!("http://login.private.example/{TENANT}/v2.0"),
        "nonsense".to_owned(),
    ] {
        let message = private(changed(document(), "issuer", issuer.clone().into())).refused();
        assert_eq!(
            message,
            format!(
                "the configuration document of https://login.private.example/{TENANT} names the issuer '{issuer}', which is neither this \
                 authority and tenant nor a known one, so it is not trusted"
            )
        );
    }
    let no_issuer = private(changed(document(), "issuer", Value::Null));
    assert!(
        no_issuer
            .refused()
            .starts_with("the request for the authority's configuration got an unexpected answer")
    );
}

// G21
#[test]
fn an_issuer_of_the_authority_or_of_a_known_host_is_trusted() {
    for issuer in [
        "https://login.private.example/{tenantid}/v2.0".to_owned(),
        format!("https://sts.windows.net/{}/", TENANT.to_uppercase()),
        format!("https://x.ciamlogin.com/{TENANT}/v2.0"),
    ] {
        private(changed(document(), "issuer", issuer.into())).endpoints(TENANT).unwrap();
    }
    let case = Case::new("login.private.example");
    case.http.push(Answer::json(200, instance())).push(Answer::json(200, document()));
    case.endpoints("contoso.com").unwrap();
}

// G21
#[test]
fn endpoints_must_be_https() {
    for name in ["token_endpoint", "authorization_endpoint", "device_authorization_endpoint"] {
        for endpoint in ["http://login.private.example/token", "http://localhost/token", "token"] {
            let message = private(changed(document(), name, endpoint.into())).refused();
            assert!(
                message.ends_with(&format!("names the endpoint '{endpoint}', which is no https URL")),
                "{message}"
            );
        }
    }
}

#[test]
fn a_document_that_can_not_be_had_says_what_to_check() {
    let case = Case::new("login.private.example");
    case.http.push(Answer::json(200, instance())).push(Answer::error(
        400,
        "invalid_tenant",
        "AADSTS90002: Tenant not found",
    ));
    assert_eq!(
        case.refused(),
        format!(
            "the configuration document of https://login.private.example/{TENANT} can't be had (HTTP 400): AADSTS90002: Tenant not found. Check \
             the authority host and the tenant id (a GUID or a domain name)"
        )
    );
}

#[test]
fn endpoints_that_a_document_leaves_out_are_beside_the_token_endpoint() {
    let mut short = document();
    let members = short.as_object_mut().unwrap();
    members.remove("device_authorization_endpoint");
    members.remove("authorization_endpoint");
    let endpoints = private(short).endpoints(TENANT).unwrap();
    assert_eq!(endpoints.device_code.path(), format!("/{TENANT}/oauth2/v2.0/devicecode"));
    assert_eq!(endpoints.authorize.path(), format!("/{TENANT}/oauth2/v2.0/authorize"));
}

// P44
#[test]
fn adfs_says_itself_where_its_endpoints_are() {
    for (authority, instance_discovery) in [("fs.contoso.com:8443", true), ("fs.contoso.com:8443", false)] {
        let case = Case::with(
            Discovery::new(Authority::parse(authority).unwrap(), instance_discovery)
                .with_region(Region::from_options(Some("westus"), &Env::empty()).unwrap()),
        );
        let base = "https://fs.contoso.com:8443/adfs";
        case.http.push(Answer::json(
            200,
            json!({"issuer": "https://fs.contoso.com/adfs", "token_endpoint": format!("{base}/oauth2/token/"), "authorization_endpoint": format!("{base}/oauth2/authorize/")}),
        ));
        let endpoints = case.endpoints("ADFS").unwrap();
        assert_eq!(endpoints.token.as_str(), format!("{base}/oauth2/token/"));
        assert_eq!(endpoints.device_code.as_str(), format!("{base}/oauth2/devicecode"));
        assert_eq!(case.urls(), [format!("{base}/.well-known/openid-configuration")]);
    }
}

// P44, G21
#[test]
fn an_adfs_server_on_this_machine_may_name_plain_http_endpoints() {
    let case = Case::new("http://127.0.0.1:5000");
    let base = "http://127.0.0.1:5000/adfs";
    case.http
        .push(Answer::json(200, json!({"issuer": base, "token_endpoint": format!("{base}/oauth2/token")})));
    assert_eq!(case.endpoints("adfs").unwrap().token.as_str(), format!("{base}/oauth2/token"));
}

#[test]
fn what_was_found_is_remembered_for_a_day() {
    let case = private(document());
    let first = case.endpoints(TENANT).unwrap();
    case.clock.advance(Duration::from_secs(24 * 3600 - 1));
    assert_eq!(case.endpoints(&TENANT.to_uppercase()).unwrap(), first);
    assert_eq!(case.http.count(), 2);
    case.clock.advance(Duration::from_secs(1));
    case.http.push(Answer::json(200, instance())).push(Answer::json(200, document()));
    case.endpoints(TENANT).unwrap();
    assert_eq!(case.http.count(), 4);
}

#[test]
fn a_refusal_is_not_remembered_for_later_callers() {
    let case = Case::new("login.private.example");
    case.http.push(Answer::error(400, "invalid_instance", ""));
    case.refused();
    case.http.push(Answer::json(200, instance())).push(Answer::json(200, document()));
    case.endpoints(TENANT).unwrap();
}

#[test]
fn callers_at_the_same_time_share_one_answer_and_one_refusal() {
    for refused in [false, true] {
        let case = if refused { Case::new("login.private.example") } else { private(document()) };
        if refused {
            case.http.push(Answer::error(400, "invalid_instance", ""));
        }
        case.http.hold();
        case.run(async |exchange| {
            let mut callers: Vec<_> =
                (0..5).map(|_| Box::pin(case.discovery.endpoints(&exchange, TENANT))).collect();
            for caller in &mut callers {
                assert!(caller.now_or_never().is_none());
            }
            case.http.release();
            for caller in callers {
                assert_eq!(caller.await.is_err(), refused);
            }
        });
        assert_eq!(case.http.count(), if refused { 1 } else { 2 });
    }
}

#[test]
fn when_the_caller_that_asks_gives_up_another_one_asks() {
    let case = Case::new("login.private.example");
    case.http.push(Answer::never()).push(Answer::json(200, instance())).push(Answer::json(200, document()));
    case.run(async |exchange| {
        let mut first = Box::pin(case.discovery.endpoints(&exchange, TENANT));
        let mut second = Box::pin(case.discovery.endpoints(&exchange, TENANT));
        assert!((&mut first).now_or_never().is_none());
        assert!((&mut second).now_or_never().is_none());
        drop(first);
        second.await.unwrap();
    });
}

// G5
#[test]
fn the_tenants_that_are_remembered_are_bounded() {
    let case = Case::new("login.private.example");
    case.http.otherwise(|request: &RecordedRequest| {
        let discovery = request.endpoint().ends_with("/discovery/instance");
        Answer::json(200, if discovery { instance() } else { document() })
    });
    for number in 0..MOST_TENANTS + 10 {
        case.endpoints(&format!("tenant-{number}")).unwrap();
    }
    assert_eq!(case.discovery.slots.lock().unwrap().len(), MOST_TENANTS);
}

// P45
#[test]
fn an_apps_token_requests_go_to_its_region_and_its_assertions_name_the_global_endpoint() {
    let region = |name: &str| Region::from_options(Some(name), &Env::empty()).unwrap();
    let public = || Discovery::new(Authority::parse("login.microsoftonline.com").unwrap(), true);
    let case = Case::with(public().with_region(region("westus2")));
    let endpoints = case.endpoints("contoso.com").unwrap();
    assert_eq!(endpoints.token.as_str(), "https://westus2.login.microsoft.com/contoso.com/oauth2/v2.0/token");
    assert_eq!(
        endpoints.audience.as_str(),
        "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token"
    );
    assert_eq!(endpoints.authorize.host_str(), Some("login.microsoftonline.com"));
    assert_eq!(case.http.count(), 0);

    let detected = Case::with(public().with_region(region("tryautodetect")));
    detected.http.push(Answer::new(500, ""));
    for _ in 0..2 {
        let token = detected.endpoints("contoso.com").unwrap().token.clone();
        assert_eq!(token.host_str(), Some("login.microsoftonline.com"));
    }
    assert_eq!(detected.http.count(), 1);
}

#[test]
fn tests_may_name_another_voucher() {
    let discovery = Discovery::new(Authority::parse("login.private.example").unwrap(), true);
    let case = Case::with(discovery.with_voucher("http://127.0.0.1:5000/common/discovery/instance"));
    case.http.push(Answer::json(
        200,
        changed(instance(), "tenant_discovery_endpoint", "http://127.0.0.1:5000/d".into()),
    ));
    case.http.push(Answer::json(200, document()));
    case.endpoints(TENANT).unwrap();
    assert_eq!(case.urls()[1], "http://127.0.0.1:5000/d");
}
