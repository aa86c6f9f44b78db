//! Accepting connections and serving them.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::reply::Reply;
use crate::request::RecordedRequest;
use crate::router;

use super::Shared;
use super::body::{self, Outgoing, Unread};

/// The most connections that are served side by side; further ones wait in the kernel's queue.
const CONNECTIONS: usize = 512;
/// The most that is read of a request's line and headers.
const HEAD: usize = 64 << 10;

/// A bound socket that does not serve yet.
pub(crate) struct Listener {
    pub(super) socket: std::net::TcpListener,
    pub(super) shared: Arc<Shared>,
    pub(super) base: String,
    pub(super) stopped: watch::Receiver<()>,
}

/// The same inside a runtime.
pub(crate) struct Prepared {
    socket: tokio::net::TcpListener,
    server: Server,
    stopped: watch::Receiver<()>,
}

/// What serves one connection.
#[derive(Clone)]
struct Server {
    shared: Arc<Shared>,
    base: Arc<str>,
}

impl Listener {
    /// Hands the socket to the current runtime.
    pub(super) fn prepare(self) -> io::Result<Prepared> {
        Ok(Prepared {
            socket: tokio::net::TcpListener::from_std(self.socket)?,
            server: Server { shared: self.shared, base: self.base.into() },
            stopped: self.stopped,
        })
    }
}

impl Prepared {
    /// Serves until the emulator is dropped; the connections end with it.
    pub(super) async fn run(mut self) {
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        let mut connections = JoinSet::new();
        loop {
            let Ok(place) = room.clone().acquire_owned().await else { return };
            let accepted = tokio::select! {
                // An error means that the sender is gone, which is the signal.
                _ = self.stopped.changed() => return,
                accepted = self.socket.accept() => accepted,
            };
            while connections.try_join_next().is_some() {}
            match accepted {
                Ok((stream, _)) => {
                    let server = self.server.clone();
                    connections.spawn(async move {
                        server.serve(stream).await;
                        drop(place);
                    });
                }
                // Too many open files and the like: let others go on before trying again.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }
}

impl Server {
    async fn serve(self, stream: TcpStream) {
        let _ = stream.set_nodelay(true);
        let answer = service_fn(|request| self.answer(request));
        // A client that goes away or talks nonsense ends its connection, and nothing else.
        let _ = http1::Builder::new()
            .auto_date_header(false)
            .max_buf_size(HEAD)
            .serve_connection(TokioIo::new(stream), answer)
            .await;
    }

    async fn answer(&self, request: http::Request<Incoming>) -> Result<Response<Outgoing>, io::Error> {
        let entra = &self.shared.entra;
        let (parts, body) = request.into_parts();
        let body = match body::read(body).await {
            Ok(body) => body,
            Err(Unread::TooLarge) => return Ok(self.write(too_large())),
            Err(Unread::Broken) => return Err(io::ErrorKind::UnexpectedEof.into()),
        };
        let request = RecordedRequest::new(&parts, body, false, entra.clock.now());
        let request = self.shared.journal.record(request);
        Ok(self.write(router::answer(entra, &request, &self.base)))
    }

    fn write(&self, reply: Reply) -> Response<Outgoing> {
        let mut response = Response::new(Outgoing::whole(reply.body));
        *response.status_mut() = reply.status;
        *response.headers_mut() = reply.headers;
        let date = httpdate::fmt_http_date(self.shared.entra.clock.now());
        if let Ok(date) = HeaderValue::try_from(date) {
            response.headers_mut().insert(header::DATE, date);
        }
        response
    }
}

fn too_large() -> Reply {
    Reply::html(
        StatusCode::PAYLOAD_TOO_LARGE,
        "<!DOCTYPE html><html><body><h2>Request Entity Too Large</h2></body></html>".to_owned(),
    )
    .with_header("connection", "close")
}
