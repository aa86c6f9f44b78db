use identity_core::ErrorKind;

use super::*;

// S153, S155
#[test]
fn a_redirect_uri_is_sent_as_it_was_given() {
    for (text, path, sent) in [
        ("http://localhost:8400", "/", "http://localhost:8400"),
        ("http://localhost:8400/", "/", "http://localhost:8400/"),
        ("http://localhost:80", "/", "http://localhost:80"),
        ("http://127.0.0.1:8401/signed/in", "/signed/in", "http://127.0.0.1:8401/signed/in"),
        ("http://[::1]:8402/a%20b", "/a%20b", "http://[::1]:8402/a%20b"),
    ] {
        let uri = RedirectUri::parse(text).unwrap();
        assert_eq!((uri.path.as_str(), uri.to_string().as_str()), (path, sent));
        assert_eq!(uri.with_port(uri.port.unwrap()), sent);
    }
    assert_eq!(RedirectUri::first_free().with_port(8400), "http://localhost:8400");
    assert_eq!(
        RedirectUri::parse("http://localhost:0/x").unwrap().with_port(1234),
        "http://localhost:1234/x"
    );
}

#[test]
fn localhost_stands_for_both_addresses() {
    let addresses = |text| RedirectUri::parse(text).unwrap().addresses();
    assert_eq!(
        addresses("http://localhost:1"),
        ["127.0.0.1".parse::<IpAddr>().unwrap(), "::1".parse().unwrap()]
    );
    assert_eq!(addresses("http://127.0.0.1:1"), ["127.0.0.1".parse::<IpAddr>().unwrap()]);
    assert_eq!(addresses("http://[::1]:1"), ["::1".parse::<IpAddr>().unwrap()]);
}

// S154
#[test]
fn what_can_t_be_listened_on_is_refused_with_the_reason() {
    for (text, why) in [
        ("", "it can't be read as a URL"),
        ("localhost:8400", "it must begin with http://"),
        ("https://localhost:8400", "it must begin with http://"),
        ("http://localhost", "it must name a port"),
        ("http://localhost/8400", "it must name a port"),
        ("http://localhost:", "it must name a port"),
        ("http://[::1]", "it must name a port"),
        ("http://contoso.com:8400", "its host must be localhost"),
        ("http://0.0.0.0:8400", "its host must be localhost"),
        ("http://127.0.0.2:8400", "its host must be localhost"),
        ("http://localhost.contoso.com:8400", "its host must be localhost"),
        ("http://user@localhost:8400", "must not have a user name"),
        ("http://localhost:8400/?a=b", "it must not have a query"),
        ("http://localhost:8400/#a", "it must not have a query or a fragment"),
        ("http://localhost:99999", "it can't be read as a URL"),
    ] {
        let error = RedirectUri::parse(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.message().contains(why), "{text}: {error}");
    }
    let error = RedirectUri::parse("ftp://user:the-password@contoso.com").unwrap_err();
    assert!(!error.message().contains("the-password"), "{error}");
    let error = RedirectUri::parse(&format!("\u{1b}[2J{}", "x".repeat(10_000))).unwrap_err();
    assert!(error.message().len() < 500 && !error.message().contains('\u{1b}'), "{error}");
}

proptest::proptest! {
    // G5
    #[test]
    fn no_text_makes_it_panic(text in ".{0,60}", near in "http://(localhost|\\[::1\\]|127.0.0.1)?:?[0-9]{0,6}[/?#@:]?.{0,9}") {
        let _ = (RedirectUri::parse(&text), RedirectUri::parse(&near));
    }
}
