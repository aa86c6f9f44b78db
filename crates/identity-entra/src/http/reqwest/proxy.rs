use std::net::{IpAddr, Ipv6Addr};

use identity_core::Env;
use url::{Host, Url};

use super::unsupported;
use crate::http::TransportError;

/// The proxy that the environment names for a URL; none for hosts that are reached without one.
pub(super) fn proxy_for(env: &Env, url: &Url) -> Result<Option<Url>, TransportError> {
    let Some(host) = url.host() else { return Ok(None) };
    if is_local(&host) || is_excluded(env, &host, url.port_or_known_default()) {
        return Ok(None);
    }
    // A CGI program finds a request's `Proxy` header in HTTP_PROXY.
    let is_cgi = env.get_os("REQUEST_METHOD").is_some();
    let of_scheme: &[&'static str] = match url.scheme() {
        "https" => &["https_proxy", "HTTPS_PROXY"],
        _ if is_cgi => &["http_proxy"],
        _ => &["http_proxy", "HTTP_PROXY"],
    };
    let named =
        of_scheme.iter().chain(&["all_proxy", "ALL_PROXY"]).find_map(|name| Some((name, env.get(name)?)));
    let Some((name, value)) = named.filter(|(_, value)| !value.trim().is_empty()) else { return Ok(None) };

    let value = value.trim();
    let url = if value.contains("://") { Url::parse(value) } else { Url::parse(&format!("http://{value}")) };
    match url {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(Some(url)),
        Ok(url) if url.has_host() => Err(unsupported(format!(
            "{name} names a proxy of the kind {}, and only http and https proxies are supported",
            url.scheme()
        ))),
        // The value may hold a password.
        _ => Err(unsupported(format!(
            "the value of {name} is no URL of a proxy, such as http://proxy.example:3128"
        ))),
    }
}

/// Whether a host is this machine or its link: metadata and identity endpoints live there, and their secrets are nobody else's business.
fn is_local(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
        Host::Ipv4(address) => address.is_loopback() || address.is_link_local(),
        Host::Ipv6(address) => match address.to_ipv4_mapped() {
            Some(address) => address.is_loopback() || address.is_link_local(),
            None => *address == Ipv6Addr::LOCALHOST || address.is_unicast_link_local(),
        },
    }
}

/// Whether `NO_PROXY` names a host: `*`, names (with everything below them), addresses, networks in CIDR form, each perhaps with a port.
fn is_excluded(env: &Env, host: &Host<&str>, port: Option<u16>) -> bool {
    let Some(list) = env.get("no_proxy").or_else(|| env.get("NO_PROXY")) else { return false };
    list.split([',', ' ', '\t'])
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
        .any(|entry| names(entry, host, port))
}

fn names(entry: &str, host: &Host<&str>, port: Option<u16>) -> bool {
    if entry == "*" {
        return true;
    }
    let (name, wanted) = split_port(entry);
    if wanted.is_some_and(|wanted| port != Some(wanted)) {
        return false;
    }
    let address = match host {
        Host::Domain(domain) => {
            let name = name.trim_start_matches("*.").trim_matches('.').to_ascii_lowercase();
            let domain = domain.trim_end_matches('.').to_ascii_lowercase();
            let below =
                domain.strip_suffix(&name).is_some_and(|before| before.is_empty() || before.ends_with('.'));
            return !name.is_empty() && below;
        }
        Host::Ipv4(address) => IpAddr::V4(*address),
        Host::Ipv6(address) => IpAddr::V6(*address).to_canonical(),
    };
    match name.split_once('/') {
        Some((network, length)) => is_within(address, network, length),
        None => name.parse::<IpAddr>().is_ok_and(|named| named.to_canonical() == address),
    }
}

/// `host:443`, `[::1]:443`, `[::1]`, `::1` and `host`.
fn split_port(entry: &str) -> (&str, Option<u16>) {
    if let Some((address, after)) = entry.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (address, after.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match entry.split_once(':') {
        Some((name, port)) if !port.contains(':') => match port.parse() {
            Ok(port) => (name, Some(port)),
            Err(_) => (entry, None),
        },
        _ => (entry, None),
    }
}

fn is_within(address: IpAddr, network: &str, length: &str) -> bool {
    let (Ok(network), Ok(length)) = (network.parse::<IpAddr>(), length.parse::<u32>()) else { return false };
    let bits = |address: IpAddr| match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()) << 96, 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    };
    let ((address_bits, _), (network_bits, width)) = (bits(address), bits(network));
    let mask = u128::MAX.checked_shl(128 - length.min(128)).unwrap_or(0);
    address.is_ipv4() == network.is_ipv4() && length <= width && address_bits & mask == network_bits & mask
}

#[cfg(test)]
mod tests;
