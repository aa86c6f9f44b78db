use std::fmt;

use crate::Error;

/// One scope that is fit to be sent: the characters are those of RFC 6749, section 3.3.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope(String);

impl Scope {
    /// Checks the characters: printable ASCII without space, `"` and `\`.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty scope or one with another character.
    pub fn parse(scope: &str) -> Result<Self, Error> {
        match scope {
            "" => Err(Error::invalid_argument("a scope must not be empty")),
            _ if scope.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\') => {
                Ok(Self(scope.to_owned()))
            }
            _ if scope.contains(' ') => Err(Error::invalid_argument(format!(
                "the scope '{}' contains a space; pass several scopes as separate items",
                scope.escape_debug()
            ))),
            _ => Err(Error::invalid_argument(format!(
                "the scope '{}' contains a character that no scope may have (RFC 6749, section 3.3)",
                scope.escape_debug()
            ))),
        }
    }

    /// The scope's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The resource that the scope belongs to: one trailing `/.default` is dropped, nothing else. This is how protocols that know
    /// resources and not scopes (managed identity, the Azure CLI) name the same thing.
    pub fn resource(&self) -> &str {
        self.0.strip_suffix("/.default").unwrap_or(&self.0)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Checks what every credential checks first: at least one scope, and each of them well-formed.
///
/// # Errors
/// `InvalidArgument`, with the credential's name.
pub fn check_scopes(credential: &'static str, scopes: &[&str]) -> Result<(), Error> {
    if scopes.is_empty() {
        return Err(
            Error::invalid_argument("get_token requires at least one scope").with_credential(credential)
        );
    }
    scopes
        .iter()
        .try_for_each(|scope| Scope::parse(scope).map(drop))
        .map_err(|e| e.with_credential(credential))
}

/// The resource of the one scope that credentials accept whose protocol knows a single resource.
///
/// # Errors
/// `InvalidArgument` for none, for several, and for a malformed one.
pub fn single_resource(credential: &'static str, scopes: &[&str]) -> Result<String, Error> {
    check_scopes(credential, scopes)?;
    match scopes {
        [scope] => Ok(Scope::parse(scope)?.resource().to_owned()),
        _ => Err(Error::invalid_argument(format!(
            "this credential requires exactly one scope per token request, and {} were given",
            scopes.len()
        ))
        .with_credential(credential)),
    }
}

#[cfg(test)]
mod tests;
