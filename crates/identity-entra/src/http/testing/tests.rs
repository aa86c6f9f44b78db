use identity_core::SecretBytes;
use identity_core::testing::block_on;

use super::*;

fn post(url: &str, body: &str) -> HttpRequest {
    http::Request::post(url)
        .header("Accept", "application/json")
        .body(SecretBytes::new(body.as_bytes().to_vec()))
        .unwrap()
}

#[test]
fn answers_come_in_order_and_requests_are_remembered() {
    let http = ScriptedHttp::new();
    http.push(Answer::token("t", 60)).push(Answer::failure(TransportErrorKind::Timeout, "too slow"));
    let first = block_on(http.send(post("https://a/b?x=1%2F2", "scope=a+b&code=%26"))).unwrap();
    let second = block_on(http.send(post("https://a/c", ""))).unwrap_err();
    let third = block_on(http.send(post("https://a/d", ""))).unwrap_err();
    assert_eq!((first.status().as_u16(), second.kind()), (200, TransportErrorKind::Timeout));
    assert_eq!(third.to_string(), "the script has no answer for POST https://a/d");
    let requests = http.requests();
    assert_eq!((requests.len(), http.left()), (3, 0));
    assert_eq!((requests[0].endpoint(), requests[0].query("x").as_deref()), ("https://a/b", Some("1/2")));
    assert_eq!(requests[0].header("accept"), Some("application/json"));
    assert_eq!(requests[0].field("scope").as_deref(), Some("a b"));
    assert_eq!(requests[0].field("code").as_deref(), Some("&"));
}

#[test]
fn held_requests_are_recorded_and_answered_after_the_release() {
    let http = ScriptedHttp::new();
    http.hold().otherwise(|request| Answer::new(200, request.endpoint().to_owned()));
    let (service, url) = (http.clone(), "https://a/b");
    let waiting = std::thread::spawn(move || block_on(service.send(post(url, ""))));
    while http.count() == 0 {
        std::thread::yield_now();
    }
    assert!(!waiting.is_finished());
    http.release();
    assert_eq!(waiting.join().unwrap().unwrap().body(), url.as_bytes());
}
