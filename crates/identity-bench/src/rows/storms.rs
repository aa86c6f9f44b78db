//! Ten thousand callers at once, and no token yet.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::SCOPE;
use crate::endpoint::{Endpoint, Reply};
use crate::rounds::runtime;
use crate::subject::Subject;
use crate::table::{Row, duration};

const CALLERS: usize = 10_000;
/// Longer than this nobody waits for a storm to end.
const PATIENCE: Duration = Duration::from_secs(5);

/// The endpoint gives a token after 20 ms.
pub fn answered() -> Row {
    row("10,000 cold callers, token after 20 ms", Reply::token(3600).after(Duration::from_millis(20)))
}

/// The endpoint refuses, at once and after 20 ms.
pub fn refused() -> [Row; 2] {
    [
        row("10,000 cold callers, refused at once", Reply::refusal()),
        row("10,000 cold callers, refused after 20 ms", Reply::refusal().after(Duration::from_millis(20))),
    ]
}

fn row(what: &str, reply: Reply) -> Row {
    let ours = Storm::of(Subject::ours, reply.clone());
    let official = Storm::of(Subject::official, reply);
    Row::new(what)
        .ours(ours.text())
        .official(official.text())
        .ratio(ours.took.as_secs_f64() / official.took.as_secs_f64())
        .goal("1 request", ours.requests == 1 && ours.answered == CALLERS)
}

struct Storm {
    requests: usize,
    answered: usize,
    took: Duration,
}

impl Storm {
    fn of(make: fn(&Endpoint) -> Subject, reply: Reply) -> Self {
        let endpoint = Endpoint::new(reply);
        let subject = make(&endpoint);
        let answered = Arc::new(AtomicUsize::new(0));
        let runtime = runtime();
        let start = Instant::now();
        runtime.block_on(async {
            let callers = (0..CALLERS).map(|_| {
                let (subject, answered) = (subject.clone(), answered.clone());
                tokio::spawn(async move {
                    subject.call(SCOPE).await;
                    answered.fetch_add(1, Ordering::SeqCst);
                })
            });
            let _ = tokio::time::timeout(PATIENCE, join_all(callers.collect::<Vec<_>>())).await;
        });
        let took = start.elapsed();
        runtime.shutdown_background();
        Self { requests: endpoint.requests(), answered: answered.load(Ordering::SeqCst), took }
    }

    fn text(&self) -> String {
        let requests = if self.requests == 1 { "request" } else { "requests" };
        match self.answered {
            CALLERS => format!("{} {requests}, {}", self.requests, duration(self.took)),
            some => {
                format!("{} {requests}, {some} callers answered after {}", self.requests, duration(self.took))
            }
        }
    }
}
