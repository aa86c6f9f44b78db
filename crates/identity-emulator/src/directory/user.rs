//! People.

use std::fmt;

use super::app::stable_guid;

/// A person who can sign in.
#[derive(Clone)]
pub struct User {
    username: String,
    password: String,
    oid: String,
    name: String,
    mfa_required: bool,
    federated: bool,
}

impl User {
    /// A user of this name (`someone@domain`) and password.
    pub fn new(username: impl Into<String>, password: impl Into<String>) -> User {
        let username = username.into();
        User {
            oid: stable_guid(&["user", &username]),
            name: username.clone(),
            username,
            password: password.into(),
            mfa_required: false,
            federated: false,
        }
    }

    /// Her object id, instead of one made from her name.
    pub fn with_oid(mut self, oid: impl Into<String>) -> User {
        self.oid = oid.into();
        self
    }

    /// The name that people call her.
    pub fn with_name(mut self, name: impl Into<String>) -> User {
        self.name = name.into();
        self
    }

    /// Another password.
    pub fn with_password(mut self, password: impl Into<String>) -> User {
        self.password = password.into();
        self
    }

    /// Demands a second factor: a password alone is answered with AADSTS50076.
    pub fn requiring_mfa(mut self) -> User {
        self.mfa_required = true;
        self
    }

    /// Puts her into a federated realm, where Entra ID knows no password of hers.
    pub fn federated(mut self) -> User {
        self.federated = true;
        self
    }

    /// The name she signs in with.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// Her object id.
    pub fn oid(&self) -> &str {
        &self.oid
    }

    /// The name that people call her.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn is_mfa_required(&self) -> bool {
        self.mfa_required
    }

    pub(crate) fn is_federated(&self) -> bool {
        self.federated
    }

    pub(crate) fn has_password(&self, password: &str) -> bool {
        self.password == password
    }

    pub(crate) fn is_called(&self, username: &str) -> bool {
        self.username.eq_ignore_ascii_case(username)
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("username", &self.username)
            .field("oid", &self.oid)
            .field("mfa_required", &self.mfa_required)
            .field("federated", &self.federated)
            .finish_non_exhaustive()
    }
}
