use serde_json::json;

use super::*;

fn unix(value: Value) -> Option<u64> {
    point_in_time(&value).map(|time| time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs())
}

#[test]
fn seconds_may_be_a_number_or_a_text() {
    for value in [json!(3599), json!("3599"), json!(" 3599 "), json!(3599.7), json!("3599.0")] {
        assert_eq!(duration(&value), Some(Duration::from_secs(3599)), "{value}");
    }
    assert_eq!(duration(&json!(-5)), Some(Duration::ZERO));
    for value in [
        json!("soon"),
        json!(""),
        json!(null),
        json!([1]),
        json!(1e300),
        json!("NaN"),
        json!("inf"),
        json!(true),
    ] {
        assert_eq!(duration(&value), None, "{value}");
    }
}

#[test]
fn dates_of_app_service_on_linux_and_windows_are_read() {
    assert_eq!(unix(json!("06/20/2019 02:57:58 +00:00")), Some(1_560_999_478));
    assert_eq!(unix(json!("1/16/2020 5:24:12 AM +00:00")), Some(1_579_152_252));
    assert_eq!(unix(json!("1/16/2020 12:24:12 am +00:00")), Some(1_579_134_252));
    assert_eq!(unix(json!("1/16/2020 12:24:12 PM +00:00")), Some(1_579_177_452));
    assert_eq!(unix(json!("1/16/2020 5:24:12 PM +01:00")), Some(1_579_191_852));
}

#[test]
fn iso_dates_and_plain_seconds_are_read() {
    for text in ["2019-06-20T02:57:58Z", "2019-06-20 02:57:58.123", "2019-06-19T21:57:58-05:00", "1560999478"]
    {
        assert_eq!(unix(json!(text)), Some(1_560_999_478), "{text}");
    }
    assert_eq!(unix(json!("2000-02-29T00:00:00Z")), Some(951_782_400));
    assert_eq!(unix(json!("1970-01-01T00:00:00Z")), Some(0));
}

#[test]
fn what_is_no_date_is_none() {
    for text in [
        "",
        " ",
        "T",
        "13/01/2019 00:00:00",
        "1/1/2019 13:00:00 PM",
        "1/1/2019 0:00:00 AM",
        "1/1/2019",
        "1/1/2019 1:2",
        "2019-06-20T24:00:00Z",
        "2019-06-20T02:57:58 XYZ",
        "1/1/1960 0:00:00",
        "1970-01-01T00:00:00+01:00",
        "ä/1/2019 1:1:1",
    ] {
        assert_eq!(unix(json!(text)), None, "{text}");
    }
}

proptest::proptest! {
    // G5
    #[test]
    fn no_text_makes_it_panic(text in ".{0,40}", near in "[0-9]{1,4}[/-][0-9]{1,2}[/-][0-9]{1,4}[ T][0-9:]{0,9}.{0,9}") {
        let _ = (unix(json!(text)), unix(json!(near)));
    }
}
