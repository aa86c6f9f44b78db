//! Holding requests until a test lets them go.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

/// A gate that requests wait at. It starts closed; clones are the same gate.
#[derive(Clone)]
pub struct Gate {
    shared: Arc<Shared>,
}

struct Shared {
    open: watch::Sender<bool>,
    arrived: watch::Sender<usize>,
}

impl Gate {
    /// A closed gate.
    pub fn new() -> Gate {
        Gate { shared: Arc::new(Shared { open: watch::Sender::new(false), arrived: watch::Sender::new(0) }) }
    }

    /// Lets everybody through, now and later.
    pub fn open(&self) {
        self.shared.open.send_replace(true);
    }

    /// Waits until at least so many requests have come to the gate, counting those that are through.
    pub async fn arrived(&self, count: usize) {
        let _ = self.shared.arrived.subscribe().wait_for(|arrived| *arrived >= count).await;
    }

    pub(crate) async fn pass(&self) {
        self.shared.arrived.send_modify(|arrived| *arrived += 1);
        let _ = self.shared.open.subscribe().wait_for(|open| *open).await;
    }
}

impl Default for Gate {
    fn default() -> Self {
        Gate::new()
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("open", &*self.shared.open.borrow())
            .field("arrived", &*self.shared.arrived.borrow())
            .finish()
    }
}
