use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// The least of each of several measurements, which take turns so that whatever else the machine does hurts them alike.
pub fn least<const N: usize>(rounds: usize, measurements: [&mut dyn FnMut() -> f64; N]) -> [f64; N] {
    let mut least = [f64::INFINITY; N];
    let mut measurements = measurements;
    for _ in 0..rounds {
        for (least, measure) in least.iter_mut().zip(&mut measurements) {
            *least = least.min(measure());
        }
    }
    least
}

/// Runs two things at the same time, each on a thread of its own, which wait for each other before they start. Gives the nanoseconds
/// from the first start to the last end.
pub fn at_once(one: impl FnOnce() + Send, other: impl FnOnce() + Send) -> f64 {
    let arrived = AtomicUsize::new(0);
    let start = Instant::now();
    let timed = |work: &mut dyn FnMut()| {
        arrived.fetch_add(1, Ordering::SeqCst);
        while arrived.load(Ordering::SeqCst) < 2 {
            std::hint::spin_loop();
        }
        let from = start.elapsed();
        work();
        (from, start.elapsed())
    };
    let timed = &timed;
    let (mut one, mut other) = (Some(one), Some(other));
    let ends = std::thread::scope(|scope| {
        let threads = [
            scope.spawn(move || timed(&mut || one.take().into_iter().for_each(|work| work()))),
            scope.spawn(move || timed(&mut || other.take().into_iter().for_each(|work| work()))),
        ];
        threads.map(|thread| thread.join().expect("no measurement panics"))
    });
    let from = ends[0].0.min(ends[1].0);
    let to = ends[0].1.max(ends[1].1);
    (to - from).as_nanos() as f64
}

/// Runs a future on this thread, without a runtime: what is served from memory needs none.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        std::hint::spin_loop();
    }
}

/// A runtime with two threads, timers included.
pub fn runtime() -> tokio::runtime::Runtime {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime starts")
}
