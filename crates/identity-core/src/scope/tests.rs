use super::*;
use crate::ErrorKind;

// S003
#[test]
fn no_scope_is_an_invalid_argument() {
    let error = check_scopes("ClientSecretCredential", &[]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert_eq!(error.to_string(), "ClientSecretCredential: get_token requires at least one scope");
}

// S004
#[test]
fn a_single_resource_drops_one_trailing_default() {
    let resource = |scope| single_resource("X", &[scope]).unwrap();
    assert_eq!(resource("https://vault.azure.net/.default"), "https://vault.azure.net");
    assert_eq!(resource("https://x//.default"), "https://x/");
    assert_eq!(resource("https://x/.default/.default"), "https://x/.default");
    assert_eq!(resource("https://vault.azure.net"), "https://vault.azure.net");
    let error = single_resource("X", &["a", "b"]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert_eq!(
        error.message(),
        "this credential requires exactly one scope per token request, and 2 were given"
    );
}

#[test]
fn malformed_scopes_are_refused_and_shown_without_control_characters() {
    for scope in ["", "a b", "a\nb", "a\"b", "a\\b", "ä", "a\u{202e}b"] {
        let error = check_scopes("X", &["fine", scope]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{scope:?}");
        assert!(!error.to_string().contains(['\n', '\u{202e}']), "{error}");
    }
}
