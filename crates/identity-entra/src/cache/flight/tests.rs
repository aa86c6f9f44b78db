//! Callers in every order of their steps. What flights do in time, and on runtimes, is tested with the whole cache.

use std::pin::pin;
use std::sync::atomic::AtomicUsize;
use std::task::{Context, Poll, Waker};

use shuttle::future::block_on;
use shuttle::thread::{JoinHandle, spawn};

use super::super::sync::steps::{check, step};
use super::*;

/// A cache of one token and a server that is asked for it, and fails when two requests are under way at once.
#[derive(Clone, Default)]
struct Model {
    flights: Arc<Flights>,
    token: Arc<Mutex<Option<AccessToken>>>,
    under_way: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
    forgotten: Arc<AtomicUsize>,
    refuses: bool,
}

impl Model {
    fn key() -> Arc<FlightKey> {
        let scopes = Box::new(["a".into()]);
        Arc::new(FlightKey { partition: None, tenant: "t".into(), scopes, cae: false, claims: None })
    }

    fn join(&self) -> Result<SharedAnswer, Answer> {
        let look_again = || {
            let refusal = || self.flights.refusal(&Self::key(), Duration::ZERO);
            self.token().map(Ok).or_else(|| refusal().map(Err))
        };
        self.flights.join(&Self::key(), look_again, |ticket| Box::pin(self.clone().request(ticket)))
    }

    async fn request(self, ticket: Ticket) -> Answer {
        self.requests.fetch_add(1, Ordering::SeqCst);
        // The token says how often everything had been forgotten when it was asked for.
        let token = self.forgotten.load(Ordering::SeqCst).to_string();
        let running = Running::new(&self.under_way);
        pause().await;
        pause().await;
        drop(running);
        if self.refuses {
            let error = Error::failed("no");
            ticket.land_refused(&error, Duration::ZERO, true);
            return Err(error);
        }
        let token = AccessToken::new(token, std::time::SystemTime::UNIX_EPOCH);
        ticket.land(|| *self.token.lock().unwrap() = Some(token.clone()));
        Ok(token)
    }

    fn ask(self) -> Answer {
        match self.join() {
            Ok(flight) => block_on(flight),
            Err(answer) => answer,
        }
    }

    /// Waits for a while and then gives up.
    fn ask_and_leave(self, polls: usize) {
        let Ok(flight) = self.join() else { return };
        let mut flight = pin!(flight);
        for _ in 0..polls {
            if flight.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
                return;
            }
            step();
        }
    }

    fn token(&self) -> Option<AccessToken> {
        self.token.lock().unwrap().clone()
    }

    fn thread(&self, run: impl FnOnce(Self) + Send + 'static) -> JoinHandle<()> {
        let model = self.clone();
        spawn(move || run(model))
    }
}

/// One request at the server.
struct Running(Arc<AtomicUsize>);

impl Running {
    fn new(under_way: &Arc<AtomicUsize>) -> Self {
        assert_eq!(under_way.fetch_add(1, Ordering::SeqCst), 0, "two requests at once");
        Self(under_way.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Gives way once.
async fn pause() {
    let mut again = false;
    std::future::poll_fn(|context| {
        step();
        if std::mem::replace(&mut again, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

fn join<const N: usize>(threads: [JoinHandle<()>; N]) {
    for thread in threads {
        thread.join().unwrap();
    }
}

// P73
#[test]
fn all_callers_get_the_answer_of_one_request() {
    for refuses in [false, true] {
        check(move || {
            let model = Model { refuses, ..Model::default() };
            join([(); 3].map(|()| model.thread(move |model| assert_eq!(model.ask().is_err(), refuses))));
            assert_eq!(model.requests.load(Ordering::SeqCst), 1);
            assert_eq!(model.flights.count(), 0);
        });
    }
}

// P73
#[test]
fn callers_that_leave_take_the_request_along_only_when_nobody_is_left() {
    check(|| {
        let model = Model::default();
        join([
            model.thread(|model| model.ask_and_leave(1)),
            model.thread(|model| assert!(model.ask().is_ok(), "somebody else's leaving is no answer")),
            model.thread(|model| model.ask_and_leave(2)),
        ]);
        assert!(model.requests.load(Ordering::SeqCst) <= 3);
        assert_eq!((model.flights.count(), model.under_way.load(Ordering::SeqCst)), (0, 0));
        assert!(model.token().is_some());
    });
}

#[test]
fn a_request_from_before_everything_was_forgotten_leaves_nothing_behind() {
    check(|| {
        let model = Model::default();
        let caller = |model: Model| assert!(model.ask().is_ok(), "who waits gets the answer");
        join([
            model.thread(caller),
            model.thread(|model| {
                model.forgotten.store(1, Ordering::SeqCst);
                model.flights.forget(None);
                *model.token.lock().unwrap() = None;
                step();
                let kept = model.token().map(|token| token.token().secret().to_owned());
                assert_ne!(kept.as_deref(), Some("0"), "a token that was asked for before");
            }),
        ]);
        assert_ne!(model.token().map(|token| token.token().secret().to_owned()).as_deref(), Some("0"));
        assert_eq!(model.flights.count(), 0);
    });
}
