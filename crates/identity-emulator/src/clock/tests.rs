use super::*;

#[test]
fn a_running_clock_follows_the_system_and_keeps_its_lead() {
    let clock = MovableClock::default();
    let system = system_time();
    clock.advance(Duration::from_secs(3600));
    let lead = clock.now().duration_since(system).unwrap();
    assert!(lead >= Duration::from_secs(3600) && lead < Duration::from_secs(3660), "{lead:?}");
    clock.run();
    assert!(clock.now().duration_since(system).unwrap() < Duration::from_secs(60));
}

#[test]
fn a_stopped_clock_moves_only_when_told() {
    let clock = MovableClock::default();
    let start = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    clock.set(start);
    assert_eq!(clock.clone().unix_now(), 1_700_000_000);
    clock.advance(Duration::from_secs(5));
    assert_eq!(clock.unix_now(), 1_700_000_005);
    clock.advance(Duration::MAX);
    assert_eq!(clock.unix_now(), 1_700_000_005, "a move out of range does nothing");
}

#[test]
fn stamps_look_like_entras() {
    assert_eq!(stamp(1_700_000_000), "2023-11-14 22:13:20Z");
    assert_eq!(stamp(i64::MAX), i64::MAX.to_string());
}
