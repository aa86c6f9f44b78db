//! The stored form, exchanged with Microsoft's own library for Python in both directions.

#![allow(clippy::unwrap_used, clippy::panic)]

mod needs_msal {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use identity_core::Secret;
    use identity_entra::cache::{
        AccessTokenQuery, Account, AccountFilter, NewAccessToken, NewTokens, UnifiedCache,
    };

    const HOST: &str = "login.microsoftonline.com";
    const NOW: u64 = 1_900_000_000;
    const SCOPES: [&str; 2] =
        ["https://vault.azure.net/.default", "https://vault.azure.net/user_impersonation"];

    /// Runs a script with a cache on its standard input; the script's `cache` is MSAL's, and what it prints comes back.
    fn python(script: &str, cache: &[u8]) -> String {
        const BEFORE: &str = "import sys, json, msal\ncache = msal.SerializableTokenCache()\ncache.deserialize(sys.stdin.read() or None)\nCT = msal.TokenCache.CredentialType\n";
        let mut child = Command::new("/usr/bin/python3")
            .args(["-c", &format!("{BEFORE}{script}")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(cache).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    }

    fn ours() -> UnifiedCache {
        let mut cache = UnifiedCache::default();
        let (access, refresh, id) = (Secret::new("access-1"), Secret::new("refresh-1"), Secret::new("id-1"));
        let account = Account {
            home_account_id: "uid.utid".into(),
            environment: HOST.into(),
            realm: "utid".into(),
            local_account_id: "uid".into(),
            username: "zo\u{eb}@contoso.com".into(),
            authority_type: "MSSTS".into(),
            name: None,
        };
        let token = NewAccessToken {
            secret: &access,
            target: &SCOPES,
            token_type: "Bearer",
            expires_on: NOW + 3600,
            refresh_on: None,
            extra_cache_key: None,
        };
        cache.store(&NewTokens {
            environment: HOST,
            client_id: "client",
            realm: "utid",
            home_account_id: Some("uid.utid"),
            access_token: Some(token.clone()),
            refresh_token: Some(&refresh),
            family_id: Some("1"),
            id_token: Some(&id),
            account: Some(&account),
            user_assertion_hash: None,
            now: NOW,
        });
        let app = Secret::new("app-1");
        cache.store(&NewTokens {
            environment: HOST,
            client_id: "client",
            realm: "utid",
            access_token: Some(NewAccessToken { secret: &app, target: &SCOPES[..1], ..token }),
            now: NOW,
            ..NewTokens::default()
        });
        cache
    }

    #[test]
    fn msal_finds_what_we_stored() {
        let script = r#"
query = {"client_id": "client", "environment": "login.microsoftonline.com", "realm": "utid", "home_account_id": "uid.utid"}
at = cache.find(CT.ACCESS_TOKEN, target=["https://vault.azure.net/.default"], query=query)
app = cache.find(CT.ACCESS_TOKEN, target=["https://vault.azure.net/.default"], query=dict(query, home_account_id=None))
rt = cache.find(CT.REFRESH_TOKEN, query={"environment": "login.microsoftonline.com", "home_account_id": "uid.utid", "family_id": "1"})
acc = cache.find(CT.ACCOUNT, query={"environment": "login.microsoftonline.com", "username": "zo\u00eb@contoso.com"})
ids = cache.find(CT.ID_TOKEN, query=query)
app_metadata = cache.find(CT.APP_METADATA, query={"client_id": "client"})
print([[e["secret"] for e in found] for found in (at, app, rt, ids)], acc[0]["home_account_id"], int(at[0]["expires_on"]), app_metadata[0]["family_id"])
"#;
        let found = python(script, &ours().serialize());
        assert_eq!(found.trim(), "[['access-1'], ['app-1'], ['refresh-1'], ['id-1']] uid.utid 1900003600 1");
    }

    #[test]
    fn we_find_what_msal_stored_and_replace_it_without_leaving_twins() {
        let script = r#"
import base64
b64 = lambda o: base64.urlsafe_b64encode(json.dumps(o).encode()).decode().rstrip("=")
cache.add({
    "client_id": "client", "scope": ["https://vault.azure.net/.default", "https://vault.azure.net/user_impersonation"], "token_endpoint": "https://login.microsoftonline.com/utid/oauth2/v2.0/token",
    "grant_type": "authorization_code",
    "response": {
        "token_type": "Bearer", "expires_in": 3600, "ext_expires_in": 7200, "access_token": "access-0", "refresh_token": "refresh-0", "foci": "1",
        "scope": "https://vault.azure.net/.default https://vault.azure.net/user_impersonation",
        "client_info": b64({"uid": "uid", "utid": "utid"}),
        "id_token_claims": {"oid": "uid", "preferred_username": "zo\u00eb@contoso.com", "tid": "utid"}, "id_token": "id-0",
    },
}, now=1900000000)
print(cache.serialize())
"#;
        let stored = python(script, b"");
        let mut cache = UnifiedCache::parse(stored.as_bytes()).unwrap();
        let query = AccessTokenQuery {
            environments: &[HOST],
            client_id: Some("client"),
            realms: &["utid"],
            home_account_id: Some("uid.utid"),
            scopes: &SCOPES[1..],
            user_assertion_hash: None,
            extra_cache_key: None,
        };
        assert_eq!(cache.access_token(&query).unwrap().secret.secret(), "access-0");
        let refresh = cache.refresh_tokens(&[HOST], "client", Some("uid.utid"), None);
        assert_eq!(refresh[0].secret.secret(), "refresh-0");
        let filter = AccountFilter { username: Some("ZO\u{cb}@contoso.com"), ..AccountFilter::default() };
        assert_eq!(cache.accounts(&filter)[0].home_account_id, "uid.utid");

        // The same sign-in again, written by us into what MSAL wrote.
        let secret = Secret::new("access-2");
        let token = NewAccessToken {
            secret: &secret,
            target: &SCOPES,
            token_type: "Bearer",
            expires_on: NOW + 7200,
            refresh_on: None,
            extra_cache_key: None,
        };
        let rotated = Secret::new("refresh-2");
        cache.store(&NewTokens {
            environment: HOST,
            client_id: "client",
            realm: "utid",
            home_account_id: Some("uid.utid"),
            access_token: Some(token),
            refresh_token: Some(&rotated),
            family_id: Some("1"),
            now: NOW,
            ..NewTokens::default()
        });
        let script = r#"
print([e["secret"] for e in cache.find(CT.ACCESS_TOKEN)], [e["secret"] for e in cache.find(CT.REFRESH_TOKEN)], [e["username"] for e in cache.find(CT.ACCOUNT)])
"#;
        let found = python(script, &cache.serialize());
        assert_eq!(found.trim(), "['access-2'] ['refresh-2'] ['zo\u{eb}@contoso.com']");
    }
}
