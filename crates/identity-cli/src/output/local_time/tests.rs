use identity::Env;

use super::of;

#[test]
fn the_time_is_local_and_has_microseconds() {
    for (zone, time) in [
        ("UTC", "2023-11-14 22:13:20.000000"),
        ("UTC0", "2023-11-14 22:13:20.000000"),
        ("CET-1CEST,M3.5.0,M10.5.0/3", "2023-11-14 23:13:20.000000"),
        (":CET-1CEST,M3.5.0,M10.5.0/3", "2023-11-14 23:13:20.000000"),
        ("<-0330>3:30", "2023-11-14 18:43:20.000000"),
        ("No/Such_Zone", "2023-11-14 22:13:20.000000"),
        ("/no/such/file", "2023-11-14 22:13:20.000000"),
        ("/dev/zero", "2023-11-14 22:13:20.000000"),
    ] {
        assert_eq!(of(1_700_000_000, &Env::empty().with("TZ", zone)), time, "{zone}");
    }
}

#[test]
fn a_zone_can_be_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("zone");
    // Version 1, no transitions, one type: two hours east of Greenwich (RFC 9636, section 3).
    let mut data = b"TZif\0".to_vec();
    data.extend([0; 15]);
    for count in [0_u32, 0, 0, 0, 1, 4] {
        data.extend(count.to_be_bytes());
    }
    data.extend(7200_i32.to_be_bytes());
    data.extend([0, 0]);
    data.extend(b"XST\0");
    std::fs::write(&file, data).unwrap();
    assert_eq!(of(1_700_000_000, &Env::empty().with("TZ", file)), "2023-11-15 00:13:20.000000");
}

#[test]
fn a_time_beyond_all_calendars_is_the_last_one() {
    let env = Env::empty().with("TZ", "UTC0");
    assert!(of(u64::MAX, &env).starts_with("9999-12-"));
}
