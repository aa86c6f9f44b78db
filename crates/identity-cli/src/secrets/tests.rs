use identity::ErrorKind;

use super::{MOST_BYTES, SecretOption, read, take_in};

#[test]
fn one_line_end_behind_a_secret_does_not_belong_to_it() {
    for (input, secret) in [("s", "s"), ("s\n", "s"), ("s\r\n", "s"), (" s \n\n", " s \n"), ("a\nb", "a\nb")]
    {
        assert_eq!(read(input.as_bytes(), "--password").unwrap().secret(), secret, "{input:?}");
    }
}

#[test]
fn standard_input_without_a_secret_is_a_wrong_argument() {
    let huge = vec![b'x'; MOST_BYTES as usize + 1];
    for (input, why) in [
        (&b""[..], "is empty"),
        (b"\n", "is empty"),
        (b"\r\n", "is empty"),
        (b"\xff\xfe", "has no text"),
        (&huge, "has more than 1 MiB"),
    ] {
        let error = read(input, "--password").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert_eq!(error.message(), format!("--password was to come from standard input, which {why}"));
    }
}

#[test]
fn only_one_secret_comes_from_standard_input() {
    let (mut one, mut two) = (Some("-".into()), Some("-".into()));
    let options = vec![
        SecretOption { flag: "--client-secret", variable: None, value: &mut one },
        SecretOption { flag: "--password", variable: None, value: &mut two },
    ];
    let error = take_in(options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert_eq!(
        error.message(),
        "--client-secret and --password are both '-', and standard input has one secret only; give the other by its variable"
    );
}
