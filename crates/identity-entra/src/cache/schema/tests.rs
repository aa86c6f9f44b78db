use proptest::prelude::*;

use super::*;

const HOST: &str = "login.microsoftonline.com";
const NOW: u64 = 1_700_000_000;

fn account() -> Account {
    Account {
        home_account_id: "uid.utid".into(),
        environment: HOST.into(),
        realm: "tenant".into(),
        local_account_id: "oid".into(),
        username: "Anna@Contoso.com".into(),
        authority_type: "MSSTS".into(),
        name: None,
    }
}

fn user_query<'a>(scopes: &'a [&'a str]) -> AccessTokenQuery<'a> {
    AccessTokenQuery {
        environments: &["login.windows.net", HOST],
        client_id: Some("client"),
        realms: &["tenant"],
        home_account_id: Some("uid.utid"),
        scopes,
        user_assertion_hash: None,
        extra_cache_key: None,
    }
}

fn sign_in(cache: &mut UnifiedCache, target: &[&str], secret: &str, expires_on: u64) {
    let (access, refresh, id) = (Secret::new(secret), Secret::new("refresh"), Secret::new("id"));
    let account = account();
    cache.store(&NewTokens {
        environment: HOST,
        client_id: "client",
        realm: "tenant",
        home_account_id: Some("uid.utid"),
        access_token: Some(NewAccessToken {
            secret: &access,
            target,
            token_type: "Bearer",
            expires_on,
            refresh_on: None,
            extra_cache_key: None,
        }),
        refresh_token: Some(&refresh),
        family_id: Some("1"),
        id_token: Some(&id),
        account: Some(&account),
        user_assertion_hash: None,
        now: NOW,
    });
}

fn stored() -> UnifiedCache {
    let mut cache = UnifiedCache::default();
    sign_in(&mut cache, &["X/.default", "X/user_impersonation"], "access", NOW + 3600);
    cache
}

fn json(cache: &UnifiedCache) -> serde_json::Value {
    serde_json::from_slice(&cache.serialize()).unwrap()
}

#[test]
fn a_sign_in_is_stored_in_the_five_sections_with_text_for_times() {
    let json = json(&stored());
    let token = &json["AccessToken"]["uid.utid-login.microsoftonline.com-accesstoken-client-tenant-x/.default x/user_impersonation"];
    assert_eq!(token["expires_on"], "1700003600");
    assert_eq!(token["cached_at"], "1700000000");
    assert_eq!(token["target"], "X/.default X/user_impersonation");
    assert_eq!(token["credential_type"], "AccessToken");
    let refresh = &json["RefreshToken"]["uid.utid-login.microsoftonline.com-refreshtoken-client--"];
    assert_eq!((&refresh["secret"], &refresh["family_id"]), (&"refresh".into(), &"1".into()));
    assert_eq!(json["IdToken"]["uid.utid-login.microsoftonline.com-idtoken-client-tenant-"]["secret"], "id");
    assert_eq!(json["Account"]["uid.utid-login.microsoftonline.com-tenant"]["username"], "Anna@Contoso.com");
    assert_eq!(json["AppMetadata"]["appmetadata-login.microsoftonline.com-client"]["family_id"], "1");
}

#[test]
fn a_stored_token_is_found_for_a_part_of_its_scopes_in_any_case() {
    let cache = UnifiedCache::parse(&stored().serialize()).unwrap();
    let found = cache.access_token(&user_query(&["x/USER_impersonation"])).unwrap();
    assert_eq!(
        (found.secret.secret(), found.expires_on, found.token_type.as_str()),
        ("access", NOW + 3600, "Bearer")
    );
    for scopes in [&["X/.defaul"][..], &["X/.default", "Y/.default"]] {
        assert!(cache.access_token(&user_query(scopes)).is_none());
    }
}

// G13
#[test]
fn another_account_client_tenant_or_assertion_finds_nothing() {
    let cache = stored();
    let query = user_query(&["X/.default"]);
    assert!(cache.access_token(&query).is_some());
    for other in [
        AccessTokenQuery { home_account_id: Some("other.utid"), ..query },
        AccessTokenQuery { home_account_id: None, ..query },
        AccessTokenQuery { client_id: Some("other"), ..query },
        AccessTokenQuery { realms: &["other"], ..query },
        AccessTokenQuery { environments: &["login.microsoftonline.us"], ..query },
        AccessTokenQuery { user_assertion_hash: Some("hash"), ..query },
    ] {
        assert!(cache.access_token(&other).is_none(), "{other:?}");
    }
}

#[test]
fn tokens_for_an_assertion_are_found_by_its_digest_only() {
    let mut cache = UnifiedCache::default();
    for (hash, secret) in [(None, "plain"), (Some("h1"), "one"), (Some("h2"), "two")] {
        let secret = Secret::new(secret);
        cache.store(&NewTokens {
            environment: HOST,
            client_id: "client",
            realm: "tenant",
            home_account_id: Some("uid.utid"),
            access_token: Some(NewAccessToken {
                secret: &secret,
                target: &["s"],
                token_type: "Bearer",
                expires_on: NOW + 1,
                refresh_on: None,
                extra_cache_key: None,
            }),
            refresh_token: Some(&secret),
            user_assertion_hash: hash,
            now: NOW,
            ..NewTokens::default()
        });
        let query = AccessTokenQuery { user_assertion_hash: hash, ..user_query(&["s"]) };
        assert_eq!(cache.access_token(&query).unwrap().secret, secret);
        assert_eq!(cache.refresh_tokens(&[HOST], "client", Some("uid.utid"), hash)[0].secret, secret);
    }
    assert_eq!(cache.access_token(&user_query(&["s"])).unwrap().secret.secret(), "plain");
    assert_eq!(cache.refresh_tokens(&[HOST], "client", Some("uid.utid"), None)[0].secret.secret(), "plain");
}

// P50
#[test]
fn tokens_that_extra_parameters_changed_are_apart() {
    let mut cache = UnifiedCache::default();
    for (extra, secret) in [(None, "usual"), (Some("digest"), "changed")] {
        let secret = Secret::new(secret);
        let token = NewAccessToken {
            secret: &secret,
            target: &["s"],
            token_type: "Bearer",
            expires_on: NOW + 9,
            refresh_on: None,
            extra_cache_key: extra,
        };
        cache.store(&NewTokens {
            environment: HOST,
            client_id: "client",
            realm: "tenant",
            home_account_id: Some("uid.utid"),
            access_token: Some(token),
            now: NOW,
            ..NewTokens::default()
        });
    }
    let find = |extra| cache.access_token(&AccessTokenQuery { extra_cache_key: extra, ..user_query(&["s"]) });
    assert_eq!(find(None).unwrap().secret.secret(), "usual");
    assert_eq!(find(Some("digest")).unwrap().secret.secret(), "changed");
    assert!(find(Some("other")).is_none());
    assert!(
        json(&cache)["AccessToken"]["uid.utid-login.microsoftonline.com-atext-client-tenant-s-digest"]
            .is_object()
    );
}

#[test]
fn app_tokens_have_no_account() {
    let mut cache = UnifiedCache::default();
    let secret = Secret::new("app");
    let access_token = NewAccessToken {
        secret: &secret,
        target: &["s"],
        token_type: "Bearer",
        expires_on: NOW + 9,
        refresh_on: Some(NOW + 4),
        extra_cache_key: None,
    };
    cache.store(&NewTokens {
        environment: HOST,
        client_id: "client",
        realm: "tenant",
        access_token: Some(access_token),
        now: NOW,
        ..NewTokens::default()
    });
    let entry = &json(&cache)["AccessToken"]["-login.microsoftonline.com-accesstoken-client-tenant-s"];
    assert_eq!(
        (&entry["home_account_id"], &entry["refresh_on"]),
        (&serde_json::Value::Null, &"1700000004".into())
    );
    let query = AccessTokenQuery { home_account_id: None, ..user_query(&["s"]) };
    assert_eq!(cache.access_token(&query).unwrap().refresh_on, Some(NOW + 4));
}

#[test]
fn what_nobody_here_knows_survives() {
    let text = r#"{"Unknown":{"a":123456789012345678901234567890},"AccessToken":{"K":{"credential_type":"AccessToken","future":[1.50,{"x":null}],
        "home_account_id":"uid.utid","environment":"LOGIN.microsoftonline.com","client_id":"client","realm":"tenant","target":"X/.default X/user_impersonation",
        "secret":"old","expires_on":1700000100},"odd":17},"Account":"not an object"}"#;
    let mut cache = UnifiedCache::parse(text.as_bytes()).unwrap();
    assert_eq!(
        cache.access_token(&user_query(&["X/.default"])).unwrap().expires_on,
        1_700_000_100,
        "a number is a time, too"
    );
    sign_in(&mut cache, &["X/.default", "X/user_impersonation"], "new", NOW + 3600);
    let text = String::from_utf8(cache.serialize()).unwrap();
    assert!(text.contains("123456789012345678901234567890") && text.contains("1.50"), "{text}");
    let json = json(&cache);
    assert_eq!(json["AccessToken"]["odd"], 17);
    let tokens = json["AccessToken"].as_object().unwrap();
    assert_eq!(tokens.len(), 2, "the entry under the other key was replaced: {tokens:?}");
    let entry = tokens.values().find(|entry| entry.is_object()).unwrap();
    assert_eq!((&entry["secret"], &entry["future"][1]["x"]), (&"new".into(), &serde_json::Value::Null));
}

#[test]
fn a_section_that_is_no_object_is_kept_until_it_is_needed() {
    let cache = UnifiedCache::parse(br#"{"Account":"not an object"}"#).unwrap();
    assert_eq!(json(&cache)["Account"], "not an object");
}

#[test]
fn entries_without_a_time_or_a_secret_are_passed_over() {
    for broken in [
        r#""secret":"x""#,
        r#""secret":"x","expires_on":"soon""#,
        r#""secret":"","expires_on":"1900000000""#,
        r#""expires_on":"1900000000""#,
    ] {
        let text = format!(
            r#"{{"AccessToken":{{"k":{{{broken},"home_account_id":"uid.utid","environment":"{HOST}","client_id":"client","realm":"tenant","target":"s"}}}}}}"#
        );
        assert!(
            UnifiedCache::parse(text.as_bytes()).unwrap().access_token(&user_query(&["s"])).is_none(),
            "{broken}"
        );
    }
}

#[test]
fn refresh_tokens_come_family_first_and_newest_first() {
    let token = |client: &str, secret: &str, family: &str, time: u64| {
        format!(
            r#""{secret}":{{"home_account_id":"uid.utid","environment":"{HOST}","client_id":"{client}","secret":"{secret}","family_id":"{family}","last_modification_time":"{time}"}}"#
        )
    };
    let tokens = [
        token("client", "own", "", 9),
        token("other", "family-old", "1", 1),
        token("third", "family-new", "1", 2),
        token("other", "foreign", "", 5),
    ];
    let order = |metadata: &str| {
        let text = format!(r#"{{"RefreshToken":{{{}}}{metadata}}}"#, tokens.join(","));
        let cache = UnifiedCache::parse(text.as_bytes()).unwrap();
        let found = cache.refresh_tokens(&[HOST], "client", Some("uid.utid"), None);
        found.iter().map(|token| token.secret.secret().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(order(""), ["family-new", "family-old", "own"]);
    let metadata = |family: &str| {
        format!(
            r#","AppMetadata":{{"m":{{"client_id":"client","environment":"{HOST}","family_id":"{family}"}}}}"#
        )
    };
    assert_eq!(order(&metadata("1")), ["family-new", "family-old", "own"]);
    assert_eq!(order(&metadata("")), ["own"]);
}

#[test]
fn signing_out_takes_all_of_the_account_and_nothing_else() {
    let mut cache = stored();
    let mut other = stored();
    other.sections.values_mut().for_each(|entries| {
        for node in entries.values_mut() {
            if let Node::Entry(entry) = node {
                entry
                    .0
                    .insert("home_account_id".into(), RawValue::from_string("\"bert.utid\"".into()).unwrap());
            }
        }
        *entries =
            std::mem::take(entries).into_iter().map(|(key, node)| (format!("bert-{key}"), node)).collect();
    });
    cache.merge(other);
    assert_eq!(cache.accounts(&AccountFilter::default()).len(), 2);
    cache.remove_account(&[HOST], Some("client"), "uid.utid");
    let left = cache.accounts(&AccountFilter::default());
    assert_eq!(
        left.iter().map(|account| account.home_account_id.as_str()).collect::<Vec<_>>(),
        ["bert.utid"]
    );
    assert!(cache.refresh_tokens(&[HOST], "client", Some("uid.utid"), None).is_empty());
    assert_eq!(cache.refresh_tokens(&[HOST], "client", Some("bert.utid"), None).len(), 1);
    assert!(cache.access_token(&user_query(&["X/.default"])).is_none());
}

#[test]
fn a_refused_refresh_token_goes_unless_it_was_replaced() {
    let mut cache = stored();
    let refused = cache.refresh_tokens(&[HOST], "client", None, None).remove(0);
    let mut replaced = cache.clone();
    let fresh = Secret::new("fresh");
    replaced.store(&NewTokens {
        environment: HOST,
        client_id: "client",
        realm: "tenant",
        home_account_id: Some("uid.utid"),
        refresh_token: Some(&fresh),
        now: NOW,
        ..NewTokens::default()
    });
    replaced.remove_refresh_token(&refused);
    assert_eq!(replaced.refresh_tokens(&[HOST], "client", None, None).len(), 1);
    cache.remove_refresh_token(&refused);
    assert!(cache.refresh_tokens(&[HOST], "client", None, None).is_empty());
}

#[test]
fn expired_tokens_of_the_same_owner_are_dropped_when_writing() {
    let mut cache = UnifiedCache::default();
    sign_in(&mut cache, &["old"], "old", NOW - 1);
    sign_in(&mut cache, &["new"], "new", NOW + 1);
    assert_eq!(json(&cache)["AccessToken"].as_object().unwrap().len(), 1);
}

#[test]
fn accounts_are_found_by_name_in_any_case() {
    let cache = stored();
    let found = |filter: AccountFilter<'_>| cache.accounts(&filter).len();
    assert_eq!(found(AccountFilter { username: Some("ANNA@contoso.com"), ..Default::default() }), 1);
    assert_eq!(found(AccountFilter { username: Some("bert@contoso.com"), ..Default::default() }), 0);
    assert_eq!(found(AccountFilter { home_account_id: Some("UID.utid"), ..Default::default() }), 0);
    assert_eq!(found(AccountFilter { environments: &["login.windows.net"], ..Default::default() }), 0);
    assert_eq!(cache.accounts(&AccountFilter::default())[0].home_tenant(), Some("utid"));
    assert_eq!(cache.clients_of("uid.utid"), ["client"]);
}

// G3
#[test]
fn no_debug_or_error_shows_a_token() {
    assert_eq!(
        format!("{:?}", stored()),
        r#"{"AccessToken": 1, "Account": 1, "AppMetadata": 1, "IdToken": 1, "RefreshToken": 1}"#
    );
    let error = UnifiedCache::parse(br#"{"AccessToken": {"secret": "eyJ.secret.token" "#).unwrap_err();
    assert!(!format!("{error:?}").contains("eyJ"), "{error:?}");
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(cache) = UnifiedCache::parse(&bytes) {
            cache.accounts(&AccountFilter::default());
        }
    }

    #[test]
    fn any_json_survives_reading_and_writing(numbers in proptest::collection::vec(any::<i64>(), 0..5), name in "[a-zA-Z]{1,8}", text in ".{0,12}") {
        let json = serde_json::json!({ "AccessToken": { name.clone(): { "x": numbers, "y": text } }, name: { "z": text } });
        let cache = UnifiedCache::parse(json.to_string().as_bytes()).unwrap();
        let again: serde_json::Value = serde_json::from_slice(&cache.serialize()).unwrap();
        prop_assert_eq!(again, json);
    }
}
