use std::path::PathBuf;
use std::time::Duration;

use identity_core::Error;
use identity_entra::http::{RetryOptions, RetryPolicy, TransportProfile};
use identity_entra::options::EntraOptions;

use crate::ManagedIdentityId;

/// What a [`ManagedIdentityCredential`](crate::ManagedIdentityCredential) can be told. The default is the system-assigned identity of
/// whatever host the program runs on.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ManagedIdentityCredentialOptions {
    identity: Option<ManagedIdentityId>,
    entra: EntraOptions,
    imds_retry: Option<RetryOptions>,
    connect_timeout: Option<Duration>,
    timeout: Option<Duration>,
    in_default_chain: bool,
    arc: ArcPaths,
}

/// Where the agent of Azure Arc lives, where it is not the usual place.
#[derive(Clone, Debug, Default)]
pub(crate) struct ArcPaths {
    pub(crate) keys: Option<PathBuf>,
    pub(crate) agent: Option<PathBuf>,
}

impl ManagedIdentityCredentialOptions {
    /// A user-assigned identity. Default: the system-assigned one. (In AKS, where a pod proves itself with a federated token, the default is
    /// `AZURE_CLIENT_ID`.)
    pub fn with_identity(mut self, identity: ManagedIdentityId) -> Self {
        self.identity = Some(identity);
        self
    }

    /// The options that all credentials have. The HTTP service, retries, the size of the cache, who waits for renewals, the program's name, the
    /// environment and the clock count here. The authority and its tenants don't, because a host knows its own, and nothing is ever kept beyond
    /// memory, because the host is there to be asked.
    pub fn with_entra(mut self, options: EntraOptions) -> Self {
        self.entra = options;
        self
    }

    /// How IMDS (virtual machines, scale sets and the pods on them) is tried again after 404, 408, 410, 429 and all 5xx. Default: what was set
    /// with [`EntraOptions::with_retry`], if anything was, else 5 times from 0.8 s on, doubling, within 90 s in all. Delays after a 410, with
    /// which IMDS announces an update that takes about 70 s, are about three times as long.
    pub fn with_imds_retry(mut self, retry: RetryOptions) -> Self {
        self.imds_retry = Some(retry);
        self
    }

    /// The longest time to connect. Default: 2 s for IMDS, else that of the HTTP service.
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// The longest time for one try. Default: that of the HTTP service.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Says that the default chain makes this credential: a client id from the environment is then no error in Cloud Shell.
    #[doc(hidden)]
    pub fn in_default_chain(mut self) -> Self {
        self.in_default_chain = true;
        self
    }

    /// Other places for the key files and the program of Azure Arc's agent, for tests.
    #[doc(hidden)]
    pub fn with_arc_paths(mut self, keys: impl Into<PathBuf>, agent: impl Into<PathBuf>) -> Self {
        self.arc = ArcPaths { keys: Some(keys.into()), agent: Some(agent.into()) };
        self
    }

    /// The user-assigned identity, if one was named.
    pub fn identity(&self) -> Option<&ManagedIdentityId> {
        self.identity.as_ref()
    }

    /// The options that all credentials have.
    pub fn entra_options(&self) -> &EntraOptions {
        &self.entra
    }

    pub(crate) fn is_in_default_chain(&self) -> bool {
        self.in_default_chain
    }

    pub(crate) fn arc(&self) -> &ArcPaths {
        &self.arc
    }

    /// What every request needs: managed identity is never asked through a proxy.
    pub(crate) fn profile(&self) -> TransportProfile {
        let mut profile = TransportProfile::default();
        profile.no_proxy = true;
        profile.connect_timeout = self.connect_timeout;
        profile.timeout = self.timeout;
        profile
    }

    /// The retries of every host but IMDS and Service Fabric.
    pub(crate) fn retry(&self) -> RetryPolicy {
        RetryPolicy::new(self.entra.retry())
    }

    /// What was said about the retries of IMDS.
    pub(crate) fn imds_retry(&self) -> Option<&RetryOptions> {
        let given = self.entra.retry();
        self.imds_retry.as_ref().or_else(|| (*given != RetryOptions::default()).then_some(given))
    }

    /// # Errors
    /// `InvalidArgument` for an id that can't be one.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.identity.as_ref().map_or(Ok(()), ManagedIdentityId::check)
    }
}
