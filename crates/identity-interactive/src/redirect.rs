//! The place on this machine where the browser brings the answer: a listener that lives as long as one sign-in.

mod answer;
mod http;
mod uri;

pub(crate) use answer::{Answer, Callback};
pub(crate) use uri::RedirectUri;

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use identity_core::{Clock, Error, Secret};
use identity_entra::time;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;

use answer::Expected;

/// Listens where the redirect URI points to. Dropping it frees the port.
///
/// Connections are served side by side, because browsers open some that they never use. What is not the answer to this sign-in is turned away and the
/// wait goes on: another path, another host, an answer with a wrong state, and whatever is malformed or too large.
pub(crate) struct Listener {
    sockets: Vec<TcpListener>,
    uri: RedirectUri,
    port: u16,
}

impl Listener {
    /// Takes the URI's port: the one that it names, any that is free for 0, else the first free one from 8400 to 8999. For `localhost` it is taken on
    /// both loopback addresses, so that nobody else can answer on the other one.
    ///
    /// # Errors
    /// `CredentialUnavailable` when the port is taken, `InvalidArgument` where there is no runtime to listen with.
    pub(crate) fn bind(uri: &RedirectUri) -> Result<Self, Error> {
        let ports: Vec<u16> = match uri.port {
            Some(0) => vec![0; TRIES],
            Some(port) => vec![port],
            None => PORTS.collect(),
        };
        let mut last = None;
        for port in ports {
            match bind_all(&uri.addresses(), port) {
                Ok(Some((sockets, port))) => return Ok(Self { sockets, uri: uri.clone(), port }),
                Ok(None) => return Err(no_runtime()),
                Err(error) => last = Some(error),
            }
        }
        let place = match uri.port {
            Some(_) => format!("on {uri}"),
            None => format!("on a port from {} to {} of {uri}", PORTS.start(), PORTS.end()),
        };
        let why = last.map_or_else(String::new, |error| format!(": {error}"));
        let message = format!(
            "couldn't start an HTTP server {place}, where the browser is to bring the answer{why}. What to do: {FREE_PORT}"
        );
        Err(Error::unavailable(message).with_remedy(FREE_PORT))
    }

    /// The redirect URI as it goes into the requests, with the port that was taken.
    pub(crate) fn redirect_uri(&self) -> String {
        self.uri.with_port(self.port)
    }

    /// Waits for the browser to bring the answer that has this state.
    ///
    /// # Errors
    /// `CredentialUnavailable` when no connection can be taken any more.
    pub(crate) async fn answer(self, state: &Secret, clock: &Clock) -> Result<Callback, Error> {
        let expected = Expected { path: &self.uri.path, port: self.port, state };
        let mut connections: VecDeque<Connection<'_>> = VecDeque::new();
        let mut failures = 0;
        poll_fn(|context| {
            for socket in &self.sockets {
                loop {
                    match socket.poll_accept(context) {
                        Poll::Ready(Ok((stream, _))) => {
                            // A new one may be the browser; the oldest has had its time.
                            if connections.len() >= MOST_CONNECTIONS {
                                connections.pop_front();
                            }
                            connections.push_back(Box::pin(serve(stream, &expected, clock)));
                            failures = 0;
                        }
                        Poll::Ready(Err(error)) => {
                            failures += 1;
                            if failures > MOST_FAILURES {
                                let message = format!("the browser's answer can't be received: {error}");
                                return Poll::Ready(Err(Error::unavailable(message).with_source(error)));
                            }
                            context.waker().wake_by_ref();
                            break;
                        }
                        Poll::Pending => break,
                    }
                }
            }
            let mut came = None;
            connections.retain_mut(|connection| match connection.as_mut().poll(context) {
                _ if came.is_some() => true,
                Poll::Pending => true,
                Poll::Ready(callback) => {
                    came = callback;
                    false
                }
            });
            came.map_or(Poll::Pending, |callback| Poll::Ready(Ok(callback)))
        })
        .await
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Listener({})", self.redirect_uri())
    }
}

type Connection<'a> = Pin<Box<dyn Future<Output = Option<Callback>> + Send + 'a>>;

/// One connection: its one request, and a reply, unless it is the answer that is waited for.
async fn serve(mut stream: TcpStream, expected: &Expected<'_>, clock: &Clock) -> Option<Callback> {
    let request = time::timeout(clock, REQUEST_TIME, http::Request::read(&mut stream)).await.ok()??;
    let (refused, head_only) = match request {
        Ok(request) => match expected.judge(&request) {
            Ok(answer) => return Some(Callback { answer, stream }),
            Err(refused) => (refused, request.method == "HEAD"),
        },
        Err(refused) => (refused?, false),
    };
    tracing::debug!(
        status = refused.status,
        why = refused.why,
        "a request to the redirect URI was turned away"
    );
    http::turn_away(&mut stream, &refused, head_only, clock).await;
    None
}

/// All addresses on the same port, or nothing where there is no runtime. A machine may lack IPv6, or IPv4, but not both.
fn bind_all(addresses: &[IpAddr], port: u16) -> io::Result<Option<(Vec<TcpListener>, u16)>> {
    if Handle::try_current().is_err() {
        return Ok(None);
    }
    let (mut sockets, mut port, mut missing) = (Vec::new(), port, None);
    for address in addresses {
        let socket = match std::net::TcpListener::bind(SocketAddr::new(*address, port)) {
            Ok(socket) => socket,
            Err(error) if is_no_such_address(&error) => {
                missing = Some(error);
                continue;
            }
            Err(error) => return Err(error),
        };
        port = socket.local_addr()?.port();
        socket.set_nonblocking(true)?;
        // A runtime without I/O panics.
        match catch_unwind(AssertUnwindSafe(|| TcpListener::from_std(socket))) {
            Ok(socket) => sockets.push(socket?),
            Err(_) => return Ok(None),
        }
    }
    match missing {
        Some(error) if sockets.is_empty() => Err(error),
        _ => Ok(Some((sockets, port))),
    }
}

fn is_no_such_address(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported)
        || matches!(
            error.raw_os_error(),
            Some(EAFNOSUPPORT_LINUX | EAFNOSUPPORT_WINDOWS | EAFNOSUPPORT_MACOS)
        )
}

fn no_runtime() -> Error {
    Error::invalid_argument(
        "waiting for the browser's answer needs a tokio runtime with I/O on, and there is none here; call from within a runtime built with \
         `enable_all`",
    )
}

/// The ports that the reference uses, too; apps that insist on a port register one of these.
const PORTS: std::ops::RangeInclusive<u16> = 8400..=8999;
/// How often another free port is looked for when the one that is free on one address is taken on the other.
const TRIES: usize = 16;
const FREE_PORT: &str = "end what uses the port, or name another one in the redirect URI";
/// Browsers open a handful.
const MOST_CONNECTIONS: usize = 32;
const MOST_FAILURES: u32 = 16;
/// A browser sends its request at once; what has not come by then never will.
const REQUEST_TIME: Duration = Duration::from_secs(30);

/// "Address family not supported" has no kind of its own in the standard library.
const EAFNOSUPPORT_LINUX: i32 = 97;
const EAFNOSUPPORT_MACOS: i32 = 47;
const EAFNOSUPPORT_WINDOWS: i32 = 10047;

#[cfg(test)]
mod tests;
