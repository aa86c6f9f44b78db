use super::*;

#[test]
fn loopback_redirect_uris_match_on_any_port_and_others_exactly() {
    let app = App::new("a")
        .with_redirect_uri("http://localhost")
        .with_redirect_uri("http://127.0.0.1:1/callback")
        .with_web_redirect_uri("https://web.example/cb");
    for good in [
        "http://localhost",
        "http://localhost/",
        "http://localhost:8400",
        "http://localhost:8400/",
        "http://127.0.0.1:9/callback",
        "https://web.example/cb",
    ] {
        assert!(app.redirect_uri(good).is_some(), "{good}");
    }
    for bad in [
        "http://localhost:8400/x",
        "http://localhost:x",
        "http://localhost.evil.example",
        "https://localhost",
        "http://localhost@evil.example/",
        "http://127.0.0.1:9/",
        "https://web.example/cb/",
        "https://web.example:443/cb",
        "http://localhost:1?x",
        "",
    ] {
        assert!(app.redirect_uri(bad).is_none(), "{bad}");
    }
    assert!(app.redirect_uri("https://web.example/cb").unwrap().web);
}

#[test]
fn an_app_is_a_resource_by_its_id_and_its_uris() {
    let app = App::new("11111111-2222-4333-8444-555555555555").with_identifier_uri("api://orders/");
    for good in
        ["11111111-2222-4333-8444-555555555555", "api://11111111-2222-4333-8444-555555555555", "api://orders"]
    {
        assert!(app.is_resource(good), "{good}");
    }
    assert!(!app.is_resource("api://order"));
    assert!(!App::new("").is_resource("https://x"));
}

#[test]
fn debug_shows_no_secret() {
    let app = App::new("a").with_secret("s3cret-value");
    assert!(!format!("{app:?}").contains("s3cret-value"));
    assert!(!format!("{:?}", crate::User::new("u", "s3cret-value")).contains("s3cret-value"));
}
