use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use crate::{AccessToken, Error, Result, Secret, TokenCredential, TokenFuture, TokenRequestOptions};

/// A credential that gives one and the same token, for tests of clients.
#[derive(Clone, Debug)]
pub struct StaticTokenCredential(AccessToken);

impl StaticTokenCredential {
    /// A token that never runs out.
    pub fn new(token: impl Into<Secret>) -> Self {
        let far = SystemTime::UNIX_EPOCH + Duration::from_secs(253_402_300_799);
        Self(AccessToken::new(token, far).with_credential("StaticTokenCredential"))
    }

    /// A token of the caller's making.
    pub fn from_token(token: AccessToken) -> Self {
        Self(token)
    }
}

impl TokenCredential for StaticTokenCredential {
    fn get_token<'a>(&'a self, scopes: &'a [&'a str], _: &'a TokenRequestOptions) -> TokenFuture<'a> {
        TokenFuture::ready(crate::check_scopes("StaticTokenCredential", scopes).map(|()| self.0.clone()))
    }
}

/// A credential that gives the answers it was told, in order, and remembers what it was asked. Clones share both.
#[derive(Clone, Debug, Default)]
pub struct ScriptedCredential(Arc<Mutex<Script>>);

#[derive(Debug, Default)]
struct Script {
    answers: VecDeque<Result<AccessToken>>,
    calls: Vec<Call>,
}

/// What a [`ScriptedCredential`] was asked.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Call {
    /// The scopes.
    pub scopes: Vec<String>,
    /// The rest.
    pub options: TokenRequestOptions,
}

impl ScriptedCredential {
    /// A credential without an answer yet: until it is told one it says that it is unavailable.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the next answer.
    pub fn push(&self, answer: Result<AccessToken>) {
        self.script().answers.push_back(answer);
    }

    /// What was asked so far.
    pub fn calls(&self) -> Vec<Call> {
        self.script().calls.clone()
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TokenCredential for ScriptedCredential {
    fn get_token<'a>(&'a self, scopes: &'a [&'a str], options: &'a TokenRequestOptions) -> TokenFuture<'a> {
        let mut script = self.script();
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        script.calls.push(Call { scopes, options: options.clone() });
        let unscripted =
            || Err(Error::unavailable("no answer is scripted").with_credential("ScriptedCredential"));
        TokenFuture::ready(script.answers.pop_front().unwrap_or_else(unscripted))
    }
}

#[cfg(test)]
mod tests;
