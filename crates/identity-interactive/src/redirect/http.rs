//! As much of HTTP/1.1 (RFC 9112) as a browser needs to hand over one answer, and nothing that could be read in two ways.

use std::time::Duration;

use identity_core::Clock;
use identity_entra::time;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use zeroize::Zeroizing;

/// A request that has been read whole.
pub(super) struct Request {
    pub(super) method: String,
    /// The target up to the question mark.
    pub(super) path: String,
    pub(super) query: Zeroizing<String>,
    pub(super) host: String,
    /// Without its parameters, in lower case.
    pub(super) content_type: String,
    pub(super) body: Zeroizing<String>,
}

/// Why a request is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) status: u16,
    pub(super) why: &'static str,
}

impl Refused {
    pub(super) const fn new(status: u16, why: &'static str) -> Self {
        Self { status, why }
    }
}

impl Request {
    /// Reads one request. `Err(None)` for a connection that ended before there was any.
    pub(super) async fn read(stream: &mut TcpStream) -> Result<Self, Option<Refused>> {
        let mut buffer = Zeroizing::new(Vec::with_capacity(MOST_HEAD + MOST_BODY));
        let end = loop {
            match buffer.windows(END.len()).position(|window| window == END) {
                Some(at) if at <= MOST_HEAD => break at,
                None if buffer.len() <= MOST_HEAD => {}
                _ => return Err(Some(Refused::new(431, "its head is too large"))),
            }
            if receive(stream, &mut buffer).await == 0 {
                let began = !buffer.is_empty();
                return Err(began.then_some(Refused::new(400, "it was cut off")));
            }
        };
        let head = text(&buffer[..end]).ok_or_else(|| Refused::new(400, "its head is no text"))?;
        let head = Head::parse(&head)?;
        let body_start = end + END.len();
        let body_end = body_start + head.length;
        while buffer.len() < body_end {
            if receive(stream, &mut buffer).await == 0 {
                return Err(Some(Refused::new(400, "its body was cut off")));
            }
        }
        let body =
            text(&buffer[body_start..body_end]).ok_or_else(|| Refused::new(400, "its body is no text"))?;
        let (path, query) = head.target.split_once('?').unwrap_or((head.target, ""));
        Ok(Self {
            method: head.method.to_owned(),
            path: path.to_owned(),
            query: Zeroizing::new(query.to_owned()),
            host: head.host.to_owned(),
            content_type: head.content_type,
            body,
        })
    }
}

/// How many bytes came; none when the connection has ended.
async fn receive(stream: &mut TcpStream, buffer: &mut Zeroizing<Vec<u8>>) -> usize {
    // The buffer has room for all that is ever read, so that it never moves and leaves nothing behind.
    let mut piece = Zeroizing::new([0_u8; 4096]);
    let room = (MOST_HEAD + MOST_BODY).saturating_sub(buffer.len()).min(piece.len());
    let count = stream.read(&mut piece[..room]).await.unwrap_or(0);
    buffer.extend_from_slice(&piece[..count]);
    count
}

fn text(bytes: &[u8]) -> Option<Zeroizing<String>> {
    std::str::from_utf8(bytes).ok().map(|text| Zeroizing::new(text.to_owned()))
}

struct Head<'a> {
    method: &'a str,
    target: &'a str,
    host: &'a str,
    content_type: String,
    length: usize,
}

impl<'a> Head<'a> {
    fn parse(text: &'a str) -> Result<Self, Refused> {
        let mut lines = text.split("\r\n");
        let mut words = lines.next().unwrap_or_default().split(' ');
        let (Some(method), Some(target), Some(version), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(Refused::new(400, "its first line is malformed"));
        };
        if !version.starts_with("HTTP/1.") {
            return Err(Refused::new(505, "it is not HTTP/1"));
        }
        if !target.starts_with('/') {
            return Err(Refused::new(400, "its target is no path"));
        }
        let (mut host, mut content_type, mut length) = (None, None, None);
        for (at, line) in lines.enumerate() {
            if at >= MOST_HEADERS {
                return Err(Refused::new(431, "it has too many headers"));
            }
            let Some((name, value)) = line.split_once(':') else {
                return Err(Refused::new(400, "a header is malformed"));
            };
            let is_token = |c: char| c.is_ascii_graphic();
            if name.is_empty() || !name.chars().all(is_token) || value.contains(['\n', '\r', '\0']) {
                return Err(Refused::new(400, "a header is malformed"));
            }
            let slot = match name.to_ascii_lowercase().as_str() {
                "host" => &mut host,
                "content-type" => &mut content_type,
                "content-length" => &mut length,
                "transfer-encoding" => return Err(Refused::new(411, "its body has no length")),
                _ => continue,
            };
            if slot.replace(value.trim_matches([' ', '\t'])).is_some() {
                return Err(Refused::new(400, "a header is repeated"));
            }
        }
        let length = match length {
            None => 0,
            Some(length) if length.is_empty() || !length.bytes().all(|digit| digit.is_ascii_digit()) => {
                return Err(Refused::new(400, "its length is malformed"));
            }
            Some(length) => length.parse().unwrap_or(usize::MAX),
        };
        if length > MOST_BODY {
            return Err(Refused::new(413, "its body is too large"));
        }
        let content_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default();
        Ok(Self {
            method,
            target,
            host: host.unwrap_or_default(),
            content_type: content_type.trim().to_ascii_lowercase(),
            length,
        })
    }
}

/// Tells whoever sent a request that it is not what is waited for; whoever asked for the head only gets no words.
pub(super) async fn turn_away(stream: &mut TcpStream, refused: &Refused, head_only: bool, clock: &Clock) {
    let words = format!("This request was not accepted: {}.\n", refused.why);
    let body = if head_only { String::new() } else { words };
    respond(stream, refused.status, "text/plain; charset=utf-8", &body, clock).await;
    // Closing with unread bytes would take the reply back.
    let drain = async {
        let (mut piece, mut left) = ([0_u8; 4096], MOST_BODY);
        while let Ok(count @ 1..) = stream.read(&mut piece).await {
            left = left.saturating_sub(count);
            if left == 0 {
                break;
            }
        }
    };
    let _ = time::timeout(clock, DRAIN_TIME, drain).await;
}

/// Sends a reply and says that no more will follow.
pub(super) async fn respond(
    stream: &mut TcpStream,
    status: u16,
    content_type: &str,
    body: &str,
    clock: &Clock,
) {
    let head = format!(
        "HTTP/1.1 {status} {}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n{}Connection: close\r\n{SAFETY}\r\n",
        reason(status),
        body.len(),
        if status == 405 { "Allow: GET, POST\r\n" } else { "" },
    );
    let send = async {
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body.as_bytes()).await?;
        stream.shutdown().await
    };
    // A browser that is gone needs no reply.
    let _ = time::timeout(clock, REPLY_TIME, send).await;
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        404 => "Not Found",
        405 => "Method Not Allowed",
        411 => "Length Required",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        421 => "Misdirected Request",
        431 => "Request Header Fields Too Large",
        505 => "HTTP Version Not Supported",
        _ => "Bad Request",
    }
}

/// Nothing is loaded, framed, kept, guessed or passed on. There is no header of CORS, so no page elsewhere can read a reply.
const SAFETY: &str = "Cache-Control: no-store\r\n\
    Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n\
    Cross-Origin-Opener-Policy: same-origin\r\n\
    Cross-Origin-Resource-Policy: same-origin\r\n\
    Referrer-Policy: no-referrer\r\n\
    X-Content-Type-Options: nosniff\r\n\
    X-Frame-Options: DENY\r\n";

const END: &[u8] = b"\r\n\r\n";
/// A code has one or two thousand characters, and an answer by GET has it in its first line.
const MOST_HEAD: usize = 16 * 1024;
const MOST_BODY: usize = 64 * 1024;
const MOST_HEADERS: usize = 100;
const REPLY_TIME: Duration = Duration::from_secs(5);
const DRAIN_TIME: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests;
