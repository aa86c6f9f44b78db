use std::time::{Duration, UNIX_EPOCH};

use serde_json::json;

use crate::testing::{client, get, post, read, request_with_form, secret_form, verified_claims, with};
use crate::{App, DEFAULT_DOMAIN, Emulator, Tenant, TokenStyle};

#[tokio::test]
async fn a_right_secret_gets_a_token_that_verifies() {
    let emulator = Emulator::start().await.unwrap();
    emulator.clock().set(UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    let answer = post(&emulator.token_endpoint(), &secret_form(&emulator)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.header("cache-control"), "no-store, no-cache");
    assert_eq!(answer.header("date"), "Tue, 14 Nov 2023 22:13:20 GMT");
    let body = answer.json();
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 3599);
    let claims = verified_claims(&emulator, body["access_token"].as_str().unwrap()).await;
    assert_eq!(claims["aud"], "https://management.azure.com");
    assert_eq!(claims["iss"], format!("https://sts.windows.net/{}/", emulator.tenant_id()));
    assert_eq!(claims["tid"], emulator.tenant_id());
    assert_eq!(claims["appid"], emulator.client_id());
    assert_eq!(claims["appidacr"], "1");
    assert_eq!(claims["idtyp"], "app");
    assert_eq!(claims["oid"], claims["sub"]);
    assert_eq!(claims["ver"], "1.0");
    assert_eq!(claims["exp"], 1_700_003_599);
    assert_eq!(claims["iat"], claims["nbf"]);
    assert!(claims.get("xms_cc").is_none());
}

#[tokio::test]
async fn a_token_for_an_app_is_of_the_second_version() {
    let api =
        App::new("11111111-2222-4333-8444-555555555555").with_identifier_uri("https://api.example/orders");
    let emulator = Emulator::start().await.unwrap();
    emulator.change_directory(|d| d.tenant_mut(DEFAULT_DOMAIN).unwrap().put_app(api));
    for scope in [
        "https://api.example/orders/.default",
        "api://11111111-2222-4333-8444-555555555555/.default",
        "11111111-2222-4333-8444-555555555555/.default",
    ] {
        let answer = post(&emulator.token_endpoint(), &with(secret_form(&emulator), "scope", scope)).await;
        let claims = verified_claims(&emulator, answer.json()["access_token"].as_str().unwrap()).await;
        assert_eq!(claims["aud"], "11111111-2222-4333-8444-555555555555", "{scope}");
        assert_eq!(claims["iss"], format!("{}/{}/v2.0", emulator.authority_host(), emulator.tenant_id()));
        assert_eq!((&claims["ver"], &claims["azp"]), (&json!("2.0"), &json!(emulator.client_id())));
    }
}

#[tokio::test]
async fn every_token_differs_and_the_style_can_change() {
    let emulator = Emulator::start().await.unwrap();
    let first = post(&emulator.token_endpoint(), &secret_form(&emulator)).await.json();
    let style = TokenStyle::default()
        .with_lifetime(Duration::from_secs(86_400))
        .with_refresh_in(Duration::from_secs(43_200))
        .with_numbers_as_text();
    emulator.set_token_style(style);
    let second = post(&emulator.token_endpoint(), &secret_form(&emulator)).await.json();
    assert_ne!(first["access_token"], second["access_token"]);
    assert_eq!((&second["expires_in"], &second["refresh_in"]), (&json!("86400"), &json!("43200")));
}

#[tokio::test]
async fn claims_that_name_capabilities_come_back_in_the_token() {
    let emulator = Emulator::start().await.unwrap();
    let claims = r#"{"access_token":{"xms_cc":{"values":["CP1"]},"nbf":{"essential":true,"value":"1"}}}"#;
    let answer = post(&emulator.token_endpoint(), &with(secret_form(&emulator), "claims", claims)).await;
    let token = verified_claims(&emulator, answer.json()["access_token"].as_str().unwrap()).await;
    assert_eq!(token["xms_cc"], json!(["CP1"]));
    for broken in ["{", "[]", "\"x\""] {
        let answer = post(&emulator.token_endpoint(), &with(secret_form(&emulator), "claims", broken)).await;
        answer.refused(400, "invalid_request", 9002313);
    }
}

#[tokio::test]
async fn refusals_are_entras() {
    let emulator = Emulator::start().await.unwrap();
    let endpoint = emulator.token_endpoint();
    let form = || secret_form(&emulator);
    let cases = [
        (with(form(), "client_secret", "wrong"), 401, "invalid_client", 7000215),
        (with(form(), "client_secret", ""), 401, "invalid_client", 7000216),
        (
            with(form(), "client_id", "ffffffff-0000-4000-8000-000000000000"),
            400,
            "unauthorized_client",
            700016,
        ),
        (with(form(), "client_id", ""), 400, "invalid_request", 900144),
        (with(form(), "grant_type", ""), 400, "invalid_request", 900144),
        (with(form(), "grant_type", "implicit"), 400, "unsupported_grant_type", 70003),
        (with(form(), "scope", ""), 400, "invalid_request", 900144),
        (with(form(), "scope", "https://management.azure.com"), 400, "invalid_scope", 1002012),
        (with(form(), "scope", "https://a/.default https://b/.default"), 400, "invalid_scope", 1002012),
        (with(form(), "scope", "/.default"), 400, "invalid_scope", 1002012),
    ];
    for (form, status, error, code) in cases {
        post(&endpoint, &form).await.refused(status, error, code);
    }
    let mut twice = form();
    twice.push(("scope", "again"));
    post(&endpoint, &twice).await.refused(400, "invalid_request", 9000411);
}

#[tokio::test]
async fn the_tenant_in_the_path_is_judged() {
    let emulator = Emulator::start().await.unwrap();
    let at = |tenant: &str| format!("{}/{tenant}/oauth2/v2.0/token", emulator.authority_host());
    assert_eq!(post(&at(DEFAULT_DOMAIN), &secret_form(&emulator)).await.status, 200);
    assert_eq!(post(&at(&emulator.tenant_id().to_uppercase()), &secret_form(&emulator)).await.status, 200);
    let cases = [
        ("00000000-0000-4000-8000-000000000000", 90002),
        ("contoso.example", 90002),
        ("no-such-thing", 900023),
        ("a%2Fb.c", 900023),
        ("common", 50059),
        ("organizations", 50059),
    ];
    for (tenant, code) in cases {
        post(&at(tenant), &secret_form(&emulator)).await.refused(400, "invalid_request", code);
    }
}

// G20
#[tokio::test]
async fn tenants_do_not_share_apps_unless_both_have_them() {
    let other = "22222222-2222-4222-8222-222222222222";
    let emulator = Emulator::builder()
        .with_tenant(
            Tenant::new(other).with_app(App::new("33333333-3333-4333-8333-333333333333").with_secret("s")),
        )
        .start()
        .await
        .unwrap();
    let at = format!("{}/{other}/oauth2/v2.0/token", emulator.authority_host());
    post(&at, &secret_form(&emulator)).await.refused(400, "unauthorized_client", 700016);
    let form = with(secret_form(&emulator), "client_id", "33333333-3333-4333-8333-333333333333");
    assert_eq!(post(&at, &with(form, "client_secret", "s")).await.status, 200);
}

#[tokio::test]
async fn a_rotated_secret_works_and_the_old_one_no_longer() {
    let emulator = Emulator::start().await.unwrap();
    emulator.change_directory(|directory| {
        let tenant = directory.tenant_mut(DEFAULT_DOMAIN).unwrap();
        let app = tenant.app(crate::DEFAULT_CLIENT_ID).unwrap().clone();
        tenant.put_app(app.without_secrets().with_secret("new"));
    });
    post(&emulator.token_endpoint(), &secret_form(&emulator)).await.refused(401, "invalid_client", 7000215);
    let form = with(secret_form(&emulator), "client_secret", "new");
    assert_eq!(post(&emulator.token_endpoint(), &form).await.status, 200);
}

#[tokio::test]
async fn other_methods_and_bodies_that_are_no_form_are_refused() {
    let emulator = Emulator::start().await.unwrap();
    get(&emulator.token_endpoint()).await.refused(400, "invalid_request", 900561);
    let plain = client().post(emulator.token_endpoint()).body("grant_type=client_credentials");
    read(plain.send().await.unwrap()).await.refused(400, "invalid_request", 900144);
}

#[tokio::test]
async fn the_clients_request_id_comes_back() {
    let emulator = Emulator::start().await.unwrap();
    let id = "7c0bd0f1-1f4e-4e7b-9c39-4f5a8ae3b001";
    let form = with(secret_form(&emulator), "client_secret", "wrong");
    let asked =
        request_with_form(&client(), &emulator.token_endpoint(), &form).header("client-request-id", id);
    let answer = read(asked.send().await.unwrap()).await;
    assert_eq!(answer.header("client-request-id"), id);
    let body = answer.refused(401, "invalid_client", 7000215);
    assert_eq!(body["correlation_id"], id);
    assert_eq!(body["trace_id"], answer.header("x-ms-request-id"));
}

// G26: what is refused is not said back.
#[tokio::test]
async fn no_refusal_repeats_a_secret() {
    let emulator = Emulator::start().await.unwrap();
    let answer =
        post(&emulator.token_endpoint(), &with(secret_form(&emulator), "client_secret", "hunter2~")).await;
    assert!(!answer.text.contains("hunter2~"));
}
