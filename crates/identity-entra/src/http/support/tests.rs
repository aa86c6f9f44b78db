use identity_core::testing::{CapturedLogs, FakeClock, block_on};

use crate::http::testing::{Answer, ScriptedHttp};
use crate::http::{HttpClient, RetryOptions, RetryPolicy};

fn send(support: bool) -> CapturedLogs {
    let logs = CapturedLogs::watching(&["s3cret", "t0ken"]);
    let http = ScriptedHttp::new();
    http.push(Answer::json(
        200,
        serde_json::json!({"access_token": "eyJt0ken.eyJt0ken.t0ken", "upn": "ann@contoso.com"}),
    ));
    let client =
        HttpClient::new(http.service(), FakeClock::at_unix(0).clock(), RetryOptions::default(), None);
    let client = client.with_support_logging(support);
    let request = http::Request::post("https://login.example/token?user=ann%40contoso.com")
        .body(b"username=ann&client_secret=s3cret".to_vec().into())
        .unwrap();
    block_on(client.send("TestCredential", request, &RetryPolicy::none())).unwrap();
    logs
}

// P65, G3
#[test]
fn support_logging_shows_people_and_no_secrets() {
    let text = send(true).text();
    for part in
        ["username=ann", "client_secret=***", "user=ann", "ann@contoso.com", "identity_entra::support"]
    {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
}

// P65, G25
#[test]
fn without_it_nobody_s_name_is_logged() {
    let text = send(false).text();
    assert!(text.contains("login.example") && !text.contains("ann"), "{text}");
}
