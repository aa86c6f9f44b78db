use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use identity_core::{
    AccessToken, AuthenticationRecord, BoxFuture, ChainContext, Cloud, Error, ErrorKind, TokenFuture,
    TokenRequestOptions, check_scopes,
};
use identity_entra::cache::{Account, CacheKey, TokenCache};
use identity_entra::client::EntraClient;

use crate::accounts::{self, accounts};
use crate::ask::{Ask, is_cae};
use crate::prompts::{Joined, Prompts};
use crate::session::{Session, SignIn};
use crate::silent::{required, silent};

/// How a credential asks somebody to sign in.
pub(crate) trait Prompt: fmt::Debug + Send + Sync + 'static {
    /// Asks, waits, and keeps what comes of it. `username` is whom to ask for, where that is known.
    fn sign_in<'a>(
        &'a self,
        client: &'a EntraClient,
        ask: &'a Ask,
        username: Option<&'a str>,
    ) -> BoxFuture<'a, Result<SignIn, Error>>;
}

/// What the credentials that ask people have in common. Clones are the same.
///
/// Without an account there is nothing to look for: somebody is asked. Who signs in becomes the credential's account; from then on its tokens come
/// from the cache and from refresh tokens, and somebody is asked only if that does not do. All callers of the same request share one prompt, and
/// there is one prompt at a time.
#[derive(Debug)]
pub(crate) struct Interactive<P>(Arc<State<P>>);

#[derive(Debug)]
struct State<P> {
    client: EntraClient,
    cache: TokenCache,
    prompt: P,
    /// Whether somebody is asked without the program saying so.
    automatic: bool,
    session: ArcSwapOption<Session>,
    prompts: Prompts<SignIn>,
}

impl<P: Prompt> Interactive<P> {
    pub(crate) fn new(
        client: EntraClient,
        prompt: P,
        automatic: bool,
        record: Option<AuthenticationRecord>,
    ) -> Self {
        let session = record.map(|record| Arc::new(Session::of_record(&client, record)));
        let cache = client.token_cache(true);
        let (session, prompts) = (ArcSwapOption::new(session), Prompts::new(client.clock().clone()));
        Self(Arc::new(State { client, cache, prompt, automatic, session, prompts }))
    }

    /// A token: without asking where that can be, else by asking, if that is allowed.
    pub(crate) fn get_token<'a>(
        &'a self,
        scopes: &'a [&'a str],
        options: &'a TokenRequestOptions,
    ) -> TokenFuture<'a> {
        match self.silently(scopes, options).try_ready() {
            Ok(Err(error)) if self.may_ask(&error) => {
                TokenFuture::boxed(self.or_ask(TokenFuture::ready(Err(error)), scopes, options))
            }
            Ok(answer) => TokenFuture::ready(answer),
            Err(waiting) => TokenFuture::boxed(self.or_ask(waiting, scopes, options)),
        }
    }

    /// Asks somebody, whatever is cached, and says who signed in.
    pub(crate) async fn authenticate(
        &self,
        scopes: &[&str],
        options: &TokenRequestOptions,
    ) -> Result<AuthenticationRecord, Error> {
        let client = &self.0.client;
        let scopes = scopes_or_default(client, scopes)?;
        let ask = Ask::of_user(client, &scopes, options)?;
        loop {
            if let Joined::Same(sign_in) = self.prompt(&ask).await {
                let record = sign_in.map_err(|error| in_chain(error, options))?.session.record.clone();
                return record.ok_or_else(|| nobody_named(client));
            }
        }
    }

    /// The accounts that this credential could use: all that signed in to its authority and are in its storage.
    pub(crate) async fn accounts(&self) -> Result<Vec<Account>, Error> {
        let client = &self.0.client;
        let Some(storage) = client.storage() else { return Ok(Vec::new()) };
        let mut accounts = accounts(&**storage).await.map_err(|e| e.with_credential(client.credential()))?;
        let environments = client.environments();
        accounts.retain(|account| {
            environments.iter().any(|environment| environment.eq_ignore_ascii_case(&account.environment))
        });
        Ok(accounts)
    }

    /// Forgets the account that this credential uses, here and in the storage.
    pub(crate) async fn sign_out(&self) -> Result<(), Error> {
        let State { client, cache, session, .. } = &*self.0;
        let Some(session) = session.swap(None) else { return Ok(()) };
        cache.forget(None);
        let (Some(storage), Some(home)) = (session.client.storage(), session.owner.home_account_id()) else {
            return Ok(());
        };
        let environments = client.environments();
        accounts::remove(&**storage, &environments, Some(client.client_id()), home)
            .await
            .map_err(|error| error.with_credential(client.credential()))
    }

    /// A token that asks nobody; the error that says that somebody must be asked is `AuthenticationRequired`.
    fn silently<'a>(&'a self, scopes: &'a [&'a str], options: &'a TokenRequestOptions) -> TokenFuture<'a> {
        let State { client, cache, session, .. } = &*self.0;
        let tenant = match client.resolve_tenant(options.tenant_id()) {
            Ok(tenant) => tenant,
            Err(error) => return TokenFuture::ready(Err(error)),
        };
        let session = session.load();
        let Some(partition) = session.as_ref().map(|session| session.partition) else {
            let ask = check_scopes(client.credential(), scopes)
                .and_then(|()| Ask::of_user(client, scopes, options))
                .map(|ask| required(client.credential(), &ask, ask.claims.as_deref(), None));
            return TokenFuture::ready(Err(ask.unwrap_or_else(|error| error)));
        };
        let key = CacheKey { partition: Some(&partition), tenant, scopes, cae: is_cae(client, options) };
        // A cached token is given without touching the session's count of handles, which all threads share.
        cache.get_token(key, options.claims(), move |reason| {
            let (session, credential) = (session.clone(), client.credential());
            let ask = Ask::of_user(client, scopes, options);
            Box::pin(async move {
                let ask = ask?;
                let Some(session) = session else {
                    return Err(required(credential, &ask, ask.claims.as_deref(), None));
                };
                silent(&session, &ask, reason, None).await?.or_required(&session, &ask)
            })
        })
    }

    async fn or_ask(
        &self,
        first: TokenFuture<'_>,
        scopes: &[&str],
        options: &TokenRequestOptions,
    ) -> Result<AccessToken, Error> {
        let mut answer = first.await;
        loop {
            let error = match answer {
                Err(error) if self.may_ask(&error) => error,
                answer => return answer,
            };
            let ask = Ask::of_user(&self.0.client, scopes, options)?.with_claims(error.claims());
            match self.prompt(&ask).await {
                Joined::Same(sign_in) => {
                    let sign_in = sign_in.map_err(|error| in_chain(error, options))?;
                    return Ok(sign_in.acquired.token);
                }
                // Somebody has just signed in for another request: that may do for this one.
                Joined::Other => answer = self.silently(scopes, options).await,
            }
        }
    }

    fn may_ask(&self, error: &Error) -> bool {
        self.0.automatic && error.kind() == ErrorKind::AuthenticationRequired
    }

    /// Joins the prompt for this request, or waits for another to end, or starts one.
    async fn prompt(&self, ask: &Ask) -> Joined<SignIn> {
        let start = || {
            let (state, ask) = (self.0.clone(), ask.clone());
            Box::pin(async move { state.sign_in(&ask).await }) as BoxFuture<'static, _>
        };
        self.0.prompts.join(ask, start).await
    }
}

impl<P: Prompt> State<P> {
    async fn sign_in(&self, ask: &Ask) -> Result<SignIn, Error> {
        let client = &self.client;
        let span = tracing::debug_span!("sign_in", credential = client.credential());
        let earlier = self.session.load_full();
        let username =
            earlier.as_ref().map(|session| session.username.as_str()).filter(|name| !name.is_empty());
        let sign_in = tracing::Instrument::instrument(self.prompt.sign_in(client, ask, username), span).await;
        let sign_in = sign_in.inspect_err(|error| {
            tracing::warn!(credential = client.credential(), kind = %error.kind(), %error, "nobody signed in");
        })?;
        let home = |session: &Session| session.owner.home_account_id().map(str::to_owned);
        if earlier.as_deref().is_some_and(|earlier| home(earlier) != home(&sign_in.session)) {
            tracing::warn!(
                credential = client.credential(),
                "another account than before signed in, and is used from now on"
            );
        }
        let scopes = ask.scopes();
        let partition = Some(&sign_in.session.partition);
        self.cache.put(
            &CacheKey { partition, tenant: &ask.tenant, scopes: &scopes, cae: ask.cae },
            &sign_in.acquired,
        );
        self.session.store(Some(sign_in.session.clone()));
        tracing::debug!(credential = client.credential(), "somebody signed in");
        Ok(sign_in)
    }
}

impl<P> Clone for Interactive<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// A sign-in that nobody came to in time. In the default chain that is no reason to stop.
#[derive(Debug)]
pub(crate) struct TimedOut;

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the time was up")
    }
}

impl std::error::Error for TimedOut {}

fn in_chain(error: Error, options: &TokenRequestOptions) -> Error {
    let timed_out = std::error::Error::source(&error).is_some_and(|source| source.is::<TimedOut>());
    if timed_out && options.chain_context() == ChainContext::Default {
        return error.with_kind(ErrorKind::CredentialUnavailable);
    }
    error
}

/// The scopes of a sign-in that needs none in particular: those of the cloud's resource manager.
pub(crate) fn scopes_or_default<'a>(client: &EntraClient, scopes: &[&'a str]) -> Result<Vec<&'a str>, Error> {
    if !scopes.is_empty() {
        return Ok(scopes.to_vec());
    }
    let of_cloud = client.authority().cloud().and_then(Cloud::management_scope);
    of_cloud.map(|scope| vec![scope]).ok_or_else(|| {
        let message = format!(
            "authenticating at {} requires a value for the scopes, because the resource manager's scope is not known there",
            client.authority()
        );
        Error::unavailable(message).with_credential(client.credential())
    })
}

pub(crate) fn nobody_named(client: &EntraClient) -> Error {
    let message = "somebody signed in, but the server did not say who, so there is no record of it";
    Error::failed(message).with_credential(client.credential())
}
