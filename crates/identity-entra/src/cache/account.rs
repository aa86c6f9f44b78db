/// A person who signed in, as the cache keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// The account in its home tenant, as `oid.tid`.
    pub home_account_id: String,
    /// The host of the authority that it signed in to.
    pub environment: String,
    /// The tenant that issued the tokens.
    pub realm: String,
    /// The account's object id in that tenant.
    pub local_account_id: String,
    /// The user's name, such as `anna@contoso.com`.
    pub username: String,
    /// `MSSTS` for Entra ID, `ADFS` for a federation server.
    pub authority_type: String,
    /// The name to show.
    pub name: Option<String>,
}

/// Which accounts are looked for. Each part that is absent accepts all.
#[derive(Clone, Copy, Debug, Default)]
pub struct AccountFilter<'a> {
    /// The authority's host under all its names; all hosts when empty.
    pub environments: &'a [&'a str],
    /// The user's name, in any case.
    pub username: Option<&'a str>,
    /// The account's id in its home tenant.
    pub home_account_id: Option<&'a str>,
}

impl Account {
    /// The tenant the account belongs to: the part of its id after the dot.
    pub fn home_tenant(&self) -> Option<&str> {
        self.home_account_id.split_once('.').map(|(_, tenant)| tenant)
    }
}

impl AccountFilter<'_> {
    pub(super) fn accepts(&self, account: &Account) -> bool {
        let of_entra = ["MSSTS", "ADFS"].iter().any(|kind| account.authority_type.eq_ignore_ascii_case(kind));
        of_entra
            && (self.environments.is_empty()
                || self.environments.iter().any(|one| one.eq_ignore_ascii_case(&account.environment)))
            && self.username.is_none_or(|name| name.to_lowercase() == account.username.to_lowercase())
            && self.home_account_id.is_none_or(|id| id == account.home_account_id)
    }
}
