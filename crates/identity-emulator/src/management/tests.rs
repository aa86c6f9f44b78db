use std::time::Duration;

use crate::testing::{Answer, client, post, read, secret_form, with};
use crate::{Emulator, TokenStyle};

async fn get(emulator: &Emulator, path: &str, authorization: Option<&str>) -> Answer {
    let mut request = client().get(format!("{}{path}?api-version=2022-12-01", emulator.http_url()));
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    read(request.send().await.unwrap()).await
}

async fn token(emulator: &Emulator, scope: &str) -> String {
    let answer = post(&emulator.token_endpoint(), &with(secret_form(emulator), "scope", scope)).await;
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn whoever_shows_a_token_for_it_is_told_about_a_subscription_and_a_tenant() {
    let emulator = Emulator::start().await.unwrap();
    for scope in ["https://management.azure.com/.default", "https://management.core.windows.net//.default"] {
        let shown = format!("Bearer {}", token(&emulator, scope).await);
        let subscriptions = get(&emulator, "/subscriptions", Some(&shown)).await;
        let only = &subscriptions.json()["value"][0];
        assert_eq!(
            (only["tenantId"].as_str(), only["state"].as_str()),
            (Some(emulator.tenant_id()), Some("Enabled"))
        );
        let tenants = get(&emulator, "/tenants/", Some(&shown)).await.json();
        assert_eq!(tenants["value"][0]["tenantId"], emulator.tenant_id());
        assert_eq!(tenants["value"][0]["defaultDomain"], "emulated.onmicrosoft.com");
    }
}

#[tokio::test]
async fn a_cloud_says_where_to_sign_in_without_being_shown_a_token() {
    let emulator = Emulator::start().await.unwrap();
    let cloud = get(&emulator, "/metadata/endpoints", None).await.json();
    assert_eq!(cloud["authentication"]["loginEndpoint"], emulator.authority_host());
    assert_eq!(cloud["resourceManager"], emulator.authority_host());
    assert_eq!(cloud["authentication"]["audiences"][1], "https://management.core.windows.net/");
}

#[tokio::test]
async fn whoever_does_not_is_refused_as_the_real_one_does() {
    let emulator = Emulator::start().await.unwrap();
    let good = token(&emulator, "https://management.azure.com/.default").await;
    let (signed, _) = good.rsplit_once('.').unwrap();
    let vault = token(&emulator, "https://vault.azure.net/.default").await;
    emulator.set_token_style(TokenStyle::default().with_lifetime(Duration::from_secs(1)));
    let short = token(&emulator, "https://management.azure.com/.default").await;
    emulator.clock().advance(Duration::from_secs(2));
    for (shown, code) in [
        (None, "AuthenticationFailed"),
        (Some("Basic eDp5".to_owned()), "InvalidAuthenticationToken"),
        (Some("Bearer opaque".to_owned()), "InvalidAuthenticationToken"),
        (Some(format!("Bearer {signed}.AAAA")), "InvalidAuthenticationToken"),
        (Some(format!("Bearer {vault}")), "InvalidAuthenticationTokenAudience"),
        (Some(format!("Bearer {short}")), "ExpiredAuthenticationToken"),
    ] {
        let answer = get(&emulator, "/subscriptions", shown.as_deref()).await;
        assert_eq!((answer.status, answer.json()["error"]["code"].as_str()), (401, Some(code)), "{shown:?}");
        assert!(answer.header("www-authenticate").starts_with("Bearer authorization_uri="));
    }
    assert_eq!(post(&format!("{}/tenants", emulator.http_url()), &[]).await.status, 405);
}
