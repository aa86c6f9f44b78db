use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use identity_core::testing::{FakeClock, block_on};
use identity_core::{ErrorKind, ServerError};
use proptest::prelude::*;
use tokio::sync::watch;

use super::*;

mod interleavings;

const START: u64 = 1_700_000_000;

/// A server that gives a token of a set life, or an error, once it is let to; it counts.
#[derive(Clone)]
struct Server {
    clock: FakeClock,
    requests: Arc<AtomicUsize>,
    answered: Arc<AtomicUsize>,
    open: watch::Sender<bool>,
    answer: Arc<Mutex<Result<u64, Error>>>,
}

impl Server {
    fn new(clock: &FakeClock) -> Self {
        Self {
            clock: clock.clone(),
            requests: Arc::default(),
            answered: Arc::default(),
            open: watch::Sender::new(true),
            answer: Arc::new(Mutex::new(Ok(3600))),
        }
    }

    fn answer(&self, answer: Result<u64, Error>) {
        *self.answer.lock().unwrap() = answer;
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    fn request(&self) -> BoxFuture<'static, Result<Acquired, Error>> {
        let server = self.clone();
        Box::pin(async move {
            let number = server.requests.fetch_add(1, Ordering::SeqCst) + 1;
            server.open.subscribe().wait_for(|open| *open).await.unwrap();
            server.answered.fetch_add(1, Ordering::SeqCst);
            let life = server.answer.lock().unwrap().clone()?;
            let expires_on = server.clock.clock().now() + Duration::from_secs(life);
            let token = AccessToken::new(format!("token{number}"), expires_on);
            Ok(Acquired { token, granted_scopes: Vec::new(), requested: true })
        })
    }
}

fn cache(clock: &FakeClock) -> TokenCache {
    TokenCache::new(TokenCacheOptions::new("TestCredential", clock.clock()))
}

fn key<'a>(scopes: &'a [&'a str]) -> CacheKey<'a> {
    CacheKey { partition: None, tenant: "t", scopes, cae: false }
}

async fn ask(cache: &TokenCache, server: &Server, scopes: &[&str]) -> Result<String, Error> {
    let token = cache.get_token(key(scopes), None, |_| server.request()).await?;
    Ok(token.token().secret().to_owned())
}

fn setup() -> (FakeClock, TokenCache, Server) {
    let clock = FakeClock::at_unix(START);
    (clock.clone(), cache(&clock), Server::new(&clock))
}

async fn until(what: impl Fn() -> bool) {
    while !what() {
        tokio::task::yield_now().await;
    }
}

// S005, S006
#[tokio::test]
async fn a_second_call_is_served_from_memory_without_waiting() {
    let (_, cache, server) = setup();
    assert_eq!(ask(&cache, &server, &["a"]).await.unwrap(), "token1");
    let again = cache.get_token(key(&["a"]), None, |_| server.request()).try_ready().expect("ready at once");
    assert_eq!(again.unwrap().token().secret(), "token1");
    assert_eq!(ask(&cache, &server, &["a", "a"]).await.unwrap(), "token1");
    assert_eq!(server.requests(), 1);
}

// S049, S059
#[tokio::test]
async fn a_cache_that_keeps_nothing_shares_what_is_under_way() {
    let clock = FakeClock::at_unix(START);
    let mut options = TokenCacheOptions::new("TestCredential", clock.clock());
    (options.keep, options.remember_failures) = (false, false);
    let (cache, server) = (TokenCache::new(options), Server::new(&clock));
    for (round, answer) in [(1, Ok(3600)), (2, Ok(3600)), (3, Err(Error::failed("no")))] {
        server.answer(answer);
        server.open.send_replace(false);
        let opening = async {
            until(|| server.requests() == round).await;
            server.open.send_replace(true);
        };
        let asking = join_all((0..100).map(|_| ask(&cache, &server, &["a"])));
        let (asked, ()) = tokio::join!(asking, opening);
        assert!(asked.iter().all(|answer| answer.is_ok() == (round < 3)));
        assert_eq!((server.requests(), cache.len()), (round, 0));
    }
    assert!(ask(&cache, &server, &["a"]).await.is_err());
    assert_eq!(server.requests(), 4);
}

// S003
#[tokio::test]
async fn without_a_scope_nothing_is_asked() {
    let (_, cache, server) = setup();
    let error = ask(&cache, &server, &[]).await.unwrap_err();
    assert_eq!((error.kind(), error.credential()), (ErrorKind::InvalidArgument, "TestCredential"));
    assert_eq!(ask(&cache, &server, &["a b"]).await.unwrap_err().kind(), ErrorKind::InvalidArgument);
    assert_eq!(server.requests(), 0);
}

// P73
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_cold_callers_make_one_request() {
    for answer in [Ok(3600), Err(Error::failed("no"))] {
        let (_, cache, server) = setup();
        server.answer(answer.clone());
        let callers: Vec<_> = (0..10_000)
            .map(|_| {
                let (cache, server) = (cache.clone(), server.clone());
                tokio::spawn(async move { ask(&cache, &server, &["a"]).await })
            })
            .collect();
        for caller in callers {
            assert_eq!(caller.await.unwrap().is_ok(), answer.is_ok());
        }
        assert_eq!(server.requests(), 1, "{answer:?}");
    }
}

// P73
#[tokio::test]
async fn callers_that_are_dropped_half_way_cancel_nobody_else() {
    for answer in [Ok(3600), Err(Error::failed("no"))] {
        let (_, cache, server) = setup();
        server.answer(answer.clone());
        server.open.send_replace(false);
        let mut callers: Vec<_> = (0..10_000).map(|_| Box::pin(ask(&cache, &server, &["a"]))).collect();
        for caller in &mut callers {
            assert!(futures_util::poll!(caller).is_pending());
        }
        let last = callers.swap_remove(5000);
        drop(callers);
        server.open.send_replace(true);
        assert_eq!(last.await.is_ok(), answer.is_ok());
        assert_eq!(server.requests(), 1);
    }
}

#[tokio::test]
async fn when_the_last_caller_is_dropped_the_request_ends() {
    let (_, cache, server) = setup();
    server.open.send_replace(false);
    let mut caller = Box::pin(ask(&cache, &server, &["a"]));
    assert!(futures_util::poll!(&mut caller).is_pending());
    drop(caller);
    assert_eq!((cache.inner.flights.count(), server.open.receiver_count()), (0, 0));
    server.open.send_replace(true);
    assert_eq!(ask(&cache, &server, &["a"]).await.unwrap(), "token2");
}

#[test]
fn a_request_on_a_runtime_that_died_does_not_hold_up_others() {
    let (_, cache, server) = setup();
    server.open.send_replace(false);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (cache_there, server_there) = (cache.clone(), server.clone());
    let task = runtime.spawn(async move { ask(&cache_there, &server_there, &["a"]).await });
    runtime.block_on(until(|| server.requests() == 1));
    // One more caller elsewhere while the first runtime stands still, and then is gone.
    server.open.send_replace(true);
    let other = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(other.block_on(ask(&cache, &server, &["a"])).unwrap(), "token2");
    drop(runtime);
    drop(task);
    assert_eq!(block_on(ask(&cache, &server, &["a"])).unwrap(), "token2");
}

#[test]
fn without_a_runtime_callers_drive_each_other_s_request() {
    let (_, cache, server) = setup();
    server.open.send_replace(false);
    let mut first = Box::pin(ask(&cache, &server, &["a"]));
    let waker = futures_util::task::noop_waker();
    assert!(first.as_mut().poll(&mut std::task::Context::from_waker(&waker)).is_pending());
    let others: Vec<_> = (0..8)
        .map(|_| {
            let (cache, server) = (cache.clone(), server.clone());
            std::thread::spawn(move || block_on(ask(&cache, &server, &["a"])))
        })
        .collect();
    drop(first);
    server.open.send_replace(true);
    let tokens: Vec<_> = others.into_iter().map(|other| other.join().unwrap().unwrap()).collect();
    assert!(tokens.iter().all(|token| token == &tokens[0]), "{tokens:?}");
}

#[tokio::test]
async fn keys_do_not_wait_for_each_other() {
    let (_, cache, server) = setup();
    let quick = ask(&cache, &server, &["quick"]).await.unwrap();
    server.open.send_replace(false);
    let mut slow: Vec<_> = (0..100).map(|n| (n, format!("slow{n}"))).collect();
    let mut hanging = Vec::new();
    for (_, name) in &mut slow {
        let (cache, server, name) = (cache.clone(), server.clone(), name.clone());
        let mut call = Box::pin(async move { ask(&cache, &server, &[&name]).await });
        assert!(futures_util::poll!(&mut call).is_pending());
        hanging.push(call);
    }
    assert_eq!(ask(&cache, &server, &["quick"]).await.unwrap(), quick);
    server.open.send_replace(true);
    assert!(join_all(hanging).await.iter().all(Result::is_ok));
    assert_eq!(server.requests(), 101);
}

// S007, P74
#[tokio::test]
async fn with_five_minutes_left_one_renewal_runs_in_the_background() {
    let (clock, cache, server) = setup();
    ask(&cache, &server, &["a"]).await.unwrap();
    clock.advance(Duration::from_secs(3299));
    assert_eq!(ask(&cache, &server, &["a"]).await.unwrap(), "token1");
    assert_eq!(server.requests(), 1);
    clock.advance(Duration::from_secs(1));
    server.open.send_replace(false);
    for _ in 0..100 {
        let now = cache.get_token(key(&["a"]), None, |_| server.request()).try_ready().expect("nobody waits");
        assert_eq!(now.unwrap().token().secret(), "token1");
    }
    until(|| server.requests() == 2).await;
    server.open.send_replace(true);
    until(|| server.answered.load(Ordering::SeqCst) == 2 && cache.inner.flights.count() == 0).await;
    assert_eq!(ask(&cache, &server, &["a"]).await.unwrap(), "token2");
    assert_eq!(server.requests(), 2);
}

// S007, P74
#[tokio::test]
async fn a_failed_renewal_serves_the_valid_token_and_pauses_30_seconds() {
    let (clock, cache, server) = setup();
    ask(&cache, &server, &["a"]).await.unwrap();
    server.answer(Err(Error::failed("503")));
    clock.advance(Duration::from_secs(3360));
    for (wait, requests) in [(0, 2), (29, 2), (1, 3), (30, 4), (30, 5)] {
        clock.advance(Duration::from_secs(wait));
        assert_eq!(ask(&cache, &server, &["a"]).await.unwrap(), "token1");
        until(|| cache.inner.flights.count() == 0).await;
        assert_eq!(server.requests(), requests);
    }
    clock.advance(Duration::from_secs(240));
    assert_eq!(ask(&cache, &server, &["a"]).await.unwrap_err().message(), "503");
}

#[tokio::test]
async fn past_refresh_on_a_token_is_renewed_although_it_lives_long() {
    let (clock, cache, server) = setup();
    let expires_on = clock.clock().now() + Duration::from_secs(86_400);
    let token = AccessToken::new("old", expires_on)
        .with_refresh_on(clock.clock().now() + Duration::from_secs(43_200));
    cache.put(&key(&["a"]), &Acquired { token, granted_scopes: Vec::new(), requested: true });
    clock.advance(Duration::from_secs(43_199));
    assert_eq!(ask(&cache, &server, &["a"]).await.unwrap(), "old");
    assert_eq!(server.requests(), 0);
    // The spread is a tenth of the rest, at most 5 minutes.
    clock.advance(Duration::from_secs(301));
    assert_eq!(ask(&cache, &server, &["a"]).await.unwrap(), "old");
    until(|| server.requests() == 1 && cache.inner.flights.count() == 0).await;
    assert_eq!(ask(&cache, &server, &["a"]).await.unwrap(), "token1");
}

#[test]
fn without_a_runtime_the_one_caller_whose_turn_it_is_renews() {
    let (clock, cache, server) = setup();
    block_on(ask(&cache, &server, &["a"])).unwrap();
    clock.advance(Duration::from_secs(3400));
    assert_eq!(block_on(ask(&cache, &server, &["a"])).unwrap(), "token2");
    server.answer(Err(Error::failed("503")));
    clock.advance(Duration::from_secs(3400));
    assert_eq!(block_on(ask(&cache, &server, &["a"])).unwrap(), "token2");
    assert_eq!(server.requests(), 3);
}

#[tokio::test]
async fn a_program_that_ends_soon_lets_the_caller_renew() {
    let clock = FakeClock::at_unix(START);
    let options = TokenCacheOptions {
        refresh: RefreshMode::Caller,
        ..TokenCacheOptions::new("TestCredential", clock.clock())
    };
    let (cache, server) = (TokenCache::new(options), Server::new(&clock));
    ask(&cache, &server, &["a"]).await.unwrap();
    clock.advance(Duration::from_secs(3400));
    assert_eq!(ask(&cache, &server, &["a"]).await.unwrap(), "token2");
}

#[tokio::test]
async fn a_token_of_a_short_life_is_used_to_its_end() {
    let (clock, cache, server) = setup();
    server.answer(Ok(200));
    assert_eq!(ask(&cache, &server, &["a"]).await.unwrap(), "token1");
    clock.advance(Duration::from_secs(29));
    assert_eq!(ask(&cache, &server, &["a"]).await.unwrap(), "token1");
    assert_eq!(server.requests(), 1, "not again within 30 s");
    server.answer(Ok(0));
    clock.advance(Duration::from_secs(171));
    assert_eq!(
        ask(&cache, &server, &["a"]).await.unwrap(),
        "token2",
        "a token that has expired is given once"
    );
    assert_eq!(cache.len(), 1);
}

#[tokio::test]
async fn claims_skip_the_cached_token_and_replace_it() {
    let (_, cache, server) = setup();
    ask(&cache, &server, &["a"]).await.unwrap();
    let reasons = Mutex::new(Vec::new());
    let acquire = |reason| {
        reasons.lock().unwrap().push(reason);
        server.request()
    };
    let token = cache.get_token(key(&["a"]), Some("{}"), acquire).await.unwrap();
    assert_eq!((token.token().secret(), reasons.into_inner().unwrap()), ("token2", vec![Reason::Claims]));
    assert_eq!(ask(&cache, &server, &["a"]).await.unwrap(), "token2");
}

#[tokio::test]
async fn a_token_for_more_scopes_than_asked_serves_the_others() {
    let (clock, cache, server) = setup();
    let token = AccessToken::new("wide", clock.clock().now() + Duration::from_secs(3600));
    let granted = vec!["x/.default".to_owned(), "x/user_impersonation".to_owned()];
    cache.put(&key(&["x/.default"]), &Acquired { token, granted_scopes: granted, requested: true });
    assert_eq!(ask(&cache, &server, &["x/user_impersonation"]).await.unwrap(), "wide");
    assert_eq!(ask(&cache, &server, &["x/user_impersonation", "x/.default"]).await.unwrap(), "wide");
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn a_refusal_is_everybody_s_for_a_second_and_unavailability_is_not() {
    let (clock, cache, server) = setup();
    server.answer(Err(Error::failed("no")));
    for _ in 0..3 {
        assert_eq!(ask(&cache, &server, &["a"]).await.unwrap_err().message(), "no");
    }
    assert_eq!(server.requests(), 1);
    clock.advance(Duration::from_secs(1));
    ask(&cache, &server, &["a"]).await.unwrap_err();
    assert_eq!(server.requests(), 2);
    server.answer(Err(Error::unavailable("missing")));
    clock.advance(Duration::from_secs(1));
    ask(&cache, &server, &["a"]).await.unwrap_err();
    ask(&cache, &server, &["a"]).await.unwrap_err();
    assert_eq!(server.requests(), 4);
    // A server that says there is nothing here says so for a second, too.
    server.answer(Err(Error::unavailable("no identity").with_server(ServerError::default())));
    ask(&cache, &server, &["a"]).await.unwrap_err();
    ask(&cache, &server, &["a"]).await.unwrap_err();
    assert_eq!(server.requests(), 5);
}

#[tokio::test]
async fn nobody_asks_again_before_the_time_that_the_server_named() {
    let (clock, cache, server) = setup();
    let mut busy = ServerError::default();
    busy.retry_after = Some(Duration::from_secs(90));
    server.answer(Err(Error::failed("busy").with_server(busy)));
    ask(&cache, &server, &["a"]).await.unwrap_err();
    clock.advance(Duration::from_secs(89));
    assert_eq!(ask(&cache, &server, &["a"]).await.unwrap_err().message(), "busy");
    assert_eq!(server.requests(), 1);
    server.answer(Ok(3600));
    assert_eq!(ask(&cache, &server, &["b"]).await.unwrap(), "token2", "another key is another matter");
    clock.advance(Duration::from_secs(1));
    assert_eq!(ask(&cache, &server, &["a"]).await.unwrap(), "token3");
}

#[tokio::test]
async fn what_is_forgotten_is_not_brought_back_by_a_request_under_way() {
    let (_, cache, server) = setup();
    server.open.send_replace(false);
    let mut caller = Box::pin(ask(&cache, &server, &["a"]));
    assert!(futures_util::poll!(&mut caller).is_pending());
    cache.forget(None);
    server.open.send_replace(true);
    assert_eq!(caller.await.unwrap(), "token1", "who waits gets the answer");
    assert!(cache.is_empty());
    assert_eq!(ask(&cache, &server, &["a"]).await.unwrap(), "token2");
}

#[tokio::test]
async fn a_request_that_panics_is_an_error_for_all() {
    let (_, cache, _) = setup();
    let acquire = |_| -> BoxFuture<'static, _> { Box::pin(async { panic!("boom") }) };
    let error = cache.get_token(key(&["a"]), None, acquire).await.unwrap_err();
    assert_eq!(error.message(), "the request for a token panicked; please report this");
}

// S011, S091, S097
#[tokio::test]
async fn dropping_the_last_handle_ends_background_work() {
    let (clock, cache, server) = setup();
    ask(&cache, &server, &["a"]).await.unwrap();
    clock.advance(Duration::from_secs(3400));
    server.open.send_replace(false);
    let clone = cache.clone();
    ask(&cache, &server, &["a"]).await.unwrap();
    until(|| server.open.receiver_count() == 1).await;
    drop(clone);
    tokio::task::yield_now().await;
    assert_eq!(server.open.receiver_count(), 1, "a clone is no end");
    drop(cache);
    until(|| server.open.receiver_count() == 0).await;
}

#[test]
fn half_of_a_long_life_is_the_time_to_renew() {
    let now = SystemTime::UNIX_EPOCH;
    assert_eq!(half_life(now, now + Duration::from_secs(7199)), None);
    assert_eq!(half_life(now, now + Duration::from_secs(86_401)), Some(now + Duration::from_secs(43_200)));
    assert_eq!(half_life(now + Duration::from_secs(1), now), None);
}

/// What happens to a cache.
#[derive(Clone, Debug)]
enum Step {
    Get { key: usize, claims: bool },
    Wait { seconds: u64 },
    Answer { life: Option<u64> },
    Drop { key: usize },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..3usize, proptest::bool::weighted(0.2)).prop_map(|(key, claims)| Step::Get { key, claims }),
        2 => prop_oneof![Just(1u64), Just(31), Just(400), Just(3000), Just(3700)].prop_map(|seconds| Step::Wait { seconds }),
        1 => proptest::option::of(prop_oneof![Just(100u64), Just(3600)]).prop_map(|life| Step::Answer { life }),
        1 => (0..3usize).prop_map(|key| Step::Drop { key }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever happens: a token that is given was issued for that key and is good, and there is an error only where the server refused.
    #[test]
    fn any_sequence_of_calls_gives_good_tokens_of_the_right_key(steps in proptest::collection::vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (clock, cache, server) = setup();
            let names = ["a", "b", "c"];
            let mut refusing = false;
            let mut refused_until = [0; 3];
            for step in steps {
                let now = clock.clock().unix_seconds();
                match step {
                    Step::Get { key: k, claims } => {
                        let scopes = [names[k]];
                        let before = cache.peek(&key(&scopes));
                        let asked = cache.get_token(key(&scopes), claims.then_some("{}"), |_| server.request()).await;
                        match asked {
                            Ok(token) => {
                                prop_assert!(token.expires_on() > clock.clock().now());
                                if let (Some(before), false) = (&before, claims) {
                                    prop_assert!(before.token() == token.token());
                                }
                                prop_assert!(before.is_some() || !refusing);
                            }
                            Err(_) => {
                                prop_assert!(refusing || now < refused_until[k], "an error out of nowhere");
                                prop_assert!(before.is_none() || claims, "a valid token was there");
                                refused_until[k] = now + 1;
                            }
                        }
                        until(|| cache.inner.flights.count() == 0).await;
                    }
                    Step::Wait { seconds } => clock.advance(Duration::from_secs(seconds)),
                    Step::Answer { life } => {
                        refusing = life.is_none();
                        server.answer(life.ok_or_else(|| Error::failed("no")));
                    }
                    Step::Drop { key: k } => {
                        let scopes = [names[k]];
                        let mut call = Box::pin(cache.get_token(key(&scopes), Some("{\"dropped\":1}"), |_| server.request()));
                        server.open.send_replace(false);
                        let _ = futures_util::poll!(&mut call);
                        drop(call);
                        server.open.send_replace(true);
                        prop_assert_eq!(cache.inner.flights.count(), 0);
                    }
                }
            }
            Ok(())
        })?;
    }
}
