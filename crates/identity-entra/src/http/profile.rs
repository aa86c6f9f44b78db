use std::sync::Arc;
use std::time::Duration;

/// What a request needs beyond the ordinary. It travels in the request's extensions; an [`HttpService`](super::HttpService) that can't do what it
/// asks for must refuse with [`Unsupported`](super::TransportErrorKind::Unsupported) before anything is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct TransportProfile {
    /// PEM certificates that replace the system's trust store.
    pub ca_certificates: Option<Arc<[u8]>>,
    /// The TLS server name to send and to verify, where it is not the URL's host.
    pub server_name: Option<String>,
    /// The SHA-1 thumbprint that the server's certificate must have; nothing else about it is verified then.
    pub pinned_thumbprint: Option<[u8; 20]>,
    /// Go to the server itself, whatever proxies the environment names. Always so for loopback and link-local addresses.
    pub no_proxy: bool,
    /// The longest time to connect, where it is not the service's own.
    pub connect_timeout: Option<Duration>,
    /// The longest time for one try as a whole, where it is not the service's own.
    pub timeout: Option<Duration>,
}
