use identity_core::{Error, TokenRequestOptions};
use identity_entra::client::EntraClient;
use identity_entra::oauth::{RequestScopes, cae_enabled, request_claims};

/// One request for a token, owned by whoever carries it out. It is a good one: scopes and claims have been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ask {
    pub(crate) tenant: String,
    pub(crate) scopes: Vec<String>,
    /// The scopes as they are sent.
    pub(crate) request_scopes: RequestScopes,
    /// The claims as the caller gave them.
    pub(crate) claims: Option<String>,
    pub(crate) cae: bool,
}

impl Ask {
    /// Of somebody who signs in.
    pub(crate) fn of_user(
        client: &EntraClient,
        scopes: &[&str],
        options: &TokenRequestOptions,
    ) -> Result<Self, Error> {
        Self::new(client, scopes, options, RequestScopes::of_user)
    }

    /// Of a program that got its authorization code itself.
    pub(crate) fn as_given(
        client: &EntraClient,
        scopes: &[&str],
        options: &TokenRequestOptions,
    ) -> Result<Self, Error> {
        Self::new(client, scopes, options, RequestScopes::as_given)
    }

    fn new(
        client: &EntraClient,
        scopes: &[&str],
        options: &TokenRequestOptions,
        read: fn(&[&str]) -> Result<RequestScopes, Error>,
    ) -> Result<Self, Error> {
        let named = |error: Error| error.with_credential(client.credential());
        let cae = is_cae(client, options);
        request_claims(options.claims(), cae).map_err(named)?;
        Ok(Self {
            tenant: client.resolve_tenant(options.tenant_id())?.to_owned(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            request_scopes: read(scopes).map_err(named)?,
            claims: options.claims().map(str::to_owned),
            cae,
        })
    }

    /// The same with other claims.
    pub(crate) fn with_claims(self, claims: Option<&str>) -> Self {
        Self { claims: claims.map(str::to_owned), ..self }
    }

    /// The claims as they are sent.
    pub(crate) fn request_claims(&self) -> Result<Option<String>, Error> {
        Ok(request_claims(self.claims.as_deref(), self.cae)?.map(std::borrow::Cow::into_owned))
    }

    /// The scopes as they were asked for.
    pub(crate) fn scopes(&self) -> Vec<&str> {
        self.scopes.iter().map(String::as_str).collect()
    }

    /// Whether another request asks for the same.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let scopes = |ask: &Self| {
            let mut scopes = ask.scopes.clone();
            scopes.sort_unstable();
            scopes.dedup();
            scopes
        };
        (&self.tenant, &self.claims, self.cae) == (&other.tenant, &other.claims, other.cae)
            && scopes(self) == scopes(other)
    }
}

/// Whether a request is for a token that can be revoked early.
#[inline]
pub(crate) fn is_cae(client: &EntraClient, options: &TokenRequestOptions) -> bool {
    options.enable_cae() && cae_enabled(true, client.env())
}
