use identity_core::Error;
use identity_entra::cache::{Account, AccountFilter, CachePartition, CacheStorage};

/// The accounts of people who signed in and whose tokens are in a storage: one for each account and cloud, in the order of their names.
///
/// ```
/// use identity_entra::cache::MemoryStorage;
/// use identity_interactive::accounts;
///
/// # async fn example() -> Result<(), identity_core::Error> {
/// for account in accounts(&MemoryStorage::default()).await? {
///     println!("{}", account.username);
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// What the storage ends in.
pub async fn accounts(storage: &dyn CacheStorage) -> Result<Vec<Account>, Error> {
    let mut accounts: Vec<Account> = Vec::new();
    for cae in [false, true] {
        for account in storage.load(&CachePartition::all(cae)).await?.accounts(&AccountFilter::default()) {
            let known = |other: &Account| {
                other.home_account_id == account.home_account_id && other.environment == account.environment
            };
            if !accounts.iter().any(known) {
                accounts.push(account);
            }
        }
    }
    accounts.sort_by(|one, other| {
        (&one.username, &one.home_account_id).cmp(&(&other.username, &other.home_account_id))
    });
    Ok(accounts)
}

/// Signs an account out of a storage: its refresh tokens, all of them or those of one client and its family, and its access tokens are
/// forgotten. Programs that hold an access token in memory can use it until it ends.
///
/// # Errors
/// What the storage ends in.
pub async fn sign_out(
    storage: &dyn CacheStorage,
    account: &Account,
    client_id: Option<&str>,
) -> Result<(), Error> {
    remove(storage, &[&account.environment], client_id, &account.home_account_id).await
}

pub(crate) async fn remove(
    storage: &dyn CacheStorage,
    environments: &[&str],
    client_id: Option<&str>,
    home_account_id: &str,
) -> Result<(), Error> {
    if home_account_id.is_empty() {
        // An account without an id is nobody's, and a partition without a name is everybody's.
        return Ok(());
    }
    for cae in [false, true] {
        let partition = CachePartition::user(home_account_id, cae);
        let change = |cache: &mut identity_entra::cache::UnifiedCache| {
            cache.remove_account(environments, client_id, home_account_id);
        };
        storage.update(&partition, &change).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
