use identity_core::ErrorKind;

use super::*;

fn parsed(text: &str) -> (String, String, String) {
    let authority = Authority::parse(text).unwrap();
    (authority.to_string(), authority.host().to_owned(), authority.host_and_port().to_owned())
}

fn refused(text: &str) -> String {
    let error = Authority::parse(text).expect_err(text);
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    error.message().to_owned()
}

// S045
#[test]
fn a_bare_host_or_an_https_url_is_accepted_and_trimmed() {
    for text in [
        "login.microsoftonline.com",
        "https://login.microsoftonline.com",
        "https://login.microsoftonline.com/",
        "  login.microsoftonline.com/ / ",
        "LOGIN.MicrosoftOnline.com",
        "HTTPS://login.microsoftonline.com:443//",
    ] {
        let (shown, host, key) = parsed(text);
        assert_eq!(shown, "https://login.microsoftonline.com", "{text}");
        assert_eq!(host, key);
        assert_eq!(host, "login.microsoftonline.com");
    }
}

#[test]
fn a_port_stays_in_urls_and_keys_and_not_in_the_host() {
    assert_eq!(
        parsed("login.example:8443"),
        ("https://login.example:8443".into(), "login.example".into(), "login.example:8443".into())
    );
    let authority = Authority::parse("login.example:8443").unwrap();
    assert_eq!(authority.endpoint("t/oauth2").unwrap().as_str(), "https://login.example:8443/t/oauth2");
}

// S045, G21
#[test]
fn only_https_is_accepted_except_for_loopback_addresses() {
    for text in
        ["http://login.microsoftonline.com", "ftp://a", "file:///etc/passwd", "http://127.0.0.1.example"]
    {
        assert!(refused(text).contains("TLS protected (https) URL"), "{text}");
    }
    for text in ["http://localhost:80", "http://127.1.2.3:5000", "http://[::1]:5000", "https://localhost"] {
        assert!(Authority::parse(text).unwrap().is_loopback(), "{text}");
    }
    assert_eq!(parsed("http://localhost").2, "localhost:80");
    assert!(!Authority::parse("localhost.example").unwrap().is_loopback());
    assert!(!Authority::parse("10.0.0.1").unwrap().is_loopback());
}

#[test]
fn more_than_a_host_and_a_port_is_refused() {
    assert_eq!(
        refused("https://login.microsoftonline.com/my-tenant"),
        "'https://login.microsoftonline.com/my-tenant' is an invalid authority: it must not have a path; give the host only, and the \
         tenant (for AD FS: adfs) as the tenant id"
    );
    assert!(refused("https://a?b").contains("query"));
    assert!(refused("https://a#b").contains("fragment"));
    for text in [
        "",
        "  ",
        "/",
        "https://",
        "a b",
        "a\\b",
        "https://a\\b",
        "a\tb",
        "%61.example",
        "javascript:alert",
        "http:/a",
        "a:99999",
    ] {
        refused(text);
    }
}

#[test]
fn a_password_in_the_url_is_refused_without_being_shown() {
    let message = refused("https://user:hunter2@login.example");
    assert!(!message.contains("hunter2"), "{message}");
}

// S046
#[test]
fn the_option_beats_the_variable_and_the_variable_beats_the_public_cloud() {
    let env = Env::empty().with("AZURE_AUTHORITY_HOST", "login.microsoftonline.us");
    let host =
        |explicit: Option<&str>, env: &Env| Authority::from_options(explicit, env).unwrap().host().to_owned();
    assert_eq!(host(Some("login.chinacloudapi.cn"), &env), "login.chinacloudapi.cn");
    assert_eq!(host(None, &env), "login.microsoftonline.us");
    assert_eq!(host(Some(""), &env), "login.microsoftonline.us");
    assert_eq!(host(None, &Env::empty()), "login.microsoftonline.com");
    assert_eq!(host(None, &Env::empty().with("AZURE_AUTHORITY_HOST", "")), "login.microsoftonline.com");
}

// S046
#[test]
fn a_bad_variable_is_named_in_the_error() {
    let env = Env::empty().with("AZURE_AUTHORITY_HOST", "http://login.example");
    let error = Authority::from_options(None, &env).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the variable AZURE_AUTHORITY_HOST: 'http://login.example' is an invalid authority: it must be a TLS protected (https) URL; http is \
         accepted for loopback addresses only"
    );
}

// S040, S041, S042, S043
#[test]
#[allow(deprecated)]
fn the_hosts_of_the_known_clouds_are_well_known() {
    for (host, cloud) in [
        (AzureAuthorityHosts::AZURE_PUBLIC_CLOUD, Cloud::Public),
        (AzureAuthorityHosts::AZURE_CHINA, Cloud::China),
        (AzureAuthorityHosts::AZURE_GOVERNMENT, Cloud::Government),
        (AzureAuthorityHosts::AZURE_GERMANY, Cloud::Germany),
    ] {
        let authority = Authority::parse(host).unwrap();
        assert!(authority.is_well_known(), "{host}");
        assert_eq!(authority.cloud(), Some(cloud));
    }
}

#[test]
fn names_under_a_customer_suffix_are_well_known_and_look_alikes_are_not() {
    let known = |host: &str| Authority::parse(host).unwrap().is_well_known();
    assert!(known("contoso.b2clogin.com"));
    assert!(known("contoso.ciamlogin.com"));
    for host in [
        "b2clogin.com",
        "ab2clogin.com",
        "b2clogin.com.example",
        "login.microsoftonline.com.example",
        "xlogin.microsoftonline.com",
        "westus.login.microsoft.com",
    ] {
        assert!(!known(host), "{host}");
    }
}

#[test]
fn an_alias_is_the_same_cloud_and_another_port_is_not() {
    let public = Authority::parse("login.microsoftonline.com").unwrap();
    for other in [
        "login.windows.net",
        "https://login.microsoft.com/",
        "sts.windows.net:443",
        "LOGIN.MICROSOFTONLINE.COM",
    ] {
        assert!(public.same_cloud(other), "{other}");
    }
    for other in ["login.microsoftonline.us", "login.microsoftonline.com:444", "", "not a host"] {
        assert!(!public.same_cloud(other), "{other}");
    }
    let private = Authority::parse("login.private.example").unwrap();
    assert!(private.same_cloud("https://login.private.example"));
    assert!(!private.same_cloud("login.other.example"));
}

proptest::proptest! {
    // G21
    #[test]
    fn whatever_is_accepted_is_https_or_loopback_and_reads_back_the_same(text in "\\PC{0,40}") {
        if let Ok(authority) = Authority::parse(&text) {
            proptest::prop_assert!(authority.url().scheme() == "https" || authority.is_loopback());
            proptest::prop_assert_eq!(Authority::parse(&authority.to_string()).unwrap(), authority);
        }
    }
}
