//! What the tests of this crate have in common: a host of each kind, as its variables.

use identity_core::testing::{FakeClock, block_on};
use identity_core::{AccessToken, ChainContext, Env, Error, TokenCredential, TokenRequestOptions};
use identity_entra::http::testing::ScriptedHttp;
use identity_entra::options::EntraOptions;

use crate::{ManagedIdentityCredential, ManagedIdentityCredentialOptions, ManagedIdentityId};

pub(crate) const NOW: u64 = 1_700_000_000;
pub(crate) const SCOPE: &str = "https://vault.azure.net/.default";
pub(crate) const CLIENT_ID: &str = "00000000-aaaa-bbbb-cccc-000000000001";
pub(crate) const OBJECT_ID: &str = "00000000-aaaa-bbbb-cccc-000000000002";
pub(crate) const RESOURCE_ID: &str =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/n";
pub(crate) const SECRET: &str = "secret-of-the-host";
const THUMBPRINT: &str = "01:23:45:67:89:ab:cd:EF:01:23 45 67 89 AB CD EF 01 23 45 67";

pub(crate) fn imds() -> Env {
    Env::empty()
}

pub(crate) fn app_service() -> Env {
    Env::empty().with("IDENTITY_ENDPOINT", "http://127.0.0.1:41741/msi/token").with("IDENTITY_HEADER", SECRET)
}

pub(crate) fn service_fabric() -> Env {
    Env::empty()
        .with("IDENTITY_ENDPOINT", "https://localhost:2377/metadata/identity/oauth2/token")
        .with("IDENTITY_HEADER", SECRET)
        .with("IDENTITY_SERVER_THUMBPRINT", THUMBPRINT)
}

pub(crate) fn azure_arc() -> Env {
    Env::empty()
        .with("IDENTITY_ENDPOINT", "http://localhost:40342/metadata/identity/oauth2/token")
        .with("IMDS_ENDPOINT", "http://localhost:40342")
}

pub(crate) fn azure_ml() -> Env {
    Env::empty().with("MSI_ENDPOINT", "http://127.0.0.1:46808/MSI/auth").with("MSI_SECRET", SECRET)
}

pub(crate) fn cloud_shell() -> Env {
    Env::empty().with("MSI_ENDPOINT", "http://localhost:50342/oauth2/token")
}

pub(crate) fn client_id() -> Option<ManagedIdentityId> {
    Some(ManagedIdentityId::ClientId(CLIENT_ID.into()))
}

pub(crate) fn object_id() -> Option<ManagedIdentityId> {
    Some(ManagedIdentityId::ObjectId(OBJECT_ID.into()))
}

pub(crate) fn resource_id() -> Option<ManagedIdentityId> {
    Some(ManagedIdentityId::ResourceId(RESOURCE_ID.into()))
}

/// A machine for one test: what it is asked, and when.
pub(crate) struct Machine {
    pub(crate) http: ScriptedHttp,
    pub(crate) clock: FakeClock,
    pub(crate) env: Env,
    pub(crate) arc_keys: tempfile::TempDir,
}

impl Machine {
    pub(crate) fn new(env: Env) -> Self {
        let (http, clock) = (ScriptedHttp::new(), FakeClock::at_unix(NOW));
        Self { http, clock, env, arc_keys: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn entra(&self) -> EntraOptions {
        EntraOptions::default()
            .with_http_service(self.http.service())
            .with_clock(self.clock.clock())
            .with_env(self.env.clone())
    }

    pub(crate) fn options(&self, identity: Option<ManagedIdentityId>) -> ManagedIdentityCredentialOptions {
        let options = ManagedIdentityCredentialOptions::default()
            .with_entra(self.entra())
            .with_arc_paths(self.arc_keys.path(), self.arc_keys.path().join("himds"));
        match identity {
            Some(identity) => options.with_identity(identity),
            None => options,
        }
    }

    pub(crate) fn credential(&self, identity: Option<ManagedIdentityId>) -> ManagedIdentityCredential {
        ManagedIdentityCredential::new(self.options(identity)).unwrap()
    }

    /// The error of a first request of the system-assigned identity.
    pub(crate) fn error(&self) -> Error {
        ask(&self.credential(None)).unwrap_err()
    }
}

pub(crate) fn ask(credential: &ManagedIdentityCredential) -> Result<AccessToken, Error> {
    block_on(credential.get_token(&[SCOPE], &TokenRequestOptions::default()))
}

pub(crate) fn ask_in_chain(credential: &ManagedIdentityCredential) -> Result<AccessToken, Error> {
    let options = TokenRequestOptions::default().with_chain_context(ChainContext::Chained);
    block_on(credential.get_token(&[SCOPE], &options))
}
