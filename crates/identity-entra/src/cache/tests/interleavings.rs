//! The whole cache against what a few rules say about it, with calls that begin, wait, end and are given up in any order.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::AtomicBool;
use std::task::{Context, Waker};

use super::*;

const KEYS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
/// Room for all keys, and for fewer than there are, so that some must go.
const CAPACITIES: [usize; 2] = [100, 4];

/// What happens next.
#[derive(Clone, Debug)]
enum Event {
    Call { key: usize, claims: bool },
    GiveUp { call: usize },
    Look,
    Hold { hold: bool },
    Answer { life: Option<u64> },
    Wait { seconds: u64 },
    Forget,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => (0..KEYS.len(), proptest::bool::weighted(0.1)).prop_map(|(key, claims)| Event::Call { key, claims }),
        2 => (0..8usize).prop_map(|call| Event::GiveUp { call }),
        3 => Just(Event::Look),
        2 => any::<bool>().prop_map(|hold| Event::Hold { hold }),
        1 => proptest::option::weighted(0.7, prop_oneof![Just(100u64), Just(3600)]).prop_map(|life| Event::Answer { life }),
        2 => prop_oneof![Just(1u64), Just(31), Just(3301), Just(3700)].prop_map(|seconds| Event::Wait { seconds }),
        1 => Just(Event::Forget),
    ]
}

/// What the server remembers of one request.
struct Request {
    key: &'static str,
    claims: bool,
    /// How often everything had been forgotten when it was sent.
    forgotten: usize,
    /// Whether it is still under way.
    open: AtomicBool,
}

/// The cache, its server, and the calls that wait.
struct World {
    clock: FakeClock,
    cache: TokenCache,
    capacity: usize,
    gate: watch::Sender<bool>,
    answer: Arc<Mutex<Option<u64>>>,
    requests: Arc<Mutex<Vec<Arc<Request>>>>,
    calls: Vec<Call>,
    forgotten: usize,
    /// The newest token that anybody was given for a key, and when it ends.
    newest: BTreeMap<&'static str, (usize, SystemTime)>,
    /// Until when a refusal may be remembered. A renewal's is told to nobody, but remembered all the same.
    refused_until: Arc<Mutex<BTreeMap<(&'static str, bool), u64>>>,
}

struct Call {
    key: &'static str,
    claims: bool,
    began: Began,
    future: Pin<Box<TokenFuture<'static>>>,
}

/// How things stood when a call began.
struct Began {
    forgotten: usize,
    requests: usize,
    /// The numbers of requests that were under way.
    under_way: Vec<usize>,
    /// The newest token that must still be there.
    newest: usize,
    refusal_remembered: bool,
}

impl World {
    fn new(capacity: usize) -> Self {
        let clock = FakeClock::at_unix(START);
        let options =
            TokenCacheOptions { capacity, ..TokenCacheOptions::new("TestCredential", clock.clock()) };
        Self {
            cache: TokenCache::new(options),
            capacity,
            clock,
            gate: watch::Sender::new(true),
            answer: Arc::new(Mutex::new(Some(3600))),
            requests: Arc::default(),
            calls: Vec::new(),
            forgotten: 0,
            newest: BTreeMap::new(),
            refused_until: Arc::default(),
        }
    }

    fn now(&self) -> u64 {
        self.clock.clock().unix_seconds()
    }

    /// What `acquire` is for a key: a request whose token carries its number.
    fn request(
        &self,
        key: &'static str,
        claims: bool,
    ) -> impl FnOnce(Reason) -> BoxFuture<'static, Result<Acquired, Error>> + Send + 'static {
        let (gate, answer, requests) = (self.gate.clone(), self.answer.clone(), self.requests.clone());
        let (clock, forgotten, refused_until) =
            (self.clock.clock(), self.forgotten, self.refused_until.clone());
        move |_| {
            let request = Arc::new(Request { key, claims, forgotten, open: AtomicBool::new(true) });
            let number = {
                let mut requests = requests.lock().unwrap();
                let same = |other: &&Arc<Request>| {
                    other.key == key && other.claims == claims && other.forgotten == forgotten
                };
                let others = requests.iter().filter(same).filter(|other| other.open.load(Ordering::SeqCst));
                assert_eq!(others.count(), 0, "two requests for {key} at once");
                requests.push(request.clone());
                requests.len()
            };
            let open = Closing(request);
            Box::pin(async move {
                let _open = open;
                gate.subscribe().wait_for(|open| *open).await.unwrap();
                let Some(life) = *answer.lock().unwrap() else {
                    refused_until.lock().unwrap().insert((key, claims), clock.unix_seconds() + 1);
                    return Err(Error::failed("no"));
                };
                let token =
                    AccessToken::new(format!("{key} {number}"), clock.now() + Duration::from_secs(life));
                Ok(Acquired { token, granted_scopes: Vec::new(), requested: true })
            })
        }
    }

    fn call(&mut self, key: &'static str, claims: bool) {
        let requests = self.requests.lock().unwrap().clone();
        let refused_until = self.refused_until.lock().unwrap().get(&(key, claims)).copied();
        let under_way = (1..).zip(&requests).filter(|(_, request)| request.open.load(Ordering::SeqCst));
        let is_kept = |(_, expires_on): &&(usize, SystemTime)| {
            self.capacity >= KEYS.len() && *expires_on > self.clock.clock().now()
        };
        let newest = self.newest.get(key).filter(is_kept);
        let began = Began {
            forgotten: self.forgotten,
            requests: requests.len(),
            under_way: under_way.map(|(number, _)| number).collect(),
            newest: newest.map_or(0, |(number, _)| *number),
            refusal_remembered: refused_until.is_some_and(|until| self.now() < until),
        };
        let (cache, acquire) = (self.cache.clone(), self.request(key, claims));
        let future = TokenFuture::boxed(async move {
            cache.get_token(super::key(&[key]), claims.then_some("{}"), acquire).await
        });
        self.calls.push(Call { key, claims, began, future: Box::pin(future) });
        self.look();
    }

    /// Lets everybody go on who can, and judges the answers.
    fn look(&mut self) {
        let mut context = Context::from_waker(Waker::noop());
        for mut call in std::mem::take(&mut self.calls) {
            match call.future.as_mut().poll(&mut context) {
                std::task::Poll::Ready(answer) => self.judge(&call, answer),
                std::task::Poll::Pending => self.calls.push(call),
            }
        }
        assert!(self.cache.len() <= self.capacity);
    }

    fn judge(&mut self, call: &Call, answer: Result<AccessToken, Error>) {
        let requests = self.requests.lock().unwrap();
        let began = &call.began;
        let is_new = |number: usize| number > began.requests || began.under_way.contains(&number);
        match answer {
            Ok(token) => {
                let (key, number) = token.token().secret().split_once(' ').unwrap();
                let number: usize = number.parse().unwrap();
                let request = &requests[number - 1];
                assert_eq!(key, call.key, "another key's token");
                assert!(is_new(number) || token.expires_on() > self.clock.clock().now(), "expired");
                assert!(is_new(number) || number >= began.newest, "an older token again");
                assert!(is_new(number) || !call.claims, "a cached token in spite of claims");
                assert!(request.claims || !call.claims, "a token without the claims");
                assert!(request.forgotten >= began.forgotten, "a token that was forgotten");
                let given = (number, token.expires_on());
                let newest = self.newest.entry(call.key).or_insert(given);
                *newest = given.max(*newest);
            }
            Err(error) => {
                assert_eq!(error.message(), "no");
                let is_its = |request: &Request| request.key == call.key && request.claims == call.claims;
                let asked = (1..).zip(&*requests).any(|(number, request)| is_its(request) && is_new(number));
                assert!(asked || began.refusal_remembered, "a refusal out of nowhere");
            }
        }
    }

    fn step(&mut self, event: Event) {
        match event {
            Event::Call { key, claims } => self.call(KEYS[key], claims),
            Event::GiveUp { call } if call < self.calls.len() => drop(self.calls.swap_remove(call)),
            Event::GiveUp { .. } => {}
            Event::Look => self.look(),
            Event::Hold { hold } => {
                self.gate.send_replace(!hold);
            }
            Event::Answer { life } => *self.answer.lock().unwrap() = life,
            Event::Wait { seconds } => self.clock.advance(Duration::from_secs(seconds)),
            Event::Forget => {
                self.cache.forget(None);
                self.forgotten += 1;
                self.refused_until.lock().unwrap().clear();
                self.newest.clear();
                assert!(self.cache.is_empty());
            }
        }
    }

    /// Whatever happened: who still waits gets an answer, and then nothing is left over.
    fn end(mut self) {
        self.gate.send_replace(true);
        for _ in 0..3 {
            self.look();
        }
        assert!(self.calls.is_empty(), "somebody waits for ever");
        assert_eq!(self.cache.inner.flights.count(), 0);
        assert!(self.requests.lock().unwrap().iter().all(|request| !request.open.load(Ordering::SeqCst)));
    }
}

/// Says when a request has ended or was dropped.
struct Closing(Arc<Request>);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.open.store(false, Ordering::SeqCst);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    // S006, S007, P73
    #[test]
    fn in_any_order_of_events_every_answer_is_right(
        capacity in proptest::sample::select(&CAPACITIES[..]),
        events in proptest::collection::vec(event(), 1..120),
    ) {
        let mut world = World::new(capacity);
        for event in events {
            world.step(event);
        }
        world.end();
    }
}
