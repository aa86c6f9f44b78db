use identity::Env;

use super::{authority, consistent, files, proxy};

#[test]
fn the_authority_is_the_option_or_the_variable_or_the_public_clouds() {
    let env = Env::empty().with("AZURE_AUTHORITY_HOST", " login.example/ ");
    assert_eq!(authority(Some("http://127.0.0.1:1"), &env), "http://127.0.0.1:1");
    assert_eq!(authority(None, &env), "https://login.example");
    assert_eq!(authority(None, &Env::empty()), "https://login.microsoftonline.com");
}

#[test]
fn variables_that_contradict_each_other_are_named() {
    let env = Env::empty().with("HTTPS_PROXY", "http://a").with("https_proxy", "http://b");
    assert_eq!(consistent(&Env::empty()), Ok("no variables contradict each other".to_owned()));
    let error = consistent(&env).unwrap_err();
    assert!(error.contains("HTTPS_PROXY and https_proxy"), "{error}");
}

#[test]
fn proxies_are_shown_without_their_passwords() {
    assert_eq!(proxy::check(&Env::empty()), Ok("no variable names a proxy".to_owned()));
    let env =
        Env::empty().with("HTTPS_PROXY", "http://user:pass~word@proxy.example:3128").with("NO_PROXY", "a,b");
    assert_eq!(
        proxy::check(&env),
        Ok("requests that leave this machine go through a proxy: HTTPS_PROXY is http://***@proxy.example:3128; NO_PROXY is a,b".to_owned())
    );
    for (good, shown) in [("proxy:3128", "proxy:3128"), ("user:pass~word@proxy:3128/", "***@proxy:3128/")] {
        let result = proxy::check(&Env::empty().with("http_proxy", good)).unwrap();
        assert!(result.ends_with(&format!("http_proxy is {shown}")), "{result}");
    }
    for wrong in ["socks5://proxy", "http://", "http://proxy/path", "my proxy"] {
        let error = proxy::check(&Env::empty().with("ALL_PROXY", wrong)).unwrap_err();
        assert!(error.starts_with("ALL_PROXY must be a URL such as http://proxy.example:3128: "), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn files_with_secrets_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.pem");
    std::fs::write(&file, "key").unwrap();
    let env = Env::empty().with("AZURE_CLIENT_CERTIFICATE_PATH", &file);
    let with_mode = |mode| {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        files::check(&env)
    };
    assert_eq!(
        with_mode(0o600),
        Ok("of AZURE_CLIENT_CERTIFICATE_PATH: each file is there, and nobody else can read it".to_owned())
    );
    for (mode, who) in [(0o644, "everybody"), (0o640, "its group"), (0o604, "everybody")] {
        let error = with_mode(mode).unwrap_err();
        assert!(
            error.starts_with(&format!("AZURE_CLIENT_CERTIFICATE_PATH: {who} can read the file '")),
            "{error}"
        );
    }
    let pod = Env::empty().with("AZURE_FEDERATED_TOKEN_FILE", &file);
    assert!(files::check(&pod).is_ok());
    let missing = Env::empty().with("AZURE_FEDERATED_TOKEN_FILE", "/no/such/file");
    assert!(files::check(&missing).unwrap_err().contains("can't be looked at"));
    let a_folder = Env::empty().with("AZURE_CLIENT_CERTIFICATE_PATH", folder.path());
    assert!(files::check(&a_folder).unwrap_err().ends_with("is no file"));
    assert!(files::check(&Env::empty()).is_ok());
}
