//! From a command line to a credential.

mod app;
mod browser;
mod cert;
mod default;
mod federated;
mod machine;
mod on_behalf_of;
mod people;
mod settings;
mod tools;

use std::sync::{Arc, OnceLock};

use identity::{
    ChainedTokenCredential, EntraOptions, Env, EnvironmentCredential, Error, RefreshMode, TokenCredential,
    TokenFuture, TokenRequestOptions,
    http::{HttpService, ReqwestService},
};

use crate::args::{CredentialArgs, CredentialName, SignedInArgs};
use crate::emulated::Emulated;
use settings::{USE, missing};

/// Makes the credentials that a command line describes. They share one HTTP client.
#[derive(Clone)]
pub(crate) struct Credentials<'a> {
    args: &'a CredentialArgs,
    signed_in: Option<&'a SignedInArgs>,
    scopes: &'a [String],
    env: Env,
    /// The process's own environment, for what belongs to a file that it names, whatever is emulated.
    outside: Env,
    emulated: Option<&'a Emulated>,
    http: Arc<OnceLock<Arc<dyn HttpService>>>,
}

impl<'a> Credentials<'a> {
    /// From these arguments, and for what they leave open from the environment: the emulator's, if there is one.
    pub(crate) fn new(args: &'a CredentialArgs, env: &Env, emulated: Option<&'a Emulated>) -> Self {
        let (env, outside, http) = (env.clone(), env.clone(), Arc::default());
        Self { args, signed_in: None, scopes: &[], env, outside, emulated, http }
    }

    /// With what is known about who signed in earlier.
    pub(crate) fn with_signed_in(mut self, signed_in: &'a SignedInArgs) -> Self {
        self.signed_in = Some(signed_in);
        self
    }

    /// With what the token is to be good for.
    pub(crate) fn with_scopes(mut self, scopes: &'a [String]) -> Self {
        self.scopes = scopes;
        self
    }

    /// The credential of this name.
    ///
    /// # Errors
    /// `InvalidArgument` for what is missing or wrong.
    pub(crate) fn build(&self, name: CredentialName) -> Result<Arc<dyn TokenCredential>, Error> {
        self.at_home_of(name).build_here(name)
    }

    /// With the environment in which a credential finds itself.
    pub(crate) fn at_home_of(&self, name: CredentialName) -> Self {
        let emulated = self.emulated.map(|emulated| emulated.env_of(name));
        Self { env: emulated.unwrap_or_else(|| self.env.clone()), ..self.clone() }
    }

    fn build_here(&self, name: CredentialName) -> Result<Arc<dyn TokenCredential>, Error> {
        match name {
            CredentialName::Default => Ok(Arc::new(self.default()?)),
            CredentialName::Environment => Ok(Arc::new(EnvironmentCredential::new(self.entra_options())?)),
            CredentialName::Chained => self.chained(),
            CredentialName::WorkloadIdentity => self.workload_identity(),
            CredentialName::ManagedIdentity => self.managed_identity(),
            CredentialName::ClientSecret => self.client_secret(),
            CredentialName::ClientCertificate => self.client_certificate(),
            CredentialName::ClientAssertion => self.client_assertion(),
            CredentialName::AzurePipelines => self.azure_pipelines(),
            CredentialName::OnBehalfOf => self.on_behalf_of(),
            CredentialName::AuthorizationCode => self.authorization_code(),
            CredentialName::UsernamePassword => Ok(Arc::new(self.username_password()?)),
            CredentialName::InteractiveBrowser => Ok(Arc::new(self.interactive_browser()?)),
            CredentialName::DeviceCode => Ok(Arc::new(self.device_code()?)),
            CredentialName::AzureCli => self.azure_cli(),
            CredentialName::AzureDeveloperCli => self.azure_developer_cli(),
            CredentialName::AzurePowerShell => self.azure_powershell(),
        }
    }

    fn chained(&self) -> Result<Arc<dyn TokenCredential>, Error> {
        let class = CredentialName::Chained.class();
        if self.args.members.is_empty() {
            return Err(missing(class, [(true, USE)]));
        }
        // One that is not set up makes room for the next, as it would if it found that out later.
        let build = |name: &CredentialName| match self.build(*name) {
            Err(error) if error.kind().goes_on() => {
                Ok(Arc::new(Unavailable(error)) as Arc<dyn TokenCredential>)
            }
            built => built,
        };
        let members: Vec<_> = self.args.members.iter().map(build).collect::<Result<_, _>>()?;
        Ok(Arc::new(ChainedTokenCredential::new(members)?))
    }

    /// The environment in which they find themselves.
    pub(crate) fn env(&self) -> &Env {
        &self.env
    }

    /// What sends the requests of all.
    pub(crate) fn http(&self) -> &Arc<dyn HttpService> {
        self.http.get_or_init(|| Arc::new(ReqwestService::new(&self.env)))
    }

    /// The authority, where it is said outright. The emulator's beats that of a record, which may be of an emulator that is gone.
    pub(crate) fn authority_host(&self) -> Option<String> {
        let emulated = self.emulated.map(|emulated| emulated.emulator().authority_host());
        self.args.authority_host.clone().or(emulated)
    }

    /// What all credentials of Entra ID share.
    fn entra_options(&self) -> EntraOptions {
        let http = self.http();
        let mut options = EntraOptions::default()
            .with_env(self.env.clone())
            .with_http_service(http.clone())
            // This process ends soon, so nothing is left to the background.
            .with_refresh_mode(RefreshMode::Caller)
            .with_disable_instance_discovery(self.args.disable_instance_discovery)
            .with_application_id("azid");
        if let Some(host) = self.authority_host() {
            options = options.with_authority_host(host);
        }
        if !self.args.additionally_allowed_tenant.is_empty() {
            options = options.with_additionally_allowed_tenants(&self.args.additionally_allowed_tenant);
        }
        options
    }
}

/// A member of a chain that could not be made.
#[derive(Debug)]
struct Unavailable(Error);

impl TokenCredential for Unavailable {
    fn get_token<'a>(&'a self, _: &'a [&'a str], _: &'a TokenRequestOptions) -> TokenFuture<'a> {
        TokenFuture::ready(Err(self.0.clone()))
    }
}
