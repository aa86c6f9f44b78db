use std::fmt;
use std::sync::Arc;

use identity_core::{
    AccessToken, BoxFuture, ChainContext, Env, Error, ErrorKind, TenantId, TokenFuture, TokenRequestOptions,
};
use identity_entra::authority::TenantPolicy;
use identity_entra::cache::{Acquired, CacheKey, TokenCache, TokenCacheOptions};
use identity_entra::process::{ProcessError, ProcessRequest, Program, run};

use crate::answer::{Output, advise};
use crate::options::ToolOptions;
use crate::profile::Profile;

/// What differs from tool to tool.
pub(crate) trait Tool: fmt::Debug + Send + Sync + 'static {
    /// The credential's class.
    const CREDENTIAL: &'static str;
    /// What people call it.
    const NAME: &'static str;
    /// Its programs; the first that is there is run.
    const PROGRAMS: &'static [&'static str];
    /// What its absence is called.
    const NOT_FOUND: &'static str;
    /// What helps against that.
    const INSTALL: &'static str;

    /// The files in which it keeps who is signed in.
    fn profile(env: &Env) -> Vec<std::path::PathBuf>;

    /// Checks what is asked for, and puts it into the words of a command line.
    fn command(&self, ask: &Ask, process: ProcessRequest) -> Result<ProcessRequest, Error>;

    /// Reads what the tool said.
    fn answer(&self, output: &Output, env: &Env) -> Result<AccessToken, Error>;
}

/// What is asked of a tool.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) scopes: Vec<String>,
    /// Empty for the one that the tool is signed in to.
    pub(crate) tenant: String,
    pub(crate) claims: Option<String>,
}

/// A tool as a source of tokens: all that the credentials have in common. Clones are the same.
#[derive(Debug)]
pub(crate) struct ToolClient<T> {
    runner: Arc<Runner<T>>,
    tenants: Arc<TenantPolicy>,
    profile: Option<Arc<Profile>>,
    cache: TokenCache,
}

impl<T> Clone for ToolClient<T> {
    fn clone(&self) -> Self {
        Self {
            runner: self.runner.clone(),
            tenants: self.tenants.clone(),
            profile: self.profile.clone(),
            cache: self.cache.clone(),
        }
    }
}

/// What a run needs. It does not hold the cache, which therefore ends with its last owner, and the runs with it.
#[derive(Debug)]
struct Runner<T> {
    tool: T,
    options: ToolOptions,
}

impl<T: Tool> ToolClient<T> {
    pub(crate) fn new(tool: T, options: ToolOptions) -> Result<Self, Error> {
        let named = |error: Error| error.with_credential(T::CREDENTIAL);
        let tenant = options.tenant_id.as_deref().filter(|tenant| !tenant.is_empty());
        let tenant = tenant.map(|tenant| accept_tenant(tenant).and_then(|()| TenantId::parse(tenant)));
        let tenant = tenant.transpose().map_err(named)?;
        let allowed = options.additionally_allowed_tenants.as_deref();
        let tenants = TenantPolicy::new(tenant, allowed, &options.env).map_err(named)?;
        if options.process_timeout.is_zero() {
            return Err(named(Error::invalid_argument("the process timeout must not be zero")));
        }
        if let Some(program) = options.program.as_ref().filter(|program| !program.is_absolute()) {
            let message = format!("the program '{}' is no absolute path", program.display());
            return Err(named(Error::invalid_argument(message)));
        }
        let mut cache = TokenCacheOptions::new(T::CREDENTIAL, options.clock.clone());
        cache.keep = options.token_reuse;
        cache.log_accounts = options.log_accounts;
        // Whoever has just signed in must not be told for a second more that he has not.
        cache.remember_failures = false;
        let profile = options.token_reuse.then(|| Arc::new(Profile::new(T::profile(&options.env))));
        Ok(Self {
            runner: Arc::new(Runner { tool, options }),
            tenants: Arc::new(tenants),
            profile,
            cache: TokenCache::new(cache),
        })
    }

    /// Gives a token that is kept, shares the run that is under way, or runs the tool.
    #[inline]
    pub(crate) fn get_token<'a>(
        &'a self,
        scopes: &'a [&'a str],
        options: &'a TokenRequestOptions,
    ) -> TokenFuture<'a> {
        let future = self.ask(scopes, options);
        if options.chain_context() != ChainContext::Default {
            return future;
        }
        match future.try_ready() {
            Ok(answer) => TokenFuture::ready(answer.map_err(in_default_chain)),
            Err(future) => TokenFuture::boxed(async move { future.await.map_err(in_default_chain) }),
        }
    }

    fn ask<'a>(&'a self, scopes: &'a [&'a str], options: &'a TokenRequestOptions) -> TokenFuture<'a> {
        let tenant = match self.tenants.resolve(options.tenant_id()) {
            Ok(tenant) => tenant,
            Err(error) => return TokenFuture::ready(Err(error.with_credential(T::CREDENTIAL))),
        };
        let claims = options.claims().filter(|claims| !claims.trim().is_empty());
        let look = self.profile.as_ref().map(|profile| profile.look());
        if let Some(outdated) = look.and_then(|look| look.outdated) {
            self.cache.forget(Some(&outdated));
        }
        let acquire = move |_| -> BoxFuture<'static, _> {
            let ask = Ask {
                scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
                tenant: tenant.to_owned(),
                claims: claims.map(str::to_owned),
            };
            let runner = self.runner.clone();
            Box::pin(async move {
                let token = runner.run(ask).await.map_err(|error| error.with_credential(T::CREDENTIAL))?;
                let token = token.with_credential(T::CREDENTIAL);
                Ok(Acquired { token, granted_scopes: Vec::new(), requested: true })
            })
        };
        let partition = look.map(|look| look.partition);
        // What a tool gives does not depend on it.
        let cae = false;
        self.cache.get_token(CacheKey { partition: partition.as_ref(), tenant, scopes, cae }, claims, acquire)
    }
}

/// A developer who is not signed in with one tool may be with the next.
fn in_default_chain(error: Error) -> Error {
    match error.kind() {
        ErrorKind::AuthenticationFailed => error.with_kind(ErrorKind::CredentialUnavailable),
        _ => error,
    }
}

impl<T: Tool> Runner<T> {
    async fn run(&self, ask: Ask) -> Result<AccessToken, Error> {
        let ToolOptions { env, clock, process_timeout, .. } = &self.options;
        accept_tenant(&ask.tenant)?;
        for scope in &ask.scopes {
            accept_scope(scope)?;
        }
        let process = ProcessRequest::new(self.program(), env).with_timeout(*process_timeout);
        let command = self.tool.command(&ask, process)?;
        let output = run(clock, command).await.map_err(|error| self.did_not_run(error))?;
        self.tool.answer(&Output::new(output), env)
    }

    fn program(&self) -> Program {
        if let Some(path) = &self.options.program {
            return Program::at(path);
        }
        let env = &self.options.env;
        let there =
            T::PROGRAMS.iter().map(|name| Program::named(*name)).find(|program| program.find(env).is_ok());
        there.unwrap_or_else(|| Program::named(T::PROGRAMS[0]))
    }

    fn did_not_run(&self, error: ProcessError) -> Error {
        let unavailable = ErrorKind::CredentialUnavailable;
        let told = match &error {
            ProcessError::NotFound { .. } => {
                advise(unavailable, format!("{}: {error}", T::NOT_FOUND), T::INSTALL)
            }
            ProcessError::NotExecutable { path } => advise(
                unavailable,
                format!("Failed to execute '{}', which is no program", path.display()),
                "Check the file's permissions",
            ),
            ProcessError::CannotStart { path, reason } => advise(
                unavailable,
                format!("Failed to execute '{}': {reason}", path.display()),
                "Check that it can be run in a terminal",
            ),
            ProcessError::TimedOut { limit, .. } => advise(
                unavailable,
                format!("Failed to invoke the {}: it did not finish within {limit:?} and was ended", T::NAME),
                "See how long it takes in a terminal, and allow it more time (process_timeout)",
            ),
            ProcessError::TooMuchOutput { .. } => advise(
                ErrorKind::AuthenticationFailed,
                format!("Unexpected output from {}: {error}", T::NAME),
                "See what it prints in a terminal",
            ),
            _ => Error::invalid_argument(error.to_string()),
        };
        told.with_source(error)
    }
}

/// A tenant goes onto a command line, and may come from a resource's challenge, so from outside. Its letters are checked where the tenant is
/// resolved; here, that it does not look like an option.
fn accept_tenant(tenant: &str) -> Result<(), Error> {
    if tenant.starts_with('-') {
        let tenant = tenant.escape_debug();
        return Err(Error::invalid_argument(format!(
            "invalid tenant id '{tenant}': it must not begin with '-'"
        )));
    }
    Ok(())
}

fn accept_scope(scope: &str) -> Result<(), Error> {
    let fine = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'/');
    if !scope.is_empty() && !scope.starts_with('-') && scope.bytes().all(fine) {
        return Ok(());
    }
    let shown: String = scope.chars().take(MOST_SHOWN).collect();
    let shown = shown.escape_debug();
    Err(Error::invalid_argument(format!(
        "the scope '{shown}' can't be given to a tool: it may have letters, digits, '.', '-', '_', ':' and '/' only, and must not begin with '-'"
    )))
}

/// How much of a refused scope an error shows.
const MOST_SHOWN: usize = 100;

/// The resource of the one scope that those tools take which know resources.
pub(crate) fn resource(credential: &'static str, ask: &Ask) -> Result<String, Error> {
    let scopes: Vec<&str> = ask.scopes.iter().map(String::as_str).collect();
    let resource = identity_core::single_resource(credential, &scopes)?;
    if resource.is_empty() {
        return Err(Error::invalid_argument(format!("the scope '{}' names no resource", scopes.join(" "))));
    }
    Ok(resource)
}

/// The claims as tools take them, in letters that no command line can misread.
pub(crate) fn base64_claims(claims: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(claims)
}

#[cfg(test)]
mod tests;
