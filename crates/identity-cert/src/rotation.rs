//! Which certificate is used: the file's, as it is now, and around a rollover the one before.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use identity_core::{Result, SecretBytes, ServerError};

use crate::assertion::Assertions;
use crate::crypto::digest;
use crate::x509::{self, Certificate, Origin};

/// The certificate in use and, after its file changed, the one before it.
///
/// The file is read again for each token that is asked for over the network, which is once an hour or so: no watching, no thread, and
/// nothing that a file system's clock could get wrong. What can't be loaded (half written, key and certificate not yet matching, gone)
/// leaves the certificate in use as it is.
#[derive(Debug)]
pub(crate) struct Rotation {
    file: Option<WatchedFile>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct WatchedFile {
    path: PathBuf,
    password: Option<SecretBytes>,
}

#[derive(Debug)]
struct State {
    current: Generation,
    previous: Option<Generation>,
    /// The hash of what the file held last, good or bad, so that each content is judged and complained about once.
    seen: Option<Vec<u8>>,
    /// When a certificate was last asked for.
    now: SystemTime,
}

#[derive(Debug)]
struct Generation {
    assertions: Arc<Assertions>,
    refused_until: Option<SystemTime>,
    looked_at: bool,
}

impl Rotation {
    /// A certificate that stays.
    pub(crate) fn fixed(certificate: Certificate) -> Self {
        Self { file: None, state: Mutex::new(State::new(certificate, None)) }
    }

    /// A certificate whose file may change.
    ///
    /// # Errors
    /// Those of [`Certificate::from_file`].
    pub(crate) fn of_file(path: PathBuf, password: Option<SecretBytes>) -> Result<Self> {
        let data = x509::read(&path).map_err(|error| x509::unreadable(&path, &error))?;
        let certificate = Certificate::load(&data, password.as_ref())
            .map_err(|problem| x509::invalid(&Origin::File(&path), &problem))?;
        // A pipe can be read once only.
        let file = path.is_file().then_some(WatchedFile { path, password });
        Ok(Self { file, state: Mutex::new(State::new(certificate, Some(hash(&data)))) })
    }

    /// The certificate that would be used now.
    pub(crate) fn certificate(&self) -> Certificate {
        self.state().first().assertions.certificate().clone()
    }

    /// What to prove oneself with at `now`, after a look at the file.
    pub(crate) fn pick(&self, now: SystemTime) -> Arc<Assertions> {
        self.reload();
        let mut state = self.state();
        state.now = now;
        let origin = self.origin();
        let first = state.first_mut();
        if !std::mem::replace(&mut first.looked_at, true) {
            first.assertions.certificate().warn_outside_of_dates(&origin, now);
        }
        first.assertions.clone()
    }

    /// Takes note that the server does not know a key, and says whether there is another one to try; it is what [`Rotation::pick`] gives then.
    ///
    /// After a rollover that is to be expected for a while: the file has the new key, the server only the old one.
    pub(crate) fn refused(&self, refusal: &ServerError) -> bool {
        let used = self.certificate();
        self.reload();
        let mut state = self.state();
        let now = state.now;
        let (refused, other) = state.refused_and_other(refusal, &used);
        refused.refused_until = Some(now + REFUSAL_MEMORY);
        let Some(other) = other else { return false };
        // It may have been refused before, but not for this request, and the server may have learnt of it since.
        other.refused_until = None;
        tracing::warn!(
            "Microsoft Entra ID does not know the certificate with thumbprint {}; trying the one with thumbprint {}",
            refused.assertions.certificate().thumbprint(),
            other.assertions.certificate().thumbprint()
        );
        true
    }

    /// Loads the file if it holds something new.
    fn reload(&self) {
        let Some(file) = &self.file else { return };
        let origin = self.origin();
        let data = match file.path.is_file().then(|| x509::read(&file.path)) {
            Some(Ok(data)) => data,
            unreadable => {
                let error = unreadable
                    .and_then(io::Result::err)
                    .map_or_else(|| "it is no longer there".to_owned(), |e| e.to_string());
                if self.state().seen.take().is_some() {
                    tracing::warn!(
                        "{origin} cannot be read again ({error}); the certificate loaded from it stays in use"
                    );
                }
                return;
            }
        };
        let hash = hash(&data);
        if self.state().seen.as_ref() == Some(&hash) {
            return;
        }
        // Deriving keys takes a while, so nobody waits for it with the lock held.
        let loaded = Certificate::load(&data, file.password.as_ref());
        let mut state = self.state();
        if state.seen.replace(hash.clone()) == Some(hash) {
            return;
        }
        match loaded {
            Ok(certificate) => {
                tracing::debug!(
                    thumbprint = certificate.thumbprint(),
                    "{origin} changed and was loaded again"
                );
                state.rotate(certificate);
            }
            Err(problem) => {
                tracing::warn!("{origin} changed and {problem}; the certificate loaded before stays in use");
            }
        }
    }

    fn origin(&self) -> Origin<'_> {
        self.file.as_ref().map_or(Origin::Data, |file| Origin::File(&file.path))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn new(certificate: Certificate, seen: Option<Vec<u8>>) -> Self {
        Self { current: Generation::new(certificate), previous: None, seen, now: SystemTime::UNIX_EPOCH }
    }

    /// The certificate to use: the newest that was not refused lately.
    fn first(&self) -> &Generation {
        match &self.previous {
            Some(previous) if self.prefers_previous() => previous,
            _ => &self.current,
        }
    }

    fn first_mut(&mut self) -> &mut Generation {
        let is_previous = self.prefers_previous();
        match &mut self.previous {
            Some(previous) if is_previous => previous,
            _ => &mut self.current,
        }
    }

    fn prefers_previous(&self) -> bool {
        self.current.is_refused(self.now)
            && self.previous.as_ref().is_some_and(|p| p.is_valid(self.now) && !p.is_refused(self.now))
    }

    /// The one that a refusal is about, and the other one if that can be tried.
    ///
    /// The server usually says the thumbprint; else it is the one that was used last.
    fn refused_and_other(
        &mut self,
        refusal: &ServerError,
        used: &Certificate,
    ) -> (&mut Generation, Option<&mut Generation>) {
        let text = refusal.description.as_deref().unwrap_or_default();
        let named = |generation: &Generation| generation.assertions.certificate().is_named_in(text);
        let (current, now) = (&mut self.current, self.now);
        let Some(previous) = &mut self.previous else { return (current, None) };
        if !named(current) && (named(previous) || previous.holds(used)) {
            (previous, Some(current))
        } else {
            (current, Some(previous).filter(|previous| previous.is_valid(now)))
        }
    }

    /// The new certificate comes first. Of the two there were, the one stays that the server knew last.
    fn rotate(&mut self, certificate: Certificate) {
        if self.current.holds(&certificate) {
            // No rollover, but perhaps the issuers' certificates came later than the leaf.
            if !self.current.assertions.certificate().chain().eq(certificate.chain()) {
                self.current = Generation::new(certificate);
            }
            return;
        }
        match &mut self.previous {
            Some(previous) if previous.holds(&certificate) => {
                std::mem::swap(&mut self.current, previous);
                self.current = Generation::new(certificate);
            }
            _ => {
                let replaced = std::mem::replace(&mut self.current, Generation::new(certificate));
                if !replaced.is_refused(self.now) || self.previous.is_none() {
                    self.previous = Some(replaced);
                }
            }
        }
    }
}

impl Generation {
    fn new(certificate: Certificate) -> Self {
        Self { assertions: Arc::new(Assertions::new(certificate)), refused_until: None, looked_at: false }
    }

    fn holds(&self, certificate: &Certificate) -> bool {
        self.assertions.certificate() == certificate
    }

    fn is_refused(&self, now: SystemTime) -> bool {
        self.refused_until.is_some_and(|until| now < until)
    }

    fn is_valid(&self, now: SystemTime) -> bool {
        now <= self.assertions.certificate().not_after()
    }
}

fn hash(data: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, data).as_ref().to_vec()
}

/// For so long a refused certificate is not the first choice, if there is another.
const REFUSAL_MEMORY: Duration = Duration::from_secs(5 * 60);

#[cfg(test)]
mod tests;
