//! The default credential: one chain for a laptop, a build server, a machine in the cloud and a cluster.

mod conflicts;
mod explain;
mod members;
mod options;
mod selection;

pub use conflicts::conflicting_variables;
pub use explain::{ChainStep, StepOutcome};
pub use options::DefaultAzureCredentialOptions;

use std::sync::{Arc, OnceLock};

use identity_core::{
    AccessToken, ChainContext, Clock, Env, Error, TokenCredential, TokenFuture, TokenRequestOptions,
};

use self::members::{LeftOut, Member, members};
use crate::chain::Attempts;

/// Finds the right credential for where the program runs. It asks these, in this order, until one has a token:
///
/// 1. [`EnvironmentCredential`](crate::EnvironmentCredential): an app that environment variables describe;
/// 2. [`WorkloadIdentityCredential`](crate::WorkloadIdentityCredential): a program in Kubernetes;
/// 3. [`ManagedIdentityCredential`](crate::ManagedIdentityCredential): the machine's own identity;
/// 4. [`AzureCliCredential`](crate::AzureCliCredential), [`AzurePowerShellCredential`](crate::AzurePowerShellCredential) and
///    [`AzureDeveloperCliCredential`](crate::AzureDeveloperCliCredential): whoever is signed in on the command line;
/// 5. [`InteractiveBrowserCredential`](crate::InteractiveBrowserCredential), if it is asked for: a person with a browser.
///
/// A member that is not set up makes room for the next, and so does a developer's tool that fails. A deployed identity that is there and is
/// refused ends the chain: falling through to a developer's identity would hide what is wrong. Whoever gave a token is remembered and asked
/// alone from then on. No tool is started before its turn comes, and its token is kept until 5 minutes before its end or until its account changes.
///
/// `AZURE_TOKEN_CREDENTIALS` narrows the chain: `prod` (deployed identities), `dev` (a developer's), or the class of one member. The options leave
/// members out or put them in, and beat the variable. Deployed programs do well to name what they use.
///
/// ```no_run
/// use identity::{DefaultAzureCredential, TokenCredential, TokenRequestOptions};
///
/// # async fn example() -> Result<(), identity::Error> {
/// let credential = DefaultAzureCredential::new(Default::default())?;
/// let token = credential.get_token(&["https://vault.azure.net/.default"], &TokenRequestOptions::default()).await?;
/// # Ok(()) }
/// ```
///
/// Clones are the same credential. Dropping the last one drops its members, with their connections and what runs in the background.
#[derive(Clone, Debug)]
pub struct DefaultAzureCredential(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    members: Vec<Member>,
    left_out: Vec<LeftOut>,
    /// The index of whoever gave the first token.
    winner: OnceLock<usize>,
    conflicts: Vec<String>,
    env: Env,
    clock: Clock,
}

const NAME: &str = "DefaultAzureCredential";

impl DefaultAzureCredential {
    /// Puts the chain together. A member that can't be made stays in it and tells its reason when its turn comes. Nothing is sent or started.
    ///
    /// # Errors
    /// `InvalidArgument` when every member is left out, for a value of `AZURE_TOKEN_CREDENTIALS` that is none, and when it is required and not set.
    pub fn new(options: DefaultAzureCredentialOptions) -> Result<Self, Error> {
        let (members, left_out) = members(&options).map_err(|error| error.with_credential(NAME))?;
        if members.is_empty() {
            let message = "every member of the chain is left out; leave at least one in";
            return Err(Error::invalid_argument(message).with_credential(NAME));
        }
        let entra = options.entra_options();
        let conflicts = conflicting_variables(entra.env());
        for conflict in &conflicts {
            tracing::info!(credential = NAME, "{conflict}");
        }
        let (env, clock) = (entra.env().clone(), entra.clock().clone());
        Ok(Self(Arc::new(Inner { members, left_out, winner: OnceLock::new(), conflicts, env, clock })))
    }

    /// Goes through the chain for once and says of every member what it looked at, what came of it and how long that took, for the person who has to
    /// find out why. It neither uses nor changes who is remembered.
    pub async fn explain(&self, scopes: &[&str], options: &TokenRequestOptions) -> Vec<ChainStep> {
        let Inner { members, left_out, env, clock, .. } = &*self.0;
        explain::explain(members, left_out, env, clock, scopes, &as_member(options)).await
    }

    async fn ask_all(&self, scopes: &[&str], options: &TokenRequestOptions) -> Result<AccessToken, Error> {
        let Inner { members, winner, clock, .. } = &*self.0;
        let mut attempts = self.attempts(clock);
        for (index, member) in members.iter().enumerate() {
            match member.get_token(scopes, options).await {
                Ok(token) => {
                    if winner.set(index).is_ok() {
                        tracing::info!(
                            credential = NAME,
                            member = member.class(),
                            "this member is asked from now on"
                        );
                    }
                    return Ok(token);
                }
                Err(error) => attempts.add(error)?,
            }
        }
        Err(attempts.exhausted("no member of the chain could get a token"))
    }

    /// The error of a chain that asks one member only by now.
    fn winner_failed(&self, error: Error, mut attempts: Attempts) -> Error {
        match attempts.add(error) {
            Err(stopped) => stopped,
            Ok(()) => attempts
                .exhausted("the member that is remembered, because it had the first token, has none now"),
        }
    }

    fn attempts(&self, clock: &Clock) -> Attempts {
        Attempts::new(NAME, clock.clone()).with_notes(&self.0.conflicts)
    }
}

impl TokenCredential for DefaultAzureCredential {
    /// # Errors
    /// `AuthenticationFailed` with every attempt when no member has a token; the kind of the member at which the chain stopped, with the
    /// attempts up to it.
    fn get_token<'a>(&'a self, scopes: &'a [&'a str], options: &'a TokenRequestOptions) -> TokenFuture<'a> {
        if scopes.is_empty() {
            let error = Error::invalid_argument("get_token requires at least one scope");
            return TokenFuture::ready(Err(error.with_credential(NAME)));
        }
        let Inner { members, winner, clock, .. } = &*self.0;
        let Some(member) = winner.get().and_then(|index| members.get(*index)) else {
            return TokenFuture::boxed(async move { self.ask_all(scopes, &as_member(options)).await });
        };
        // A token in the cache of whoever is remembered costs what it costs there. It need not know that a chain asks: it has shown that it is
        // there, and what it answers is the chain's answer either way.
        match member.get_token(scopes, options).try_ready() {
            Ok(Ok(token)) => TokenFuture::ready(Ok(token)),
            Ok(Err(error)) => TokenFuture::ready(Err(self.winner_failed(error, self.attempts(clock)))),
            Err(pending) => TokenFuture::boxed(async move {
                let attempts = self.attempts(clock);
                pending.await.map_err(|error| self.winner_failed(error, attempts))
            }),
        }
    }
}

fn as_member(options: &TokenRequestOptions) -> TokenRequestOptions {
    options.clone().with_chain_context(ChainContext::Default)
}

#[cfg(test)]
mod tests;
