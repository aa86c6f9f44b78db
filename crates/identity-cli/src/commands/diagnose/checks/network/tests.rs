use std::time::{Duration, SystemTime};

use identity::http::HttpResponse;
use identity::{BoxFuture, Clock, TimeSource};

use super::compared;

const THEIRS: &str = "Tue, 14 Nov 2023 22:13:20 GMT";

/// It is always this many seconds since 1970.
#[derive(Debug)]
struct Stopped(u64);

impl TimeSource for Stopped {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(self.0)
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }

    fn deadline(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

fn at(ours: u64, theirs: Option<&str>) -> Result<String, String> {
    let mut response = HttpResponse::default();
    if let Some(date) = theirs {
        response.headers_mut().insert("date", date.parse().unwrap());
    }
    compared(&response, Clock::new(Stopped(ours)))
}

#[test]
fn a_clock_may_be_off_by_five_minutes() {
    assert_eq!(
        at(1_700_000_000, Some(THEIRS)).unwrap(),
        "this machine's clock is 0 s ahead of the authority's"
    );
    assert_eq!(
        at(1_700_000_300, Some(THEIRS)).unwrap(),
        "this machine's clock is 300 s ahead of the authority's"
    );
    assert_eq!(
        at(1_699_999_990, Some(THEIRS)).unwrap(),
        "this machine's clock is 10 s behind the authority's"
    );
    for (ours, words) in [(1_700_000_301, "301 s ahead of"), (1_699_990_000, "10000 s behind")] {
        let error = at(ours, Some(THEIRS)).unwrap_err();
        assert!(
            error.starts_with(&format!("this machine's clock is {words} the authority's; set it right")),
            "{error}"
        );
    }
}

#[test]
fn an_authority_without_a_date_tells_nothing() {
    for date in [None, Some("yesterday")] {
        assert_eq!(at(1_700_000_000, date).unwrap_err(), "the authority does not say what time it is");
    }
}
