use std::fmt;
use std::str::FromStr;

use identity_core::Error;

/// Which user-assigned identity is meant, by one of its names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ManagedIdentityId {
    /// The client id (application id), or under pod identity that of an app registration.
    ClientId(String),
    /// The object id (principal id).
    ObjectId(String),
    /// The resource id: `/subscriptions/.../providers/Microsoft.ManagedIdentity/userAssignedIdentities/NAME`.
    ResourceId(String),
}

impl ManagedIdentityId {
    /// From a mapping with one entry, as other SDKs take it in `identity_config`. The names are `client_id`, `object_id` and `resource_id`, or
    /// what hosts call them: `clientid`, `principal_id`, `mi_res_id`, `msi_res_id`. One `KEY=VALUE` in a text can be parsed to the same.
    ///
    /// ```
    /// use identity_msi::ManagedIdentityId;
    ///
    /// let by_mapping = ManagedIdentityId::from_config([("object_id", "11111111-2222-3333-4444-555555555555")])?;
    /// assert_eq!(by_mapping, "principal_id=11111111-2222-3333-4444-555555555555".parse()?);
    /// # Ok::<(), identity_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` for none or several entries, for a name that no host knows, and for a value that can't be such an id. A name that
    /// a host does not know would be ignored there, and the token would be another identity's.
    pub fn from_config<N: AsRef<str>, V: Into<String>>(
        config: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, Error> {
        let mut entries = config.into_iter();
        let (Some((name, value)), None) = (entries.next(), entries.next()) else {
            return Err(Error::invalid_argument(
                "an identity is named by exactly one of client_id, object_id and resource_id",
            ));
        };
        let (name, value) = (name.as_ref(), value.into());
        let id = match name {
            "client_id" | "clientid" => Self::ClientId(value),
            "object_id" | "principal_id" => Self::ObjectId(value),
            "resource_id" | "mi_res_id" | "msi_res_id" => Self::ResourceId(value),
            _ => {
                return Err(Error::invalid_argument(format!(
                    "'{}' names no identity; use client_id, object_id or resource_id",
                    name.escape_debug()
                )));
            }
        };
        id.check().map(|()| id)
    }

    /// # Errors
    /// `InvalidArgument` for a value that can't be such an id.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let (kind, value) = self.parts();
        let fine = match self {
            Self::ResourceId(id) => id.starts_with('/') && id.bytes().all(|b| b.is_ascii_graphic()),
            Self::ClientId(id) | Self::ObjectId(id) => {
                !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
            }
        };
        let looks = match self {
            Self::ResourceId(_) => {
                "/subscriptions/ID/resourceGroups/GROUP/providers/Microsoft.ManagedIdentity/userAssignedIdentities/NAME"
            }
            Self::ClientId(_) | Self::ObjectId(_) => "00000000-0000-0000-0000-000000000000",
        };
        let value = value.escape_debug();
        fine.then_some(()).ok_or_else(|| {
            Error::invalid_argument(format!(
                "'{value}' is no {kind} of a managed identity; one looks like {looks}"
            ))
        })
    }

    /// What kind of id it is, in words, and the id.
    pub(crate) fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::ClientId(id) => ("client id", id),
            Self::ObjectId(id) => ("object id", id),
            Self::ResourceId(id) => ("resource id", id),
        }
    }
}

/// `KEY=VALUE`, as [`from_config`](ManagedIdentityId::from_config) takes them.
impl FromStr for ManagedIdentityId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let entry = text.split_once('=').ok_or_else(|| {
            Error::invalid_argument(format!("'{}' is not of the form KEY=VALUE", text.escape_debug()))
        })?;
        Self::from_config([entry])
    }
}

/// `client id 00000000-0000-0000-0000-000000000000`.
impl fmt::Display for ManagedIdentityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, id) = self.parts();
        write!(f, "{kind} {id}")
    }
}

#[cfg(test)]
mod tests;
