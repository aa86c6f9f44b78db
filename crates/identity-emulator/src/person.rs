//! A person at a browser, played for tests: fills in the pages and lands where the browser would.

mod landing;

pub use landing::Landing;

use std::fmt;
use std::io;

use crate::entra::Decision;

/// Who signs in, and what she does at each page.
#[derive(Clone)]
pub struct Person {
    pub(crate) username: String,
    pub(crate) password: String,
    pub(crate) cancels: bool,
    pub(crate) approves: bool,
    pub(crate) consents: bool,
}

impl Person {
    /// Someone who signs in with this name and password, approves second factors and agrees to what apps want.
    pub fn new(username: impl Into<String>, password: impl Into<String>) -> Person {
        Person {
            username: username.into(),
            password: password.into(),
            cancels: false,
            approves: true,
            consents: true,
        }
    }

    /// Presses Cancel at the first page.
    pub fn cancelling(mut self) -> Person {
        self.cancels = true;
        self
    }

    /// Denies second factors.
    pub fn denying_mfa(mut self) -> Person {
        self.approves = false;
        self
    }

    /// Declines what apps want.
    pub fn declining_consent(mut self) -> Person {
        self.consents = false;
        self
    }

    pub(crate) fn decision(&self) -> Decision<'_> {
        if self.cancels || !self.approves || !self.consents {
            Decision::Decline
        } else {
            Decision::Approve { username: &self.username, password: Some(&self.password) }
        }
    }

    /// What she types and presses at a page with these buttons.
    pub(crate) fn fill_in(&self, buttons: &[&str]) -> io::Result<Vec<(String, String)>> {
        let has = |name| buttons.contains(&name);
        let pressed = match () {
            () if has("sign_in") && !self.cancels => "sign_in",
            () if has("cancel") => "cancel",
            () if has("deny") => {
                if self.approves {
                    "approve"
                } else {
                    "deny"
                }
            }
            () if has("accept") => {
                if self.consents {
                    "accept"
                } else {
                    "decline"
                }
            }
            () => return Err(io::Error::other("the page has no button to press")),
        };
        let mut filled = vec![("action".to_owned(), pressed.to_owned())];
        if pressed == "sign_in" {
            filled.push(("login".to_owned(), self.username.clone()));
            filled.push(("passwd".to_owned(), self.password.clone()));
        }
        Ok(filled)
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person").field("username", &self.username).finish_non_exhaustive()
    }
}
