use serde::{Deserialize, Serialize};

use crate::{Error, Result, TenantId};

/// Who signed in: what a later process needs to find the same account's cached tokens without asking again. It holds no secret, so it may be
/// printed and stored in the clear.
///
/// Programs normally get one from a credential's `authenticate`, keep its [`serialize`](Self::serialize)d form, and give it back in the options
/// of the next process's credential. The form is shared with the SDKs of the other languages.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AuthenticationRecord {
    tenant_id: String,
    client_id: String,
    authority: String,
    home_account_id: String,
    username: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    authority: String,
    client_id: String,
    home_account_id: String,
    tenant_id: String,
    username: String,
    version: String,
}

const VERSION: &str = "1.0";
/// No record is near this; whatever is larger is something else.
const MOST_BYTES: usize = 64 * 1024;

impl AuthenticationRecord {
    /// Puts a record together: the tenant that issued the tokens, the app that asked, the authority's host, the account in its home tenant
    /// (`oid.tid`), and the user's name.
    pub fn new(
        tenant_id: impl Into<String>,
        client_id: impl Into<String>,
        authority: impl Into<String>,
        home_account_id: impl Into<String>,
        username: impl Into<String>,
    ) -> Self {
        Self {
            tenant_id: tenant_id.into(),
            client_id: client_id.into(),
            authority: authority.into(),
            home_account_id: home_account_id.into(),
            username: username.into(),
        }
    }

    /// The tenant that issued the tokens.
    pub fn tenant_id(&self) -> &str {
        &self.tenant_id
    }

    /// The app that the user signed in to.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The authority as it was recorded: a host, a host with a port, or an https URL, depending on the SDK that wrote it.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The account's identifier in its home tenant.
    pub fn home_account_id(&self) -> &str {
        &self.home_account_id
    }

    /// The user's name, for people to read.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// The record as JSON text.
    pub fn serialize(&self) -> String {
        let wire = Wire {
            authority: self.authority.clone(),
            client_id: self.client_id.clone(),
            home_account_id: self.home_account_id.clone(),
            tenant_id: self.tenant_id.clone(),
            username: self.username.clone(),
            version: VERSION.into(),
        };
        // A struct of strings always serializes.
        serde_json::to_string(&wire).unwrap_or_default()
    }

    /// Reads what [`serialize`](Self::serialize), or another language's SDK, wrote. Unknown members are ignored.
    ///
    /// # Errors
    /// `InvalidArgument` for text that is no such JSON, for a version other than 1.0, and for a tenant that can't be one.
    pub fn deserialize(text: &str) -> Result<Self> {
        if text.len() > MOST_BYTES {
            return Err(Error::invalid_argument(format!(
                "an authentication record is never {} bytes long",
                text.len()
            )));
        }
        let wire: Wire = serde_json::from_str(text.trim_start_matches('\u{feff}'))
            .map_err(|e| Error::invalid_argument(format!("this is no authentication record: {e}")))?;
        if wire.version != VERSION {
            return Err(Error::invalid_argument(format!(
                "unexpected version \"{}\" of an authentication record; this crate supports \"{VERSION}\"",
                wire.version.escape_debug()
            )));
        }
        TenantId::parse(&wire.tenant_id)?;
        Ok(Self::new(wire.tenant_id, wire.client_id, wire.authority, wire.home_account_id, wire.username))
    }
}

#[cfg(test)]
mod tests;
