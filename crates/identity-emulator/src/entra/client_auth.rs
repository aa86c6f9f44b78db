//! Whether the client is who it says: by secret or by signed assertion.

use crate::aadsts::AadstsError;
use crate::directory::{App, Tenant};

use super::{Call, Entra, Outcome, known_app};

/// How a client has proved itself; tokens carry it as `appidacr` or `azpacr`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    None,
    Secret,
    Key,
}

impl Proof {
    pub(crate) fn strength(self) -> &'static str {
        match self {
            Self::None => "0",
            Self::Secret => "1",
            Self::Key => "2",
        }
    }
}

impl Entra {
    /// The app that sent this request and how it proved itself; [`Proof::None`] when it did not try.
    pub(super) fn client<'d>(&self, call: &Call<'_>, tenant: &'d Tenant) -> Outcome<(&'d App, Proof)> {
        let app = known_app(tenant, call.required("client_id")?)?;
        let secret = call.optional("client_secret");
        let assertion = call.optional("client_assertion");
        if app.is_public() && !app.is_confidential() && (secret.is_some() || assertion.is_some()) {
            return Err(AadstsError::public_client_with_proof());
        }
        if let Some(secret) = secret {
            if !app.has_secret(secret) {
                return Err(AadstsError::wrong_secret(app.client_id()));
            }
            return Ok((app, Proof::Secret));
        }
        if let Some(assertion) = assertion {
            super::assertion::verify(self, call, tenant, app, assertion)?;
            return Ok((app, Proof::Key));
        }
        Ok((app, Proof::None))
    }
}
