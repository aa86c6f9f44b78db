//! Credentials of a machine.

use std::sync::Arc;

use identity::{
    Error, ManagedIdentityCredential, ManagedIdentityCredentialOptions, ManagedIdentityId, TokenCredential,
};

use super::Credentials;
use crate::args::CredentialName;

impl Credentials<'_> {
    /// Which identity is meant is never taken from variables: they name apps, too.
    pub(super) fn managed_identity(&self) -> Result<Arc<dyn TokenCredential>, Error> {
        let class = CredentialName::ManagedIdentity.class();
        let mut options = ManagedIdentityCredentialOptions::default().with_entra(self.entra_options());
        if let Some(identity) = self.identity().map_err(|error| error.with_credential(class))? {
            options = options.with_identity(identity);
        }
        Ok(Arc::new(ManagedIdentityCredential::new(options)?))
    }

    /// The one identity that is named.
    pub(super) fn identity(&self) -> Result<Option<ManagedIdentityId>, Error> {
        let args = self.args;
        let others = [&args.object_id, &args.resource_id, &args.identity_config];
        // In a chain the client is that of its other members, if the identity is named in another way.
        let is_for_others = !args.members.is_empty() && others.iter().any(|other| other.is_some());
        let client_id = args.client_id.clone().filter(|_| !is_for_others);
        let given = [
            client_id.map(|id| Ok(ManagedIdentityId::ClientId(id))),
            args.object_id.clone().map(|id| Ok(ManagedIdentityId::ObjectId(id))),
            args.resource_id.clone().map(|id| Ok(ManagedIdentityId::ResourceId(id))),
            args.identity_config.as_deref().map(str::parse),
        ];
        let mut given = given.into_iter().flatten();
        match (given.next(), given.next()) {
            (Some(_), Some(_)) => Err(Error::invalid_argument(
                "an identity is named by one of --client-id, --object-id, --resource-id and --identity-config",
            )),
            (identity, _) => identity.transpose(),
        }
    }
}
