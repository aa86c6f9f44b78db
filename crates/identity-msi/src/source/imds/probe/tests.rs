use identity_core::{ChainContext, TokenCredential, TokenRequestOptions};
use identity_entra::http::testing::{Answer, RecordedRequest};

use super::*;
use crate::testing::*;

fn is_probe(request: &RecordedRequest) -> bool {
    request.header("metadata").is_none()
}

/// An IMDS that gives tokens and refuses requests without its header.
fn real(machine: &Machine) {
    machine.http.otherwise(|request| match is_probe(request) {
        true => Answer::error(400, "bad_request", "Required metadata header not specified"),
        false => Answer::token("t", 3600),
    });
}

fn nobody(machine: &Machine) {
    machine.http.otherwise(|_| Answer::failure(TransportErrorKind::Connect, "no route to host"));
}

// P26
#[test]
fn in_a_chain_imds_is_looked_for_once() {
    let machine = Machine::new(imds());
    real(&machine);
    let credential = machine.credential(client_id());
    ask_in_chain(&credential).unwrap();
    let requests = machine.http.requests();
    assert_eq!(requests.iter().map(is_probe).collect::<Vec<_>>(), [true, false]);
    assert_eq!(requests[0].method, "GET");
    let profile = &requests[0].profile;
    let second = Some(Duration::from_secs(1));
    assert_eq!((profile.connect_timeout, profile.timeout, profile.no_proxy), (second, second, true));
    machine.clock.advance(Duration::from_secs(4000));
    ask_in_chain(&credential.clone()).unwrap();
    assert_eq!(machine.http.requests().iter().filter(|request| is_probe(request)).count(), 1);
}

// P26
#[test]
fn by_itself_imds_is_not_looked_for_and_once_it_gave_a_token_never() {
    let machine = Machine::new(imds());
    real(&machine);
    let credential = machine.credential(None);
    ask(&credential).unwrap();
    machine.clock.advance(Duration::from_secs(4000));
    ask_in_chain(&credential).unwrap();
    assert!(!machine.http.requests().iter().any(is_probe));
}

// P26
#[test]
fn nobody_there_is_said_after_one_request_and_for_a_minute() {
    let machine = Machine::new(imds());
    nobody(&machine);
    let credential = machine.credential(None);
    for _ in 0..3 {
        let error = ask_in_chain(&credential.clone()).unwrap_err();
        assert_eq!((error.kind(), error.credential()), (ErrorKind::CredentialUnavailable, NAME));
        assert!(
            error.message().starts_with("no response from the IMDS endpoint: no route to host;"),
            "{error}"
        );
    }
    assert_eq!((machine.http.count(), machine.clock.sleeps().len()), (1, 0));
    machine.clock.advance(Duration::from_secs(60));
    real(&machine);
    ask_in_chain(&credential).unwrap();
    assert_eq!(machine.http.count(), 3);
}

#[test]
fn a_negative_answer_does_not_keep_a_direct_caller_from_trying() {
    let machine = Machine::new(imds());
    nobody(&machine);
    let credential = machine.credential(None);
    ask_in_chain(&credential).unwrap_err();
    ask(&credential).unwrap_err();
    assert_eq!(machine.http.count(), 5, "one probe, and four tries");
}

// P26
#[tokio::test]
async fn silence_is_given_up_after_a_second() {
    let machine = Machine::new(imds());
    machine.http.push(Answer::never());
    let credential = machine.credential(None);
    let options = TokenRequestOptions::default().with_chain_context(ChainContext::Default);
    let asking = tokio::spawn(async move { credential.get_token(&[SCOPE], &options).await });
    while machine.http.count() == 0 {
        tokio::task::yield_now().await;
    }
    machine.clock.advance(Duration::from_millis(999));
    tokio::task::yield_now().await;
    assert!(!asking.is_finished());
    machine.clock.advance(Duration::from_millis(1));
    let error = asking.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CredentialUnavailable);
    assert!(error.message().starts_with("no response from the IMDS endpoint"), "{error}");
    assert_eq!(machine.http.count(), 1);
}

// P26
#[test]
fn where_managed_identity_is_all_there_is_or_a_host_is_named_nothing_is_looked_for() {
    for env in [
        imds().with("AZURE_TOKEN_CREDENTIALS", " managedidentitycredential "),
        imds().with("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:8080"),
        app_service(),
    ] {
        let machine = Machine::new(env);
        machine.http.push(Answer::token("t", 3600));
        ask_in_chain(&machine.credential(None)).unwrap();
        assert_eq!(machine.http.count(), 1);
    }
    let machine = Machine::new(imds().with("AZURE_TOKEN_CREDENTIALS", "prod"));
    real(&machine);
    ask_in_chain(&machine.credential(None)).unwrap();
    assert_eq!(machine.http.count(), 2);
}

// P26, P28
#[test]
fn any_answer_proves_that_somebody_is_there_but_one() {
    for (status, body, present) in [
        (400, "", true),
        (404, "<html>", true),
        (500, "", true),
        (200, "", true),
        (403, "Forbidden", true),
        (403, "A socket operation was attempted to an unreachable network", false),
    ] {
        let machine = Machine::new(imds());
        machine.http.push(Answer::new(status, body)).push(Answer::token("t", 3600));
        assert_eq!(ask_in_chain(&machine.credential(None)).is_ok(), present, "{status} {body}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_callers_in_a_chain_look_for_it_together() {
    let machine = Machine::new(imds());
    nobody(&machine);
    machine.http.hold();
    let credential = machine.credential(None);
    let callers: Vec<_> = (0..1000)
        .map(|_| {
            let credential = credential.clone();
            tokio::spawn(async move {
                let options = TokenRequestOptions::default().with_chain_context(ChainContext::Chained);
                credential.get_token(&[SCOPE], &options).await
            })
        })
        .collect();
    while machine.http.count() == 0 {
        tokio::task::yield_now().await;
    }
    machine.http.release();
    for caller in callers {
        assert_eq!(caller.await.unwrap().unwrap_err().kind(), ErrorKind::CredentialUnavailable);
    }
    assert_eq!(machine.http.count(), 1);
}

#[test]
fn a_caller_that_goes_away_leaves_the_question_to_the_others() {
    let machine = Machine::new(imds());
    real(&machine);
    machine.http.hold();
    let credential = machine.credential(None);
    let options = TokenRequestOptions::default().with_chain_context(ChainContext::Chained);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let mut first = credential.get_token(&[SCOPE], &options);
    let mut second = credential.get_token(&[SCOPE], &options);
    assert!(std::pin::Pin::new(&mut first).poll(&mut context).is_pending());
    assert!(std::pin::Pin::new(&mut second).poll(&mut context).is_pending());
    drop(first);
    machine.http.release();
    assert!(identity_core::testing::block_on(second).is_ok());
    assert_eq!(machine.http.count(), 2);
}
