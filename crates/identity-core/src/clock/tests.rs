use super::*;
use crate::testing::FakeClock;

#[test]
fn the_cheap_time_is_the_time() {
    let clock = Clock::system();
    let before = seconds(clock.now()) - 1;
    let cheap = clock.unix_seconds();
    assert!((before..=seconds(clock.now())).contains(&cheap));
}

#[test]
fn a_clock_of_another_kind_is_asked() {
    let fake = FakeClock::at_unix(1000);
    let clock = fake.clock();
    assert_eq!(clock.unix_seconds(), 1000);
    fake.advance(Duration::from_secs(5));
    assert_eq!(clock.unix_seconds(), 1005);
    assert_eq!(clock.now(), SystemTime::UNIX_EPOCH + Duration::from_secs(1005));
}
