use proptest::prelude::*;

use super::*;

fn proxy(env: &Env, url: &str) -> Option<String> {
    proxy_for(env, &Url::parse(url).unwrap()).unwrap().map(|url| url.to_string())
}

fn env(variables: &[(&str, &str)]) -> Env {
    variables.iter().copied().collect()
}

// P72
#[test]
fn each_scheme_has_its_variable_and_both_have_a_common_one() {
    let (secure, plain) = ("https://a.test/", "http://a.test/");
    let of = |variables: &[(&str, &str)]| {
        let env = env(variables);
        (proxy(&env, secure), proxy(&env, plain))
    };
    let p = |url: &str| Some(url.to_owned());
    assert_eq!(of(&[]), (None, None));
    assert_eq!(of(&[("HTTPS_PROXY", "http://p:1")]), (p("http://p:1/"), None));
    assert_eq!(of(&[("HTTP_PROXY", "p:1")]), (None, p("http://p:1/")));
    assert_eq!(
        of(&[("http_proxy", "p:1"), ("https_proxy", "https://q")]),
        (p("https://q/"), p("http://p:1/"))
    );
    assert_eq!(of(&[("ALL_PROXY", "p:1"), ("HTTPS_PROXY", "q:1")]), (p("http://q:1/"), p("http://p:1/")));
    assert_eq!(of(&[("all_proxy", " u:pw@p:1 ")]), (p("http://u:pw@p:1/"), p("http://u:pw@p:1/")));
    assert_eq!(of(&[("https_proxy", "a:1"), ("HTTPS_PROXY", "b:1")]).0, p("http://a:1/"));
    // An empty variable counts as unset.
    assert_eq!(of(&[("https_proxy", ""), ("HTTPS_PROXY", "b:1")]).0, p("http://b:1/"));
    assert_eq!(of(&[("HTTPS_PROXY", " ")]).0, None);
    // A web server fills HTTP_PROXY from a request's header.
    assert_eq!(of(&[("HTTP_PROXY", "p:1"), ("REQUEST_METHOD", "GET")]), (None, None));
    assert_eq!(of(&[("http_proxy", "p:1"), ("REQUEST_METHOD", "GET")]).1, p("http://p:1/"));
}

// G11
#[test]
fn this_machine_and_its_link_are_reached_without_a_proxy() {
    let env = env(&[("ALL_PROXY", "http://p:1")]);
    for host in [
        "localhost",
        "LOCALHOST.",
        "x.localhost",
        "127.0.0.1",
        "127.8.8.8",
        "169.254.169.254",
        "[::1]",
        "[fe80::1]",
        "[febf::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:169.254.1.1]",
        "0x7f.1",
    ] {
        assert_eq!(proxy(&env, &format!("http://{host}:8080/x")), None, "{host}");
    }
    for host in [
        "localhost.test",
        "notlocalhost",
        "10.0.0.1",
        "169.255.0.1",
        "[fec0::1]",
        "[2001:db8::1]",
        "login.microsoftonline.com",
    ] {
        assert!(proxy(&env, &format!("https://{host}/x")).is_some(), "{host}");
    }
}

// P72
#[test]
fn no_proxy_names_hosts_in_all_the_usual_ways() {
    for (list, url, excluded) in [
        ("*", "https://a.test/", true),
        ("a.test", "https://a.test/", true),
        ("A.Test", "https://a.TEST./", true),
        ("a.test", "https://b.a.test/", true),
        (".a.test", "https://b.a.test/", true),
        ("*.a.test", "https://b.a.test/", true),
        ("a.test", "https://ba.test/", false),
        ("b.a.test", "https://a.test/", false),
        ("x, a.test ,y", "https://a.test/", true),
        ("x a.test", "https://a.test/", true),
        (",,  ,", "https://a.test/", false),
        (".", "https://a.test/", false),
        ("a.test:443", "https://a.test/", true),
        ("a.test:443", "https://a.test:8443/", false),
        ("a.test:x", "https://a.test/", false),
        ("10.0.0.1", "https://10.0.0.1/", true),
        ("10.0.0.1", "https://10.0.0.10/", false),
        ("10.0.0.0/8", "https://10.200.3.4/", true),
        ("10.0.0.0/8", "https://11.0.0.1/", false),
        ("10.0.0.0/0", "https://11.0.0.1/", true),
        ("10.0.0.0/33", "https://10.0.0.0/", false),
        ("2001:db8::/32", "https://[2001:db8:1::1]/", true),
        ("2001:db8::/32", "https://[2001:db9::1]/", false),
        ("::/0", "https://10.0.0.1/", false),
        ("2001:db8::1", "https://[2001:db8::1]/", true),
        ("[2001:db8::1]:443", "https://[2001:db8::1]/", true),
        ("[2001:db8::1]:444", "https://[2001:db8::1]/", false),
        ("10.0.0.1", "https://[::ffff:10.0.0.1]/", true),
    ] {
        let env = env(&[("HTTPS_PROXY", "p:1"), ("NO_PROXY", list)]);
        assert_eq!(proxy(&env, url).is_none(), excluded, "{list} for {url}");
    }
    let both = env(&[("HTTPS_PROXY", "p:1"), ("no_proxy", "a.test")]);
    assert_eq!(proxy(&both, "https://a.test/"), None);
}

// G26
#[test]
fn a_proxy_that_can_not_be_used_is_refused_without_showing_it() {
    let url = Url::parse("https://a.test/").unwrap();
    for (value, message) in [
        (
            "socks5://u:pass-word@p:1",
            "HTTPS_PROXY names a proxy of the kind socks5, and only http and https proxies are supported",
        ),
        (
            "http://u:pass-word@:1",
            "the value of HTTPS_PROXY is no URL of a proxy, such as http://proxy.example:3128",
        ),
        (
            "http://u:pass-word@p:port",
            "the value of HTTPS_PROXY is no URL of a proxy, such as http://proxy.example:3128",
        ),
    ] {
        assert_eq!(proxy_for(&env(&[("HTTPS_PROXY", value)]), &url).unwrap_err().to_string(), message);
    }
}

proptest! {
    #[test]
    fn any_settings_are_read_without_a_panic(proxy: String, list in "[a-z0-9.:*/, \\[\\]-]{0,40}", other: String) {
        for list in [list, other] {
            let env = env(&[("HTTPS_PROXY", &proxy), ("NO_PROXY", &list)]);
            for url in ["https://a.test/", "https://10.0.0.1/", "https://[2001:db8::1]:8443/"] {
                let _ = proxy_for(&env, &Url::parse(url).unwrap());
            }
        }
    }
}
