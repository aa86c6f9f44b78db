use std::fmt;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use identity_core::variables::AZURE_IDENTITY_DISABLE_DEVICE_CODE;
use identity_core::{
    AuthenticationRecord, BoxFuture, Error, TokenCredential, TokenFuture, TokenRequestOptions,
};
use identity_entra::cache::Account;
use identity_entra::client::EntraClient;
use identity_entra::http::RetryPolicy;
use identity_entra::oauth::{DeviceAuthorization, DeviceCodeInfo};
use identity_entra::options::EntraOptions;

use crate::ask::Ask;
use crate::interactive::{Interactive, Prompt};
use crate::session::SignIn;
use crate::user::Identity;

/// A person who signs in at another device: for hosts without a browser, such as one reached by SSH.
///
/// It gets an address and a short code from Entra ID, shows both, and waits until somebody has opened the address anywhere, entered the code and
/// signed in. From then on tokens come from the cache and from refresh tokens.
///
/// The instructions go to standard output unless there is a callback. Nothing is opened by itself: who enters a code that somebody else sent
/// signs that other person in, so a code must only ever be entered by whoever started this program. Where that risk is too great, the variable
/// `AZURE_IDENTITY_DISABLE_DEVICE_CODE` switches this credential off: it is then unavailable.
///
/// ```no_run
/// use identity_core::{TokenCredential, TokenRequestOptions};
/// use identity_interactive::{DeviceCodeCredential, DeviceCodeCredentialOptions};
///
/// # async fn example() -> Result<(), identity_core::Error> {
/// let options = DeviceCodeCredentialOptions::default()
///     .with_prompt_callback(|code| eprintln!("Open {} and enter {}", code.verification_uri, code.user_code));
/// let credential = DeviceCodeCredential::new(options)?;
/// let token = credential.get_token(&["https://management.azure.com/.default"], &TokenRequestOptions::default()).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct DeviceCodeCredential(Interactive<DeviceCodePrompt>);

/// The settings of a [`DeviceCodeCredential`].
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct DeviceCodeCredentialOptions {
    client_id: Option<String>,
    tenant_id: Option<String>,
    timeout: Option<Duration>,
    prompt_callback: Option<Arc<PromptCallback>>,
    authentication_record: Option<AuthenticationRecord>,
    disable_automatic_authentication: bool,
    entra: EntraOptions,
}

type PromptCallback = dyn Fn(&DeviceCodeInfo) + Send + Sync;

const NAME: &str = "DeviceCodeCredential";

impl DeviceCodeCredential {
    /// Nothing is sent, and nobody is asked, before the first token is.
    ///
    /// # Errors
    /// `InvalidArgument` for a tenant, a client id or an authority that can't be one.
    pub fn new(options: DeviceCodeCredentialOptions) -> Result<Self, Error> {
        let identity = Identity {
            credential: NAME,
            tenant_id: options.tenant_id.as_deref(),
            client_id: options.client_id.as_deref(),
            record: options.authentication_record.as_ref(),
            entra: &options.entra,
        };
        let client = identity.client()?;
        let prompt = DeviceCodePrompt { timeout: options.timeout, callback: options.prompt_callback };
        let automatic = !options.disable_automatic_authentication;
        Ok(Self(Interactive::new(client, prompt, automatic, options.authentication_record)))
    }

    /// Asks somebody to sign in, whatever is cached, and gives the record by which a later process finds the account again. Without scopes it is
    /// for those of the cloud's resource manager; claims, tenant and continuous access evaluation are taken from `options`.
    ///
    /// # Errors
    /// `AuthenticationFailed` when nobody signs in, or not in time; `CredentialUnavailable` without scopes in a cloud that is not known;
    /// `InvalidArgument` for malformed scopes or claims.
    pub async fn authenticate(
        &self,
        scopes: &[&str],
        options: &TokenRequestOptions,
    ) -> Result<AuthenticationRecord, Error> {
        self.0.authenticate(scopes, options).await
    }

    /// The accounts of this credential's cloud in its cache.
    ///
    /// # Errors
    /// What the cache's storage ends in.
    pub async fn accounts(&self) -> Result<Vec<Account>, Error> {
        self.0.accounts().await
    }

    /// Forgets the account that this credential uses, with its tokens. The next token asks somebody to sign in.
    ///
    /// # Errors
    /// What the cache's storage ends in.
    pub async fn sign_out(&self) -> Result<(), Error> {
        self.0.sign_out().await
    }
}

impl TokenCredential for DeviceCodeCredential {
    #[inline]
    fn get_token<'a>(&'a self, scopes: &'a [&'a str], options: &'a TokenRequestOptions) -> TokenFuture<'a> {
        self.0.get_token(scopes, options)
    }
}

impl DeviceCodeCredentialOptions {
    /// The app to sign in to. Default: the one of Microsoft's developer tools.
    pub fn with_client_id(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// The tenant to sign in to: an id or a domain name. An app of a single tenant needs it. Default: the record's, else `organizations`, that
    /// is, any work or school account.
    pub fn with_tenant_id(mut self, tenant_id: impl Into<String>) -> Self {
        self.tenant_id = Some(tenant_id.into());
        self
    }

    /// The most time that somebody has. Default: as long as the code is good, which is also the most.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Shows address and code in the program's own way. Default: they are printed to standard output. The callback is called on the task that
    /// asks for the token, so it must not wait for the person.
    pub fn with_prompt_callback(
        mut self,
        callback: impl Fn(&DeviceCodeInfo) + Send + Sync + 'static,
    ) -> Self {
        self.prompt_callback = Some(Arc::new(callback));
        self
    }

    /// The account of an earlier process, whose cached tokens are used. Its app, authority and tenant are used, too.
    pub fn with_authentication_record(mut self, record: AuthenticationRecord) -> Self {
        self.authentication_record = Some(record);
        self
    }

    /// Asks nobody by itself: where somebody must sign in, `get_token` ends in `AuthenticationRequired`, and the program calls
    /// [`authenticate`](DeviceCodeCredential::authenticate) with the error's scopes and claims when it suits. Default: off.
    pub fn with_disable_automatic_authentication(mut self, disable: bool) -> Self {
        self.disable_automatic_authentication = disable;
        self
    }

    /// What all credentials of Entra ID can be told.
    pub fn with_entra(mut self, entra: EntraOptions) -> Self {
        self.entra = entra;
        self
    }
}

impl fmt::Debug for DeviceCodeCredentialOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceCodeCredentialOptions")
            .field("client_id", &self.client_id)
            .field("tenant_id", &self.tenant_id)
            .field("timeout", &self.timeout)
            .field("disable_automatic_authentication", &self.disable_automatic_authentication)
            .field("entra", &self.entra)
            .finish_non_exhaustive()
    }
}

struct DeviceCodePrompt {
    timeout: Option<Duration>,
    callback: Option<Arc<PromptCallback>>,
}

impl DeviceCodePrompt {
    fn show(&self, info: &DeviceCodeInfo) -> Result<(), Error> {
        match &self.callback {
            Some(callback) => callback(info),
            None => print(info, &mut std::io::stdout().lock()).map_err(|error| {
                let message =
                    format!("the sign-in's instructions can't be printed to standard output: {error}");
                Error::unavailable(message).with_credential(NAME).with_source(error)
            })?,
        }
        Ok(())
    }
}

impl Prompt for DeviceCodePrompt {
    fn sign_in<'a>(
        &'a self,
        client: &'a EntraClient,
        ask: &'a Ask,
        _: Option<&'a str>,
    ) -> BoxFuture<'a, Result<SignIn, Error>> {
        Box::pin(async move {
            if client.env().get_os(AZURE_IDENTITY_DISABLE_DEVICE_CODE).is_some() {
                let message = format!(
                    "sign-in with a device code is switched off by the variable {AZURE_IDENTITY_DISABLE_DEVICE_CODE}; \
                     sign in with a browser instead"
                );
                return Err(Error::unavailable(message).with_credential(NAME));
            }
            let endpoints = client.endpoints(&ask.tenant).await?;
            let retry = RetryPolicy::entra(client.options().retry());
            let exchange = client.exchange(&retry, None);
            let claims = ask.request_claims()?;
            // The first request carries claims only if CAE is asked for; those of a challenge count when the code is redeemed.
            let at_first = claims.as_deref().filter(|_| ask.cae);
            let begun = DeviceAuthorization::begin(
                &exchange,
                &endpoints.device_code,
                client.client_id(),
                &ask.request_scopes,
                at_first,
            );
            let authorization = begun.await.map_err(could_not_begin)?;
            self.show(authorization.info())?;
            let (token, client_id) = (&endpoints.token, client.client_id());
            let response =
                authorization.wait(&exchange, token, client_id, claims.as_deref(), self.timeout).await?;
            let signed_in = SignIn::check(client, ask, &response, None, None)?;
            SignIn::keep(client, ask, &response, signed_in.as_ref()).await
        })
    }
}

impl fmt::Debug for DeviceCodePrompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceCodePrompt").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

fn print(info: &DeviceCodeInfo, to: &mut dyn Write) -> std::io::Result<()> {
    writeln!(to, "{}", info.message)?;
    writeln!(
        to,
        "Enter the code only if you started this sign-in yourself; never one that somebody sent you."
    )?;
    to.flush()
}

fn could_not_begin(error: Error) -> Error {
    let message = format!("couldn't begin authentication: {}", error.message());
    error.with_message(message)
}

#[cfg(test)]
mod tests;
