//! Accepting connections and serving them.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Response, StatusCode, header};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::entra::Call;
use crate::faults::{Broken, Fault, Pause, status_of};
use crate::reply::Reply;
use crate::request::RecordedRequest;
use crate::router;

use super::Shared;
use super::body::{self, Outgoing, Unread};

/// The most connections that are served side by side; further ones wait in the kernel's queue.
const CONNECTIONS: usize = 512;
/// The most that is read of a request's line and headers.
const HEAD: usize = 64 << 10;
/// The longest that a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(30);

/// A bound socket that does not serve yet.
pub(crate) struct Listener {
    pub(super) socket: std::net::TcpListener,
    pub(super) tls: Option<TlsAcceptor>,
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
    tls: Option<TlsAcceptor>,
}

impl Listener {
    /// Hands the socket to the current runtime.
    pub(super) fn prepare(self) -> io::Result<Prepared> {
        Ok(Prepared {
            socket: tokio::net::TcpListener::from_std(self.socket)?,
            server: Server { shared: self.shared, base: self.base.into(), tls: self.tls },
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
        match self.tls.clone() {
            None => self.serve_http(stream).await,
            // A handshake that fails or does not end concerns its client alone.
            Some(tls) => {
                if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
                    self.serve_http(stream).await;
                }
            }
        }
    }

    async fn serve_http(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send) {
        let answer = service_fn(|request| self.answer(request));
        // A client that goes away or talks nonsense ends its connection, and nothing else.
        let _ = http1::Builder::new()
            .auto_date_header(false)
            .max_buf_size(HEAD)
            .serve_connection(TokioIo::new(stream), answer)
            .await;
    }

    /// An error closes the connection without an answer.
    async fn answer(&self, request: http::Request<Incoming>) -> Result<Response<Outgoing>, io::Error> {
        let entra = &self.shared.entra;
        let (parts, body) = request.into_parts();
        let body = match body::read(body).await {
            Ok(body) => body,
            Err(Unread::TooLarge) => {
                // It came, so it is in the journal, without its body.
                let request =
                    RecordedRequest::new(&parts, Bytes::new(), self.tls.is_some(), entra.clock.now());
                self.shared.journal.record(request);
                return Ok(self.write(too_large()));
            }
            Err(Unread::Broken) => return Err(io::ErrorKind::UnexpectedEof.into()),
        };
        let request = RecordedRequest::new(&parts, body, self.tls.is_some(), entra.clock.now());
        let request = self.shared.journal.record(request);
        match self.shared.faults.take(&request) {
            None => Ok(self.write(router::answer(entra, &request, &self.base))),
            Some(fault) => self.answer_badly(&request, fault).await,
        }
    }

    async fn answer_badly(
        &self,
        request: &RecordedRequest,
        fault: Fault,
    ) -> Result<Response<Outgoing>, io::Error> {
        for pause in &fault.pauses {
            match pause {
                Pause::Hold(gate) => gate.pass().await,
                Pause::Delay(wait) => tokio::time::sleep(*wait).await,
            }
        }
        let with_headers = |reply: Reply| {
            fault.headers.iter().fold(reply, |reply, (name, value)| reply.with_header(name, value))
        };
        let entra = &self.shared.entra;
        let properly = || with_headers(router::answer(entra, request, &self.base));
        Ok(match &fault.outcome {
            Broken::Not => self.write(properly()),
            Broken::Close => return Err(io::ErrorKind::ConnectionAborted.into()),
            Broken::Status { status, content_type, body } => {
                let body = body.clone().into();
                self.write(with_headers(Reply::typed(status_of(*status), content_type, body)))
            }
            Broken::Aadsts(refused) => {
                let call = Call::new(request, &self.base, entra.clock.unix_now());
                self.write(with_headers(call.refuse(refused)))
            }
            Broken::CutBody => {
                let reply = properly();
                let (length, cut) = (reply.body.len(), Outgoing::cut(&reply.body));
                let mut response = self.write(reply);
                response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
                response.map(|_| cut)
            }
            Broken::Huge(size) => {
                let empty = Reply::typed(StatusCode::OK, "application/json", Bytes::new());
                self.write(with_headers(empty)).map(|_| Outgoing::Huge(*size))
            }
        })
    }

    fn write(&self, reply: Reply) -> Response<Outgoing> {
        let mut response = Response::new(Outgoing::Whole(reply.body));
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
