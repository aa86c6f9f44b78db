use std::future::{pending, ready};
use std::time::SystemTime;

use identity_core::ErrorKind;
use identity_core::testing::{FakeClock, block_on};

use super::*;

const SECOND: Duration = Duration::from_secs(1);

// P68
#[test]
fn pauses_move_a_test_clock_and_need_no_runtime() {
    let clock = FakeClock::at_unix(50);
    block_on(sleep(&clock.clock(), 3 * SECOND)).unwrap();
    assert_eq!(clock.clock().now(), SystemTime::UNIX_EPOCH + 53 * SECOND);
    assert_eq!(clock.sleeps(), [3 * SECOND]);
}

#[test]
fn a_pause_of_no_length_is_over_at_once() {
    let clock = FakeClock::at_unix(50);
    block_on(sleep(&clock.clock(), Duration::ZERO)).unwrap();
    assert!(clock.sleeps().is_empty());
    block_on(sleep(&Clock::system(), Duration::ZERO)).unwrap();
}

#[test]
fn a_limit_ends_what_never_ends() {
    let clock = FakeClock::at_unix(50);
    let mut limited = Box::pin({
        let clock = clock.clock();
        async move { timeout(&clock, 5 * SECOND, pending::<()>()).await }
    });
    assert!(limited.as_mut().now_or_never().is_none());
    clock.advance(4 * SECOND);
    assert!(limited.as_mut().now_or_never().is_none());
    clock.advance(SECOND);
    assert_eq!(limited.as_mut().now_or_never().unwrap().unwrap(), None);
}

#[test]
fn what_ends_in_time_is_the_answer() {
    let clock = FakeClock::at_unix(50).clock();
    assert_eq!(block_on(timeout(&clock, SECOND, ready(7))).unwrap(), Some(7));
    // The pause moves the clock right up to the limit, and what is ready counts first.
    let paused = async { sleep(&clock, SECOND).await.map(|()| 8) };
    assert_eq!(block_on(timeout(&clock, SECOND, paused)).unwrap().unwrap().unwrap(), 8);
}

#[test]
fn outside_a_runtime_waiting_is_an_error_and_no_panic() {
    let clock = Clock::system();
    for error in [
        block_on(sleep(&clock, SECOND)).unwrap_err(),
        block_on(timeout(&clock, SECOND, pending::<()>())).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert_eq!(
            error.message(),
            "waiting needs a tokio runtime with its timer on, and there is none here; call from within a runtime built with `enable_all`"
        );
    }
    assert_eq!(block_on(timeout(&clock, SECOND, ready(7))).unwrap(), Some(7));
}

#[test]
fn a_runtime_without_a_timer_is_an_error_and_no_panic() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let clock = Clock::system();
    let error = runtime.block_on(sleep(&clock, SECOND)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.message().contains("timer off"), "{error}");
    let error = runtime.block_on(timeout(&clock, SECOND, pending::<()>())).unwrap_err();
    assert!(error.message().contains("timer off"), "{error}");
}

// tokio's own paused clock: nothing sleeps for real.
#[tokio::test(start_paused = true)]
async fn on_a_runtime_the_systems_clock_waits_on_its_timer() {
    let clock = Clock::system();
    let before = tokio::time::Instant::now();
    sleep(&clock, 20 * SECOND).await.unwrap();
    assert_eq!(timeout(&clock, 10 * SECOND, pending::<()>()).await.unwrap(), None);
    assert!(before.elapsed() >= 30 * SECOND);
}
