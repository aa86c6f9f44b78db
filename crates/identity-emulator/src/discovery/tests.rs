use serde_json::json;

use crate::testing::get;
use crate::{DEFAULT_DOMAIN, Emulator, shapes::InstanceMetadata};

#[tokio::test]
async fn the_openid_configuration_is_consistent_with_the_host() {
    let emulator = Emulator::start().await.unwrap();
    let base = emulator.authority_host();
    let body = get(&format!("{base}/{DEFAULT_DOMAIN}/v2.0/.well-known/openid-configuration")).await.json();
    assert_eq!(body["issuer"], format!("{base}/{}/v2.0", emulator.tenant_id()));
    assert_eq!(body["token_endpoint"], format!("{base}/{DEFAULT_DOMAIN}/oauth2/v2.0/token"));
    for endpoint in ["authorization_endpoint", "device_authorization_endpoint", "jwks_uri"] {
        assert!(body[endpoint].as_str().unwrap().starts_with(&base), "{endpoint}");
    }
    let several = get(&format!("{base}/organizations/v2.0/.well-known/openid-configuration")).await.json();
    assert_eq!(several["issuer"], format!("{base}/{{tenantid}}/v2.0"));
}

#[tokio::test]
async fn an_unknown_tenant_has_no_configuration_and_no_keys() {
    let emulator = Emulator::start().await.unwrap();
    for path in
        ["nowhere.example/v2.0/.well-known/openid-configuration", "nowhere.example/discovery/v2.0/keys"]
    {
        let answer = get(&format!("{}/{path}", emulator.authority_host())).await;
        answer.refused(400, "invalid_tenant", 90002);
    }
}

#[tokio::test]
async fn adfs_has_its_own_configuration() {
    let emulator = Emulator::start().await.unwrap();
    let base = emulator.authority_host();
    let body = get(&format!("{base}/adfs/.well-known/openid-configuration")).await.json();
    assert_eq!(body["issuer"], format!("{base}/adfs"));
    assert_eq!(body["token_endpoint"], format!("{base}/adfs/oauth2/token/"));
    assert_eq!(get(&format!("{base}/adfs/discovery/keys")).await.status, 200);
}

#[tokio::test]
async fn instances_are_known_or_not() {
    let emulator = Emulator::builder()
        .with_cloud(InstanceMetadata::new(&["login.private.example", "cache.private.example"]))
        .start()
        .await
        .unwrap();
    let base = emulator.authority_host();
    let ask = |version: &str, endpoint: &str| {
        let url = format!(
            "{base}/common/discovery/instance?api-version={version}&authorization_endpoint={endpoint}/t/oauth2/v2.0/authorize"
        );
        async move { get(&url).await }
    };
    let old = ask("1.0", "https://login.windows.net").await.json();
    assert_eq!(
        old,
        json!({
            "tenant_discovery_endpoint": "https://login.windows.net/t/v2.0/.well-known/openid-configuration",
            "api-version": "1.0",
        })
    );
    let new = ask("1.1", "https://login.private.example").await.json();
    let metadata = new["metadata"].as_array().unwrap();
    let private =
        metadata.iter().find(|cloud| cloud["preferred_network"] == "login.private.example").unwrap();
    assert_eq!(private["preferred_cache"], "cache.private.example");
    let public =
        metadata.iter().find(|cloud| cloud["preferred_network"] == "login.microsoftonline.com").unwrap();
    assert_eq!(public["preferred_cache"], "login.windows.net");
    let own = ask("1.1", &base).await.json();
    assert_eq!(own["tenant_discovery_endpoint"], format!("{base}/t/v2.0/.well-known/openid-configuration"));
    ask("1.1", "https://evil.example").await.refused(400, "invalid_instance", 50049);
    ask("1.1", "gopher:").await.refused(400, "invalid_instance", 50049);
    get(&format!("{base}/common/discovery/instance?api-version=1.1")).await.refused(
        400,
        "invalid_request",
        90014,
    );
}

#[tokio::test]
async fn user_realms_are_managed_federated_or_unknown() {
    let emulator = Emulator::start().await.unwrap();
    emulator.change_directory(|directory| {
        let tenant = directory.tenant_mut(DEFAULT_DOMAIN).unwrap();
        tenant.put_user(crate::User::new(format!("fed@{DEFAULT_DOMAIN}"), "").federated());
    });
    let base = emulator.authority_host();
    let kind = |user: String| {
        let url = format!("{base}/common/userrealm/{user}?api-version=1.0");
        async move { get(&url).await.json()["account_type"].as_str().unwrap().to_owned() }
    };
    assert_eq!(kind(crate::DEFAULT_USERNAME.replace('@', "%40")).await, "Managed");
    assert_eq!(kind(format!("fed@{DEFAULT_DOMAIN}")).await, "Federated");
    assert_eq!(kind("x@nowhere.example".into()).await, "Unknown");
    assert_eq!(kind("%ff%fe".into()).await, "Unknown");
}
