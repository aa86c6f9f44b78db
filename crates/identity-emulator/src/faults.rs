//! Trouble to order: what the next requests meet instead of a proper answer.

mod gate;

pub use gate::Gate;

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::StatusCode;

use crate::aadsts::AadstsError;
use crate::host::Host;
use crate::request::RecordedRequest;
use crate::sync::lock;

/// The script of troubles. A request takes the first entry that matches it; entries used up are gone.
///
/// Clones are the same script.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    script: Arc<Mutex<Vec<Entry>>>,
}

#[derive(Debug)]
struct Entry {
    when: When,
    fault: Fault,
    /// How many more requests; none means without end.
    left: Option<usize>,
}

impl Faults {
    /// For the next request that matches.
    pub fn once(&self, when: When, fault: Fault) {
        self.times(1, when, fault);
    }

    /// For the next so many requests that match.
    pub fn times(&self, count: usize, when: When, fault: Fault) {
        self.add(Entry { when, fault, left: Some(count) });
    }

    /// For all requests that match, until [`clear`](Self::clear).
    pub fn always(&self, when: When, fault: Fault) {
        self.add(Entry { when, fault, left: None });
    }

    /// Forgets what has not happened yet.
    pub fn clear(&self) {
        lock(&self.script).clear();
    }

    /// How many entries have not been used up.
    pub fn pending(&self) -> usize {
        lock(&self.script).len()
    }

    fn add(&self, entry: Entry) {
        if entry.left != Some(0) {
            lock(&self.script).push(entry);
        }
    }

    pub(crate) fn take(&self, request: &RecordedRequest) -> Option<Fault> {
        let mut script = lock(&self.script);
        let place = script.iter().position(|entry| (entry.when.pick)(request))?;
        let entry = script.get_mut(place)?;
        let fault = entry.fault.clone();
        if let Some(left) = &mut entry.left {
            *left -= 1;
            if *left == 0 {
                script.remove(place);
            }
        }
        Some(fault)
    }
}

/// Which requests a [`Fault`] is for.
#[derive(Clone)]
pub struct When {
    pick: Arc<dyn Fn(&RecordedRequest) -> bool + Send + Sync>,
}

impl When {
    /// Every request.
    pub fn any() -> When {
        When::matches(|_| true)
    }

    /// Token requests.
    pub fn token() -> When {
        When::matches(RecordedRequest::is_token_request)
    }

    /// Requests to a host's endpoint.
    pub fn host(host: Host) -> When {
        When::matches(move |request| Host::of(request) == Some(host))
    }

    /// Requests whose path ends like this.
    pub fn path(end: impl Into<String>) -> When {
        let end = end.into();
        When::matches(move |request| request.path().ends_with(&end))
    }

    /// Requests with this value in a form field, as in `grant_type`.
    pub fn form(name: impl Into<String>, value: impl Into<String>) -> When {
        let (name, value) = (name.into(), value.into());
        When::matches(move |request| request.form(&name) == Some(&value))
    }

    /// Requests that a predicate picks.
    pub fn matches(pick: impl Fn(&RecordedRequest) -> bool + Send + Sync + 'static) -> When {
        When { pick: Arc::new(pick) }
    }
}

impl fmt::Debug for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("When(..)")
    }
}

/// One trouble.
#[derive(Clone, Debug)]
pub struct Fault {
    pub(crate) pauses: Vec<Pause>,
    pub(crate) outcome: Broken,
    pub(crate) headers: Vec<(String, String)>,
}

/// What happens before the answer.
#[derive(Clone, Debug)]
pub(crate) enum Pause {
    Hold(Gate),
    Delay(Duration),
}

/// What the answer is.
#[derive(Clone, Debug)]
pub(crate) enum Broken {
    /// The proper one after all.
    Not,
    Status {
        status: u16,
        content_type: &'static str,
        body: String,
    },
    Aadsts(AadstsError),
    CutBody,
    Close,
    Huge(u64),
}

impl Fault {
    /// This status with an empty body. One that is no status becomes 500.
    pub fn status(status: u16) -> Fault {
        Fault::new(Broken::Status { status, content_type: "text/plain", body: String::new() })
    }

    /// A refusal in Entra ID's shape.
    pub fn error(refused: AadstsError) -> Fault {
        Fault::new(Broken::Aadsts(refused))
    }

    /// A page where JSON was due, as a gateway or a captive portal answers.
    pub fn html(status: u16) -> Fault {
        let page = "<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Our services aren't \
                    available right now</h1></body></html>";
        Fault::new(Broken::Status { status, content_type: "text/html", body: page.to_owned() })
    }

    /// 200 and something that calls itself JSON and is not.
    pub fn garbage() -> Fault {
        Fault::json(200, "{\"access_token\": \"eyJ0eXAiOiJKV1QiLCJhbGci")
    }

    /// This status and this body as JSON.
    pub fn json(status: u16, body: impl Into<String>) -> Fault {
        Fault::new(Broken::Status { status, content_type: "application/json", body: body.into() })
    }

    /// The proper answer, of which the body breaks off half-way with the connection.
    pub fn cut_body() -> Fault {
        Fault::new(Broken::CutBody)
    }

    /// No answer: the connection is closed when the request has been read.
    pub fn close() -> Fault {
        Fault::new(Broken::Close)
    }

    /// 200 and a body of so many bytes of JSON white space.
    pub fn huge(bytes: u64) -> Fault {
        Fault::new(Broken::Huge(bytes))
    }

    /// 307 to another place, which keeps method and body of a request that is followed.
    pub fn redirect(location: impl Into<String>) -> Fault {
        Fault::status(307).with_header("location", location)
    }

    /// The proper answer, but only once the gate is open.
    pub fn hold(gate: &Gate) -> Fault {
        Fault::new(Broken::Not).held_by(gate)
    }

    /// The proper answer, after a real wait of the emulator's own.
    pub fn delay(wait: Duration) -> Fault {
        Fault::new(Broken::Not).delayed_by(wait)
    }

    /// Happens only once the gate is open.
    pub fn held_by(mut self, gate: &Gate) -> Fault {
        self.pauses.push(Pause::Hold(gate.clone()));
        self
    }

    /// Happens after a real wait.
    pub fn delayed_by(mut self, wait: Duration) -> Fault {
        self.pauses.push(Pause::Delay(wait));
        self
    }

    /// Puts a header on the answer, as in `Retry-After`; one that cannot stand in a header is left out.
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Fault {
        self.headers.push((name.into(), value.into()));
        self
    }

    fn new(outcome: Broken) -> Fault {
        Fault { pauses: Vec::new(), outcome, headers: Vec::new() }
    }
}

pub(crate) fn status_of(number: u16) -> StatusCode {
    StatusCode::from_u16(number).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

#[cfg(test)]
mod tests;
