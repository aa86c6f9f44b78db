mod server;

use identity_core::testing::{CapturedLogs, block_on};
use sha1::{Digest, Sha1};

use self::server::{Certificates, Server, TestProxy, ok};
use super::*;

const FORM: &str = "client_secret=body-secret";

fn post(url: &str) -> HttpRequest {
    let body = SecretBytes::new(FORM.as_bytes().to_vec());
    http::Request::post(url).header("content-type", "application/x-www-form-urlencoded").body(body).unwrap()
}

fn profile(profile: TransportProfile, mut request: HttpRequest) -> HttpRequest {
    request.extensions_mut().insert(profile);
    request
}

fn private_ca(certificates: &Certificates) -> TransportProfile {
    TransportProfile { ca_certificates: Some(certificates.ca.as_bytes().into()), ..Default::default() }
}

async fn send(env: &Env, request: HttpRequest) -> Result<HttpResponse, TransportError> {
    ReqwestService::new(env).send(request).await
}

/// The kind and words of a failure.
async fn failure(env: &Env, request: HttpRequest) -> (TransportErrorKind, String) {
    let error = send(env, request).await.unwrap_err();
    (error.kind(), error.to_string())
}

fn body(response: &HttpResponse) -> &str {
    std::str::from_utf8(response.body()).unwrap()
}

#[tokio::test]
async fn a_request_arrives_as_it_is_and_its_answer_comes_back() {
    let server = Server::plain(
        "HTTP/1.1 400 Bad Request\r\nX-Ms-Request-Id: abc\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nfoo\r\n3\r\nbar\r\n0\r\n\r\n",
    )
    .await;
    let request = post(&format!("http://localhost:{}/a/b?x=1%2F2", server.port));
    let response = send(&Env::empty(), request).await.unwrap();
    assert_eq!((response.status().as_u16(), body(&response)), (400, "foobar"));
    assert_eq!(response.headers()["x-ms-request-id"], "abc");
    let sent = &server.requests()[0];
    assert!(sent.starts_with("POST /a/b?x=1%2F2 HTTP/1.1\r\n"), "{sent}");
    assert!(sent.ends_with(&format!("\r\n\r\n{FORM}")), "{sent}");
    assert!(sent.contains(&format!("host: localhost:{}\r\n", server.port)), "{sent}");
    // G5: nothing is asked to be compressed.
    assert!(!sent.to_lowercase().contains("encoding"), "{sent}");
}

#[tokio::test]
async fn a_post_without_a_body_says_so() {
    let server = Server::plain(ok("")).await;
    let request =
        http::Request::post(format!("http://127.0.0.1:{}/", server.port)).body(SecretBytes::new(Vec::new()));
    send(&Env::empty(), request.unwrap()).await.unwrap();
    assert!(server.requests()[0].contains("content-length: 0\r\n"), "{:?}", server.requests());
}

// G11
#[tokio::test]
async fn a_redirect_is_an_answer_and_the_form_goes_nowhere_else() {
    let elsewhere = Server::plain(ok("caught")).await;
    let certificates = Certificates::for_name("localhost");
    for status in ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let location = format!("http://localhost:{}/", elsewhere.port);
        let answer = format!("HTTP/1.1 {status}\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        let server = Server::secure(&certificates, answer).await;
        let request = post(&format!("https://localhost:{}/", server.port));
        let response = send(&Env::empty(), profile(private_ca(&certificates), request)).await.unwrap();
        assert_eq!(
            response.status().to_string(),
            http::StatusCode::from_bytes(&status.as_bytes()[..3]).unwrap().to_string()
        );
        assert_eq!(response.headers()["location"], location.as_str());
    }
    assert!(elsewhere.requests().is_empty());
}

// G5
#[tokio::test]
async fn a_large_body_is_refused_by_its_length_and_by_counting() {
    let announced = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\nx", MOST_BODY_BYTES + 1);
    let uncounted = [&b"HTTP/1.1 200 OK\r\n\r\n"[..], &vec![b'x'; MOST_BODY_BYTES + 1]].concat();
    for answer in [announced.into_bytes(), uncounted] {
        let server = Server::plain(answer).await;
        let (kind, _) = failure(&Env::empty(), post(&format!("http://localhost:{}/", server.port))).await;
        assert_eq!(kind, TransportErrorKind::TooLarge);
    }
    let most = [&b"HTTP/1.1 200 OK\r\n\r\n"[..], &vec![b'x'; MOST_BODY_BYTES]].concat();
    let server = Server::plain(most).await;
    let response = send(&Env::empty(), post(&format!("http://localhost:{}/", server.port))).await.unwrap();
    assert_eq!(response.body().len(), MOST_BODY_BYTES);
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_interrupted() {
    for answer in [
        "",
        "HTTP/1.1 20",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive5",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfive5\r\n5\r\nfi",
        "no HTTP at all\r\n\r\n",
    ] {
        let server = Server::plain(answer).await;
        let (kind, words) = failure(&Env::empty(), post(&format!("http://localhost:{}/", server.port))).await;
        assert_eq!(kind, TransportErrorKind::Interrupted, "{answer:?}: {words}");
        assert!(!words.contains("http://") && !words.is_empty(), "{words}");
    }
}

#[tokio::test]
async fn nobody_listening_is_no_connection() {
    let port = {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.local_addr().unwrap().port()
    };
    let (kind, words) =
        failure(&Env::empty(), post(&format!("http://127.0.0.1:{port}/?code=query-secret"))).await;
    assert_eq!(kind, TransportErrorKind::Connect);
    assert!(words.contains("refused") && !words.contains("query-secret"), "{words}");
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up_after_the_profiles_time() {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let short = TransportProfile { timeout: Some(Duration::from_millis(20)), ..Default::default() };
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (kind, words) = failure(&Env::empty(), profile(short, post(&url))).await;
    assert_eq!((kind, words.as_str()), (TransportErrorKind::Timeout, "operation timed out"));
}

// A handshake that never ends counts as no connection.
#[tokio::test]
async fn a_slow_connection_is_given_up_after_the_profiles_time() {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let short = TransportProfile {
        connect_timeout: Some(Duration::from_millis(20)),
        pinned_thumbprint: Some([0; 20]),
        ..Default::default()
    };
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let (kind, words) = failure(&Env::empty(), profile(short, post(&url))).await;
    assert_eq!(kind, TransportErrorKind::Connect, "{words}");
}

// P72
#[tokio::test]
async fn certificates_named_in_the_environment_replace_those_of_the_system() {
    let certificates = Certificates::for_name("localhost");
    let other = Certificates::for_name("localhost");
    let folder = tempfile::tempdir().unwrap();
    let (ca, others) = (folder.path().join("ca.pem"), folder.path().join("others"));
    std::fs::write(&ca, &certificates.ca).unwrap();
    std::fs::create_dir(&others).unwrap();
    std::fs::write(others.join("other.pem"), &other.ca).unwrap();
    let server = Server::secure(&certificates, ok("secure")).await;
    let url = format!("https://localhost:{}/", server.port);

    for (name, value) in
        [("SSL_CERT_FILE", ca.as_path()), ("SSL_CERT_DIR", folder.path()), ("REQUESTS_CA_BUNDLE", &ca)]
    {
        let response = send(&Env::empty().with(name, value), post(&url)).await.unwrap();
        assert_eq!(body(&response), "secure", "{name}");
    }
    for (name, value) in [("SSL_CERT_DIR", others.as_path()), ("REQUESTS_CA_BUNDLE", &others)] {
        let (kind, words) = failure(&Env::empty().with(name, value), post(&url)).await;
        assert_eq!(kind, TransportErrorKind::Connect, "{name}");
        assert!(words.contains("UnknownIssuer") || words.contains("BadSignature"), "{words}");
    }
    // The first of them that is set is the one that counts.
    let both = Env::empty().with("SSL_CERT_DIR", &others).with("REQUESTS_CA_BUNDLE", &ca);
    assert_eq!(failure(&both, post(&url)).await.0, TransportErrorKind::Connect);

    let missing = folder.path().join("missing.pem");
    let (kind, words) = failure(&Env::empty().with("SSL_CERT_FILE", &missing), post(&url)).await;
    assert_eq!(kind, TransportErrorKind::Unsupported);
    assert!(
        words.starts_with(&format!(
            "SSL_CERT_FILE and SSL_CERT_DIR name {}, where there is no PEM certificate",
            missing.display()
        )),
        "{words}"
    );
    assert_eq!(server.requests().len(), 3);
}

// Plain http needs no trust, so that a container without certificates reaches its metadata service.
#[tokio::test]
async fn without_tls_no_certificate_is_looked_for() {
    let server = Server::plain(ok("plain")).await;
    let env = Env::empty().with("SSL_CERT_FILE", "/nowhere/at/all.pem");
    let response = send(&env, post(&format!("http://127.0.0.1:{}/", server.port))).await.unwrap();
    assert_eq!(body(&response), "plain");
}

#[tokio::test]
async fn the_systems_certificates_do_not_trust_strangers() {
    let certificates = Certificates::for_name("localhost");
    let server = Server::secure(&certificates, ok("secure")).await;
    let (kind, words) = failure(&Env::empty(), post(&format!("https://localhost:{}/", server.port))).await;
    // A machine without any certificate can't build a client at all.
    let nobody = kind == TransportErrorKind::Unsupported && words.contains("ca-certificates");
    assert!(
        kind == TransportErrorKind::Connect && words.contains("invalid peer certificate") || nobody,
        "{words}"
    );
}

// P72
#[tokio::test]
async fn a_private_authority_is_trusted_in_place_of_all_others() {
    let certificates = Certificates::for_name("localhost");
    let server = Server::secure(&certificates, ok("secure")).await;
    let request = || post(&format!("https://localhost:{}/", server.port));
    // The environment's certificates don't count then.
    let env = Env::empty().with("SSL_CERT_FILE", "/nowhere/at/all.pem");
    assert_eq!(body(&send(&env, profile(private_ca(&certificates), request())).await.unwrap()), "secure");

    let with_mark = TransportProfile {
        ca_certificates: Some(format!("\u{feff}{}", certificates.ca).as_bytes().into()),
        ..Default::default()
    };
    assert!(send(&env, profile(with_mark, request())).await.is_ok());

    let other = Certificates::for_name("localhost");
    assert_eq!(failure(&env, profile(private_ca(&other), request())).await.0, TransportErrorKind::Connect);
    for bad in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let bad = TransportProfile { ca_certificates: Some(bad.as_bytes().into()), ..Default::default() };
        let (kind, words) = failure(&env, profile(bad, request())).await;
        assert_eq!(kind, TransportErrorKind::Unsupported);
        assert!(words.starts_with("the CA certificates given are not usable: "), "{words}");
    }
}

// P72: what the identity binding of AKS needs.
#[tokio::test]
async fn a_server_name_of_its_own_is_sent_and_verified() {
    let certificates = Certificates::for_name("sni.test");
    let server = Server::secure(&certificates, ok("secure")).await;
    let named = TransportProfile { server_name: Some("sni.test".to_owned()), ..private_ca(&certificates) };
    for host in ["localhost", "127.0.0.1"] {
        let request = post(&format!("https://{host}:{}/prefix/token", server.port));
        let response = send(&Env::empty(), profile(named.clone(), request)).await.unwrap();
        assert_eq!(body(&response), "secure");
        let sent = server.requests().pop().unwrap();
        assert!(sent.contains(&format!("host: {host}:{}\r\n", server.port)), "{sent}");
        assert!(sent.starts_with("POST /prefix/token "), "{sent}");
        assert_eq!(server.names().pop().unwrap().as_deref(), Some("sni.test"));
    }
    // The URL's own name is not in the certificate, and another one is not either.
    let request = || post(&format!("https://localhost:{}/", server.port));
    assert_eq!(
        failure(&Env::empty(), profile(private_ca(&certificates), request())).await.0,
        TransportErrorKind::Connect
    );
    let wrong = TransportProfile { server_name: Some("other.test".to_owned()), ..private_ca(&certificates) };
    let (kind, words) = failure(&Env::empty(), profile(wrong, request())).await;
    assert_eq!(kind, TransportErrorKind::Connect);
    assert!(words.contains("not valid for name \"other.test\""), "{words}");
    assert_eq!(server.requests().len(), 2);
}

// P72: what Service Fabric needs.
#[tokio::test]
async fn a_pinned_certificate_is_trusted_by_its_thumbprint_alone() {
    let certificates = Certificates::for_name("whatever.test");
    let server = Server::secure(&certificates, ok("secure")).await;
    let request = || post(&format!("https://127.0.0.1:{}/", server.port));
    let thumbprint: [u8; 20] = Sha1::digest(&certificates.leaf).into();
    let pinned = |thumbprint| TransportProfile { pinned_thumbprint: Some(thumbprint), ..Default::default() };
    assert_eq!(body(&send(&Env::empty(), profile(pinned(thumbprint), request())).await.unwrap()), "secure");

    let mut wrong = thumbprint;
    wrong[19] ^= 1;
    let (kind, words) = failure(&Env::empty(), profile(pinned(wrong), request())).await;
    assert_eq!(kind, TransportErrorKind::Connect);
    assert!(words.contains("invalid peer certificate"), "{words}");
    assert_eq!(server.requests().len(), 1);
}

// A profile is honoured or refused, never ignored.
#[tokio::test]
async fn what_can_not_be_done_is_refused_before_anything_is_sent() {
    let server = Server::plain(ok("sent")).await;
    let proxy = Env::empty().with("HTTPS_PROXY", format!("http://127.0.0.1:{}", server.port));
    let named = |name: &str| TransportProfile { server_name: Some(name.to_owned()), ..Default::default() };
    let pinned = TransportProfile { pinned_thumbprint: Some([1; 20]), ..Default::default() };
    let plain = format!("http://127.0.0.1:{}/", server.port);
    for (env, request, message) in [
        (
            &Env::empty(),
            profile(pinned, post(&plain)),
            "the request's profile is about TLS, but its URL is http",
        ),
        (
            &Env::empty(),
            profile(named("a.test"), post(&plain)),
            "the request's profile is about TLS, but its URL is http",
        ),
        (
            &Env::empty(),
            profile(named("10.0.0.1"), post("https://b.test/")),
            "the server name \"10.0.0.1\" is no DNS name",
        ),
        (
            &Env::empty(),
            profile(named("a/b"), post("https://b.test/")),
            "the server name \"a/b\" is no DNS name",
        ),
        (
            &proxy,
            profile(named("a.test"), post("https://b.test/")),
            "a server name of its own (a.test) can't be sent through a proxy; add b.test to NO_PROXY",
        ),
        (&Env::empty(), post("/relative"), "the request's URL is no absolute http or https URL"),
        (&Env::empty(), post("ftp://a.test/"), "the request's URL is no absolute http or https URL"),
    ] {
        assert_eq!(failure(env, request).await, (TransportErrorKind::Unsupported, message.to_owned()));
    }
    assert!(server.requests().is_empty());
}

// P72, G26
#[tokio::test]
async fn a_proxy_opens_a_tunnel_and_its_password_stays_between_us() {
    let logs = CapturedLogs::watching(&["pass-word", "cGFzcy13b3Jk", "body-secret"]);
    let certificates = Certificates::for_name("login.test");
    let server = Server::secure(&certificates, ok("through the tunnel")).await;
    let proxy = TestProxy::to(server.port).await;
    let env = Env::empty().with("HTTPS_PROXY", format!("http://user:pass-word@127.0.0.1:{}", proxy.port));
    let service = ReqwestService::new(&env);
    let request = || profile(private_ca(&certificates), post("https://login.test/token"));
    assert_eq!(body(&service.send(request()).await.unwrap()), "through the tunnel");

    let connect = &proxy.requests()[0];
    assert!(connect.starts_with("CONNECT login.test:443 HTTP/1.1\r\n"), "{connect}");
    // base64 of user:pass-word
    assert!(connect.to_lowercase().contains("proxy-authorization: basic dxnlcjpwyxnzlxdvcmq="), "{connect}");
    assert!(!connect.contains(FORM) && !server.requests()[0].to_lowercase().contains("proxy-authorization"));
    assert_eq!(server.names(), [Some("login.test".to_owned())]);
    logs.check(&format!("{service:?}"));
}

#[tokio::test]
async fn a_profile_may_want_no_proxy() {
    let service = ReqwestService::new(&Env::empty().with("HTTPS_PROXY", "http://proxy.test:3128"));
    let url = Url::parse("https://login.test/token").unwrap();
    let proxy = |no_proxy| {
        let profile = TransportProfile { no_proxy, ..Default::default() };
        service.0.key(&profile, &url, Handle::current().id()).unwrap().proxy.map(String::from)
    };
    assert_eq!((proxy(false).as_deref(), proxy(true)), (Some("http://proxy.test:3128/"), None));
}

#[tokio::test]
async fn a_proxy_that_refuses_is_no_connection_and_its_password_is_not_shown() {
    let proxy =
        Server::plain("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n").await;
    let env = Env::empty().with("https_proxy", format!("http://user:pass-word@127.0.0.1:{}", proxy.port));
    let (kind, words) =
        failure(&env, profile(private_ca(&Certificates::for_name("a.test")), post("https://a.test/"))).await;
    assert_eq!(kind, TransportErrorKind::Connect);
    assert!(words.contains("proxy") && !words.contains("pass-word"), "{words}");
}

// P72, G11
#[tokio::test]
async fn plain_requests_use_their_proxy_but_never_for_this_machine() {
    let server = Server::plain(ok("itself")).await;
    let proxy = TestProxy::to(server.port).await;
    let env = Env::empty().with("http_proxy", format!("http://user:pass-word@127.0.0.1:{}", proxy.port));
    let response = send(&env, post("http://somewhere.invalid/msi")).await.unwrap();
    assert_eq!(body(&response), "from the proxy");
    let forwarded = &proxy.requests()[0];
    assert!(forwarded.starts_with("POST http://somewhere.invalid/msi HTTP/1.1\r\n"), "{forwarded}");
    assert!(forwarded.to_lowercase().contains("proxy-authorization: basic"), "{forwarded}");
    for host in ["127.0.0.1", "localhost"] {
        let response = send(&env, post(&format!("http://{host}:{}/msi", server.port))).await.unwrap();
        assert_eq!(body(&response), "itself");
    }
    assert_eq!(proxy.requests().len(), 1);
}

#[tokio::test]
async fn one_client_serves_all_requests_of_a_kind_and_there_are_never_many() {
    let server = Server::plain(ok("plain")).await;
    let service = ReqwestService::new(&Env::empty());
    let url = format!("http://127.0.0.1:{}/", server.port);
    assert_eq!(service.0.clients.lock().unwrap().len(), 0);
    for _ in 0..3 {
        service.clone().send(post(&url)).await.unwrap();
        let slow = TransportProfile { timeout: Some(Duration::from_secs(90)), ..Default::default() };
        service.send(profile(slow, post(&url))).await.unwrap();
    }
    assert_eq!(service.0.clients.lock().unwrap().len(), 1);
    for seconds in 1..=MOST_CLIENTS as u64 + 3 {
        let short =
            TransportProfile { connect_timeout: Some(Duration::from_secs(seconds)), ..Default::default() };
        service.send(profile(short, post(&url))).await.unwrap();
    }
    assert_eq!(service.0.clients.lock().unwrap().len(), MOST_CLIENTS);
}

// The connections of a runtime that is not driven any more must not be used by another one.
#[test]
fn each_runtime_has_its_own_connections() {
    let service = ReqwestService::new(&Env::empty());
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let serving = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let answer = "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok";
    let server = serving.block_on(Server::plain(answer));
    let request = || post(&format!("http://127.0.0.1:{}/", server.port));
    let (first, second) = (runtime(), runtime());
    assert!(first.block_on(service.send(request())).is_ok());
    assert!(second.block_on(service.send(request())).is_ok());
    assert_eq!(service.0.clients.lock().unwrap().len(), 2);
    drop(first);
    assert!(second.block_on(service.send(request())).is_ok());
}

#[test]
fn outside_a_runtime_it_is_an_error_and_no_panic() {
    let service = ReqwestService::new(&Env::empty());
    let error = block_on(service.send(post("http://127.0.0.1:1/"))).unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::NoRuntime);
    assert_eq!(error.to_string(), "there is none here; call from within a tokio runtime");

    let bare = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let error = bare.block_on(service.send(post("http://127.0.0.1:1/"))).unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::NoRuntime);
    assert!(error.to_string().contains("enable_all"), "{error}");
}

// G26
#[tokio::test]
async fn nothing_of_a_request_or_its_answer_is_logged() {
    let logs = CapturedLogs::watching(&["body-secret", "query-secret", "header-secret", "answer-secret"]);
    let certificates = Certificates::for_name("localhost");
    let server = Server::secure(&certificates, ok("answer-secret")).await;
    let mut request = post(&format!("https://localhost:{}/?code=query-secret", server.port));
    request.headers_mut().insert("authorization", HeaderValue::from_static("Bearer header-secret"));
    let response = send(&Env::empty(), profile(private_ca(&certificates), request)).await.unwrap();
    assert_eq!(body(&response), "answer-secret");
    drop(logs);
}
