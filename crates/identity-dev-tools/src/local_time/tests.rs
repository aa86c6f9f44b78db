use std::time::Duration;

use super::*;

fn read(text: &str, zone: &str) -> Option<u64> {
    let env = Env::empty().with("TZ", zone);
    let time = parse_local(text, &env)?;
    Some(time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs())
}

// S054
#[test]
fn local_times_are_read_in_the_zone_of_the_environment() {
    let time = "2023-11-14 22:13:20.000000";
    assert_eq!(read(time, "UTC"), Some(1_700_000_000));
    assert_eq!(read(time, "UTC0"), Some(1_700_000_000));
    assert_eq!(read(time, "XXX-3"), Some(1_700_000_000 - 3 * 3600));
    assert_eq!(read(time, ":XXX-3"), Some(1_700_000_000 - 3 * 3600));
    assert_eq!(read(time, "no such zone"), Some(1_700_000_000));
    assert_eq!(read("2023-11-14 22:13:20", "UTC"), Some(1_700_000_000));
}

// S054
#[test]
fn of_an_hour_that_there_is_twice_the_first_is_meant() {
    // In New York the clocks went from 2:00 back to 1:00 on 5 November 2023, and from 2:00 to 3:00 on 12 March.
    let new_york = "EST5EDT,M3.2.0,M11.1.0";
    assert_eq!(read("2023-11-05 01:30:00.000000", new_york), Some(1_699_162_200));
    assert_eq!(read("2023-11-05 02:30:00.000000", new_york), Some(1_699_169_400));
    assert_eq!(read("2023-03-12 02:30:00.000000", new_york), Some(1_678_606_200));
}

#[test]
fn a_zone_can_be_a_file() {
    // Version 1 of the format (RFC 8536): one type, 3600 seconds east, named "ABC".
    let mut file = b"TZif".to_vec();
    file.extend([0; 16]);
    for count in [0u32, 0, 0, 0, 1, 4] {
        file.extend(count.to_be_bytes());
    }
    file.extend(3600i32.to_be_bytes());
    file.extend([0, 0]);
    file.extend(b"ABC\0");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zone");
    std::fs::write(&path, file).unwrap();
    let time = "2023-11-14 22:13:20.000000";
    assert_eq!(read(time, path.to_str().unwrap()), Some(1_700_000_000 - 3600));
    assert_eq!(read(time, &format!(":{}", path.display())), Some(1_700_000_000 - 3600));
    std::fs::write(&path, "TZif, but no more").unwrap();
    assert_eq!(read(time, path.to_str().unwrap()), Some(1_700_000_000));
    assert_eq!(read(time, folder.path().to_str().unwrap()), Some(1_700_000_000));
    let local = parse_local(time, &Env::empty()).unwrap();
    let utc = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    assert!(local.duration_since(utc).unwrap_or_else(|e| e.duration()) <= Duration::from_secs(14 * 3600));
}

#[test]
fn what_is_no_time_is_none() {
    for text in ["", "tomorrow", "2023-13-01 00:00:00", "2023-11-14T22:13:20Z", "2023-11-14 25:00:00", "-1"] {
        assert_eq!(read(text, "UTC"), None, "{text}");
    }
}
