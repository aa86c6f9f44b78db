use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use identity_core::{
    AuthenticationRecord, BoxFuture, Error, Secret, ServerError, TokenCredential, TokenFuture,
    TokenRequestOptions,
};
use identity_entra::cache::Account;
use identity_entra::client::EntraClient;
use identity_entra::oauth::{AuthorizeRequest, Grant, Pkce, random_text, remedy};
use identity_entra::options::EntraOptions;
use identity_entra::time;

use crate::ask::Ask;
use crate::browser::Browser;
use crate::interactive::{Interactive, Prompt, TimedOut};
use crate::pages::{Outcome, Pages};
use crate::redirect::{Answer, Callback, Listener, RedirectUri};
use crate::session::SignIn;
use crate::user::Identity;

/// A person who signs in with the browser of this machine (authorization code flow with PKCE).
///
/// The system's browser opens at the sign-in page of Entra ID and brings the answer back to this program, which listens for it on a loopback address.
/// From then on tokens come from the cache and from refresh tokens, and the browser opens again only if those don't do. An app of your own
/// needs `http://localhost` as a redirect URI of a mobile or desktop application in its registration.
///
/// ```no_run
/// use identity_core::{TokenCredential, TokenRequestOptions};
/// use identity_interactive::InteractiveBrowserCredential;
///
/// # async fn example() -> Result<(), identity_core::Error> {
/// let credential = InteractiveBrowserCredential::new(Default::default())?;
/// let token = credential.get_token(&["https://management.azure.com/.default"], &TokenRequestOptions::default()).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct InteractiveBrowserCredential(Interactive<BrowserPrompt>);

/// The settings of an [`InteractiveBrowserCredential`].
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct InteractiveBrowserCredentialOptions {
    client_id: Option<String>,
    tenant_id: Option<String>,
    login_hint: Option<String>,
    redirect_uri: Option<String>,
    timeout: Option<Duration>,
    authentication_record: Option<AuthenticationRecord>,
    disable_automatic_authentication: bool,
    browser: Browser,
    url_callback: Option<Arc<UrlCallback>>,
    pages: Pages,
    entra: EntraOptions,
}

type UrlCallback = dyn Fn(&str) + Send + Sync;

const NAME: &str = "InteractiveBrowserCredential";
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(300);

impl InteractiveBrowserCredential {
    /// Nothing is sent, opened or listened on before the first token is asked for.
    ///
    /// # Errors
    /// `InvalidArgument` for a redirect URI that is not `http`, has no port or is off this machine, for [`Browser::Nothing`] without a callback, and for a
    /// tenant, a client id or an authority that can't be one.
    pub fn new(options: InteractiveBrowserCredentialOptions) -> Result<Self, Error> {
        let named = |error: Error| error.with_credential(NAME);
        let redirect_uri = options.redirect_uri.as_deref().filter(|uri| !uri.is_empty());
        let redirect_uri = redirect_uri.map_or_else(|| Ok(RedirectUri::first_free()), RedirectUri::parse);
        if options.browser == Browser::Nothing && options.url_callback.is_none() {
            let message =
                "with no browser to open, a callback must show the address to the person (with_url_callback)";
            return Err(named(Error::invalid_argument(message)));
        }
        let identity = Identity {
            credential: NAME,
            tenant_id: options.tenant_id.as_deref(),
            client_id: options.client_id.as_deref(),
            record: options.authentication_record.as_ref(),
            entra: &options.entra,
        };
        let client = identity.client()?;
        let prompt = BrowserPrompt {
            redirect_uri: redirect_uri.map_err(named)?,
            login_hint: options.login_hint,
            timeout: options.timeout.unwrap_or(DEFAULT_TIMEOUT),
            browser: options.browser,
            url_callback: options.url_callback,
            pages: options.pages,
        };
        let automatic = !options.disable_automatic_authentication;
        Ok(Self(Interactive::new(client, prompt, automatic, options.authentication_record)))
    }

    /// Asks somebody to sign in, whatever is cached, and gives the record by which a later process finds the account again. Without scopes it is
    /// for those of the cloud's resource manager; claims, tenant and continuous access evaluation are taken from `options`.
    ///
    /// # Errors
    /// `AuthenticationFailed` when nobody signs in, or not in time; `CredentialUnavailable` when no browser can be opened, the port is taken, and without
    /// scopes in a cloud that is not known; `InvalidArgument` for malformed scopes or claims.
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

impl TokenCredential for InteractiveBrowserCredential {
    #[inline]
    fn get_token<'a>(&'a self, scopes: &'a [&'a str], options: &'a TokenRequestOptions) -> TokenFuture<'a> {
        self.0.get_token(scopes, options)
    }
}

impl InteractiveBrowserCredentialOptions {
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

    /// The user name that the sign-in page starts with; the person may choose another. Default: none, and after the first sign-in that account's.
    pub fn with_login_hint(mut self, login_hint: impl Into<String>) -> Self {
        self.login_hint = Some(login_hint.into());
        self
    }

    /// Where the browser comes back to: `http`, a loopback host and a port, such as `http://localhost:8400`, exactly as it is registered for an
    /// app of your own. Port 0 stands for any that is free. Default: `http://localhost` with the first free port from 8400 to 8999.
    pub fn with_redirect_uri(mut self, redirect_uri: impl Into<String>) -> Self {
        self.redirect_uri = Some(redirect_uri.into());
        self
    }

    /// The most time that somebody has. Default: 300 s.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The account of an earlier process, whose cached tokens are used. Its app, authority and tenant are used, too.
    pub fn with_authentication_record(mut self, record: AuthenticationRecord) -> Self {
        self.authentication_record = Some(record);
        self
    }

    /// Asks nobody by itself: where somebody must sign in, `get_token` ends in `AuthenticationRequired`, and the program calls
    /// [`authenticate`](InteractiveBrowserCredential::authenticate) with the error's scopes and claims when it suits. Default: off.
    pub fn with_disable_automatic_authentication(mut self, disable: bool) -> Self {
        self.disable_automatic_authentication = disable;
        self
    }

    /// What opens the sign-in page. Default: the system's browser, or the one that the variable `BROWSER` names.
    pub fn with_browser(mut self, browser: Browser) -> Self {
        self.browser = browser;
        self
    }

    /// Shows the address of the sign-in page, also when a browser opens by itself, for whoever wants to open it elsewhere on this machine.
    /// Default: it is logged (`tracing`, level info).
    pub fn with_url_callback(mut self, callback: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.url_callback = Some(Arc::new(callback));
        self
    }

    /// The HTML page that the browser shows once the person is signed in. It can have styles of its own, but load nothing and run no scripts.
    /// Default: a plain page in English.
    pub fn with_success_page(mut self, html: impl Into<String>) -> Self {
        self.pages.success = Some(html.into());
        self
    }

    /// The HTML page that the browser shows when the sign-in was cancelled or did not work. The reason takes the place of `{message}` in it.
    /// Default: a plain page in English.
    pub fn with_error_page(mut self, html: impl Into<String>) -> Self {
        self.pages.error = Some(html.into());
        self
    }

    /// What all credentials of Entra ID can be told.
    pub fn with_entra(mut self, entra: EntraOptions) -> Self {
        self.entra = entra;
        self
    }
}

impl fmt::Debug for InteractiveBrowserCredentialOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InteractiveBrowserCredentialOptions")
            .field("client_id", &self.client_id)
            .field("tenant_id", &self.tenant_id)
            .field("redirect_uri", &self.redirect_uri)
            .field("timeout", &self.timeout)
            .field("disable_automatic_authentication", &self.disable_automatic_authentication)
            .field("browser", &self.browser)
            .field("entra", &self.entra)
            .finish_non_exhaustive()
    }
}

struct BrowserPrompt {
    redirect_uri: RedirectUri,
    login_hint: Option<String>,
    timeout: Duration,
    browser: Browser,
    url_callback: Option<Arc<UrlCallback>>,
    pages: Pages,
}

/// What ties an answer to this sign-in, and nobody else knows.
struct Ties {
    state: Secret,
    nonce: Secret,
    pkce: Pkce,
    redirect_uri: String,
}

impl Prompt for BrowserPrompt {
    fn sign_in<'a>(
        &'a self,
        client: &'a EntraClient,
        ask: &'a Ask,
        username: Option<&'a str>,
    ) -> BoxFuture<'a, Result<SignIn, Error>> {
        Box::pin(async move {
            let sign_in = self.ask_and_redeem(client, ask, username).await;
            sign_in.map_err(|error| error.with_credential(NAME))
        })
    }
}

impl BrowserPrompt {
    async fn ask_and_redeem(
        &self,
        client: &EntraClient,
        ask: &Ask,
        username: Option<&str>,
    ) -> Result<SignIn, Error> {
        let endpoints = client.endpoints(&ask.tenant).await?;
        let listener = Listener::bind(&self.redirect_uri)?;
        let ties = Ties {
            state: random_text()?,
            nonce: random_text()?,
            pkce: Pkce::generate()?,
            redirect_uri: listener.redirect_uri(),
        };
        let claims = ask.request_claims()?;
        let request = AuthorizeRequest {
            client_id: client.client_id(),
            redirect_uri: &ties.redirect_uri,
            scopes: &ask.request_scopes,
            state: &ties.state,
            nonce: &ties.nonce,
            pkce: &ties.pkce,
            prompt: Some("select_account"),
            login_hint: self.login_hint.as_deref().or(username),
            claims: claims.as_deref(),
        };
        let callback = self.wait(client, listener, &ties, &request.url(&endpoints.authorize)).await?;
        let answer = match &callback.answer {
            Answer::Code(code) => self.redeem(client, ask, code, &ties).await,
            Answer::Refused(server) => Err(refused(server)),
        };
        // The page is shown only now, so that it can say how it went.
        let cancelled = matches!(&callback.answer, Answer::Refused(server) if server.error.as_deref() == Some("access_denied"));
        let outcome = match &answer {
            Ok(_) => Outcome::SignedIn,
            Err(error) if cancelled => Outcome::Cancelled(error.message()),
            Err(error) => Outcome::Failed(error.message()),
        };
        callback.show(&self.pages.page(outcome), client.clock()).await;
        answer
    }

    /// Opens the page and waits for what the browser brings, or until a browser can't be opened, or the time is up.
    async fn wait(
        &self,
        client: &EntraClient,
        listener: Listener,
        ties: &Ties,
        url: &url::Url,
    ) -> Result<Callback, Error> {
        match &self.url_callback {
            Some(callback) => callback(url.as_str()),
            None => tracing::info!(credential = NAME, %url, "sign in at this page"),
        }
        let clock = client.clock();
        let either = async {
            let mut answer = pin!(listener.answer(&ties.state, clock));
            let mut opening = pin!(self.browser.open(url, client.env(), clock));
            let mut opened = false;
            poll_fn(|context| {
                if let Poll::Ready(answer) = answer.as_mut().poll(context) {
                    return Poll::Ready(answer);
                }
                if !opened && let Poll::Ready(answer) = opening.as_mut().poll(context) {
                    opened = true;
                    if let Err(error) = answer {
                        return Poll::Ready(Err(error));
                    }
                }
                Poll::Pending
            })
            .await
        };
        time::timeout(clock, self.timeout, either).await?.unwrap_or_else(|| {
            let message = format!(
                "timed out after waiting {} seconds for the user to authenticate: nobody finished the sign-in in the browser. Start it again",
                self.timeout.as_secs_f64()
            );
            Err(Error::failed(message).with_remedy("start the sign-in again").with_source(TimedOut))
        })
    }

    async fn redeem(
        &self,
        client: &EntraClient,
        ask: &Ask,
        code: &Secret,
        ties: &Ties,
    ) -> Result<SignIn, Error> {
        let verifier = Some(ties.pkce.verifier());
        let grant = Grant::authorization_code(code, &ties.redirect_uri, &ask.request_scopes, verifier);
        let claims = ask.request_claims()?;
        let response = client.request_token(&ask.tenant, &grant, claims.as_deref(), None).await?;
        let signed_in = SignIn::check(client, ask, &response, Some(&ties.nonce), None)?;
        SignIn::keep(client, ask, &response, signed_in.as_ref()).await
    }
}

impl fmt::Debug for BrowserPrompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrowserPrompt")
            .field("redirect_uri", &self.redirect_uri)
            .field("timeout", &self.timeout)
            .field("browser", &self.browser)
            .finish_non_exhaustive()
    }
}

/// The error for what the authority said by way of the browser.
fn refused(server: &ServerError) -> Error {
    let words = server.description.as_deref().or(server.error.as_deref()).unwrap_or("no reason was given");
    let code = server.error.as_deref().filter(|code| *code != words);
    let mut message = format!("authentication failed: {words}");
    if let Some(code) = code {
        message.push_str(&format!(" ({code})"));
    }
    let remedy = remedy(NAME, server);
    if let Some(remedy) = remedy {
        message.push_str(&format!(". What to do: {remedy}"));
    }
    let error = Error::failed(message).with_server(server.clone());
    match remedy {
        Some(remedy) => error.with_remedy(remedy),
        None => error,
    }
}

#[cfg(test)]
mod tests;
