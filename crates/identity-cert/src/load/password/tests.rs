use super::*;

#[test]
fn text_becomes_utf_16_with_an_end_and_bytes_that_are_no_text_latin_1() {
    assert_eq!(**Passphrase::Bytes("a€".as_bytes()).bmp(), [0, b'a', 0x20, 0xac, 0, 0]);
    assert_eq!(**Passphrase::Bytes("😀".as_bytes()).bmp(), [0xd8, 0x3d, 0xde, 0x00, 0, 0]);
    assert_eq!(**Passphrase::Bytes(&[b'a', 0xe4]).bmp(), [0, b'a', 0, 0xe4, 0, 0]);
}

#[test]
fn no_password_has_no_end_either() {
    assert!(Passphrase::Null.bmp().is_empty());
    assert_eq!(**Passphrase::Bytes(b"").bmp(), [0, 0]);
}

#[test]
fn a_given_password_is_the_only_candidate() {
    assert_eq!(Passphrase::candidates(Some(b"x")).len(), 1);
    assert_eq!(Passphrase::candidates(Some(b"")).len(), 2);
    assert_eq!(Passphrase::candidates(None).len(), 2);
}
