use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{Shared, WeakShared};
use identity_core::{BoxFuture, Clock, Error};
use tokio::runtime::{Handle, Id};

use crate::ask::Ask;

/// The prompt that is shown just now. Whoever asks for the same waits for its answer; whoever asks for something else waits until it is over.
///
/// A caller that is dropped cancels nobody else's prompt. When the last one is dropped the prompt ends, and with it its listener and its timer.
/// These belong to the runtime they were made on, so callers on another one do not join.
///
/// A server that asked to be left alone for a time is: until it is over, its refusal is the answer.
pub(crate) struct Prompts<T> {
    shown: Mutex<Option<Shown<T>>>,
    refused: Mutex<Option<Refused>>,
    clock: Clock,
}

struct Refused {
    ask: Ask,
    until: Duration,
    error: Error,
}

struct Shown<T> {
    ask: Ask,
    runtime: Option<Id>,
    prompt: WeakShared<BoxFuture<'static, Result<T, Error>>>,
}

/// What a caller waited for.
#[derive(Debug)]
pub(crate) enum Joined<T> {
    /// A prompt for the same request, and this came of it.
    Same(Result<T, Error>),
    /// One for another request.
    Other,
}

impl<T: Clone + Send + Sync + 'static> Prompts<T> {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { shown: Mutex::default(), refused: Mutex::default(), clock }
    }

    pub(crate) async fn join(
        &self,
        ask: &Ask,
        start: impl FnOnce() -> BoxFuture<'static, Result<T, Error>>,
    ) -> Joined<T> {
        if let Some(error) = self.refusal(ask) {
            return Joined::Same(Err(error));
        }
        let (prompt, same) = self.enter(ask, start);
        let answer = prompt.await;
        if !same {
            return Joined::Other;
        }
        if let Err(error) = &answer
            && let Some(patience) = error.server().and_then(|server| server.retry_after)
        {
            let until = self.clock.monotonic().saturating_add(patience);
            *self.refused() = Some(Refused { ask: ask.clone(), until, error: error.clone() });
        }
        Joined::Same(answer)
    }

    fn refusal(&self, ask: &Ask) -> Option<Error> {
        let now = self.clock.monotonic();
        let refused = self.refused();
        refused
            .as_ref()
            .filter(|refused| now < refused.until && refused.ask.is_same(ask))
            .map(|r| r.error.clone())
    }

    fn refused(&self) -> MutexGuard<'_, Option<Refused>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(
        &self,
        ask: &Ask,
        start: impl FnOnce() -> BoxFuture<'static, Result<T, Error>>,
    ) -> (Shared<BoxFuture<'static, Result<T, Error>>>, bool) {
        let runtime = Handle::try_current().ok().map(|handle| handle.id());
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shown) = shown.as_ref().filter(|shown| shown.runtime == runtime)
            && let Some(prompt) = shown.prompt.upgrade().filter(|prompt| prompt.peek().is_none())
        {
            return (prompt, shown.ask.is_same(ask));
        }
        // A callback of the program may panic; that must not break those who only wait.
        let prompt = AssertUnwindSafe(start()).catch_unwind();
        let prompt =
            prompt.map(|answer| answer.unwrap_or_else(|_| Err(Error::failed(PANICKED)))).boxed().shared();
        *shown = prompt.downgrade().map(|prompt| Shown { ask: ask.clone(), runtime, prompt });
        (prompt, true)
    }
}

impl<T> fmt::Debug for Prompts<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prompts")
    }
}

const PANICKED: &str =
    "the sign-in panicked; if a callback of the program did, mend it, else please report this";

#[cfg(test)]
mod tests;
