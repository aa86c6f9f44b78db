use super::presentable;

// G16
#[test]
fn nothing_that_a_terminal_acts_on_is_shown() {
    let hostile = "one\u{1b}]8;;https://evil.example\u{7}\n\t\ttwo\u{202e}owt\r\u{1b}[2Jthree";
    assert_eq!(presentable(hostile), "one\n\t\ttwoowt three");
}
