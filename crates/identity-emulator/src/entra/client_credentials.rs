//! `grant_type=client_credentials`: an app asks for itself.

use crate::aadsts::AadstsError;
use crate::directory::Directory;
use crate::shapes::TokenBody;

use super::client_auth::Proof;
use super::scopes::{app_resource, check_resource};
use super::tokens::{Subject, TokenRequest};
use super::{Call, Entra, Outcome, one_tenant};

impl Entra {
    pub(super) fn client_credentials(
        &self,
        call: &Call<'_>,
        directory: &Directory,
        tenant: &str,
    ) -> Outcome<TokenBody> {
        let tenant = one_tenant(directory, tenant)?;
        let (app, proof) = self.client(call, tenant)?;
        if proof == Proof::None {
            return Err(AadstsError::no_proof_for_client_credentials());
        }
        let resource = app_resource(call.required("scope")?)?;
        check_resource(tenant, resource)?;
        self.issue(call, &TokenRequest { tenant, app, proof, subject: Subject::App, resource, scopes: &[] })
    }
}
