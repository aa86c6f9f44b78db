use std::sync::Arc;

use identity_core::{AuthenticationRecord, Error, Secret, TenantId};
use identity_entra::cache::{Account, Acquired, CacheStorage, MemoryStorage, PartitionId};
use identity_entra::client::{EntraClient, Owner};
use identity_entra::oauth::{IdToken, SignedIn, TokenResponse, random_text};
use identity_entra::options::EntraOptions;

use crate::ask::Ask;

/// Whose tokens a credential gives from now on, and where they are kept.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) client: EntraClient,
    pub(crate) owner: Owner,
    pub(crate) partition: PartitionId,
    /// The person's name, to start the next sign-in with.
    pub(crate) username: String,
    /// Nothing where the server did not say who signed in.
    pub(crate) record: Option<AuthenticationRecord>,
    /// A tenant as it was asked for, and the id by which its tokens are kept.
    realm: Option<(String, String)>,
}

impl Session {
    /// The account of an earlier process.
    pub(crate) fn of_record(client: &EntraClient, record: AuthenticationRecord) -> Self {
        Self {
            client: client.clone(),
            owner: Owner::Account(record.home_account_id().to_owned()),
            partition: PartitionId::account(record.home_account_id()),
            username: record.username().to_owned(),
            realm: None,
            record: Some(record),
        }
    }

    fn of_account(client: &EntraClient, ask: &Ask, signed_in: &SignedIn) -> Self {
        let account = signed_in.account();
        Self {
            client: client.clone(),
            owner: Owner::Account(account.home_account_id.clone()),
            partition: PartitionId::account(&account.home_account_id),
            username: account.username.clone(),
            realm: Some((ask.tenant.clone(), account.realm.clone())),
            // A record without a name would find the account and tell nobody whose it is.
            record: (!account.username.is_empty()).then(|| signed_in.record(client.client_id())),
        }
    }

    /// Somebody whom the server does not name. Nobody else will find these tokens, so they are kept in memory, under a name of their own.
    fn of_nobody(client: &EntraClient) -> Result<Self, Error> {
        let name = random_text()?;
        let options = client.options().clone().with_cache_storage(Arc::new(MemoryStorage::default()));
        let tenant = client.tenants().configured().map_or("", |tenant| tenant.as_str());
        Ok(Self {
            client: EntraClient::public(client.credential(), tenant, client.client_id(), &options)?,
            owner: Owner::Account(name.secret().to_owned()),
            partition: PartitionId::account(name.secret()),
            username: String::new(),
            realm: None,
            record: None,
        })
    }

    /// The names under which tokens of a tenant are kept: as it is asked for, and its id where that is known.
    pub(crate) fn realms<'a>(&'a self, tenant: &'a str) -> Vec<&'a str> {
        let mut realms = vec![tenant];
        if let Some((asked, realm)) = &self.realm
            && asked.eq_ignore_ascii_case(tenant)
        {
            realms.push(realm);
        }
        if TenantId::is_shared(tenant) {
            let home = self.owner.home_account_id().and_then(|home| Some(home.split_once('.')?.1));
            realms.extend(home);
        }
        realms
    }
}

/// A sign-in that has just succeeded.
#[derive(Clone, Debug)]
pub(crate) struct SignIn {
    pub(crate) session: Arc<Session>,
    pub(crate) acquired: Acquired,
}

impl SignIn {
    /// Reads and checks who signed in. `nonce` is what the ID token must repeat, `username` the name that was sent.
    pub(crate) fn check(
        client: &EntraClient,
        ask: &Ask,
        response: &TokenResponse,
        nonce: Option<&Secret>,
        username: Option<&str>,
    ) -> Result<Option<SignedIn>, Error> {
        let check = || {
            if let Some(id_token) = &response.id_token {
                IdToken::decode(id_token)?.verify(client.client_id(), nonce)?;
            }
            let (id_token, client_info) = (response.id_token.as_ref(), response.client_info.as_deref());
            SignedIn::new(client.authority(), &ask.tenant, id_token, client_info, username)
        };
        check().map_err(|error| error.with_credential(client.credential()))
    }

    /// Keeps the tokens of who signed in.
    pub(crate) async fn keep(
        client: &EntraClient,
        ask: &Ask,
        response: &TokenResponse,
        signed_in: Option<&SignedIn>,
    ) -> Result<Self, Error> {
        let session = match signed_in {
            Some(signed_in) => Session::of_account(client, ask, signed_in),
            None => Session::of_nobody(client)?,
        };
        let account: Option<&Account> = signed_in.map(SignedIn::account);
        let Session { client, owner, .. } = &session;
        client.store_account(owner, &ask.tenant, &ask.scopes(), ask.cae, response, account).await;
        let acquired = client.acquired(&ask.tenant, response);
        Ok(Self { session: Arc::new(session), acquired })
    }
}

/// Refresh tokens and accounts must be somewhere: in memory, unless the program says where.
pub(crate) fn with_storage(options: EntraOptions) -> EntraOptions {
    if options.cache_storage().is_some() {
        return options;
    }
    let storage: Arc<dyn CacheStorage> = Arc::new(MemoryStorage::default());
    options.with_cache_storage(storage)
}
