//! What all credentials of Entra ID can be told.

use std::sync::Arc;

use identity_core::{Clock, Env, Error};

use crate::cache::{CacheStorage, DEFAULT_CAPACITY, RefreshMode};
use crate::http::{HttpClient, HttpService, RetryOptions};

/// The settings that all credentials of Entra ID share. An explicit setting beats the environment, which beats the default; an empty variable
/// counts as unset.
///
/// ```
/// use identity_entra::options::EntraOptions;
///
/// let options = EntraOptions::default()
///     .with_authority_host("login.microsoftonline.us")
///     .with_additionally_allowed_tenants(["fabrikam.onmicrosoft.com"]);
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct EntraOptions {
    authority_host: Option<String>,
    additionally_allowed_tenants: Option<Vec<String>>,
    disable_instance_discovery: bool,
    regional_authority: Option<String>,
    http_service: Option<Arc<dyn HttpService>>,
    retry: RetryOptions,
    cache_storage: Option<Arc<dyn CacheStorage>>,
    cache_capacity: Option<usize>,
    refresh_mode: RefreshMode,
    application_id: Option<String>,
    log_accounts: bool,
    support_logging: bool,
    extra_query_parameters: Vec<ExtraQueryParameter>,
    env: Env,
    clock: Clock,
}

impl EntraOptions {
    /// The host of Entra ID: a host name, with a port if need be, or an https URL; http is accepted for loopback addresses only.
    /// [`AzureAuthorityHosts`](identity_core::AzureAuthorityHosts) has those of the clouds.
    /// Default: `AZURE_AUTHORITY_HOST`, else the public cloud's.
    pub fn with_authority_host(mut self, host: impl Into<String>) -> Self {
        self.authority_host = Some(host.into());
        self
    }

    /// The tenants, besides the credential's own, that a request may ask for; `*` allows all.
    /// Default: `AZURE_ADDITIONALLY_ALLOWED_TENANTS`, separated by `;`, else none.
    pub fn with_additionally_allowed_tenants(
        mut self,
        tenants: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.additionally_allowed_tenants = Some(tenants.into_iter().map(Into::into).collect());
        self
    }

    /// Trusts the authority as it is given and asks no metadata service about it: for private and disconnected clouds. Make sure that the
    /// authority is right, because it will be sent the credential's proof. Default: off.
    pub fn with_disable_instance_discovery(mut self, disable: bool) -> Self {
        self.disable_instance_discovery = disable;
        self
    }

    /// The Azure region whose authority an app's credential uses: its name, or `tryautodetect`. For Microsoft's own services.
    /// Default: `AZURE_REGIONAL_AUTHORITY_NAME`, else `MSAL_FORCE_REGION`, else the global authority.
    pub fn with_regional_authority(mut self, region: impl Into<String>) -> Self {
        self.regional_authority = Some(region.into());
        self
    }

    /// What sends the requests. Default: reqwest with rustls, which honours `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY` and `SSL_CERT_FILE`.
    pub fn with_http_service(mut self, service: Arc<dyn HttpService>) -> Self {
        self.http_service = Some(service);
        self
    }

    /// How often and for how long failed requests are tried again. Default: 3 times within 60 s in total.
    pub fn with_retry(mut self, retry: RetryOptions) -> Self {
        self.retry = retry;
        self
    }

    /// Where tokens are kept besides memory, shared by all credentials that are given the same one. Default: nowhere.
    pub fn with_cache_storage(mut self, storage: Arc<dyn CacheStorage>) -> Self {
        self.cache_storage = Some(storage);
        self
    }

    /// The most access tokens that the credential holds in memory; the least recently used go first. Default: 10,000.
    pub fn with_cache_capacity(mut self, tokens: usize) -> Self {
        self.cache_capacity = Some(tokens);
        self
    }

    /// Who waits when a token is due for renewal but still good. Default: nobody, it runs in the background.
    pub fn with_refresh_mode(mut self, mode: RefreshMode) -> Self {
        self.refresh_mode = mode;
        self
    }

    /// Names the program in the `User-Agent` of requests: at most 24 characters are used. Default: nothing.
    pub fn with_application_id(mut self, application_id: impl Into<String>) -> Self {
        self.application_id = Some(application_id.into());
        self
    }

    /// Adds a parameter to the query of requests for tokens and of the address that a browser is sent to, for what Entra ID knows beyond the
    /// protocol, such as `slice` or `dc`. `in_cache_key` says whether it changes the answer: then tokens in a storage are shared only with
    /// credentials that have the same such parameters. Repeatable. Default: none.
    pub fn with_extra_query_parameter(
        mut self,
        name: impl Into<String>,
        value: impl Into<String>,
        in_cache_key: bool,
    ) -> Self {
        let (name, value) = (name.into(), value.into());
        self.extra_query_parameters.push(ExtraQueryParameter { name, value, in_cache_key });
        self
    }

    /// Logs (`tracing`, level info) who each new token is for: the app's, the tenant's and the object's id, and the user's name. Default: off,
    /// because logs with names of people need care.
    pub fn with_account_identifier_logging(mut self, log: bool) -> Self {
        self.log_accounts = log;
        self
    }

    /// Logs (`tracing`, level debug, target `identity_entra::support`) requests and answers whole, for finding out what is wrong. Secrets are
    /// masked, but names of people and of what they do are not, so switch it on for a while only. Default: off.
    pub fn with_support_logging(mut self, log: bool) -> Self {
        self.support_logging = log;
        self
    }

    /// The environment that variables are taken from. Default: the process's.
    pub fn with_env(mut self, env: Env) -> Self {
        self.env = env;
        self
    }

    /// Where the time comes from. Default: the system.
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The authority host, where one was set.
    pub fn authority_host(&self) -> Option<&str> {
        self.authority_host.as_deref().filter(|host| !host.is_empty())
    }

    /// The additionally allowed tenants, where they were set.
    pub fn additionally_allowed_tenants(&self) -> Option<&[String]> {
        self.additionally_allowed_tenants.as_deref()
    }

    /// Whether the authority is trusted as it is.
    pub fn disable_instance_discovery(&self) -> bool {
        self.disable_instance_discovery
    }

    /// The region, where one was set.
    pub fn regional_authority(&self) -> Option<&str> {
        self.regional_authority.as_deref().filter(|region| !region.is_empty())
    }

    /// What sends the requests, where it was set.
    pub fn http_service(&self) -> Option<&Arc<dyn HttpService>> {
        self.http_service.as_ref()
    }

    /// What a credential sends its requests with: the service that was set, else a new one of reqwest, behind the retries.
    ///
    /// # Errors
    /// `InvalidArgument` where no service was set and the feature `reqwest` is off.
    pub fn http_client(&self) -> Result<HttpClient, Error> {
        let service = self.http_service.clone().map_or_else(|| default_service(&self.env), Ok)?;
        let client = HttpClient::new(service, self.clock.clone(), self.retry.clone(), self.application_id());
        Ok(client.with_support_logging(self.support_logging))
    }

    /// How requests are tried again.
    pub fn retry(&self) -> &RetryOptions {
        &self.retry
    }

    /// Where tokens are kept besides memory.
    pub fn cache_storage(&self) -> Option<&Arc<dyn CacheStorage>> {
        self.cache_storage.as_ref()
    }

    /// The most access tokens in memory.
    pub fn cache_capacity(&self) -> usize {
        self.cache_capacity.unwrap_or(DEFAULT_CAPACITY)
    }

    /// Who waits for a renewal.
    pub fn refresh_mode(&self) -> RefreshMode {
        self.refresh_mode
    }

    /// The program's name for the `User-Agent`.
    pub fn application_id(&self) -> Option<&str> {
        self.application_id.as_deref()
    }

    /// The parameters that are added to queries.
    pub fn extra_query_parameters(&self) -> &[ExtraQueryParameter] {
        &self.extra_query_parameters
    }

    /// Whether it is logged who a token is for.
    pub fn logs_accounts(&self) -> bool {
        self.log_accounts
    }

    /// Whether requests and answers are logged whole.
    pub fn logs_for_support(&self) -> bool {
        self.support_logging
    }

    /// The environment.
    pub fn env(&self) -> &Env {
        &self.env
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }
}

/// A parameter that is added to queries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtraQueryParameter {
    name: String,
    value: String,
    in_cache_key: bool,
}

impl ExtraQueryParameter {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its value.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Whether it changes the answer.
    pub fn in_cache_key(&self) -> bool {
        self.in_cache_key
    }
}

#[cfg(feature = "reqwest")]
fn default_service(env: &Env) -> Result<Arc<dyn HttpService>, Error> {
    Ok(Arc::new(crate::http::ReqwestService::new(env)))
}

#[cfg(not(feature = "reqwest"))]
fn default_service(_: &Env) -> Result<Arc<dyn HttpService>, Error> {
    let missing =
        "no HTTP service: set one in the options, or turn the feature `reqwest` of identity-entra on";
    Err(Error::invalid_argument(missing))
}
