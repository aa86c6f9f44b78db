//! The emulator in this process: `--emulator`.

use std::io;
use std::sync::Arc;

use identity::{Certificate, Env, Error, Secret, variables};
use identity_emulator::{
    DEFAULT_PASSWORD, DEFAULT_USERNAME, DeviceCodeStyle, Emulator, Host, Person,
    tools::{Behaviour, Tool, ToolFolder},
};
use tempfile::TempDir;

use crate::args::CredentialName;
use crate::{report, temporary};

/// A running emulator, and the environment of a program that knows nothing but this emulator.
#[derive(Clone, Debug)]
pub(crate) struct Emulated {
    emulator: Arc<Emulator>,
    env: Env,
    /// What programs read, and programs that stand in for the tools of developers. It goes with the last clone.
    folder: Option<Arc<TempDir>>,
}

impl Emulated {
    /// Starts one on the current runtime, with what these credentials need for tokens that are good for these scopes.
    ///
    /// # Errors
    /// `AuthenticationFailed` where there is no loopback port or no folder to be had, and for a scope that the emulator has no token for.
    pub(crate) async fn start(env: &Env, names: &[CredentialName], scopes: &[String]) -> Result<Self, Error> {
        let failed = |error: io::Error| {
            Error::failed(format!("the emulator can't be started: {error}")).with_source(error)
        };
        let mut builder = Emulator::builder()
            // Nobody is there but its own user, who is quick.
            .with_automatic_sign_in(Person::new(DEFAULT_USERNAME, DEFAULT_PASSWORD))
            .with_device_code_style(DeviceCodeStyle::default().with_interval(1));
        let wants_tools = names.iter().any(|name| name.asks_a_tool());
        let wants_file = names.contains(&CredentialName::WorkloadIdentity);
        let folder =
            (wants_tools || wants_file).then(|| temporary::folder(env)).transpose().map_err(failed)?;
        if let Some(folder) = folder.as_ref().filter(|_| wants_file) {
            builder = builder.with_federated_token_file(folder.path().join("federated-token"));
        }
        let emulator = builder.start().await.map_err(failed)?;
        let mut without_settings: Env = env.iter().filter(|(name, _)| !is_setting(name)).collect();
        for (name, value) in emulator.environment() {
            without_settings = without_settings.with(name, value);
        }
        let env = without_settings
            .with(variables::AZURE_USERNAME, emulator.username())
            .with(variables::AZURE_PASSWORD, emulator.password());
        let mut emulated = Self { emulator: Arc::new(emulator), env, folder: folder.map(Arc::new) };
        if wants_tools {
            emulated.install_tools(scopes)?;
        }
        Ok(emulated)
    }

    /// Puts tools first on the path with which the emulator's user has signed in, and which have tokens for these scopes.
    fn install_tools(&mut self, scopes: &[String]) -> Result<(), Error> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let resources: Vec<&str> =
            scopes.iter().map(|scope| scope.strip_suffix("/.default").unwrap_or(scope)).collect();
        let sign_in = self.emulator.tool_sign_in(&resources).map_err(|refused| {
            Error::failed(format!("the emulator gives no token for a tool: {}", refused.message()))
        })?;
        let failed =
            |error: io::Error| Error::failed(format!("the emulator's tools can't be installed: {error}"));
        let tools = ToolFolder::new(folder.path()).map_err(failed)?;
        for tool in [Tool::AzureCli, Tool::AzureDeveloperCli, Tool::AzurePowerShell] {
            tools.install(tool, &Behaviour::SignedIn(sign_in.clone())).map_err(failed)?;
        }
        let mut path = tools.path().as_os_str().to_owned();
        if let Some(others) = self.env.get_os("PATH") {
            path.push(if cfg!(windows) { ";" } else { ":" });
            path.push(others);
        }
        self.env = std::mem::take(&mut self.env).with("PATH", path);
        Ok(())
    }

    /// The environment in which this credential finds itself.
    pub(crate) fn env_of(&self, name: CredentialName) -> Env {
        let host = match name {
            CredentialName::Default | CredentialName::ManagedIdentity => Some(Host::Imds),
            CredentialName::WorkloadIdentity => Some(Host::Kubernetes),
            CredentialName::AzurePipelines => Some(Host::AzurePipelines),
            _ => None,
        };
        let variables = host.and_then(|host| self.emulator.host_environment(host)).unwrap_or_default();
        variables.into_iter().fold(self.env.clone(), |env, (name, value)| env.with(name, value))
    }

    /// The emulator itself.
    pub(crate) fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// Lets the emulator's app prove itself with this certificate too.
    pub(crate) fn register(&self, certificate: &Certificate) {
        let (tenant, client) = (self.emulator.tenant_id(), self.emulator.client_id());
        self.emulator.change_directory(|directory| {
            let Some(tenant) = directory.tenant_mut(tenant) else { return };
            if let (Some(app), Some(leaf)) = (tenant.app(client).cloned(), certificate.chain().next()) {
                tenant.put_app(app.with_certificate(leaf));
            }
        });
    }

    /// The emulator's user opens the sign-in page, signs in, and lands where the browser would. It takes place in the background.
    pub(crate) fn open(&self, url: &str) {
        let (emulator, url) = (self.emulator.clone(), url.to_owned());
        tokio::spawn(async move {
            let person = Person::new(emulator.username(), emulator.password());
            let landed = match emulator.sign_in(&url, &person) {
                Ok(landing) => landing.deliver().await.map(drop),
                Err(error) => Err(error),
            };
            if let Err(error) = landed {
                report::warning(&format!("the emulator's user can't sign in: {error}"));
            }
        });
    }

    /// An authorization code, as if the emulator's user had just signed in to its app.
    ///
    /// # Errors
    /// `AuthenticationFailed` when the emulator does not give it for this address or these scopes.
    pub(crate) fn authorization_code(&self, redirect_uri: &str, scopes: &[String]) -> Result<Secret, Error> {
        let code = self.emulator.authorization_code(redirect_uri, &scopes.join(" "));
        code.map(Secret::new)
            .map_err(|error| Error::failed(format!("the emulator gives no authorization code: {error}")))
    }

    /// An access token with which the emulator's user calls its app.
    ///
    /// # Errors
    /// `AuthenticationFailed` when it has none.
    pub(crate) fn user_assertion(&self) -> Result<Secret, Error> {
        let assertion = self.emulator.user_assertion();
        assertion
            .map(Secret::new)
            .map_err(|error| Error::failed(format!("the emulator gives no user assertion: {error}")))
    }
}

/// Whether a variable tells credentials something: about the real Azure, in which nothing of the emulator is worth anything.
fn is_setting(name: &std::ffi::OsStr) -> bool {
    const STARTS: [&str; 7] =
        ["AZURE_", "IDENTITY_", "MSI_", "IMDS_", "MSAL_", "SYSTEM_", "ACTIONS_ID_TOKEN_"];
    let name = name.to_string_lossy().to_ascii_uppercase();
    STARTS.iter().any(|start| name.starts_with(start)) || name == "SSL_CERT_FILE" || name == "SSL_CERT_DIR"
}

#[cfg(test)]
mod tests;
