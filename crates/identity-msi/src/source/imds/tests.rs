use std::time::Duration;

use std::sync::{Arc, Mutex};

use identity_core::testing::block_on;
use identity_core::{ChainContext, ErrorKind, TokenCredential, TokenRequestOptions};
use identity_entra::http::RetryOptions;
use identity_entra::http::TransportErrorKind;
use identity_entra::http::testing::Answer;
use serde_json::json;

use crate::ManagedIdentityCredential;
use crate::testing::*;

fn seconds(sleeps: &[Duration]) -> Vec<f64> {
    sleeps.iter().map(Duration::as_secs_f64).collect()
}

/// Delays are lengthened by up to a tenth; the first retry comes at once.
fn are_about(sleeps: &[Duration], expected: &[f64]) -> bool {
    sleeps.len() == expected.len()
        && seconds(sleeps).iter().zip(expected).all(|(slept, due)| (*due..=due * 1.1 + 1e-9).contains(slept))
}

// P27
#[test]
fn five_retries_with_growing_pauses() {
    for status in [404, 408, 429, 500, 501, 503, 599] {
        let machine = Machine::new(imds());
        machine.http.otherwise(move |_| Answer::new(status, "{}"));
        let error = machine.error();
        assert_eq!((error.kind(), machine.http.count()), (ErrorKind::CredentialUnavailable, 6), "{status}");
        assert!(are_about(&machine.clock.sleeps(), &[1.6, 3.2, 6.4, 12.8]), "{:?}", machine.clock.sleeps());
    }
    for status in [400, 401, 403, 405] {
        let machine = Machine::new(imds());
        machine.http.otherwise(move |_| Answer::new(status, "{}"));
        machine.error();
        assert_eq!(machine.http.count(), 1, "{status}");
    }
}

// P27
#[test]
fn an_update_of_imds_is_waited_for() {
    let machine = Machine::new(imds());
    machine.http.otherwise(|_| Answer::new(410, "{}"));
    machine.error();
    assert_eq!(machine.http.count(), 6);
    assert!(are_about(&machine.clock.sleeps(), &[5.0, 10.0, 20.0, 40.0]), "{:?}", machine.clock.sleeps());
    // A later call is not affected.
    let machine = Machine::new(imds());
    for _ in 0..5 {
        machine.http.push(Answer::new(410, "{}"));
    }
    machine.http.push(Answer::token("t", 60));
    let credential = machine.credential(None);
    assert!(ask(&credential).is_ok());
}

#[test]
fn nobody_there_is_unavailable_after_three_retries() {
    for kind in [TransportErrorKind::Connect, TransportErrorKind::Timeout, TransportErrorKind::Interrupted] {
        let machine = Machine::new(imds());
        machine.http.otherwise(move |_| Answer::failure(kind, "nobody home"));
        let error = machine.error();
        assert_eq!((error.kind(), machine.http.count()), (ErrorKind::CredentialUnavailable, 4));
        assert_eq!(
            error.message(),
            "no response from the IMDS endpoint: nobody home; IMDS is there on virtual machines of Azure only, and not behind every firewall"
        );
        assert_eq!(machine.http.requests()[0].profile.connect_timeout, Some(Duration::from_secs(2)));
    }
}

#[test]
fn retries_are_the_caller_s_to_set() {
    let two = RetryOptions::default().with_max_retries(2).with_base_delay(Duration::from_secs(1));
    let machine = Machine::new(imds());
    machine.http.otherwise(|_| Answer::new(410, "{}"));
    for options in [
        machine.options(None).with_imds_retry(two.clone()),
        machine.options(None).with_entra(machine.entra().with_retry(two)),
    ] {
        let (requests, sleeps) = (machine.http.count(), machine.clock.sleeps().len());
        ask(&ManagedIdentityCredential::new(options).unwrap()).unwrap_err();
        assert_eq!(machine.http.count() - requests, 3);
        assert!(are_about(&machine.clock.sleeps()[sleeps..], &[6.25]));
    }
}

// P28, S170
#[test]
fn every_answer_but_a_token_lets_a_chain_go_on() {
    let docker = "connecting to 169.254.169.254:80: dial tcp: connect: A socket operation was attempted to an Unreachable network";
    for (answer, beginning) in [
        (
            Answer::error(400, "invalid_request", "Identity not found"),
            "the requested identity has not been assigned to this resource: (invalid_request) Identity not found, HTTP 400.",
        ),
        (
            Answer::new(400, ""),
            "the requested identity has not been assigned to this resource: no details, HTTP 400.",
        ),
        (Answer::new(403, docker), "no response from the IMDS endpoint: something in its place answered"),
        (
            Answer::error(403, "forbidden", "no"),
            "IMDS managed identity is not available here. Token request error: (forbidden) no",
        ),
        (Answer::new(200, "<html>"), "invalid response from the IMDS endpoint (HTTP 200): \"<html>\"."),
        (Answer::new(200, ""), "invalid response from the IMDS endpoint (HTTP 200): \"\"."),
        (Answer::new(200, "{}"), "invalid response from the IMDS endpoint (HTTP 200): \"{}\"."),
        (
            Answer::new(302, ""),
            "IMDS managed identity is not available here. Token request error: no details, HTTP 302",
        ),
        (
            Answer::failure(TransportErrorKind::TooLarge, "10 MB"),
            "the answer of the IMDS managed identity endpoint is too large to be one: 10 MB",
        ),
    ] {
        let machine = Machine::new(imds());
        machine.http.push(answer);
        let error = machine.error();
        assert_eq!(
            (error.kind(), error.credential()),
            (ErrorKind::CredentialUnavailable, "ManagedIdentityCredential")
        );
        assert!(error.message().starts_with(beginning), "{error}");
        assert_eq!(machine.http.count(), 1);
    }
}

#[test]
fn the_length_of_a_token_s_life_counts_and_not_the_host_s_clock() {
    for body in [
        json!({ "access_token": "t", "expires_in": 3600, "expires_on": NOW + 9 }),
        json!({ "access_token": "t", "expires_in": "3600", "expires_on": "1", "not_before": "x", "refresh_token": "" }),
        json!({ "access_token": "t", "expires_on": (NOW + 3600).to_string() }),
    ] {
        let machine = Machine::new(imds());
        machine.http.push(Answer::json(200, body));
        assert_eq!(ask(&machine.credential(None)).unwrap().expires_on_unix(), NOW + 3600);
    }
}

// S170
#[test]
fn a_refusal_is_not_asked_for_again_within_a_second_and_never_before_the_time_that_was_named() {
    let machine = Machine::new(imds());
    machine.http.otherwise(|_| Answer::error(400, "invalid_request", "Identity not found"));
    let credential = machine.credential(None);
    (0..5).for_each(|_| drop(ask(&credential).unwrap_err()));
    assert_eq!(machine.http.count(), 1);
    machine.clock.advance(Duration::from_secs(1));
    ask(&credential).unwrap_err();
    assert_eq!(machine.http.count(), 2);
    machine.http.otherwise(|_| Answer::new(429, "").with_header("retry-after", "600"));
    machine.clock.advance(Duration::from_secs(1));
    ask(&credential).unwrap_err();
    assert_eq!((machine.http.count(), machine.clock.sleeps().len()), (3, 0), "600 s don't fit into 90");
    machine.clock.advance(Duration::from_secs(599));
    ask(&credential).unwrap_err();
    assert_eq!(machine.http.count(), 3);
    machine.clock.advance(Duration::from_secs(1));
    ask(&credential).unwrap_err();
    assert_eq!(machine.http.count(), 4);
}

#[test]
fn a_retry_after_that_fits_is_waited_for() {
    let machine = Machine::new(imds());
    machine.http.push(Answer::new(429, "").with_header("retry-after", "30")).push(Answer::token("t", 60));
    assert!(ask(&machine.credential(None)).is_ok());
    assert_eq!(machine.clock.sleeps(), [Duration::from_secs(30)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_storm_of_429_no_request_goes_out_earlier_than_asked() {
    for context in [ChainContext::None, ChainContext::Chained] {
        storm(context).await;
    }
}

async fn storm(context: ChainContext) {
    let machine = Machine::new(imds());
    let requests = Arc::new(Mutex::new(Vec::new()));
    let (log, clock) = (requests.clone(), machine.clock.clock());
    machine.http.otherwise(move |_| {
        let mut log = log.lock().unwrap();
        let asked = [7, 1, 45, 200, 3, 89, 30][log.len() % 7];
        log.push((clock.monotonic(), Duration::from_secs(asked)));
        Answer::new(429, "").with_header("retry-after", &asked.to_string())
    });
    let credential = machine.credential(None);
    for _ in 0..500 {
        let callers: Vec<_> = (0..10)
            .map(|_| {
                let credential = credential.clone();
                tokio::spawn(async move {
                    let options = TokenRequestOptions::default().with_chain_context(context);
                    credential.get_token(&[SCOPE], &options).await
                })
            })
            .collect();
        for caller in callers {
            assert_eq!(caller.await.unwrap().unwrap_err().kind(), ErrorKind::CredentialUnavailable);
        }
        machine.clock.advance(Duration::from_secs(1));
    }
    let requests = requests.lock().unwrap();
    assert!(requests.len() > 10, "{}", requests.len());
    for pair in requests.windows(2) {
        assert!(pair[1].0 >= pair[0].0 + pair[0].1, "{pair:?}");
    }
}

#[test]
fn what_imds_says_when_it_is_looked_for_is_heeded() {
    for (asked, requests, sleeps) in [("30", 2, vec![Duration::from_secs(30)]), ("90", 1, vec![])] {
        let machine = Machine::new(imds());
        machine
            .http
            .push(Answer::new(429, "").with_header("retry-after", asked))
            .push(Answer::token("t", 60));
        let credential = machine.credential(None);
        let options = TokenRequestOptions::default().with_chain_context(ChainContext::Chained);
        let answer = block_on(credential.get_token(&[SCOPE], &options));
        assert_eq!((machine.http.count(), machine.clock.sleeps()), (requests, sleeps));
        match answer {
            Ok(token) => assert_eq!((asked, token.token().secret()), ("30", "t")),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::CredentialUnavailable);
                assert_eq!(
                    error.message(),
                    "IMDS is busy and asks to be left alone for 90 s; try again after that"
                );
                machine.clock.advance(Duration::from_secs(89));
                ask(&credential).unwrap_err();
                assert_eq!(machine.http.count(), 1);
                machine.clock.advance(Duration::from_secs(1));
                assert!(ask(&credential).is_ok());
            }
        }
    }
}

#[tokio::test]
async fn a_host_that_never_answers_is_given_up_when_the_total_time_is_over() {
    for (env, seconds) in [(imds(), 90), (app_service(), 60), (service_fabric(), 60), (cloud_shell(), 60)] {
        let machine = Machine::new(env);
        machine.http.push(Answer::never());
        let credential = machine.credential(None);
        let asking =
            tokio::spawn(
                async move { credential.get_token(&[SCOPE], &TokenRequestOptions::default()).await },
            );
        while machine.http.count() == 0 {
            tokio::task::yield_now().await;
        }
        machine.clock.advance(Duration::from_secs(seconds - 1));
        tokio::task::yield_now().await;
        assert!(!asking.is_finished());
        machine.clock.advance(Duration::from_secs(1));
        let error = asking.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CredentialUnavailable);
        assert!(error.message().starts_with("no response from the "), "{error}");
    }
}
