use super::*;

#[test]
fn what_a_server_said_is_shown_cleaned_and_shortened() {
    assert_eq!(shown("a\x1b[31m\nb"), "a b");
    assert_eq!(shown(&"\u{e4}".repeat(300)), format!("{}...", "\u{e4}".repeat(200)));
}
