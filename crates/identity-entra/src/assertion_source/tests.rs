use identity_core::ErrorKind;

use super::*;

fn read(contents: &[u8]) -> Result<Secret, Error> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), contents).unwrap();
    FileAssertion::new(file.path()).read()
}

#[test]
fn a_file_is_read_anew_each_time_and_trimmed() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let source = FileAssertion::new(file.path());
    for token in ["one", "two"] {
        std::fs::write(file.path(), format!("\u{feff}  {token}\r\n\n")).unwrap();
        assert_eq!(source.read().unwrap().secret(), token);
    }
}

#[test]
fn a_missing_or_empty_file_is_unavailable_and_named() {
    let error = FileAssertion::new("/nowhere/token").read().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CredentialUnavailable);
    assert!(error.message().contains("'/nowhere/token'"), "{error}");
    for empty in [&b""[..], b" \n"] {
        let error = read(empty).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CredentialUnavailable);
        assert!(error.message().contains("is empty"), "{error}");
    }
}

// G5
#[test]
fn what_can_be_no_token_is_an_invalid_argument() {
    for (contents, words) in
        [(vec![b'a'; (1 << 20) + 1], "larger than 1 MiB"), (vec![0xff, 0xfe], "holds no text")]
    {
        let error = read(&contents).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.message().contains(words), "{error}");
    }
    let directory = tempfile::tempdir().unwrap();
    assert!(FileAssertion::new(directory.path()).read().unwrap_err().message().contains("no regular file"));
}
