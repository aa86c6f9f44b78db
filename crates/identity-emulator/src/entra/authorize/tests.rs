use crate::testing::{alice, authorize_url, change_app, change_user, client, get, read, request_with_form};
use crate::{App, DEFAULT_DOMAIN, Emulator, Landing, Person, User};

fn answer(emulator: &Emulator, more: &[(&str, &str)], person: &Person) -> Landing {
    emulator.sign_in(&authorize_url(emulator, DEFAULT_DOMAIN, more), person).unwrap()
}

fn refused(landing: &Landing, error: &str, description: &str) {
    assert_eq!(landing.parameter("error").as_deref(), Some(error), "{:?}", landing.parameters());
    let text = landing.parameter("error_description").unwrap();
    assert!(text.starts_with(description), "{text}");
    assert_eq!(landing.parameter("state").as_deref(), Some("the state & more"));
    assert_eq!(landing.parameter("code"), None);
}

#[tokio::test]
async fn an_answer_comes_in_the_query_the_fragment_or_a_form() {
    let emulator = Emulator::start().await.unwrap();
    let query = answer(&emulator, &[], &alice(&emulator));
    assert_eq!(query.method(), "GET");
    assert!(query.url().starts_with("http://localhost:8400?code=1.ACode."), "{query:?}");
    let fragment = answer(&emulator, &[("response_mode", "fragment")], &alice(&emulator));
    assert!(fragment.url().starts_with("http://localhost:8400#code="), "{fragment:?}");
    let form = answer(&emulator, &[("response_mode", "form_post"), ("client_info", "1")], &alice(&emulator));
    assert_eq!((form.method(), form.url()), ("POST", "http://localhost:8400"));
    for landing in [&query, &fragment, &form] {
        assert_eq!(landing.parameter("state").as_deref(), Some("the state & more"));
        assert!(landing.parameter("session_state").is_some());
    }
    assert!(form.parameter("client_info").is_some() && query.parameter("client_info").is_none());
    assert!(!format!("{query:?}{fragment:?}{form:?}").contains("ACode"), "codes stay out of Debug");
}

#[tokio::test]
async fn the_pages_work_over_the_wire_as_in_a_browser() {
    let emulator = Emulator::start().await.unwrap();
    let page = get(&authorize_url(&emulator, "organizations", &[("login_hint", "<b>&\"x")])).await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(page.text.contains("Sign in to Emulated app"));
    assert!(page.text.contains("value=\"&lt;b&gt;&amp;&quot;x\""), "the hint is escaped");
    assert!(page.text.contains(&format!("<option value=\"{}\">", emulator.username())));
    let ticket = page.text.split_once("name=\"flow\" value=\"").unwrap().1.split('"').next().unwrap();
    let login = format!("{}/common/login", emulator.authority_host());
    let send = |fields: Vec<(&'static str, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, &**value)).collect();
        let request = request_with_form(&client(), &login, &fields);
        async move { read(request.send().await.unwrap()).await }
    };
    let form = |password: &str| {
        vec![
            ("flow", ticket.to_owned()),
            ("action", "sign_in".to_owned()),
            ("login", emulator.username().to_owned()),
            ("passwd", password.to_owned()),
        ]
    };
    let again = send(form("wrong")).await;
    assert!(again.text.contains("class=\"trouble\"") && again.text.contains("invalid username or password"));
    let done = send(form(emulator.password())).await;
    assert_eq!(done.status, 302);
    assert!(done.header("location").starts_with("http://localhost:8400?code="));
    let over = send(form(emulator.password())).await;
    assert_eq!(over.status, 400, "a ticket is used up");
    assert_eq!(get(&login).await.status, 405);
}

#[tokio::test]
async fn a_request_that_may_not_be_answered_gets_a_page() {
    let emulator = Emulator::start().await.unwrap();
    let cases = [
        ([("redirect_uri", "http://evil.example/")], "AADSTS50011"),
        ([("redirect_uri", "http://localhost:8400/other")], "AADSTS50011"),
        ([("redirect_uri", "")], "AADSTS900144"),
        ([("client_id", "")], "AADSTS900144"),
        ([("client_id", "<script>")], "AADSTS700016"),
    ];
    for (more, code) in cases {
        let page = get(&authorize_url(&emulator, DEFAULT_DOMAIN, &more)).await;
        assert_eq!((page.status, page.header("location")), (400, ""), "{more:?}");
        assert!(page.text.contains(code) && !page.text.contains("<script>"), "{}", page.text);
    }
    let nowhere = get(&authorize_url(&emulator, "nowhere.example", &[])).await;
    assert!(nowhere.text.contains("AADSTS90002"));
}

#[tokio::test]
async fn a_request_that_is_wrong_is_refused_at_the_client() {
    let emulator = Emulator::start().await.unwrap();
    let cases = [
        ([("response_type", "token")], "unsupported_response_type", "AADSTS700054"),
        ([("response_type", "")], "invalid_request", "AADSTS900144"),
        ([("response_mode", "smoke")], "invalid_request", "AADSTS9002313"),
        ([("scope", "")], "invalid_request", "AADSTS900144"),
        ([("scope", "https://a/x https://b/x")], "invalid_scope", "AADSTS28000"),
        ([("scope", "api://nobody/x")], "invalid_resource", "AADSTS500011"),
        ([("code_challenge", "short")], "invalid_request", "AADSTS9002313"),
        ([("prompt", "none")], "login_required", "AADSTS50058"),
        ([("prompt", "dance")], "invalid_request", "AADSTS9002313"),
        ([("claims", "{")], "invalid_request", "AADSTS9002313"),
    ];
    for (more, error, code) in cases {
        refused(&answer(&emulator, &more, &alice(&emulator)), error, code);
    }
}

#[tokio::test]
async fn people_may_cancel_deny_and_decline() {
    let emulator = Emulator::start().await.unwrap();
    let alice = || alice(&emulator);
    let cancelled = answer(&emulator, &[], &alice().cancelling());
    refused(&cancelled, "access_denied", "The user canceled");
    assert_eq!(cancelled.parameter("error_subcode").as_deref(), Some("cancel"));

    change_user(&emulator, User::requiring_mfa);
    refused(&answer(&emulator, &[], &alice().denying_mfa()), "access_denied", "AADSTS500121");
    assert!(answer(&emulator, &[], &alice()).parameter("code").is_some());

    change_app(&emulator, App::requiring_consent);
    let declining = alice().declining_consent();
    refused(&answer(&emulator, &[], &declining), "access_denied", "AADSTS65004");
    assert!(answer(&emulator, &[], &alice()).parameter("code").is_some());
    assert!(answer(&emulator, &[], &declining).parameter("code").is_some(), "consent is asked for once");
    refused(&answer(&emulator, &[("prompt", "consent")], &declining), "access_denied", "AADSTS65004");
}

#[tokio::test]
async fn a_wrong_password_ends_a_played_sign_in() {
    let emulator = Emulator::start().await.unwrap();
    let url = authorize_url(&emulator, DEFAULT_DOMAIN, &[]);
    let wrong = emulator.sign_in(&url, &Person::new(emulator.username(), "wrong")).unwrap_err();
    assert!(wrong.to_string().contains("invalid username or password"), "{wrong}");
    let unknown = emulator.sign_in(&url, &Person::new("bob@nowhere.example", "x")).unwrap_err();
    assert!(unknown.to_string().contains("does not exist in the"), "{unknown}");
    let elsewhere = emulator.sign_in("http://127.0.0.1:1/x", &alice(&emulator)).unwrap_err();
    assert_eq!(elsewhere.kind(), std::io::ErrorKind::InvalidInput);
}

#[tokio::test]
async fn with_an_automatic_person_no_page_comes_between() {
    let alice = || Person::new(crate::DEFAULT_USERNAME, crate::DEFAULT_PASSWORD);
    let emulator = Emulator::builder().with_automatic_sign_in(alice()).start().await.unwrap();
    change_user(&emulator, User::requiring_mfa);
    change_app(&emulator, App::requiring_consent);
    let answer = get(&authorize_url(&emulator, "organizations", &[])).await;
    assert_eq!(answer.status, 302);
    assert!(answer.header("location").contains("code="), "{}", answer.header("location"));
    for (person, error) in [
        (alice().cancelling(), "error_subcode=cancel"),
        (alice().denying_mfa(), "AADSTS500121"),
        (alice().declining_consent(), "AADSTS65004"),
        (Person::new(crate::DEFAULT_USERNAME, "wrong"), "AADSTS50126"),
    ] {
        let emulator = Emulator::builder().with_automatic_sign_in(person).start().await.unwrap();
        change_user(&emulator, User::requiring_mfa);
        change_app(&emulator, App::requiring_consent);
        let location =
            get(&authorize_url(&emulator, DEFAULT_DOMAIN, &[])).await.header("location").to_owned();
        assert!(location.contains(error), "{location}");
    }
}

#[tokio::test]
async fn adfs_has_an_authorization_endpoint_too() {
    let emulator = Emulator::start().await.unwrap();
    let url = authorize_url(&emulator, DEFAULT_DOMAIN, &[])
        .replace(&format!("/{DEFAULT_DOMAIN}/oauth2/v2.0/authorize"), "/adfs/oauth2/authorize/");
    assert!(emulator.sign_in(&url, &alice(&emulator)).unwrap().parameter("code").is_some());
}
