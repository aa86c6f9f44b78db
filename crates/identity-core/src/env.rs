#![allow(clippy::disallowed_methods, reason = "this is the one place that reads the process environment")]

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::Secret;

/// The environment that settings are taken from: that of the process, or a value that a test or a program puts together.
///
/// A variable that is empty counts as unset. `Debug` shows names and no values.
#[derive(Clone, Default)]
pub struct Env(Option<Arc<BTreeMap<OsString, OsString>>>);

impl Env {
    /// The environment of the process, read at each look-up.
    pub fn process() -> Self {
        Self(None)
    }

    /// An environment without any variable.
    pub fn empty() -> Self {
        Self(Some(Arc::default()))
    }

    /// The same environment with one variable more, or with another value for it.
    pub fn with(self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        let mut variables: BTreeMap<_, _> = self.iter().collect();
        variables.insert(name.into(), value.into());
        Self(Some(Arc::new(variables)))
    }

    /// The same environment without one variable.
    pub fn without(self, name: impl AsRef<OsStr>) -> Self {
        let name = name.as_ref();
        Self(Some(Arc::new(self.iter().filter(|(n, _)| n != name).collect())))
    }

    /// A variable's text; nothing when it is unset, empty, or no Unicode.
    pub fn get(&self, name: &str) -> Option<String> {
        self.get_os(name)?.into_string().ok()
    }

    /// A variable as the system gives it, for paths; nothing when it is unset or empty.
    pub fn get_os(&self, name: &str) -> Option<OsString> {
        let value = match &self.0 {
            None => std::env::var_os(name),
            Some(variables) => variables.get(OsStr::new(name)).cloned(),
        };
        value.filter(|value| !value.is_empty())
    }

    /// A variable that holds a secret.
    pub fn secret(&self, name: &str) -> Option<Secret> {
        self.get(name).map(Secret::new)
    }

    /// Whether a variable is set to `1` or, in any case, `true`.
    pub fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value == "1" || value.eq_ignore_ascii_case("true"))
    }

    /// The home directory of the user.
    pub fn home_dir(&self) -> Option<PathBuf> {
        self.get_os(if cfg!(windows) { "USERPROFILE" } else { "HOME" }).map(PathBuf::from)
    }

    /// All variables, the empty ones included, for the environment of a child process.
    pub fn iter(&self) -> impl Iterator<Item = (OsString, OsString)> + '_ {
        let (process, value) = match &self.0 {
            None => (Some(std::env::vars_os()), None),
            Some(variables) => (None, Some(variables.iter().map(|(n, v)| (n.clone(), v.clone())))),
        };
        process.into_iter().flatten().chain(value.into_iter().flatten())
    }
}

impl<N: Into<OsString>, V: Into<OsString>> FromIterator<(N, V)> for Env {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        Self(Some(Arc::new(variables.into_iter().map(|(n, v)| (n.into(), v.into())).collect())))
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            None => f.write_str("Env(process)"),
            Some(variables) => f.debug_tuple("Env").field(&variables.keys().collect::<Vec<_>>()).finish(),
        }
    }
}

/// The names of the variables that several crates read, so that each is spelled once.
pub mod variables {
    macro_rules! variables {
        ($($(#[$doc:meta])* $name:ident)*) => { $($(#[$doc])* pub const $name: &str = stringify!($name);)* };
    }
    variables! {
        /// The tenant of an app.
        AZURE_TENANT_ID
        /// The client id of an app or of a user-assigned managed identity.
        AZURE_CLIENT_ID
        /// The secret of an app.
        AZURE_CLIENT_SECRET
        /// The file with an app's certificate and private key.
        AZURE_CLIENT_CERTIFICATE_PATH
        /// The password of that file.
        AZURE_CLIENT_CERTIFICATE_PASSWORD
        /// Whether assertions carry the whole certificate chain: `1` or `true`.
        AZURE_CLIENT_SEND_CERTIFICATE_CHAIN
        /// The name of a user.
        AZURE_USERNAME
        /// The password of a user.
        AZURE_PASSWORD
        /// The host of Entra ID, for clouds other than the public one.
        AZURE_AUTHORITY_HOST
        /// Tenants that tokens may also be asked from, separated by `;`.
        AZURE_ADDITIONALLY_ALLOWED_TENANTS
        /// When set, a request's own tenant is ignored.
        AZURE_IDENTITY_DISABLE_MULTITENANTAUTH
        /// When set, continuous access evaluation is never asked for.
        AZURE_IDENTITY_DISABLE_CP1
        /// When set, `DeviceCodeCredential` is unavailable.
        AZURE_IDENTITY_DISABLE_DEVICE_CODE
        /// The region whose authority is used: its name or `tryautodetect`.
        AZURE_REGIONAL_AUTHORITY_NAME
        /// The file with a federated token.
        AZURE_FEDERATED_TOKEN_FILE
        /// Which members the default chain has.
        AZURE_TOKEN_CREDENTIALS
        /// The host that stands for the metadata service under pod identity.
        AZURE_POD_IDENTITY_AUTHORITY_HOST
    }
}

#[cfg(test)]
mod tests;
