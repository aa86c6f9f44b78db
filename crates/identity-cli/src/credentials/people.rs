//! Credentials of people who sign in.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use identity::{
    AuthenticationRecord, AuthorizationCodeCredential, AuthorizationCodeCredentialOptions,
    DeviceCodeCredential, DeviceCodeCredentialOptions, DeviceCodeInfo, EntraOptions, Error, TokenCredential,
    TokenRequestOptions, UsernamePasswordCredential, UsernamePasswordCredentialOptions,
};

use identity::http::RetryOptions;

use super::Credentials;
use super::settings::{AUTHORIZATION_CODE, CLIENT_ID, PASSWORD, REDIRECT_URI, TENANT_ID, USERNAME, missing};
use crate::args::CredentialName;
use crate::report;

impl Credentials<'_> {
    /// Lets somebody sign in with the credential of this name.
    ///
    /// # Errors
    /// `InvalidArgument` for what is missing or wrong, and what the sign-in ends in.
    pub(crate) async fn authenticate(
        &self,
        name: CredentialName,
        scopes: &[&str],
        options: &TokenRequestOptions,
    ) -> Result<AuthenticationRecord, Error> {
        let at_home = self.at_home_of(name);
        match name {
            CredentialName::UsernamePassword => {
                at_home.username_password()?.authenticate(scopes, options).await
            }
            CredentialName::InteractiveBrowser => {
                at_home.interactive_browser()?.authenticate(scopes, options).await
            }
            _ => at_home.device_code()?.authenticate(scopes, options).await,
        }
    }

    pub(super) fn authorization_code(&self) -> Result<Arc<dyn TokenCredential>, Error> {
        let class = CredentialName::AuthorizationCode.class();
        let redirect_uri = self.args.redirect_uri.clone();
        let redirect_uri = redirect_uri.or_else(|| self.emulated.map(|_| EMULATED_REDIRECT_URI.to_owned()));
        let (code, redirect_uri) = match (&self.args.authorization_code, redirect_uri, self.emulated) {
            (None, Some(redirect_uri), Some(emulated)) => {
                let code = emulated.authorization_code(&redirect_uri, self.scopes);
                (Some(code.map_err(|error| error.with_credential(class))?), Some(redirect_uri))
            }
            (code, redirect_uri, _) => (code.clone(), redirect_uri),
        };
        let (tenant, client) = (self.tenant_id(), self.client_id());
        match (tenant, client, code, redirect_uri) {
            (Some(tenant), Some(client), Some(code), Some(redirect_uri)) => {
                let mut options =
                    AuthorizationCodeCredentialOptions::default().with_entra(self.entra_options());
                // The emulator's own code is that of an app without a secret.
                let public = self.emulated.is_some() && self.args.client_secret.is_none();
                if let Some(secret) = self.secret().filter(|_| !public) {
                    options = options.with_client_secret(secret);
                }
                let credential =
                    AuthorizationCodeCredential::new(&tenant, &client, code, &redirect_uri, options)?;
                Ok(Arc::new(credential))
            }
            (tenant, client, code, redirect_uri) => Err(missing(
                class,
                [
                    (tenant.is_none(), TENANT_ID),
                    (client.is_none(), CLIENT_ID),
                    (code.is_none(), AUTHORIZATION_CODE),
                    (redirect_uri.is_none(), REDIRECT_URI),
                ],
            )),
        }
    }

    pub(super) fn username_password(&self) -> Result<UsernamePasswordCredential, Error> {
        match (self.client_id(), self.username(), self.password()) {
            (Some(client), Some(username), Some(password)) => {
                let mut options =
                    UsernamePasswordCredentialOptions::default().with_entra(self.entra_options());
                if let Some(tenant) = self.tenant_id() {
                    options = options.with_tenant_id(tenant);
                }
                UsernamePasswordCredential::new(&client, &username, password, options)
            }
            (client, username, password) => Err(missing(
                CredentialName::UsernamePassword.class(),
                [
                    (client.is_none(), CLIENT_ID),
                    (username.is_none(), USERNAME),
                    (password.is_none(), PASSWORD),
                ],
            )),
        }
    }

    /// It takes nothing from variables, so that nobody signs in to an app that was meant for a program.
    pub(super) fn device_code(&self) -> Result<DeviceCodeCredential, Error> {
        let class = CredentialName::DeviceCode.class();
        let mut options = DeviceCodeCredentialOptions::default().with_entra(self.entra_options_for_people());
        let emulator = self.emulated.map(|emulated| emulated.emulator());
        if let Some(tenant) = self.args.tenant_id.as_deref().or(emulator.map(|emulator| emulator.tenant_id()))
        {
            options = options.with_tenant_id(tenant);
        }
        if let Some(client) = self.args.client_id.as_deref().or(emulator.map(|emulator| emulator.client_id()))
        {
            options = options.with_client_id(client);
        }
        if let Some(timeout) = self.args.timeout {
            options = options.with_timeout(timeout);
        }
        if let Some(record) = self.record().map_err(|error| error.with_credential(class))? {
            options = options.with_authentication_record(record);
        }
        let asks_nobody = self.signed_in.is_some_and(|signed_in| signed_in.disable_automatic_authentication);
        let options = options.with_disable_automatic_authentication(asks_nobody).with_prompt_callback(show);
        DeviceCodeCredential::new(options)
    }

    /// Where the limit is the time that somebody has, a request may take no longer either.
    pub(super) fn entra_options_for_people(&self) -> EntraOptions {
        let (options, retry) = (self.entra_options(), RetryOptions::default());
        match self.args.timeout.filter(|timeout| *timeout < retry.total_time()) {
            Some(timeout) => options.with_retry(retry.with_total_time(timeout)),
            None => options,
        }
    }

    /// Whether nobody may be asked to sign in.
    pub(super) fn asks_nobody(&self) -> bool {
        self.signed_in.is_some_and(|signed_in| signed_in.disable_automatic_authentication)
    }

    /// The record of who signed in earlier.
    pub(super) fn record(&self) -> Result<Option<AuthenticationRecord>, Error> {
        let path = self.signed_in.and_then(|signed_in| signed_in.authentication_record.as_deref());
        path.map(read_record).transpose()
    }
}

/// Where the emulator's own code is sent to: an address at which its app may be answered.
const EMULATED_REDIRECT_URI: &str = "http://localhost";

// S132: stdout is the token's alone.
fn show(code: &DeviceCodeInfo) {
    report::instruction(&code.message);
    report::instruction(
        "Enter the code only if you started this sign-in yourself; never one that somebody sent you.",
    );
}

fn read_record(path: &Path) -> Result<AuthenticationRecord, Error> {
    const MOST_BYTES: u64 = 1 << 20;
    let named = |what: &str| format!("the authentication record '{}' {what}", path.display());
    let unreadable =
        |error: std::io::Error| Error::invalid_argument(named(&format!("can't be read: {error}")));
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(Error::invalid_argument(named("is no file")));
    }
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(MOST_BYTES).read_to_string(&mut text).map_err(unreadable)?;
    AuthenticationRecord::deserialize(&text)
        .map_err(|error| Error::invalid_argument(named(&format!("can't be used: {}", error.message()))))
}
