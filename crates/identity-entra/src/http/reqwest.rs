//! The HTTP implementation that comes with the crate.

mod proxy;
mod tls;

use std::error::Error as StdError;
use std::fmt;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::FutureExt;
use http::header::{CONTENT_LENGTH, HOST};
use http::{HeaderValue, Method};
use identity_core::{BoxFuture, Env, SecretBytes};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::runtime::Handle;
use url::{Host, Url};

use self::tls::Trust;
use super::{
    HttpRequest, HttpResponse, HttpService, MOST_BODY_BYTES, TransportError, TransportErrorKind,
    TransportProfile, mask,
};

/// Sends requests with reqwest and rustls.
///
/// It speaks HTTP/1.1, follows no redirect, asks for no compression, connects within 10 s and gives one try 30 s. Its settings come from an [`Env`]
/// and are read when they are needed: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in capitals or not (never for loopback
/// and link-local addresses), and `SSL_CERT_FILE`, `SSL_CERT_DIR` or `REQUESTS_CA_BUNDLE`, whose certificates replace those of the system.
///
/// Clients with their connections are built when they are first needed, one for each combination of runtime, proxy and [`TransportProfile`]. No
/// process-wide TLS provider is installed or needed. Clones share everything.
#[derive(Clone)]
pub struct ReqwestService(Arc<Inner>);

struct Inner {
    env: Env,
    trust: Trust,
    /// The most recently used last.
    clients: Mutex<Vec<(ClientKey, reqwest::Client)>>,
}

/// What a client is built for. Connections die with their runtime, so each runtime has clients of its own.
#[derive(Clone, PartialEq, Eq)]
struct ClientKey {
    runtime: tokio::runtime::Id,
    tls: bool,
    ca_certificates: Option<Arc<[u8]>>,
    pinned_thumbprint: Option<[u8; 20]>,
    proxy: Option<Url>,
    /// The host that is connected to, where the server's name is another.
    connect_to: Option<String>,
    connect_timeout: Duration,
}

impl ReqwestService {
    /// A service that takes its settings from an environment. Nothing is read, built or started yet.
    pub fn new(env: &Env) -> Self {
        Self(Arc::new(Inner { env: env.clone(), trust: Trust::default(), clients: Mutex::default() }))
    }
}

impl HttpService for ReqwestService {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        Box::pin(async move {
            let Ok(runtime) = Handle::try_current() else {
                return Err(no_runtime("there is none here; call from within a tokio runtime"));
            };
            // Sockets and timers of a runtime that lacks them, or that shuts down, panic.
            AssertUnwindSafe(self.0.exchange(request, runtime.id())).catch_unwind().await.unwrap_or_else(
                |_| {
                    Err(no_runtime(
                        "the one here has its network or timer off (`enable_all`) or is shutting down",
                    ))
                },
            )
        })
    }
}

impl fmt::Debug for ReqwestService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReqwestService").field("env", &self.0.env).finish_non_exhaustive()
    }
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const TIMEOUT: Duration = Duration::from_secs(30);
const MOST_CLIENTS: usize = 16;

impl Inner {
    async fn exchange(
        &self,
        request: HttpRequest,
        runtime: tokio::runtime::Id,
    ) -> Result<HttpResponse, TransportError> {
        let (parts, body) = request.into_parts();
        let profile = parts.extensions.get::<TransportProfile>().cloned().unwrap_or_default();
        let mut url = Url::parse(&parts.uri.to_string())
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| unsupported("the request's URL is no absolute http or https URL"))?;
        let mut headers = parts.headers;

        let key = self.key(&profile, &url, runtime)?;
        if let (Some(_), Some(name)) = (&key.connect_to, &profile.server_name) {
            headers.insert(HOST, host_header(&url)?);
            url.set_host(Some(name)).map_err(|_| unsupported("the server name is no host name"))?;
        }
        let client = self.client(key)?;

        let mut sent = reqwest::Request::new(parts.method, url);
        *sent.headers_mut() = headers;
        *sent.timeout_mut() = Some(profile.timeout.unwrap_or(TIMEOUT));
        if !body.is_empty() {
            *sent.body_mut() = Some(Bytes::from_owner(Body(body)).into());
        } else if matches!(*sent.method(), Method::POST | Method::PUT | Method::PATCH) {
            sent.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let response = client.execute(sent).await.map_err(transport_error)?;
        whole(response).await
    }

    fn key(
        &self,
        profile: &TransportProfile,
        url: &Url,
        runtime: tokio::runtime::Id,
    ) -> Result<ClientKey, TransportError> {
        let secure = url.scheme() == "https";
        let wants_tls = profile.ca_certificates.is_some()
            || profile.server_name.is_some()
            || profile.pinned_thumbprint.is_some();
        if wants_tls && !secure {
            return Err(unsupported("the request's profile is about TLS, but its URL is http"));
        }
        let host = url.host().ok_or_else(|| unsupported("the request's URL has no host"))?;
        let proxy = if profile.no_proxy { None } else { proxy::proxy_for(&self.env, url)? };

        let other_name =
            profile.server_name.as_deref().filter(|name| !name.eq_ignore_ascii_case(&host.to_string()));
        if let Some(name) = other_name {
            if proxy.is_some() {
                return Err(unsupported(format!(
                    "a server name of its own ({name}) can't be sent through a proxy; add {host} to NO_PROXY"
                )));
            }
            if !matches!(Host::parse(name), Ok(Host::Domain(_))) {
                return Err(unsupported(format!("the server name {name:?} is no DNS name")));
            }
        }
        Ok(ClientKey {
            runtime,
            tls: secure || proxy.as_ref().is_some_and(|proxy| proxy.scheme() == "https"),
            ca_certificates: profile.ca_certificates.clone(),
            pinned_thumbprint: profile.pinned_thumbprint,
            proxy,
            connect_to: other_name.map(|_| address(&host)),
            connect_timeout: profile.connect_timeout.unwrap_or(CONNECT_TIMEOUT),
        })
    }

    fn client(&self, key: ClientKey) -> Result<reqwest::Client, TransportError> {
        if let Some(client) = self.used_before(&key) {
            return Ok(client);
        }
        // Built outside the lock, because it reads certificates. Whoever comes second throws theirs away.
        let client = self.build(&key)?;
        if let Some(client) = self.used_before(&key) {
            return Ok(client);
        }
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if clients.len() >= MOST_CLIENTS {
            clients.remove(0);
        }
        clients.push((key, client.clone()));
        Ok(client)
    }

    fn used_before(&self, key: &ClientKey) -> Option<reqwest::Client> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let at = clients.iter().position(|(k, _)| k == key)?;
        let used = clients.remove(at);
        let client = used.1.clone();
        clients.push(used);
        Some(client)
    }

    fn build(&self, key: &ClientKey) -> Result<reqwest::Client, TransportError> {
        let tls = match (key.tls, key.pinned_thumbprint, &key.ca_certificates) {
            (false, ..) => tls::none()?,
            (true, Some(thumbprint), _) => tls::pinned(thumbprint)?,
            (true, None, Some(certificates)) => tls::private(certificates)?,
            (true, None, None) => self.trust.system(&self.env)?,
        };
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .no_proxy()
            .connect_timeout(key.connect_timeout)
            .pool_max_idle_per_host(4)
            .pool_idle_timeout(Duration::from_secs(30));
        if let Some(proxy) = &key.proxy {
            let proxy = reqwest::Proxy::all(proxy.clone())
                .map_err(|_| unsupported("the proxy that the environment names has no usable URL"))?;
            builder = builder.proxy(proxy);
        }
        if let Some(host) = &key.connect_to {
            builder = builder.dns_resolver(Arc::new(ConnectTo(host.as_str().into())));
        }
        builder
            .build()
            .map_err(|error| unsupported(format!("no HTTP client could be built: {}", chain(&error))))
    }
}

/// The whole body, unless it is larger than anybody wants to read.
async fn whole(mut response: reqwest::Response) -> Result<HttpResponse, TransportError> {
    let too_large = || {
        let message = format!("the body has more than {MOST_BODY_BYTES} bytes");
        TransportError::new(TransportErrorKind::TooLarge, message)
    };
    if response.content_length().is_some_and(|length| length > MOST_BODY_BYTES as u64) {
        return Err(too_large());
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(transport_error)? {
        if body.len() + chunk.len() > MOST_BODY_BYTES {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    let mut whole = HttpResponse::new(body.freeze());
    *whole.status_mut() = response.status();
    *whole.version_mut() = response.version();
    *whole.headers_mut() = std::mem::take(response.headers_mut());
    Ok(whole)
}

/// A body that stays the one buffer that is wiped.
struct Body(SecretBytes);

impl AsRef<[u8]> for Body {
    fn as_ref(&self) -> &[u8] {
        self.0.secret()
    }
}

/// Connects to one host whatever the URL says: the URL then holds the name that TLS sends and verifies.
struct ConnectTo(Arc<str>);

impl Resolve for ConnectTo {
    fn resolve(&self, _: Name) -> Resolving {
        let host = Arc::clone(&self.0);
        Box::pin(async move {
            let look_up = move || (&*host, 0).to_socket_addrs().map(Iterator::collect::<Vec<SocketAddr>>);
            let addresses = tokio::task::spawn_blocking(look_up).await??;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// A host as the resolver takes it: without the brackets of an IPv6 address.
fn address(host: &Host<&str>) -> String {
    match host {
        Host::Domain(name) => (*name).to_owned(),
        Host::Ipv4(address) => IpAddr::V4(*address).to_string(),
        Host::Ipv6(address) => IpAddr::V6(*address).to_string(),
    }
}

fn host_header(url: &Url) -> Result<HeaderValue, TransportError> {
    let host = url.host_str().unwrap_or_default();
    let text = match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    HeaderValue::try_from(text).map_err(|_| unsupported("the request's host is no header value"))
}

fn transport_error(error: reqwest::Error) -> TransportError {
    let kind = if error.is_connect() {
        TransportErrorKind::Connect
    } else if error.is_timeout() {
        TransportErrorKind::Timeout
    } else if error.is_builder() {
        TransportErrorKind::Unsupported
    } else {
        TransportErrorKind::Interrupted
    };
    TransportError::new(kind, chain(&error.without_url()))
}

/// What an error and its causes say, without the layers that say nothing.
fn chain(error: &dyn StdError) -> String {
    let mut said: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next.filter(|_| said.len() < 8) {
        let text = error.to_string();
        let empty = text.starts_with("error sending request")
            || text.starts_with("client error (")
            || text == "builder error";
        if !empty && !said.iter().any(|before| before.contains(&text)) {
            said.push(text);
        }
        next = error.source();
    }
    if said.is_empty() { error.to_string() } else { mask(&said.join(": ")) }
}

fn unsupported(message: impl Into<String>) -> TransportError {
    TransportError::new(TransportErrorKind::Unsupported, message)
}

fn no_runtime(message: &str) -> TransportError {
    TransportError::new(TransportErrorKind::NoRuntime, message)
}

#[cfg(test)]
mod tests;
