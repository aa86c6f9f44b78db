use std::fmt;
use std::sync::Arc;

use crate::Error;

/// A tenant: a directory's id, one of its domain names, or one of the names with a meaning (`organizations`, `common`, `consumers`, `adfs`).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TenantId(Arc<str>);

impl TenantId {
    /// Any work or school account: what credentials of people use when no tenant is given.
    pub const ORGANIZATIONS: &'static str = "organizations";
    /// An Active Directory Federation Services server, which has no tenants.
    pub const ADFS: &'static str = "adfs";

    /// Checks the characters: letters, digits, `-` and `.`.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty tenant or one with another character.
    pub fn parse(tenant_id: &str) -> Result<Self, Error> {
        if !tenant_id.is_empty()
            && tenant_id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
        {
            return Ok(Self(tenant_id.into()));
        }
        Err(Error::invalid_argument(format!(
            "invalid tenant id '{}': it may have letters, digits, '-' and '.' only. The Microsoft page \"Find your Microsoft Entra tenant\" \
             tells how to locate yours",
            tenant_id.escape_debug()
        )))
    }

    /// Whether a name stands for the tenants of many: `organizations`, `common` or `consumers`, in any case.
    pub fn is_shared(tenant: &str) -> bool {
        [Self::ORGANIZATIONS, "common", "consumers"].iter().any(|shared| shared.eq_ignore_ascii_case(tenant))
    }

    /// [`Self::ORGANIZATIONS`] as a value.
    pub fn organizations() -> Self {
        Self(Self::ORGANIZATIONS.into())
    }

    /// The tenant's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The tenant's text, shared.
    pub fn shared(&self) -> Arc<str> {
        self.0.clone()
    }

    /// Whether this is [`Self::ADFS`].
    pub fn is_adfs(&self) -> bool {
        self.0.eq_ignore_ascii_case(Self::ADFS)
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TenantId({})", self.0)
    }
}

#[cfg(test)]
mod tests;
