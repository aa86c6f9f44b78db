//! Waiting: the pauses that we make ourselves and the limits on other people's work, both in the time of a [`Clock`].
//!
//! A clock with a source of its own (a test's) needs no runtime. The system's clock waits on tokio's timer.

use std::future::{Future, poll_fn};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use futures_util::FutureExt;
use identity_core::{BoxFuture, Clock, Error};
use tokio::runtime::Handle;

/// A pause of our own making: a retry's delay, a polling interval. A pause of no length is over at once and needs no runtime.
///
/// # Errors
/// `InvalidArgument` when the clock is the system's and there is no tokio runtime with a timer to wait on.
pub async fn sleep(clock: &Clock, duration: Duration) -> Result<(), Error> {
    match clock.source() {
        _ if duration.is_zero() => Ok(()),
        Some(source) => {
            source.sleep(duration).await;
            Ok(())
        }
        None => tokio_sleep(duration).await,
    }
}

/// Waits for a future, but no longer than `limit`: `None` says that the time was up first, and the future has been dropped.
///
/// A future that is ready at once needs no timer, and so no runtime.
///
/// # Errors
/// `InvalidArgument` when the future has to be waited for, the clock is the system's, and there is no tokio runtime with a timer.
pub async fn timeout<F: Future>(
    clock: &Clock,
    limit: Duration,
    future: F,
) -> Result<Option<F::Output>, Error> {
    let mut future = pin!(future);
    let mut deadline: Option<BoxFuture<'static, Result<(), Error>>> = None;
    poll_fn(|context| {
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(Ok(Some(output)));
        }
        let deadline = deadline.get_or_insert_with(|| match clock.source() {
            Some(source) => Box::pin(source.deadline(limit).map(Ok)),
            None => Box::pin(tokio_sleep(limit)),
        });
        deadline.poll_unpin(context).map(|over| over.map(|()| None))
    })
    .await
}

/// A runtime without its timer, or one that is being shut down, makes tokio panic; both are the program's to mend, so they become an error.
async fn tokio_sleep(duration: Duration) -> Result<(), Error> {
    if Handle::try_current().is_err() {
        return Err(no_timer("there is none here"));
    }
    AssertUnwindSafe(async { tokio::time::sleep(duration).await })
        .catch_unwind()
        .await
        .map_err(|_| no_timer("the one here has its timer off or is shutting down"))
}

fn no_timer(what: &str) -> Error {
    Error::invalid_argument(format!(
        "waiting needs a tokio runtime with its timer on, and {what}; call from within a runtime built with `enable_all`"
    ))
}

#[cfg(test)]
mod tests;
