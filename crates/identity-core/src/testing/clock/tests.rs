use super::*;
use crate::testing::block_on;

// P68
#[test]
fn pauses_move_the_clock_and_limits_wait_for_it() {
    let clock = FakeClock::at_unix(100);
    let limit = clock.deadline(Duration::from_secs(5));
    block_on(clock.sleep(Duration::from_secs(3)));
    assert_eq!((clock.monotonic(), clock.sleeps()), (Duration::from_secs(3), vec![Duration::from_secs(3)]));
    let mover = clock.clone();
    let thread = std::thread::spawn(move || mover.advance(Duration::from_secs(2)));
    block_on(limit);
    thread.join().unwrap();
    assert_eq!(clock.now(), SystemTime::UNIX_EPOCH + Duration::from_secs(105));
}
