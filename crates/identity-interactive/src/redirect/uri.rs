use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use identity_core::Error;
use url::{Host, Url};

/// Where the browser comes back to: a place on this machine, over http. It is sent as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RedirectUri {
    host: LoopbackHost,
    /// None for the first free one.
    pub(super) port: Option<u16>,
    /// As requests name it.
    pub(super) path: String,
    /// What follows the port in the text that was given.
    rest: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum LoopbackHost {
    Localhost,
    Address(IpAddr),
}

impl RedirectUri {
    /// `http://localhost` on the first free port.
    pub(crate) fn first_free() -> Self {
        Self { host: LoopbackHost::Localhost, port: None, path: "/".to_owned(), rest: String::new() }
    }

    /// Reads a redirect URI: `http`, a loopback host, a port, and perhaps a path. Port 0 stands for any that is free.
    ///
    /// # Errors
    /// `InvalidArgument` for everything else.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let refuse = |why: &str| {
            let shown: String = text.chars().take(MOST_SHOWN).collect();
            let message =
                format!("'{}' is no redirect URI for a browser on this machine: {why}", shown.escape_debug());
            Err(Error::invalid_argument(message))
        };
        let Ok(url) = Url::parse(text) else { return refuse("it can't be read as a URL") };
        if !url.username().is_empty() || url.password().is_some() {
            // Not shown, for it has a password.
            return Err(Error::invalid_argument("the redirect URI must not have a user name or a password"));
        }
        if url.scheme() != "http" {
            return refuse(
                "it must begin with http://, because the answer is received by this program itself",
            );
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse("it must not have a query or a fragment");
        }
        let host = match url.host() {
            Some(Host::Domain("localhost")) => LoopbackHost::Localhost,
            Some(Host::Ipv4(address)) if address == Ipv4Addr::LOCALHOST => {
                LoopbackHost::Address(address.into())
            }
            Some(Host::Ipv6(address)) if address.is_loopback() => LoopbackHost::Address(address.into()),
            _ => return refuse("its host must be localhost, 127.0.0.1 or [::1]"),
        };
        // The port is looked for in the text, because URLs forget a port that is their scheme's own.
        let after_scheme = text.trim().get("http://".len()..).unwrap_or_default();
        let end = after_scheme.find('/').unwrap_or(after_scheme.len());
        let (authority, rest) = after_scheme.split_at(end);
        let port = authority.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        let Some(port) = port else { return refuse("it must name a port, as in http://localhost:8400") };
        Ok(Self { host, port: Some(port), path: url.path().to_owned(), rest: rest.to_owned() })
    }

    pub(super) fn with_port(&self, port: u16) -> String {
        format!("http://{}:{port}{}", self.host, self.rest)
    }

    pub(super) fn addresses(&self) -> Vec<IpAddr> {
        match self.host {
            LoopbackHost::Localhost => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
            LoopbackHost::Address(address) => vec![address],
        }
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => f.write_str(&self.with_port(port)),
            None => write!(f, "http://{}{}", self.host, self.rest),
        }
    }
}

impl fmt::Display for LoopbackHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Localhost => f.write_str("localhost"),
            Self::Address(IpAddr::V4(address)) => address.fmt(f),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

/// How much of a wrong text an error shows.
const MOST_SHOWN: usize = 200;

#[cfg(test)]
mod tests;
