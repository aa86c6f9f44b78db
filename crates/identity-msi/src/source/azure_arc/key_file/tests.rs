use std::path::PathBuf;

use identity_core::ErrorKind;

use super::*;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn message(folder: &Path, named: &str) -> String {
    let error = read(folder, named).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
    error.message().replace(&folder.display().to_string(), "KEYS")
}

// G2
#[test]
fn names_that_are_none_are_refused() {
    let folder = folder();
    for named in [
        "",
        "/",
        "..",
        "/..",
        ".",
        "/.key",
        "/a/...key",
        "a b.key",
        "a%2fb.key",
        "a\0.key",
        "\u{2028}.key",
        &"a".repeat(300),
    ] {
        assert!(message(folder.path(), named).contains("can't be the name of a key file"), "{named:?}");
    }
}

// G2
#[cfg(unix)]
#[test]
fn links_folders_and_pipes_are_refused() {
    let folder = folder();
    let outside = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(outside.path(), "secret of somebody else").unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.path().join("link.key")).unwrap();
    assert!(
        message(folder.path(), "link.key")
            .starts_with("the key file of Azure Arc's agent 'KEYS/link.key' can't be opened:")
    );
    std::fs::create_dir(folder.path().join("folder.key")).unwrap();
    assert_eq!(
        message(folder.path(), "folder.key"),
        "the key file of Azure Arc's agent 'KEYS/folder.key' is no regular file"
    );
    let pipe = folder.path().join("pipe.key");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0)
        .unwrap();
    assert_eq!(
        message(folder.path(), "pipe.key"),
        "the key file of Azure Arc's agent 'KEYS/pipe.key' is no regular file"
    );
}

// G2
#[test]
fn large_empty_and_missing_files_are_refused() {
    let folder = folder();
    let write = |bytes: &[u8]| std::fs::write(folder.path().join("a.key"), bytes).unwrap();
    assert!(message(folder.path(), "a.key").contains("must belong to the group 'himds'"));
    write(b"");
    assert!(message(folder.path(), "a.key").ends_with("is empty"));
    write(b"\r\n");
    assert!(message(folder.path(), "a.key").ends_with("is empty"));
    write(&[b'k'; 4097]);
    assert!(message(folder.path(), "a.key").ends_with("is larger than 4096 bytes, so it is no key"));
    write(&[0xff, 0xfe]);
    assert!(message(folder.path(), "a.key").ends_with("holds no text, so it is no key"));
    write(b"a\nb");
    assert!(message(folder.path(), "a.key").contains("can't be sent in a header"));
    write(&[b'k'; 4096]);
    assert_eq!(read(folder.path(), "a.key").unwrap().len(), 4096 + "Basic ".len());
}

#[test]
fn a_key_is_shown_as_it_is_and_to_nobody_else() {
    let folder = folder();
    std::fs::write(folder.path().join("a.key"), " the key\n").unwrap();
    let header = read(folder.path(), "x/a.txt").unwrap();
    assert_eq!(header.as_bytes(), b"Basic  the key");
    assert!(!format!("{header:?}").contains("the key"));
    let _: PathBuf = folder.path().into();
}
