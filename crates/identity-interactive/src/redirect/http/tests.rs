use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use super::*;

/// What is read when these bytes come, one piece after the other, and then the end.
async fn read(pieces: &[&[u8]]) -> Result<Request, Option<Refused>> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut sender = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (mut receiver, _) = listener.accept().await.unwrap();
    let pieces: Vec<Vec<u8>> = pieces.iter().map(|piece| piece.to_vec()).collect();
    let sending = tokio::spawn(async move {
        for piece in pieces {
            // Whoever is turned away hears no more.
            if sender.write_all(&piece).await.is_err() {
                break;
            }
        }
        let _ = sender.shutdown().await;
        sender
    });
    let request = Request::read(&mut receiver).await;
    drop(receiver);
    sending.await.unwrap();
    request
}

async fn refusal(bytes: &[u8]) -> u16 {
    read(&[bytes]).await.err().expect("it is refused").expect("it is no quiet end").status
}

// G18, P55
#[tokio::test]
async fn a_form_is_read_however_it_is_cut() {
    let whole = b"POST /in?x=1 HTTP/1.1\r\nHost: localhost:8400\r\nContent-Type: Application/X-WWW-form-urlencoded; charset=utf-8\r\n\
        Content-Length: 9\r\nOrigin: null\r\n\r\ncode=abcd and more";
    for cut in [1, 20, 60, whole.len() - 14, whole.len() - 10] {
        let request = read(&[&whole[..cut], &whole[cut..]]).await.ok().unwrap();
        assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/in"));
        assert_eq!((request.query.as_str(), request.body.as_str()), ("x=1", "code=abcd"));
        assert_eq!(request.host, "localhost:8400");
        assert_eq!(request.content_type, "application/x-www-form-urlencoded");
    }
}

#[tokio::test]
async fn a_connection_that_is_never_used_ends_quietly() {
    assert_eq!(read(&[]).await.err(), Some(None));
}

// G4, G5, G18
#[tokio::test]
async fn what_is_malformed_or_too_large_is_turned_away() {
    for (request, status) in [
        ("GET /\r\n\r\n", 400),
        ("GET  / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1 x\r\n\r\n", 400),
        ("GET http://localhost/ HTTP/1.1\r\n\r\n", 400),
        ("GET * HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/2.0\r\n\r\n", 505),
        ("GET / HTTP/1.1\r\nHost localhost\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost : localhost\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n folded: yes\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nX: a\nHost: b\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nContent-Length: 1\r\ncontent-length: 1\r\n\r\nx", 400),
        ("POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\nx", 400),
        ("POST / HTTP/1.1\r\nContent-Length: \r\n\r\nx", 400),
        ("POST / HTTP/1.1\r\nContent-Length: 65537\r\n\r\nx", 413),
        ("POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\nx", 413),
        ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
        ("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nx", 400),
        ("GET / HTTP", 400),
    ] {
        assert_eq!(refusal(request.as_bytes()).await, status, "{request:?}");
    }
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(20_000));
    assert_eq!(refusal(long.as_bytes()).await, 431);
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(101));
    assert_eq!(refusal(many.as_bytes()).await, 431);
    assert_eq!(refusal(b"GET /\xff HTTP/1.1\r\n\r\n").await, 400);
    assert_eq!(refusal(b"POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n\xff").await, 400);
}
