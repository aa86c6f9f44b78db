use super::*;

#[test]
fn elements_come_in_order_and_lengths_are_checked() {
    let mut reader = Reader::new(&[0x02, 0x01, 0x05, 0x04, 0x02, 0xab, 0xcd]);
    assert_eq!(reader.number(), Ok(5));
    assert_eq!(reader.take(OCTET_STRING), Ok(&[0xab, 0xcd][..]));
    assert!(reader.is_empty());
    assert!(reader.any().is_err());

    for bytes in [
        &[][..],
        &[0x30],
        &[0x30, 0x01],
        &[0x30, 0x81],
        &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
        &[0x30, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0x30, 0xff],
        // Indefinite where it is not allowed, tags of several bytes, the end marker.
        &[0x30, 0x80, 0, 0],
        &[0x04, 0x80, 0, 0],
        &[0x1f, 0x81, 0x01, 0x00],
        &[0x00, 0x00],
    ] {
        assert!(Reader::new(bytes).any().is_err(), "{bytes:x?}");
    }
}

#[test]
fn lengths_need_not_be_minimal() {
    assert_eq!(Reader::new(&[0x02, 0x83, 0, 0, 1, 7]).number(), Ok(7));
    assert_eq!(Reader::new(&[0x02, 0x88, 0, 0, 0, 0, 0, 0, 0, 1, 7]).number(), Ok(7));
}

#[test]
fn numbers_are_not_negative_and_fit() {
    let read = |bytes: &[u8]| Reader::new(bytes).number();
    assert_eq!(read(&[0x02, 0x02, 0x00, 0x80]), Ok(0x80));
    assert_eq!(read(&[0x02, 0x01, 0x00]), Ok(0));
    assert!(read(&[0x02, 0x01, 0x80]).is_err());
    assert!(read(&[0x02, 0x00]).is_err());
    assert!(read(&[0x02, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0]).is_err());
    assert!(read(&[0x04, 1, 0]).is_err());
}

#[test]
fn indefinite_lengths_and_pieces_become_definite() {
    let streamed = [0x30, 0x80, 0x24, 0x80, 0x04, 1, 0xaa, 0x04, 2, 0xbb, 0xcc, 0, 0, 0x02, 1, 5, 0, 0, 0xff];
    assert_eq!(**definite(&streamed).unwrap(), [0x30, 8, 0x04, 3, 0xaa, 0xbb, 0xcc, 0x02, 1, 5]);
    // Pieces in pieces.
    let nested = [0x24, 0x80, 0x24, 0x80, 0x04, 1, 1, 0, 0, 0x04, 1, 2, 0, 0];
    assert_eq!(**definite(&nested).unwrap(), [0x04, 2, 1, 2]);
}

#[test]
fn what_is_definite_stays_as_it_is() {
    let mut long = Vec::new();
    put(OCTET_STRING, &[7; 70_000], &mut long);
    let mut whole = Vec::new();
    put(SEQUENCE, &long, &mut whole);
    assert_eq!(*definite(&whole).unwrap(), whole);
}

#[test]
fn nesting_without_end_and_missing_ends_are_refused() {
    assert!(definite(&[0x30, 0x80].repeat(100_000)).is_err());
    assert!(definite(&[0x30, 0x80, 0x02, 1, 5]).is_err());
    assert!(definite(&[0x30, 0x80, 0x02, 1, 5, 0]).is_err());
    assert!(definite(&[0x24, 0x80, 0x02, 1, 5, 0, 0]).is_err());
    assert!(definite(&[0x30, 3, 0x02, 5, 1]).is_err());
}

#[test]
fn identifiers_are_shown_in_dots() {
    assert_eq!(dotted(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d]), "1.2.840.113549.1.5.13");
    assert_eq!(dotted(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a]), "2.16.840.1.101.3.4.1.42");
    assert_eq!(dotted(&[0x88, 0x37, 0x03]), "2.999.3");
    assert_eq!(dotted(&[]), "");
    assert!(dotted(&[0xff; 1000]).len() < 100);
}
