use identity_core::ErrorKind;

use super::*;

const PEM: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
const OTHER: &str = "-----BEGIN CERTIFICATE-----\nBBBBBBBB\n-----END CERTIFICATE-----\n";

fn proxy(value: &str) -> Env {
    Env::empty().with(PROXY, value)
}

fn refusal(env: &Env) -> String {
    let error = TokenProxy::from_env(env).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    error.message().to_owned()
}

fn routed(env: &Env) -> (String, TransportProfile) {
    let proxy = TokenProxy::from_env(env).unwrap().unwrap();
    let endpoint = Url::parse("https://login.microsoftonline.com/tenant/oauth2/v2.0/token").unwrap();
    let (url, profile) = proxy.route(&endpoint).unwrap();
    (url.to_string(), profile)
}

// P02
#[test]
fn the_path_of_the_endpoint_is_put_behind_the_proxy_s() {
    for (value, url) in [
        ("https://proxy", "https://proxy/tenant/oauth2/v2.0/token"),
        ("https://proxy/", "https://proxy/tenant/oauth2/v2.0/token"),
        (" https://proxy:8443/a/b/ ", "https://proxy:8443/a/b/tenant/oauth2/v2.0/token"),
    ] {
        let (routed, profile) = routed(&proxy(value));
        assert_eq!((routed.as_str(), profile), (url, TransportProfile::default()));
    }
}

// P02
#[test]
fn a_url_that_is_none_for_a_proxy_is_refused_with_its_fault() {
    for (value, fault) in [
        ("proxy", "it is no URL"),
        ("http://proxy", "its scheme is not https"),
        ("https://user@proxy", "it contains user info"),
        ("https://:hunter2@proxy", "it contains user info"),
        ("https://proxy/?a=hunter2", "it contains a query"),
        ("https://proxy?", "it contains a query"),
        ("https://proxy/#hunter2", "it contains a fragment"),
    ] {
        assert_eq!(
            refusal(&proxy(value)),
            format!("the value of {PROXY} is no URL of a token proxy: {fault}")
        );
    }
}

// P02
#[test]
fn variables_that_contradict_each_other_are_refused() {
    for name in [SNI_NAME, CA_FILE, CA_DATA] {
        let message = refusal(&Env::empty().with(name, "x"));
        assert!(
            message.starts_with("AZURE_KUBERNETES_TOKEN_PROXY is not set but other custom endpoint-related environment variables are present"),
            "{message}"
        );
    }
    let both = proxy("https://proxy").with(CA_FILE, "/x").with(CA_DATA, PEM);
    assert_eq!(
        refusal(&both),
        "both AZURE_KUBERNETES_CA_FILE and AZURE_KUBERNETES_CA_DATA are set; only one should be set"
    );
    assert!(TokenProxy::from_env(&Env::empty()).unwrap().is_none());
    assert!(TokenProxy::from_env(&Env::empty().with(PROXY, "").with(CA_FILE, "")).unwrap().is_none());
}

// P02
#[test]
fn certificates_that_can_not_be_used_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let env = proxy("https://proxy").with(CA_FILE, &file);
    assert!(refusal(&env).contains("can't be found"));
    for (content, fault) in [
        ("", "is empty"),
        ("hello", "holds no PEM certificate"),
        (&"x".repeat(1 << 21), "is larger than 1 MiB"),
    ] {
        std::fs::write(&file, content).unwrap();
        assert!(refusal(&env).ends_with(fault), "{}", refusal(&env));
    }
    assert!(refusal(&proxy("https://proxy").with(CA_FILE, folder.path())).ends_with("is no regular file"));
    assert!(refusal(&proxy("https://proxy").with(CA_DATA, "hello")).ends_with("holds no PEM certificate"));
}

// P02
#[test]
fn certificates_are_read_again_when_their_file_changes_and_kept_while_it_is_no_good() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, PEM).unwrap();
    let file = CaFile::new(path.clone()).unwrap();
    let current = || String::from_utf8(file.current().to_vec()).unwrap();
    assert_eq!(current(), PEM);
    assert!(Arc::ptr_eq(&file.current(), &file.current()), "an unchanged file is not read again");
    std::fs::write(&path, OTHER).unwrap();
    assert_eq!(current(), OTHER);
    for nothing in ["", "half of a certificate"] {
        std::fs::write(&path, nothing).unwrap();
        assert_eq!(current(), OTHER);
    }
    std::fs::remove_file(&path).unwrap();
    assert_eq!(current(), OTHER);
    std::fs::write(&path, PEM).unwrap();
    assert_eq!(current(), PEM);
}
