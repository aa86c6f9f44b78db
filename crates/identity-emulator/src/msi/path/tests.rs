use super::*;

// G9
#[test]
fn every_spelling_of_a_path_is_the_same_path() {
    for path in [
        "/metadata/identity/oauth2/token",
        "/metadata/identity/oauth2/token/",
        "//metadata//identity/oauth2/token",
        "/metadata/identity\\oauth2\\token\\",
        "/metadata/identity%5coauth2%5Ctoken",
        "/metadata%2Fidentity/oauth2/token",
        "/x/../metadata/./identity/oauth2/token",
        "/x/%2e%2e/metadata/identity/oauth2/token",
        "/../../metadata/identity/oauth2/token",
        "\\metadata/identity/oauth2/%74oken",
    ] {
        assert_eq!(normal(path), "/metadata/identity/oauth2/token", "{path}");
    }
    for path in [
        "/metadata/identity/oauth2/token/x",
        "/Metadata/identity/oauth2/token",
        "/metadata/identity/oauth2/token%2520",
    ] {
        assert_ne!(normal(path), "/metadata/identity/oauth2/token", "{path}");
    }
    assert_eq!(normal("/.."), "/");
    assert_eq!(normal("%ff"), "/\u{fffd}");
}
