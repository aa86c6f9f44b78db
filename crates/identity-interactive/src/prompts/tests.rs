use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use identity_core::testing::{FakeClock, block_on};
use identity_core::{ServerError, TokenRequestOptions};
use identity_entra::client::EntraClient;
use identity_entra::options::EntraOptions;
use tokio::sync::oneshot;

use super::*;

fn ask(scopes: &[&str], claims: Option<&str>) -> Ask {
    let client = EntraClient::public("TestCredential", "tenant", "client", &EntraOptions::default()).unwrap();
    let options = claims
        .into_iter()
        .fold(TokenRequestOptions::default(), |options, claims| options.with_claims(claims));
    Ask::of_user(&client, scopes, &options).unwrap()
}

fn prompts() -> Prompts<u32> {
    Prompts::new(Clock::system())
}

fn answered(answer: u32) -> BoxFuture<'static, Result<u32, Error>> {
    Box::pin(async move { Ok(answer) })
}

fn held(answer: oneshot::Receiver<u32>) -> BoxFuture<'static, Result<u32, Error>> {
    Box::pin(async move { answer.await.map_err(|_| Error::failed("nobody came")) })
}

fn unwanted() -> BoxFuture<'static, Result<u32, Error>> {
    panic!("there is a prompt already")
}

#[tokio::test]
async fn the_same_request_shares_one_prompt_whatever_the_order_of_its_scopes() {
    let prompts = Arc::new(prompts());
    let (answer, receiver) = oneshot::channel();
    let (first, second) = (ask(&["a", "b"], None), ask(&["b", "a", "b"], None));
    let first = prompts.join(&first, || held(receiver));
    let second = prompts.join(&second, unwanted);
    let (first, second) = tokio::join!(first, async {
        answer.send(7).unwrap();
        second.await
    });
    assert!(matches!((first, second), (Joined::Same(Ok(7)), Joined::Same(Ok(7)))));
}

#[tokio::test]
async fn another_request_waits_for_the_end_of_the_prompt_however_it_ends() {
    let prompts = prompts();
    for claims in [None, Some("{}")] {
        let (answer, receiver) = oneshot::channel::<u32>();
        let (one, other) = (ask(&["a"], None), ask(if claims.is_none() { &["b"] } else { &["a"] }, claims));
        let first = prompts.join(&one, || held(receiver));
        let second = prompts.join(&other, unwanted);
        let (first, second) = tokio::join!(first, async {
            drop(answer);
            second.await
        });
        assert!(matches!((first, second), (Joined::Same(Err(_)), Joined::Other)));
    }
}

#[tokio::test]
async fn after_its_end_there_is_a_new_prompt() {
    let prompts = prompts();
    let ask = ask(&["a"], None);
    for answer in 0..3 {
        assert!(
            matches!(prompts.join(&ask, || answered(answer)).await, Joined::Same(Ok(same)) if same == answer)
        );
    }
}

#[tokio::test]
async fn the_prompt_ends_with_the_last_who_waits_and_not_before() {
    let prompts = Arc::new(prompts());
    let alive = Arc::new(());
    let start = |alive: &Arc<()>| {
        let alive = alive.clone();
        Box::pin(async move {
            let _alive = alive;
            std::future::pending().await
        }) as BoxFuture<'static, _>
    };
    let wait = |prompts: Arc<Prompts<u32>>, alive: Arc<()>| {
        tokio::spawn(async move { prompts.join(&ask(&["a"], None), || start(&alive)).await })
    };
    let (first, second) = (wait(prompts.clone(), alive.clone()), wait(prompts.clone(), alive.clone()));
    tokio::task::yield_now().await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    assert_eq!(Arc::strong_count(&alive), 3, "the other one's handle, and the prompt's");
    second.abort();
    assert!(second.await.unwrap_err().is_cancelled());
    assert_eq!(Arc::strong_count(&alive), 1);
    assert!(matches!(prompts.join(&ask(&["a"], None), || answered(1)).await, Joined::Same(Ok(1))));
}

#[test]
fn callers_on_another_runtime_do_not_join() {
    let prompts = prompts();
    let runtime = || tokio::runtime::Builder::new_current_thread().build().unwrap();
    let started = AtomicUsize::new(0);
    let start = || {
        started.fetch_add(1, Ordering::Relaxed);
        Box::pin(std::future::pending()) as BoxFuture<'static, Result<u32, Error>>
    };
    let (one, other) = (runtime(), runtime());
    let _first = one.block_on(async { prompts.enter(&ask(&["a"], None), start) });
    let (_second, _) = other.block_on(async { prompts.enter(&ask(&["a"], None), start) });
    assert_eq!(started.load(Ordering::Relaxed), 2);
}

#[test]
fn a_server_that_asked_to_be_left_alone_is() {
    let clock = FakeClock::at_unix(0);
    let prompts = Prompts::new(clock.clock());
    let refuse = || -> BoxFuture<'static, Result<u32, Error>> {
        let mut server = ServerError::default();
        server.retry_after = Some(Duration::from_secs(100));
        Box::pin(async { Err(Error::failed("too many").with_server(server)) })
    };
    let (one, other) = (ask(&["a"], None), ask(&["b"], None));
    let message = |joined| match joined {
        Joined::Same(Err(error)) => error.message().to_owned(),
        joined => format!("{joined:?}"),
    };
    assert_eq!(message(block_on(prompts.join(&one, refuse))), "too many");
    clock.advance(Duration::from_secs(99));
    assert_eq!(message(block_on(prompts.join(&one, unwanted))), "too many");
    assert!(matches!(block_on(prompts.join(&other, || answered(1))), Joined::Same(Ok(1))));
    clock.advance(Duration::from_secs(1));
    assert!(matches!(block_on(prompts.join(&one, || answered(2))), Joined::Same(Ok(2))));
}
