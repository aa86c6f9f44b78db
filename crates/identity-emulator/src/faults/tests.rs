use std::time::Duration;

use super::*;
use crate::Emulator;
use crate::testing::{client, post, read, request_with_form, secret_form};

async fn ask(emulator: &Emulator) -> crate::testing::Answer {
    post(&emulator.token_endpoint(), &secret_form(emulator)).await
}

#[tokio::test]
async fn a_fault_happens_as_often_as_was_said() {
    let emulator = Emulator::start().await.unwrap();
    let faults = emulator.faults();
    faults.times(2, When::token(), Fault::status(503).with_header("Retry-After", "7"));
    faults.once(When::any(), Fault::html(502));
    faults.times(0, When::any(), Fault::close());
    for _ in 0..2 {
        let answer = ask(&emulator).await;
        assert_eq!((answer.status, answer.header("retry-after"), &*answer.text), (503, "7", ""));
    }
    let page = ask(&emulator).await;
    assert_eq!((page.status, page.header("content-type")), (502, "text/html"));
    assert!(page.text.starts_with("<!DOCTYPE html>"));
    assert_eq!((ask(&emulator).await.status, faults.pending()), (200, 0));
    assert_eq!(emulator.journal().token_count(), 4, "broken answers are in the journal too");
}

#[tokio::test]
async fn a_fault_without_end_ends_when_cleared() {
    let emulator = Emulator::start().await.unwrap();
    emulator.faults().always(When::form("grant_type", "client_credentials"), Fault::status(429));
    for _ in 0..3 {
        assert_eq!(ask(&emulator).await.status, 429);
    }
    assert_eq!(emulator.faults().pending(), 1);
    emulator.faults().clear();
    assert_eq!(ask(&emulator).await.status, 200);
}

#[tokio::test]
async fn a_fault_meets_only_what_it_is_for() {
    let emulator = Emulator::start().await.unwrap();
    emulator.faults().once(When::path("/keys"), Fault::status(500));
    emulator.faults().once(When::form("grant_type", "password"), Fault::status(500));
    assert_eq!(ask(&emulator).await.status, 200);
    let keys = format!("{}/{}/discovery/v2.0/keys", emulator.authority_host(), emulator.tenant_id());
    assert_eq!(crate::testing::get(&keys).await.status, 500);
    assert_eq!(emulator.faults().pending(), 1);
}

#[tokio::test]
async fn a_scripted_refusal_looks_like_a_real_one() {
    let emulator = Emulator::start().await.unwrap();
    let refused = AadstsError::new(50076, "interaction_required", "Multi-factor authentication is needed.")
        .with_suberror("basic_action")
        .with_claims(r#"{"access_token":{"capolids":{"essential":true}}}"#);
    emulator.faults().once(When::token(), Fault::error(refused));
    let body = ask(&emulator).await.refused(400, "interaction_required", 50076);
    assert_eq!(body["suberror"], "basic_action");
    assert!(body["claims"].as_str().unwrap().contains("capolids"));
}

#[tokio::test]
async fn a_cut_body_says_more_than_it_sends() {
    let emulator = Emulator::start().await.unwrap();
    emulator.faults().once(When::token(), Fault::cut_body());
    let sent = request_with_form(&client(), &emulator.token_endpoint(), &secret_form(&emulator)).send().await;
    let mut response = sent.unwrap();
    assert_eq!(response.status(), 200);
    let promised = response.content_length().unwrap();
    let mut got = Vec::new();
    let broken = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => got.extend_from_slice(&chunk),
            Ok(None) => panic!("the body is whole"),
            Err(broken) => break broken,
        }
    };
    assert_eq!(got.len() as u64, promised / 2, "{broken}");
    assert!(got.starts_with(b"{"));
}

#[tokio::test]
async fn a_closed_connection_has_no_answer() {
    let emulator = Emulator::start().await.unwrap();
    emulator.faults().once(When::token(), Fault::close());
    let sent = request_with_form(&client(), &emulator.token_endpoint(), &secret_form(&emulator)).send().await;
    assert!(sent.unwrap_err().is_request());
    assert_eq!(ask(&emulator).await.status, 200);
}

// G5, G11: what a client must bear with and must not follow.
#[tokio::test]
async fn garbage_huge_bodies_and_redirects_can_be_had() {
    let emulator = Emulator::start().await.unwrap();
    emulator.faults().once(When::token(), Fault::garbage());
    emulator.faults().once(When::token(), Fault::huge(10_000_001));
    emulator.faults().once(When::token(), Fault::redirect("http://elsewhere.example/"));
    let garbage = ask(&emulator).await;
    assert_eq!((garbage.status, garbage.header("content-type")), (200, "application/json"));
    assert!(serde_json::from_str::<serde_json::Value>(&garbage.text).is_err());
    let huge = ask(&emulator).await;
    assert_eq!((huge.status, huge.text.len()), (200, 10_000_001));
    let moved = ask(&emulator).await;
    assert_eq!((moved.status, moved.header("location")), (307, "http://elsewhere.example/"));
}

#[tokio::test]
async fn held_requests_wait_for_the_gate() {
    let emulator = Emulator::start().await.unwrap();
    let gate = Gate::new();
    emulator.faults().times(2, When::token(), Fault::hold(&gate));
    let asked = |emulator: &Emulator| {
        let request = request_with_form(&client(), &emulator.token_endpoint(), &secret_form(emulator));
        tokio::spawn(async move { read(request.send().await.unwrap()).await.status })
    };
    let (first, second) = (asked(&emulator), asked(&emulator));
    gate.arrived(2).await;
    assert_eq!(ask(&emulator).await.status, 200, "others are not held");
    assert!(!first.is_finished() && !second.is_finished());
    gate.open();
    assert_eq!((first.await.unwrap(), second.await.unwrap()), (200, 200));
    emulator.faults().once(When::token(), Fault::status(500).held_by(&gate));
    assert_eq!(ask(&emulator).await.status, 500, "an open gate stays open");
}

#[tokio::test]
async fn a_delay_is_a_real_wait() {
    let emulator = Emulator::start().await.unwrap();
    emulator.faults().once(When::token(), Fault::delay(Duration::from_millis(30)));
    let before = std::time::Instant::now();
    assert_eq!(ask(&emulator).await.status, 200);
    assert!(before.elapsed() >= Duration::from_millis(30));
}
