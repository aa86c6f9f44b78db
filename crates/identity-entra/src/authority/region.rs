use std::time::Duration;

use identity_core::{Env, Error, SecretBytes, variables};
use serde::Deserialize;
use tokio::sync::OnceCell;
use url::Url;

use super::Authority;
use crate::http::{RetryPolicy, TransportProfile};
use crate::oauth::Exchange;

/// Which regional instance of the authority an app's tokens come from. Microsoft's own services use that; others rarely may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region(Choice);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Choice {
    Named(Box<str>),
    /// The region this machine is in, which the metadata service knows.
    Detect,
}

impl Region {
    /// The region of the option, else of `AZURE_REGIONAL_AUTHORITY_NAME`, else of `MSAL_FORCE_REGION`; none without any of them. With
    /// `tryautodetect` or `true` it is that of `REGION_NAME`, else the one this machine is in.
    ///
    /// # Errors
    /// `InvalidArgument` for a name that no region has, with the variable that it came from.
    pub fn from_options(explicit: Option<&str>, env: &Env) -> Result<Option<Self>, Error> {
        let of = |name: &'static str| env.get(name).map(|value| (value, format!("the variable {name}: ")));
        let explicit = explicit.filter(|text| !text.is_empty()).map(|text| (text.to_owned(), String::new()));
        let chosen = explicit
            .or_else(|| of(variables::AZURE_REGIONAL_AUTHORITY_NAME))
            .or_else(|| of(MSAL_FORCE_REGION));
        let Some((name, source)) = chosen else { return Ok(None) };
        if !["tryautodetect", "true"].iter().any(|word| name.eq_ignore_ascii_case(word)) {
            return Self::named(&name, &source).map(Some);
        }
        match of(REGION_NAME) {
            // App Service spells it as people do: `West US`.
            Some((name, source)) => Self::named(&name.replace(' ', "").to_lowercase(), &source).map(Some),
            None => Ok(Some(Self(Choice::Detect))),
        }
    }

    fn named(name: &str, source: &str) -> Result<Self, Error> {
        if is_region(name) {
            return Ok(Self(Choice::Named(name.into())));
        }
        let shown: String = name.chars().take(100).collect();
        Err(Error::invalid_argument(format!(
            "{source}'{}' is no name of a region; it must begin with a lower-case letter and have lower-case letters, digits and '-' only, such \
             as westus2",
            shown.escape_debug()
        )))
    }
}

/// Finds the region of one credential, at most once.
#[derive(Debug)]
pub(super) struct RegionFinder {
    region: Region,
    detected: OnceCell<Option<Box<str>>>,
}

impl RegionFinder {
    pub(super) fn new(region: Region) -> Self {
        Self { region, detected: OnceCell::new() }
    }

    /// The region, or nothing where it can't be found: then the global instance serves.
    pub(super) async fn find(&self, exchange: &Exchange<'_>) -> Option<&str> {
        match &self.region.0 {
            Choice::Named(name) => Some(name),
            Choice::Detect => self.detected.get_or_init(|| detect(exchange)).await.as_deref(),
        }
    }
}

/// Asks the metadata service of Azure's virtual machines, once and for a second at most: elsewhere nobody listens there.
async fn detect(exchange: &Exchange<'_>) -> Option<Box<str>> {
    #[derive(Deserialize)]
    struct Compute {
        location: String,
    }
    let mut request = http::Request::get(COMPUTE_METADATA)
        .header("Metadata", "true")
        .body(SecretBytes::new(Vec::new()))
        .ok()?;
    let profile = TransportProfile {
        no_proxy: true,
        connect_timeout: Some(LIMIT),
        timeout: Some(LIMIT),
        ..TransportProfile::default()
    };
    request.extensions_mut().insert(profile);
    let once = RetryPolicy::none().with_total_time(LIMIT);
    let location = match exchange.http.send(exchange.credential, request, &once).await {
        Ok(response) if response.status().is_success() => serde_json::from_slice::<Compute>(response.body())
            .ok()
            .map(|compute| compute.location.to_lowercase()),
        _ => None,
    };
    let location = location.filter(|name| is_region(name));
    tracing::debug!(credential = exchange.credential, region = ?location, "asked the metadata service for the region");
    location.map(Into::into)
}

/// The host that serves an authority in a region: one for all names of the public cloud, else one below the authority's own.
pub(super) fn regional(url: &Url, authority: &Authority, region: &str) -> Option<Url> {
    const PUBLIC: [&str; 4] =
        ["login.microsoftonline.com", "login.microsoft.com", "login.windows.net", "sts.windows.net"];
    // Addresses have no names below them.
    let named = matches!(url.host(), Some(url::Host::Domain(_))) && !authority.is_loopback();
    if !named || url.host_str() != Some(authority.host()) {
        return None;
    }
    let host = match authority.host() {
        host if PUBLIC.contains(&host) => format!("{region}.login.microsoft.com"),
        host => format!("{region}.{host}"),
    };
    let mut url = url.clone();
    url.set_host(Some(&host)).ok()?;
    Some(url)
}

/// The name becomes part of a host name, so its characters matter.
fn is_region(name: &str) -> bool {
    let fine = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    name.len() <= 63
        && name.bytes().all(fine)
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('-')
}

const MSAL_FORCE_REGION: &str = "MSAL_FORCE_REGION";
const REGION_NAME: &str = "REGION_NAME";
const COMPUTE_METADATA: &str = "http://169.254.169.254/metadata/instance/compute?api-version=2021-02-01";
const LIMIT: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;
