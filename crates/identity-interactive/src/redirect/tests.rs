use std::net::SocketAddr;

use identity_core::ErrorKind;
use identity_core::testing::{FakeClock, block_on};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

const GOOD: &str = "code=abc&state=the-state";

fn bind(uri: &str) -> (Listener, u16) {
    let listener = Listener::bind(&RedirectUri::parse(uri).unwrap()).unwrap();
    let port = listener.port;
    (listener, port)
}

fn get(port: u16, path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n")
}

/// Sends a request and reads the whole reply.
async fn send(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    reply
}

fn v4(port: u16) -> SocketAddr {
    ([127, 0, 0, 1], port).into()
}

fn wait(listener: Listener) -> tokio::task::JoinHandle<Result<Callback, Error>> {
    tokio::spawn(async move { listener.answer(&Secret::new("the-state"), &Clock::system()).await })
}

// S155, S148
#[tokio::test]
async fn localhost_is_listened_on_at_both_addresses_and_the_port_is_told() {
    for address in ["127.0.0.1", "::1"] {
        let (listener, port) = bind("http://localhost:0/in");
        assert_eq!(listener.redirect_uri(), format!("http://localhost:{port}/in"));
        let waiting = wait(listener);
        let address = SocketAddr::new(address.parse().unwrap(), port);
        let reply = tokio::spawn(async move { send(address, &get(port, &format!("/in?{GOOD}"))).await });
        let callback = waiting.await.unwrap().unwrap();
        assert!(matches!(&callback.answer, Answer::Code(code) if code.secret() == "abc"));
        callback.show("<p>the page</p>", &Clock::system()).await;
        let reply = reply.await.unwrap();
        assert!(
            reply.starts_with("HTTP/1.1 200 OK\r\n") && reply.ends_with("\r\n\r\n<p>the page</p>"),
            "{reply}"
        );
    }
}

// G17, G18, S161
#[tokio::test]
async fn wrong_requests_get_their_status_and_the_wait_goes_on() {
    let (listener, port) = bind("http://localhost:0");
    let waiting = wait(listener);
    for (request, status) in [
        (get(port, "/?code=forged&state=wrong"), 400),
        (get(port, "/?code=forged"), 400),
        (get(port, "/"), 400),
        (get(port, "/favicon.ico"), 404),
        (get(port, "/").replace("localhost", "evil.example"), 421),
        (get(port, "/").replace("GET", "OPTIONS"), 405),
        (get(port, "/").replace("GET", "HEAD"), 405),
        ("garbage\r\n\r\n".to_owned(), 400),
        (format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(100_000)), 431),
    ] {
        let reply = send(v4(port), &request).await;
        assert!(reply.starts_with(&format!("HTTP/1.1 {status} ")), "{reply}");
        assert!(!reply.to_lowercase().contains("access-control-"), "no page elsewhere may read this");
        assert_eq!(reply.ends_with("\r\n\r\n"), request.starts_with("HEAD"), "a head has no body: {reply}");
        assert!(
            reply.contains("Connection: close\r\n")
                && reply.contains("Content-Security-Policy: default-src 'none'")
        );
    }
    let reply = tokio::spawn(async move { send(v4(port), &get(port, &format!("/?{GOOD}"))).await });
    let callback = waiting.await.unwrap().unwrap();
    assert!(matches!(&callback.answer, Answer::Code(code) if code.secret() == "abc"));
    drop(callback);
    assert_eq!(reply.await.unwrap(), "");
}

// G4
#[tokio::test]
async fn idle_connections_keep_nobody_out() {
    let (listener, port) = bind("http://localhost:0");
    let waiting = wait(listener);
    let mut idle = Vec::new();
    for _ in 0..3 * MOST_CONNECTIONS {
        idle.push(TcpStream::connect(v4(port)).await.unwrap());
    }
    let mut half = TcpStream::connect(v4(port)).await.unwrap();
    half.write_all(b"GET / HTTP/1.1\r\nHo").await.unwrap();
    let reply = tokio::spawn(async move { send(v4(port), &get(port, &format!("/?{GOOD}"))).await });
    waiting.await.unwrap().unwrap().show("page", &Clock::system()).await;
    assert!(reply.await.unwrap().ends_with("page"));
}

#[tokio::test]
async fn a_request_that_does_not_come_to_its_end_is_given_up() {
    let clock = FakeClock::at_unix(0);
    let (listener, port) = bind("http://localhost:0");
    let moved = clock.clock();
    let waiting = tokio::spawn(async move { listener.answer(&Secret::new("the-state"), &moved).await });
    let mut slow = TcpStream::connect(v4(port)).await.unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    // A reply to a second request shows that the first one has been taken, too: it came earlier.
    send(v4(port), "garbage\r\n\r\n").await;
    clock.advance(Duration::from_secs(31));
    assert_eq!(slow.read(&mut [0; 1]).await.unwrap(), 0, "it is closed");
    waiting.abort();
}

// S156
#[tokio::test]
async fn a_port_that_is_taken_on_either_address_is_unavailable() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let other = std::net::TcpListener::bind(address).unwrap();
        let port = other.local_addr().unwrap().port();
        let error =
            Listener::bind(&RedirectUri::parse(&format!("http://localhost:{port}")).unwrap()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CredentialUnavailable);
        let words = format!("couldn't start an HTTP server on http://localhost:{port}, where the browser");
        assert!(error.message().starts_with(&words), "{error}");
    }
}

// S155
#[tokio::test]
async fn without_a_redirect_uri_the_first_free_port_is_taken_and_freed_again() {
    // Other tests and programs take ports of this range, too; two at once never get the same one.
    let first = Listener::bind(&RedirectUri::first_free()).unwrap();
    let second = Listener::bind(&RedirectUri::first_free()).unwrap();
    assert!(PORTS.contains(&first.port) && PORTS.contains(&second.port) && first.port < second.port);
    assert_eq!(first.redirect_uri(), format!("http://localhost:{}", first.port));
}

#[tokio::test]
async fn the_port_is_free_when_the_wait_is_given_up() {
    let (listener, port) = bind("http://localhost:0");
    let waiting = wait(listener);
    let open = TcpStream::connect(v4(port)).await.unwrap();
    send(v4(port), "garbage\r\n\r\n").await;
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    drop(open);
    assert!(TcpStream::connect(v4(port)).await.is_err(), "nobody listens any more");
}

#[test]
fn without_a_runtime_it_is_an_invalid_argument_and_no_panic() {
    let uri = RedirectUri::parse("http://localhost:0").unwrap();
    assert_eq!(Listener::bind(&uri).unwrap_err().kind(), ErrorKind::InvalidArgument);
    let without_io = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let error = without_io.block_on(async { Listener::bind(&uri) }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    block_on(async {});
}
