//! Fakes for tests: credentials that answer what they are told, and a clock that tests move. An environment is an [`Env`](crate::Env) value as it is.

mod clock;
mod credentials;
mod logs;

pub use clock::FakeClock;
pub use credentials::{Call, ScriptedCredential, StaticTokenCredential};
pub use logs::CapturedLogs;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

/// Waits for a future on this thread, without a runtime.
pub fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}
