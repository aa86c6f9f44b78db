use proptest::prelude::*;

use super::*;

fn output(status: Option<i32>, stdout: &[u8]) -> Output {
    let empty = SecretBytes::new(Vec::new());
    Output { status, stdout: text(&SecretBytes::new(stdout)), stderr: text(&empty) }
}

#[test]
fn output_in_any_encoding_is_read_and_debug_shows_lengths_only() {
    let read = output(Some(0), b"\xef\xbb\xbf secret \xff");
    assert_eq!(read.stdout.as_str(), " secret \u{fffd}");
    assert_eq!(format!("{read:?}"), "Output { status: Some(0), stdout: 11, stderr: 0 }");
    assert!(!output(None, b"").succeeded());
}

#[test]
fn times_that_make_no_sense_are_refused() {
    assert!(unix(-1).is_none() && unix(i64::MAX).is_none() && unix(i64::MIN).is_none());
    assert_eq!(unix(0), Some(SystemTime::UNIX_EPOCH));
    assert!(unix(253_402_300_799).is_some());
}

proptest! {
    #[test]
    fn whatever_a_tool_prints_nothing_panics(stdout in "\\PC*", stderr in "(?s).*", status in any::<Option<i32>>()) {
        let text = |text: &str| Zeroizing::new(text.to_owned());
        let output = Output { status, stdout: text(&stdout), stderr: text(&stderr) };
        let env = identity_core::Env::empty().with("TZ", &stderr);
        let _ = crate::local_time::parse_local(&stdout, &env);
        let _ = in_its_words(ErrorKind::AuthenticationFailed, "It", &output.stderr, "It failed");
        let _ = unexpected("it", &output.stdout);
        let _ = token(&stdout, SystemTime::UNIX_EPOCH);
    }
}
