use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::testing::{alice, authorize_url, change_app, code_form, post};
use crate::{DEFAULT_DOMAIN, Emulator, Landing, Person};

async fn delivered(landing: &Landing, listener: TcpListener) -> (String, String) {
    let client = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        // The form is the last thing sent, and has no line break of its own.
        while !request.windows(4).any(|end| end == b"\r\n\r\n")
            || request.ends_with(b"\r\n\r\n") && request.starts_with(b"POST")
        {
            let read = stream.read(&mut buffer).await.unwrap();
            request.extend_from_slice(&buffer[..read]);
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nThank you").await.unwrap();
        String::from_utf8(request).unwrap()
    });
    let answer = landing.deliver().await.unwrap();
    (client.await.unwrap(), answer)
}

#[tokio::test]
async fn a_landing_is_delivered_to_the_clients_listener() {
    let emulator = Emulator::start().await.unwrap();
    for mode in ["query", "form_post"] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let redirect = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let more = [("redirect_uri", redirect.as_str()), ("response_mode", mode)];
        let landing =
            emulator.sign_in(&authorize_url(&emulator, DEFAULT_DOMAIN, &more), &alice(&emulator)).unwrap();
        let (request, answer) = delivered(&landing, listener).await;
        assert!(answer.ends_with("Thank you"), "{answer}");
        let start = if mode == "query" { "GET /?code=1.ACode." } else { "POST / HTTP/1.1\r\n" };
        assert!(request.starts_with(start), "{request}");
        assert!(request.contains("state=the+state+%26+more"), "{request}");
    }
    assert!(emulator.journal().count() >= 4, "played requests are in the journal");
}

#[tokio::test]
async fn a_landing_goes_to_loopback_addresses_only() {
    for url in
        ["https://localhost:1/", "http://example.org:1/", "http://localhost:port/", "http://localhost.evil:1"]
    {
        let refused = Landing::by_url(url.to_owned()).deliver().await.unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput, "{url}");
    }
}

#[tokio::test]
async fn a_code_can_be_had_without_any_browser() {
    let emulator = Emulator::start().await.unwrap();
    let scope = "https://management.azure.com/.default offline_access";
    let code = emulator.authorization_code("http://localhost:8400", scope).unwrap();
    let answer = post(&emulator.token_endpoint(), &code_form(&emulator, &code)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let nowhere = emulator.authorization_code("http://evil.example", scope).unwrap_err();
    assert!(nowhere.to_string().contains("AADSTS50011"), "{nowhere}");
    let scope = emulator.authorization_code("http://localhost", "api://nobody/x").unwrap_err();
    assert!(scope.to_string().contains("AADSTS500011"), "{scope}");
}

#[tokio::test]
async fn signing_in_works_over_https_too() {
    let emulator = Emulator::builder().with_https().start().await.unwrap();
    change_app(&emulator, |app| app.with_redirect_uri("https://app.example/cb?x=1"));
    let more = [("redirect_uri", "https://app.example/cb?x=1")];
    let landing =
        emulator.sign_in(&authorize_url(&emulator, DEFAULT_DOMAIN, &more), &alice(&emulator)).unwrap();
    assert!(landing.url().starts_with("https://app.example/cb?x=1&code="), "{landing:?}");
    assert!(emulator.journal().last().unwrap().is_https());
}

#[test]
fn a_person_keeps_her_password_to_herself() {
    assert!(!format!("{:?}", Person::new("a", "s3cret")).contains("s3cret"));
}

#[tokio::test]
async fn claims_after_a_revocation_name_the_moment() {
    let emulator = Emulator::start().await.unwrap();
    emulator.clock().set(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000));
    assert_eq!(
        emulator.revocation_claims(),
        r#"{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}"#
    );
}
