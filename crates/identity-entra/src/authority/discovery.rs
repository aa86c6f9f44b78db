use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use identity_core::{Cloud, Error, TenantId};
use serde::Deserialize;
use url::Url;
use uuid::Uuid;

use super::Authority;
use super::parse::{is_loopback, is_well_known};
use super::region::{Region, RegionFinder, regional};
use crate::http::{HttpResponse, mask};
use crate::oauth::{Exchange, error_from_response, server_error};

/// Where an authority takes the requests for a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Endpoints {
    /// Takes grants and gives tokens; in the app's region, if it has one.
    pub token: Url,
    /// The token endpoint as assertions name it in `aud`: the same one, but never a regional one.
    pub audience: Url,
    /// Where a browser is sent.
    pub authorize: Url,
    /// Where a sign-in at another device begins.
    pub device_code: Url,
    /// Who says that it issues the tokens, where a document was read that says so.
    pub issuer: Option<String>,
    /// The hosts that stand for the same cloud, the authority's own first: cached tokens of one are good for all.
    pub aliases: Vec<String>,
}

/// Finds the endpoints of one credential's authority, and remembers for a day what it had to ask for.
///
/// Nothing is asked on hosts that are known, on this machine, and with instance discovery switched off: the endpoints' form is known. Another host
/// must be one that Microsoft Entra ID vouches for, and says itself where its endpoints are. A server of Active Directory Federation Services
/// (the tenant `adfs`) always says so itself; nobody else is asked about it.
pub struct Discovery {
    authority: Authority,
    instance_discovery: bool,
    voucher: String,
    region: Option<RegionFinder>,
    slots: Mutex<HashMap<Box<str>, Arc<Slot>>>,
    /// The endpoints of the tenant that was last asked for, where nobody needs to be asked for them: most credentials know one tenant.
    last_built: Mutex<Option<(Box<str>, Arc<Endpoints>)>>,
}

/// What is known about one tenant.
#[derive(Default)]
struct Slot {
    /// Whoever holds it asks; the others wait, and take over if that caller gives up.
    state: tokio::sync::Mutex<State>,
    /// How many times somebody has asked.
    asked: AtomicU64,
}

#[derive(Default)]
struct State {
    found: Option<(Arc<Endpoints>, Duration)>,
    refused: Option<Error>,
}

impl Discovery {
    /// For an authority. `instance_discovery` says whether a host that is not known must be vouched for; without it the host is taken as it is.
    pub fn new(authority: Authority, instance_discovery: bool) -> Self {
        Self {
            authority,
            instance_discovery,
            voucher: VOUCHER.to_owned(),
            region: None,
            slots: Mutex::default(),
            last_built: Mutex::default(),
        }
    }

    /// Sends an app's token requests to a region.
    pub fn with_region(mut self, region: Option<Region>) -> Self {
        self.region = region.map(RegionFinder::new);
        self
    }

    /// Asks somebody else than Microsoft Entra ID about unknown hosts.
    #[cfg(any(test, feature = "test-util"))]
    pub fn with_voucher(mut self, instance_discovery_endpoint: &str) -> Self {
        self.voucher = instance_discovery_endpoint.to_owned();
        self
    }

    /// Whose endpoints these are.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// The endpoints for a tenant.
    ///
    /// # Errors
    /// `AuthenticationFailed` when nobody vouches for the host, when its document can't be had, or when that names endpoints or an issuer that
    /// the authority can't have; what the HTTP client ends in when no answer comes.
    pub async fn endpoints(&self, exchange: &Exchange<'_>, tenant: &str) -> Result<Arc<Endpoints>, Error> {
        let adfs = tenant.eq_ignore_ascii_case(TenantId::ADFS);
        let known =
            self.authority.is_well_known() || self.authority.is_loopback() || !self.instance_discovery;
        let endpoints =
            if known && !adfs { self.built(tenant)? } else { self.remembered(exchange, tenant).await? };
        let Some(finder) = self.region.as_ref().filter(|_| !adfs) else { return Ok(endpoints) };
        let Some(region) = finder.find(exchange).await else { return Ok(endpoints) };
        Ok(match regional(&endpoints.token, &self.authority, region) {
            Some(token) => Arc::new(Endpoints { token, ..Endpoints::clone(&endpoints) }),
            None => endpoints,
        })
    }

    fn built(&self, tenant: &str) -> Result<Arc<Endpoints>, Error> {
        let last_built = || self.last_built.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, endpoints)) = last_built().as_ref().filter(|(last, _)| **last == *tenant) {
            return Ok(endpoints.clone());
        }
        let endpoints = Arc::new(self.build(tenant)?);
        *last_built() = Some((tenant.into(), endpoints.clone()));
        Ok(endpoints)
    }

    fn build(&self, tenant: &str) -> Result<Endpoints, Error> {
        let endpoint = |name: &str| self.authority.endpoint(&format!("{tenant}/oauth2/v2.0/{name}"));
        let token = endpoint("token")?;
        Ok(Endpoints {
            audience: token.clone(),
            token,
            authorize: endpoint("authorize")?,
            device_code: endpoint("devicecode")?,
            issuer: None,
            aliases: self.aliases(&[]),
        })
    }

    async fn remembered(&self, exchange: &Exchange<'_>, tenant: &str) -> Result<Arc<Endpoints>, Error> {
        let slot = self.slot(tenant);
        let asked_before = slot.asked.load(Ordering::Acquire);
        let mut state = slot.state.lock().await;
        let now = exchange.http.clock().monotonic();
        match &*state {
            State { found: Some((endpoints, since)), .. } if now.saturating_sub(*since) < FRESH => {
                return Ok(endpoints.clone());
            }
            // Somebody asked while this caller waited: the answer is for all who did.
            State { refused: Some(error), .. } if slot.asked.load(Ordering::Acquire) > asked_before => {
                return Err(error.clone());
            }
            _ => {}
        }
        let answer = self.ask(exchange, tenant).await.map(Arc::new);
        slot.asked.fetch_add(1, Ordering::Release);
        *state = match &answer {
            Ok(endpoints) => State { found: Some((endpoints.clone(), now)), refused: None },
            Err(error) => State { found: None, refused: Some(error.clone()) },
        };
        answer
    }

    fn slot(&self, tenant: &str) -> Arc<Slot> {
        let tenant = tenant.to_ascii_lowercase();
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MOST_TENANTS && !slots.contains_key(tenant.as_str()) {
            // Who names so many tenants will name the next one, too: any of them may go.
            let one = slots.keys().next().cloned();
            one.and_then(|one| slots.remove(&one));
        }
        slots.entry(tenant.into()).or_default().clone()
    }

    async fn ask(&self, exchange: &Exchange<'_>, tenant: &str) -> Result<Endpoints, Error> {
        let adfs = tenant.eq_ignore_ascii_case(TenantId::ADFS);
        let (document_url, aliases) = if adfs {
            (self.authority.endpoint("adfs/.well-known/openid-configuration")?, Vec::new())
        } else {
            self.vouched_for(exchange, tenant).await?
        };
        let response = exchange.get(&document_url).await?;
        let failed = |why: &str| {
            let message = format!("the configuration document of {}/{tenant} {why}", self.authority);
            Error::failed(message).with_credential(exchange.credential).with_server(server_error(&response))
        };
        if response.status().is_client_error() {
            let words =
                server_error(&response).description.map(|words| format!(": {}", words.trim_end_matches('.')));
            return Err(failed(&format!(
                "can't be had (HTTP {}){}. Check the authority host and the tenant id (a GUID or a domain name)",
                response.status().as_u16(),
                words.unwrap_or_default()
            )));
        }
        let Some(document) = json::<Document>(&response) else {
            return Err(error_from_response(
                exchange.credential,
                "the request for the authority's configuration",
                &response,
            ));
        };
        let endpoint = |text: &str| {
            accepted(text, &document_url)
                .ok_or_else(|| failed(&format!("names the endpoint '{}', which is no https URL", mask(text))))
        };
        if !self.may_issue(&document.issuer, tenant, &document_url) {
            return Err(failed(&format!(
                "names the issuer '{}', which is neither this authority and tenant nor a known one, so it is not trusted",
                mask(&document.issuer)
            )));
        }
        let token = endpoint(&document.token_endpoint)?;
        let device_code = match &document.device_authorization_endpoint {
            Some(text) => endpoint(text)?,
            None => beside(&token, "devicecode"),
        };
        let authorize = match &document.authorization_endpoint {
            Some(text) => endpoint(text)?,
            None => beside(&token, "authorize"),
        };
        Ok(Endpoints {
            audience: token.clone(),
            token,
            authorize,
            device_code,
            issuer: Some(document.issuer),
            aliases: self.aliases(&aliases),
        })
    }

    /// Asks whether the host is one of Microsoft Entra ID: where its document is, and its other names.
    async fn vouched_for(&self, exchange: &Exchange<'_>, tenant: &str) -> Result<(Url, Vec<String>), Error> {
        let mut url = Url::parse(&self.voucher)
            .map_err(|e| Error::invalid_argument(format!("instance discovery has no URL: {e}")))?;
        let authorize = self.authority.endpoint(&format!("{tenant}/oauth2/v2.0/authorize"))?;
        url.query_pairs_mut()
            .append_pair("api-version", "1.1")
            .append_pair("authorization_endpoint", authorize.as_str());
        let response = exchange.get(&url).await?;
        let server = server_error(&response);
        if server.error.as_deref() == Some("invalid_instance") {
            let message = format!(
                "the authority host {} is not known to Microsoft Entra ID, so nothing secret is sent to it. If it is valid and trustworthy, as in a \
                 private or disconnected cloud, switch this check off with disable_instance_discovery",
                self.authority.host_and_port()
            );
            return Err(Error::failed(message).with_credential(exchange.credential).with_server(server));
        }
        let instance = json::<Instance>(&response).filter(|_| response.status().is_success());
        let document =
            instance.as_ref().and_then(|instance| accepted(&instance.tenant_discovery_endpoint, &url));
        let (Some(instance), Some(document)) = (instance, document) else {
            return Err(error_from_response(
                exchange.credential,
                "the request for instance discovery",
                &response,
            ));
        };
        let ours = |names: &Names| {
            names.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(self.authority.host()))
        };
        let aliases = instance.metadata.into_iter().find(ours).map(|names| names.aliases).unwrap_or_default();
        Ok((document, aliases))
    }

    /// An issuer is believed if it is at the authority's own host or at one of Microsoft's, and if it does not say that it is another tenant.
    fn may_issue(&self, issuer: &str, tenant: &str, document_url: &Url) -> bool {
        let Some(url) = accepted(issuer, document_url) else { return false };
        let host = url.host_str().unwrap_or_default();
        let other_tenant = Uuid::try_parse(tenant).is_ok_and(|tenant| {
            let other = |segment| Uuid::try_parse(segment).is_ok_and(|named| named != tenant);
            url.path_segments().is_some_and(|mut path| path.any(other))
        });
        (host == self.authority.host() || is_well_known(host)) && !other_tenant
    }

    fn aliases(&self, named: &[String]) -> Vec<String> {
        let own = self.authority.host();
        let known = self.authority.cloud().map_or(&[] as &[&str], Cloud::aliases);
        let others =
            known.iter().map(|alias| (*alias).to_owned()).chain(named.iter().map(|n| n.to_ascii_lowercase()));
        std::iter::once(own.to_owned())
            .chain(others.filter(|alias| alias != own).take(MOST_ALIASES))
            .collect()
    }
}

impl fmt::Debug for Discovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Discovery")
            .field("authority", &self.authority)
            .field("instance_discovery", &self.instance_discovery)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

/// The answer of instance discovery.
#[derive(Deserialize)]
struct Instance {
    tenant_discovery_endpoint: String,
    #[serde(default)]
    metadata: Vec<Names>,
}

#[derive(Deserialize)]
struct Names {
    #[serde(default)]
    aliases: Vec<String>,
}

/// What we read of an authority's document (OpenID Connect Discovery 1.0, section 3).
#[derive(Deserialize)]
struct Document {
    issuer: String,
    token_endpoint: String,
    authorization_endpoint: Option<String>,
    device_authorization_endpoint: Option<String>,
}

fn json<T: serde::de::DeserializeOwned>(response: &HttpResponse) -> Option<T> {
    response.status().is_success().then(|| serde_json::from_slice(response.body()).ok()).flatten()
}

/// A URL that a document names: https, or on this machine if the document came from there.
fn accepted(text: &str, document_url: &Url) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let local = url.scheme() == "http" && is_loopback(&url) && is_loopback(document_url);
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    ((url.scheme() == "https" || local) && plain && url.has_host()).then_some(url)
}

/// The endpoint of that name in the same folder as the token endpoint.
fn beside(token: &Url, name: &str) -> Url {
    let mut url = token.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().pop().push(name);
    }
    url
}

/// Who vouches for hosts that are not known: the public cloud, for all clouds.
const VOUCHER: &str = "https://login.microsoftonline.com/common/discovery/instance";
const FRESH: Duration = Duration::from_secs(24 * 3600);
const MOST_TENANTS: usize = 256;
const MOST_ALIASES: usize = 16;

#[cfg(test)]
mod tests;
