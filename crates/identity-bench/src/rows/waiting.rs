//! What callers with a good token notice of everything else that goes on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use identity_entra::options::EntraOptions;
use tokio::runtime::Runtime;

use crate::SCOPE;
use crate::clock::MovableClock;
use crate::endpoint::{Endpoint, Reply};
use crate::rounds::{least, runtime};
use crate::subject::Subject;
use crate::table::{Row, duration, time};

/// A scope that is cached, while requests for a hundred others get no answer.
pub fn beside_hanging_scopes() -> Row {
    const PATIENCE: Duration = Duration::from_millis(500);
    let runtime = runtime();
    let make = || Endpoint::new(Reply::token(86_400).never_for("hanging"));
    let hang = |subject: &Subject, endpoint: &Endpoint, scopes: usize| {
        assert!(runtime.block_on(subject.call(SCOPE)), "the endpoint gives a token");
        for n in 0..scopes {
            let subject = subject.clone();
            runtime
                .spawn(async move { subject.call(&format!("https://hanging{n}.azure.net/.default")).await });
        }
        while endpoint.requests() < 1 + scopes {
            std::thread::yield_now();
        }
    };
    let (endpoint, other) = (make(), make());
    let (quiet, busy) = (Subject::ours(&endpoint), Subject::ours(&other));
    hang(&quiet, &endpoint, 0);
    hang(&busy, &other, 100);
    let [quiet, busy] = least(300, [&mut || quiet.time(SCOPE, 4000), &mut || busy.time(SCOPE, 4000)]);

    let endpoint = make();
    let official = Subject::official(&endpoint);
    hang(&official, &endpoint, 1);
    let waited = runtime.block_on(async { tokio::time::timeout(PATIENCE, official.call(SCOPE)).await });
    let official = match waited {
        Ok(_) => "an answer".into(),
        Err(_) => format!("1 scope hangs: no answer in {}", duration(PATIENCE)),
    };
    runtime.shutdown_background();
    Row::new("cached call while 100 other scopes hang / none")
        .ours(format!("{} / {}", time(busy), time(quiet)))
        .official(official)
        .ratio(busy / quiet)
        .at_most(1.1)
}

/// A token with 240 seconds left, while the endpoint answers 503.
pub fn while_unavailable() -> Row {
    const CALLS: usize = 10_000;
    const PATIENCE: Duration = Duration::from_secs(10);
    let runtime = runtime();
    let ours = (0..5)
        .map(|_| {
            let (endpoint, clock) = (Endpoint::new(Reply::token(3600)), MovableClock::new());
            let subject = Subject::ours_with(&endpoint, EntraOptions::default().with_clock(clock.clock()));
            runtime.block_on(async {
                assert!(subject.call(SCOPE).await, "the endpoint gives a token");
                endpoint.take_requests();
                endpoint.reply(Reply::unavailable());
                clock.advance(3360);
                let (mut worst, mut failed) = (Duration::ZERO, 0);
                for _ in 0..CALLS {
                    let start = Instant::now();
                    failed += usize::from(!subject.call(SCOPE).await);
                    worst = worst.max(start.elapsed());
                }
                while endpoint.requests() == 0 {
                    tokio::task::yield_now().await;
                }
                (worst, failed, endpoint.requests())
            })
        })
        .min()
        .expect("there were rounds");

    let endpoint = Endpoint::new(Reply::token(240));
    let official = Subject::official(&endpoint);
    let (took, answer) = runtime.block_on(async {
        assert!(official.call(SCOPE).await, "the endpoint gives a token");
        endpoint.take_requests();
        endpoint.reply(Reply::unavailable());
        let start = Instant::now();
        let answer = tokio::time::timeout(PATIENCE, official.call(SCOPE)).await;
        (start.elapsed(), answer)
    });
    let end = match answer {
        Ok(true) => "a token",
        Ok(false) => "an error",
        Err(_) => "no answer",
    };
    let requests = endpoint.requests();
    runtime.shutdown_background();
    let (worst, failed, tries) = ours;
    Row::new("240 s left, endpoint answers 503: 10,000 calls")
        .ours(format!("1 renewal ({tries} tries), {failed} errors, worst call {}", duration(worst)))
        .official(format!("first call: {requests} requests, {end} after {}", duration(took)))
        .goal("no error, nobody waits 1 ms", failed == 0 && worst < Duration::from_millis(1))
}

/// Two threads that call all the time while the token is renewed, which takes the endpoint 20 ms: the whole distribution of what a call took.
pub fn across_a_refresh() -> [Row; 2] {
    const ROUNDS: usize = 5;
    let runtime = runtime();
    let slowly = |reply: Reply| reply.after(Duration::from_millis(20));

    let ours = (0..ROUNDS)
        .map(|_| {
            let (endpoint, clock) = (Endpoint::new(slowly(Reply::token(3600))), MovableClock::new());
            let subject = Subject::ours_with(&endpoint, EntraOptions::default().with_clock(clock.clock()));
            load(&runtime, &subject, &endpoint, || clock.advance(3400))
        })
        .min_by_key(Latencies::p99_99)
        .expect("there were rounds");
    let official = (0..ROUNDS)
        .map(|_| {
            // It renews when 300 s are left and has no clock that could be moved.
            let endpoint = Endpoint::new(slowly(Reply::token(301)));
            let subject = Subject::official(&endpoint);
            load(&runtime, &subject, &endpoint, || endpoint.reply(slowly(Reply::token(3600))))
        })
        .min_by_key(Latencies::p99_99)
        .expect("there were rounds");
    runtime.shutdown_background();

    let above = Duration::from_nanos(u64::from(ours.p99_99() - ours.median()));
    [
        Row::new("across a refresh, 2 threads: median, p99.99")
            .ours(ours.text())
            .official(official.text())
            .ratio(f64::from(ours.p99_99()) / f64::from(official.p99_99()))
            .goal("p99.99 within 50 us of the median", above <= Duration::from_micros(50)),
        Row::new("the same: requests, calls longer than 10 ms")
            .ours(format!("{}, {}", ours.requests, ours.longer_than(10_000_000)))
            .official(format!("{}, {}", official.requests, official.longer_than(10_000_000)))
            .goal("1 request", ours.requests == 1),
    ]
}

/// Calls before, during and after the request that `refresh` brings about.
fn load(runtime: &Runtime, subject: &Subject, endpoint: &Endpoint, refresh: impl FnOnce()) -> Latencies {
    assert!(runtime.block_on(subject.call(SCOPE)), "the endpoint gives a token");
    endpoint.take_requests();
    let stop = &AtomicBool::new(false);
    let call = || {
        let mut latencies = Vec::with_capacity(20_000_000);
        runtime.block_on(async {
            while !stop.load(Ordering::Relaxed) {
                let start = Instant::now();
                assert!(subject.call(SCOPE).await, "there is always a token");
                latencies.push(u32::try_from(start.elapsed().as_nanos()).unwrap_or(u32::MAX));
            }
        });
        latencies
    };
    let mut latencies = std::thread::scope(|scope| {
        let callers = [scope.spawn(call), scope.spawn(call)];
        std::thread::sleep(Duration::from_millis(50));
        refresh();
        while endpoint.requests() == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(100));
        stop.store(true, Ordering::Relaxed);
        callers.map(|caller| caller.join().expect("no caller panics")).concat()
    });
    latencies.sort_unstable();
    Latencies { sorted: latencies, requests: endpoint.requests() }
}

/// What calls took, in nanoseconds, the shortest first.
struct Latencies {
    sorted: Vec<u32>,
    requests: usize,
}

impl Latencies {
    fn median(&self) -> u32 {
        self.sorted[self.sorted.len() / 2]
    }

    fn p99_99(&self) -> u32 {
        self.sorted[self.sorted.len() - 1 - self.sorted.len() / 10_000]
    }

    fn longer_than(&self, nanoseconds: u32) -> usize {
        self.sorted.len() - self.sorted.partition_point(|latency| *latency <= nanoseconds)
    }

    fn text(&self) -> String {
        format!("{}, {}", time(self.median().into()), time(self.p99_99().into()))
    }
}
