use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;

/// An authority of its own and the certificate that it issued to a server.
pub(super) struct Certificates {
    pub(super) ca: String,
    pub(super) leaf: CertificateDer<'static>,
    key: Vec<u8>,
}

impl Certificates {
    pub(super) fn for_name(name: &str) -> Self {
        let mut ca = rcgen::CertificateParams::new(Vec::new()).unwrap();
        ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        ca.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign];
        let ca_key = rcgen::KeyPair::generate().unwrap();
        let ca_pem = ca.self_signed(&ca_key).unwrap().pem();
        let issuer = rcgen::Issuer::new(ca, ca_key);
        let key = rcgen::KeyPair::generate().unwrap();
        let leaf =
            rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
        Self { ca: ca_pem, leaf: leaf.der().clone(), key: key.serialize_der() }
    }

    fn acceptor(&self, names: Arc<Mutex<Vec<Option<String>>>>) -> TlsAcceptor {
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.clone()));
        let key = ring::sign::any_supported_type(&key).unwrap();
        let certified = Arc::new(CertifiedKey::new(vec![self.leaf.clone()], key));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Recorder { certified, names }));
        TlsAcceptor::from(Arc::new(config))
    }
}

/// Writes down which server name each client sent.
#[derive(Debug)]
struct Recorder {
    certified: Arc<CertifiedKey>,
    names: Arc<Mutex<Vec<Option<String>>>>,
}

impl ResolvesServerCert for Recorder {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.names.lock().unwrap().push(hello.server_name().map(str::to_owned));
        Some(Arc::clone(&self.certified))
    }
}

/// A server on loopback that answers each request with the same bytes and then closes, unless these say `keep-alive`. It ends when it is dropped.
pub(super) struct Server {
    pub(super) port: u16,
    requests: Arc<Mutex<Vec<String>>>,
    names: Arc<Mutex<Vec<Option<String>>>>,
    task: JoinHandle<()>,
}

impl Server {
    pub(super) async fn plain(answer: impl Into<Vec<u8>>) -> Self {
        Self::start(answer.into(), None).await
    }

    pub(super) async fn secure(certificates: &Certificates, answer: impl Into<Vec<u8>>) -> Self {
        Self::start(answer.into(), Some(certificates)).await
    }

    async fn start(answer: Vec<u8>, certificates: Option<&Certificates>) -> Self {
        let (requests, names) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<Mutex<Vec<_>>>::default());
        let acceptor = certificates.map(|certificates| certificates.acceptor(Arc::clone(&names)));
        let (answer, recorded) = (Arc::new(answer), Arc::clone(&requests));
        let (port, task) = accept(move |stream| {
            let (answer, recorded, acceptor) = (Arc::clone(&answer), Arc::clone(&recorded), acceptor.clone());
            async move {
                match acceptor {
                    None => answer_all(stream, &answer, &recorded).await,
                    Some(acceptor) => {
                        if let Ok(stream) = acceptor.accept(stream).await {
                            answer_all(stream, &answer, &recorded).await;
                        }
                    }
                }
            }
        })
        .await;
        Self { port, requests, names, task }
    }

    /// The requests so far, whole, as they came.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// The TLS server names so far.
    pub(super) fn names(&self) -> Vec<Option<String>> {
        self.names.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A proxy that opens a tunnel to one port, whatever it is asked for, and answers plain requests itself.
pub(super) struct TestProxy {
    pub(super) port: u16,
    requests: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl TestProxy {
    pub(super) async fn to(target: u16) -> Self {
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let recorded = Arc::clone(&requests);
        let (port, task) = accept(move |mut stream| {
            let recorded = Arc::clone(&recorded);
            async move {
                let Some(request) = read_request(&mut stream).await else { return };
                let tunnel = request.starts_with("CONNECT ");
                recorded.lock().unwrap().push(request);
                if !tunnel {
                    let _ = stream.write_all(&ok("from the proxy")).await;
                    return;
                }
                let Ok(mut onward) = TcpStream::connect(("127.0.0.1", target)).await else { return };
                if stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.is_ok() {
                    let _ = tokio::io::copy_bidirectional(&mut stream, &mut onward).await;
                }
            }
        })
        .await;
        Self { port, requests, task }
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for TestProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An answer with a body of known length.
pub(super) fn ok(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
        .into_bytes()
}

async fn accept<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> (u16, JoinHandle<()>)
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let task = tokio::spawn(async move {
        let mut connections = tokio::task::JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let connection: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(serve(stream));
            connections.spawn(connection);
        }
    });
    (port, task)
}

async fn answer_all(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    answer: &[u8],
    recorded: &Mutex<Vec<String>>,
) {
    let keeps_open = String::from_utf8_lossy(answer).contains("Connection: keep-alive");
    while let Some(request) = read_request(&mut stream).await {
        recorded.lock().unwrap().push(request);
        if stream.write_all(answer).await.is_err() || !keeps_open {
            break;
        }
    }
    let _ = stream.shutdown().await;
}

/// The head of a request and as much body as its length says.
async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some(text.into_owned());
            }
        }
        let mut more = [0; 4096];
        match stream.read(&mut more).await {
            Ok(count @ 1..) => read.extend_from_slice(&more[..count]),
            _ => return None,
        }
    }
}
