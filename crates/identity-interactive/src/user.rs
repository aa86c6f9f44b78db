use identity_core::{AuthenticationRecord, Error, TenantId, variables};
use identity_entra::authority::Authority;
use identity_entra::client::EntraClient;
use identity_entra::options::EntraOptions;

use crate::session::with_storage;

/// Who a credential is, put together from what its options say and from the record of an earlier process.
pub(crate) struct Identity<'a> {
    pub(crate) credential: &'static str,
    pub(crate) tenant_id: Option<&'a str>,
    pub(crate) client_id: Option<&'a str>,
    pub(crate) record: Option<&'a AuthenticationRecord>,
    pub(crate) entra: &'a EntraOptions,
}

impl Identity<'_> {
    /// The client that people sign in with. The record's app beats the option; the option beats the record's tenant and authority.
    pub(crate) fn client(&self) -> Result<EntraClient, Error> {
        let record = self.record;
        if record.is_some_and(|record| record.home_account_id().is_empty()) {
            let message = "the authentication record names no account (homeAccountId); make a new one with `authenticate`";
            return Err(Error::invalid_argument(message).with_credential(self.credential));
        }
        let tenant = given(self.tenant_id).or(record.map(AuthenticationRecord::tenant_id));
        let client = record.map(AuthenticationRecord::client_id).or(given(self.client_id));
        let options = with_storage(self.options().map_err(|error| error.with_credential(self.credential))?);
        EntraClient::public(
            self.credential,
            tenant.unwrap_or(TenantId::ORGANIZATIONS),
            client.unwrap_or(DEVELOPER_CLIENT_ID),
            &options,
        )
    }

    /// The authority is the option, else that of the record, written as the environment does if it means the same.
    fn options(&self) -> Result<EntraOptions, Error> {
        let options = self.entra.clone();
        let Some(record) = self.record.filter(|_| options.authority_host().is_none()) else {
            return Ok(options);
        };
        let of_record = record.authority();
        if options.env().get(variables::AZURE_AUTHORITY_HOST).is_some()
            && Authority::from_options(None, options.env())?.same_cloud(of_record)
        {
            return Ok(options);
        }
        Ok(options.with_authority_host(of_record))
    }
}

fn given(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

/// The app that Microsoft's developer tools sign in with; anybody may use it, and every tenant knows it.
pub(crate) const DEVELOPER_CLIENT_ID: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

#[cfg(test)]
mod tests;
