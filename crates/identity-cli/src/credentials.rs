//! From a command line to a credential.

mod app;
mod cert;

use std::sync::{Arc, OnceLock};

use identity::{
    ChainedTokenCredential, EntraOptions, Env, EnvironmentCredential, Error, RefreshMode, Secret,
    TokenCredential,
    http::{HttpService, ReqwestService},
    variables,
};

use crate::args::{CredentialName, TokenArgs};
use crate::emulated::Emulated;

/// Makes the credentials that a command line describes. They share one HTTP client.
pub(crate) struct Credentials<'a> {
    args: &'a TokenArgs,
    env: Env,
    emulated: Option<&'a Emulated>,
    http: OnceLock<Arc<dyn HttpService>>,
}

/// A setting, by the ways to give it.
#[derive(Clone, Copy, Debug)]
struct Setting {
    flag: &'static str,
    variable: Option<&'static str>,
}

const TENANT_ID: Setting = Setting::new("--tenant-id", Some(variables::AZURE_TENANT_ID));
const CLIENT_ID: Setting = Setting::new("--client-id", Some(variables::AZURE_CLIENT_ID));
const CLIENT_SECRET: Setting = Setting::new("--client-secret", Some(variables::AZURE_CLIENT_SECRET));
const CERTIFICATE_PATH: Setting =
    Setting::new("--certificate-path", Some(variables::AZURE_CLIENT_CERTIFICATE_PATH));
const ASSERTION_FILE: Setting = Setting::new("--assertion-file", None);

impl Setting {
    const fn new(flag: &'static str, variable: Option<&'static str>) -> Self {
        Self { flag, variable }
    }
}

impl<'a> Credentials<'a> {
    /// From these arguments, and for what they leave open from the environment: the emulator's, if there is one.
    pub(crate) fn new(args: &'a TokenArgs, env: &Env, emulated: Option<&'a Emulated>) -> Self {
        let env = emulated.map_or(env, Emulated::env).clone();
        Self { args, env, emulated, http: OnceLock::new() }
    }

    /// The credential of this name.
    ///
    /// # Errors
    /// `InvalidArgument` for what is missing or wrong.
    pub(crate) fn build(&self, name: CredentialName) -> Result<Arc<dyn TokenCredential>, Error> {
        match name {
            CredentialName::Environment => Ok(Arc::new(EnvironmentCredential::new(self.entra_options())?)),
            CredentialName::Chained => self.chained(),
            CredentialName::ClientSecret => self.client_secret(),
            CredentialName::ClientCertificate => self.client_certificate(),
            CredentialName::ClientAssertion => self.client_assertion(),
        }
    }

    fn chained(&self) -> Result<Arc<dyn TokenCredential>, Error> {
        let class = CredentialName::Chained.class();
        if self.args.members.is_empty() {
            return Err(missing(class, [(true, Setting::new("--use", None))]));
        }
        let members: Vec<_> =
            self.args.members.iter().map(|member| self.build(*member)).collect::<Result<_, _>>()?;
        Ok(Arc::new(ChainedTokenCredential::new(members)?))
    }

    fn tenant_id(&self) -> Option<String> {
        self.args.tenant_id.clone().or_else(|| self.env.get(variables::AZURE_TENANT_ID))
    }

    fn client_id(&self) -> Option<String> {
        self.args.client_id.clone().or_else(|| self.env.get(variables::AZURE_CLIENT_ID))
    }

    fn secret(&self) -> Option<Secret> {
        self.args.client_secret.clone().or_else(|| self.env.secret(variables::AZURE_CLIENT_SECRET))
    }

    /// What all credentials of Entra ID share.
    fn entra_options(&self) -> EntraOptions {
        let http = self.http.get_or_init(|| Arc::new(ReqwestService::new(&self.env)));
        let mut options = EntraOptions::default()
            .with_env(self.env.clone())
            .with_http_service(http.clone())
            // This process ends soon, so nothing is left to the background.
            .with_refresh_mode(RefreshMode::Caller)
            .with_disable_instance_discovery(self.args.disable_instance_discovery)
            .with_application_id("azid");
        if let Some(host) = &self.args.authority_host {
            options = options.with_authority_host(host);
        }
        if !self.args.additionally_allowed_tenant.is_empty() {
            options = options.with_additionally_allowed_tenants(&self.args.additionally_allowed_tenant);
        }
        options
    }
}

/// The error for settings that are missing, all of them at once.
fn missing<const N: usize>(class: &'static str, settings: [(bool, Setting); N]) -> Error {
    let missing =
        settings.iter().filter(|(is_missing, _)| *is_missing).map(|(_, setting)| match setting.variable {
            Some(variable) => format!("{} (or the variable {variable})", setting.flag),
            None => setting.flag.to_owned(),
        });
    let list = missing.collect::<Vec<_>>().join(", ");
    Error::invalid_argument(format!("missing: {list}")).with_credential(class)
}
