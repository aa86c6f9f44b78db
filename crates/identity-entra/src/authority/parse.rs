use std::fmt;
use std::sync::Arc;

use identity_core::{AzureAuthorityHosts, Cloud, Env, Error, variables};
use url::{Host, Url};

/// The server that issues tokens: a host of Microsoft Entra ID, of Active Directory Federation Services, or of something that speaks like them.
///
/// One that exists is good to send secrets to as far as its text can tell: https (http for loopback addresses only), a host, perhaps a port,
/// and nothing else.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Authority {
    url: Url,
    host: Arc<str>,
    host_and_port: Arc<str>,
}

impl Authority {
    /// Reads a host, a host with a port, or an https URL. Spaces and slashes around it do not count, nor does the case of the host.
    ///
    /// # Errors
    /// `InvalidArgument` for every scheme but https (http is fine for loopback addresses), and for text that has more than a host and a port,
    /// such as a path.
    pub fn parse(authority: &str) -> Result<Self, Error> {
        let text = authority.trim().trim_end_matches([' ', '/']);
        let refuse = |why: &str| {
            let shown: String = text.chars().take(MOST_SHOWN).collect();
            Error::invalid_argument(format!("'{}' is an invalid authority: {why}", shown.escape_debug()))
        };
        if text.contains('@') {
            return Err(Error::invalid_argument(
                "the authority must not contain a user name or a password; give the host only",
            ));
        }
        // The URL parser would repair or drop these in silence.
        let repaired = |c: char| c.is_whitespace() || c.is_control() || c == '\\' || c == '%';
        if text.is_empty() || text.ends_with(':') || text.contains(repaired) {
            return Err(refuse(
                "it must be a host name, such as login.microsoftonline.com, or an https URL of one",
            ));
        }
        let with_scheme = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let url =
            Url::parse(&with_scheme).map_err(|e| refuse(&format!("it can't be read as a URL ({e})")))?;
        let scheme_is_fine = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
        if !scheme_is_fine {
            return Err(refuse(
                "it must be a TLS protected (https) URL; http is accepted for loopback addresses only",
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refuse("it must not have a query or a fragment"));
        }
        if url.path() != "/" {
            return Err(refuse(
                "it must not have a path; give the host only, and the tenant (for AD FS: adfs) as the tenant id",
            ));
        }
        let host: Arc<str> = url.host_str().ok_or_else(|| refuse("it has no host"))?.into();
        let host_and_port = match (url.port_or_known_default(), url.scheme()) {
            (Some(443), "https") | (None, _) => host.clone(),
            (Some(port), _) => format!("{host}:{port}").into(),
        };
        Ok(Self { url, host, host_and_port })
    }

    /// The authority of a credential: the option, else `AZURE_AUTHORITY_HOST`, else the public cloud.
    ///
    /// # Errors
    /// As [`parse`](Self::parse); the message names the variable when the text came from there.
    pub fn from_options(explicit: Option<&str>, env: &Env) -> Result<Self, Error> {
        if let Some(authority) = explicit.filter(|text| !text.is_empty()) {
            return Self::parse(authority);
        }
        match env.get(variables::AZURE_AUTHORITY_HOST) {
            None => Self::parse(AzureAuthorityHosts::AZURE_PUBLIC_CLOUD),
            Some(authority) => Self::parse(&authority).map_err(|e| {
                let message = format!("the variable {}: {}", variables::AZURE_AUTHORITY_HOST, e.message());
                e.with_message(message)
            }),
        }
    }

    /// The host in lower case, without a port: the `environment` of stored tokens.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The host, with the port where it is not https' own: what tells authorities apart in keys.
    pub fn host_and_port(&self) -> &str {
        &self.host_and_port
    }

    /// [`host_and_port`](Self::host_and_port), shared.
    pub fn shared_key(&self) -> Arc<str> {
        self.host_and_port.clone()
    }

    /// The scheme, the host and the port as a URL whose path is `/`.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The URL of something on this authority; `path` begins without a slash.
    ///
    /// # Errors
    /// `InvalidArgument` when the path can't be part of a URL on this host.
    pub fn endpoint(&self, path: &str) -> Result<Url, Error> {
        let text = format!("{}{path}", self.url);
        Url::parse(&text)
            .map_err(|e| Error::invalid_argument(format!("'{}' is no URL: {e}", text.escape_debug())))
    }

    /// Whether the host is this machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.url)
    }

    /// Whether the host is known to belong to Microsoft's identity service, so that nobody needs to vouch for it.
    pub fn is_well_known(&self) -> bool {
        is_well_known(&self.host)
    }

    /// The cloud that the host belongs to, if it is a known one.
    pub fn cloud(&self) -> Option<Cloud> {
        Cloud::of_host(&self.host)
    }

    /// Whether another authority, as a host, a host with a port or a URL, stands for the same cloud: the same host and port, or another name of it.
    pub fn same_cloud(&self, other: &str) -> bool {
        let Ok(other) = Self::parse(other) else { return false };
        let same_host = self.host == other.host || (self.cloud().is_some() && self.cloud() == other.cloud());
        same_host && self.url.port_or_known_default() == other.url.port_or_known_default()
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authority({self})")
    }
}

/// Whether a URL leads to this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether a host in lower case belongs to Microsoft's identity service. Under the suffixes every customer of Azure AD B2C and of
/// Microsoft Entra External ID has a name of its own.
pub(super) fn is_well_known(host: &str) -> bool {
    WELL_KNOWN_HOSTS.contains(&host)
        || CUSTOMER_SUFFIXES
            .iter()
            .any(|suffix| host.strip_suffix(suffix).is_some_and(|customer| !customer.is_empty()))
}

/// Source: the Microsoft pages on national clouds, and the lists in Microsoft's open-source authentication libraries.
const WELL_KNOWN_HOSTS: [&str; 13] = [
    "login.microsoftonline.com",
    "login.microsoft.com",
    "login.windows.net",
    "sts.windows.net",
    "login.chinacloudapi.cn",
    "login.partner.microsoftonline.cn",
    "login.microsoftonline.de",
    "login-us.microsoftonline.com",
    "login.microsoftonline.us",
    "login.usgovcloudapi.net",
    "login.sovcloud-identity.fr",
    "login.sovcloud-identity.de",
    "login.sovcloud-identity.sg",
];

const CUSTOMER_SUFFIXES: [&str; 5] =
    [".b2clogin.com", ".b2clogin.cn", ".b2clogin.us", ".b2clogin.de", ".ciamlogin.com"];

/// How much of a wrong text an error shows.
const MOST_SHOWN: usize = 200;

#[cfg(test)]
mod tests;
