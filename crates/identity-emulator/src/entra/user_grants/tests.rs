use std::time::Duration;

use serde_json::{Value, json};

use crate::testing::{
    Answer, alice, authorize_url, change_app, change_user, code_form, decoded, post, secret_form,
    verified_claims, with,
};
use crate::{App, DEFAULT_CLIENT_ID, DEFAULT_DOMAIN, DEFAULT_TENANT_ID, Emulator, Tenant, TokenStyle, User};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const STORAGE: &str = "https://storage.azure.com/.default";
const AZURE_CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
const VS_CODE: &str = "aebc6443-996d-45c2-90f0-388ff96faa56";

fn code(emulator: &Emulator, more: &[(&str, &str)]) -> String {
    let url = authorize_url(emulator, "organizations", more);
    emulator.sign_in(&url, &alice(emulator)).unwrap().parameter("code").unwrap()
}

async fn redeem(emulator: &Emulator, form: &[(&str, &str)]) -> Answer {
    post(&format!("{}/organizations/oauth2/v2.0/token", emulator.authority_host()), form).await
}

async fn signed_in(emulator: &Emulator) -> Value {
    let code = code(emulator, &[]);
    redeem(emulator, &code_form(emulator, &code)).await.json()
}

fn refresh_form<'a>(client_id: &'a str, token: &'a Value, scope: &'a str) -> Vec<(&'a str, &'a str)> {
    let token = token["refresh_token"].as_str().unwrap();
    vec![
        ("grant_type", "refresh_token"),
        ("client_id", client_id),
        ("refresh_token", token),
        ("scope", scope),
        ("client_info", "1"),
    ]
}

#[tokio::test]
async fn a_code_gives_every_token_a_client_wants() {
    let emulator = Emulator::start().await.unwrap();
    let code = code(
        &emulator,
        &[("nonce", "n-1"), ("code_challenge", CHALLENGE), ("code_challenge_method", "S256")],
    );
    let form = with(code_form(&emulator, &code), "code_verifier", VERIFIER);
    let answer = redeem(&emulator, &form).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let body = answer.json();
    assert_eq!(
        body["scope"],
        "https://management.azure.com/user_impersonation https://management.azure.com/.default"
    );
    let access = verified_claims(&emulator, body["access_token"].as_str().unwrap()).await;
    assert_eq!(access["aud"], "https://management.azure.com");
    assert_eq!((&access["scp"], &access["appidacr"]), (&json!("user_impersonation"), &json!("0")));
    assert_eq!(access["upn"], emulator.username());
    let id = verified_claims(&emulator, body["id_token"].as_str().unwrap()).await;
    assert_eq!(id["iss"], format!("{}/{DEFAULT_TENANT_ID}/v2.0", emulator.authority_host()));
    assert_eq!((&id["aud"], &id["nonce"]), (&json!(DEFAULT_CLIENT_ID), &json!("n-1")));
    assert_eq!(
        (&id["preferred_username"], &id["tid"]),
        (&json!(emulator.username()), &json!(DEFAULT_TENANT_ID))
    );
    assert_eq!(id["oid"], access["oid"]);
    assert_ne!(id["sub"], access["sub"], "sub is another one for each audience");
    let info = decoded(body["client_info"].as_str().unwrap());
    assert_eq!(info, json!({"uid": id["oid"], "utid": DEFAULT_TENANT_ID}));
    assert!(body["refresh_token"].is_string() && body.get("foci").is_none());
}

#[tokio::test]
async fn a_code_is_good_once_and_for_ten_minutes() {
    let emulator = Emulator::start().await.unwrap();
    let first = code(&emulator, &[]);
    assert_eq!(redeem(&emulator, &code_form(&emulator, &first)).await.status, 200);
    redeem(&emulator, &code_form(&emulator, &first)).await.refused(400, "invalid_grant", 54005);
    let second = code(&emulator, &[]);
    emulator.clock().advance(Duration::from_secs(601));
    redeem(&emulator, &code_form(&emulator, &second)).await.refused(400, "invalid_grant", 70008);
    redeem(&emulator, &code_form(&emulator, "made-up")).await.refused(400, "invalid_grant", 70000);
}

#[tokio::test]
async fn a_code_is_for_one_client_one_place_and_one_verifier() {
    let emulator = Emulator::start().await.unwrap();
    let code = code(&emulator, &[("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]);
    let form = || with(code_form(&emulator, &code), "code_verifier", VERIFIER);
    let cases = [
        (with(form(), "redirect_uri", "http://localhost:8401"), "invalid_client", 500112),
        (with(form(), "redirect_uri", "http://localhost:8400/"), "invalid_client", 500112),
        (with(form(), "redirect_uri", ""), "invalid_request", 900144),
        (with(form(), "client_id", AZURE_CLI), "invalid_grant", 70000),
        (with(form(), "code_verifier", CHALLENGE), "invalid_grant", 501481),
        (with(form(), "code_verifier", ""), "invalid_grant", 900144),
        (with(form(), "code", ""), "invalid_request", 900144),
    ];
    for (form, error, number) in cases {
        redeem(&emulator, &form).await.refused(400, error, number);
    }
    assert_eq!(redeem(&emulator, &form()).await.status, 200, "a refusal does not use the code up");
    let plain = self::code(&emulator, &[]);
    let form = with(code_form(&emulator, &plain), "code_verifier", VERIFIER);
    redeem(&emulator, &form).await.refused(400, "invalid_grant", 501481);
}

#[tokio::test]
async fn a_web_applications_code_needs_its_secret() {
    let emulator = Emulator::start().await.unwrap();
    change_app(&emulator, |app| app.with_web_redirect_uri("https://web.example/cb"));
    let code = code(&emulator, &[("redirect_uri", "https://web.example/cb")]);
    let form = with(code_form(&emulator, &code), "redirect_uri", "https://web.example/cb");
    redeem(&emulator, &form).await.refused(401, "invalid_client", 7000218);
    let form = with(form, "client_secret", emulator.client_secret());
    let body = redeem(&emulator, &form).await.json();
    let access = verified_claims(&emulator, body["access_token"].as_str().unwrap()).await;
    assert_eq!(access["appidacr"], "1");
}

#[tokio::test]
async fn without_offline_access_there_is_no_refresh_token() {
    let emulator = Emulator::start().await.unwrap();
    let code = code(&emulator, &[("scope", "https://management.azure.com/.default")]);
    let body = redeem(&emulator, &with(code_form(&emulator, &code), "client_info", "")).await.json();
    for absent in ["refresh_token", "id_token", "client_info"] {
        assert!(body.get(absent).is_none(), "{absent}");
    }
}

#[tokio::test]
async fn a_refresh_token_serves_other_resources_and_is_renewed() {
    let emulator = Emulator::start().await.unwrap();
    let first = signed_in(&emulator).await;
    let second = redeem(&emulator, &refresh_form(DEFAULT_CLIENT_ID, &first, STORAGE)).await.json();
    let access = verified_claims(&emulator, second["access_token"].as_str().unwrap()).await;
    assert_eq!(access["aud"], "https://storage.azure.com");
    assert_eq!(access["iss"], format!("https://sts.windows.net/{DEFAULT_TENANT_ID}/"));
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_eq!(decoded(second["client_info"].as_str().unwrap())["utid"], DEFAULT_TENANT_ID);
    let again = redeem(&emulator, &refresh_form(DEFAULT_CLIENT_ID, &first, STORAGE)).await;
    assert_eq!(again.status, 200, "the old one still works");
    emulator.set_token_style(TokenStyle::default().with_refresh_tokens_used_once());
    let third = redeem(&emulator, &refresh_form(DEFAULT_CLIENT_ID, &again.json(), STORAGE)).await;
    assert_eq!(third.status, 200);
    let used = redeem(&emulator, &refresh_form(DEFAULT_CLIENT_ID, &again.json(), STORAGE)).await;
    used.refused(400, "invalid_grant", 70000);
}

#[tokio::test]
async fn refresh_tokens_end_by_age_revocation_and_oblivion() {
    let emulator = Emulator::start().await.unwrap();
    let token = signed_in(&emulator).await;
    let form = || refresh_form(DEFAULT_CLIENT_ID, &token, STORAGE);
    emulator.revoke_sessions(emulator.username());
    let body = redeem(&emulator, &form()).await.refused(400, "invalid_grant", 50173);
    assert_eq!(body["suberror"], "bad_token");
    let fresh = signed_in(&emulator).await;
    let renewed = redeem(&emulator, &refresh_form(DEFAULT_CLIENT_ID, &fresh, STORAGE)).await;
    assert_eq!(renewed.status, 200, "a sign-in after the revocation counts: {}", renewed.text);
    emulator.forget_refresh_tokens();
    redeem(&emulator, &refresh_form(DEFAULT_CLIENT_ID, &fresh, STORAGE)).await.refused(
        400,
        "invalid_grant",
        70000,
    );
    let last = signed_in(&emulator).await;
    emulator.clock().advance(Duration::from_secs(91 * 24 * 3600));
    redeem(&emulator, &refresh_form(DEFAULT_CLIENT_ID, &last, STORAGE)).await.refused(
        400,
        "invalid_grant",
        700082,
    );
}

#[tokio::test]
async fn a_family_shares_refresh_tokens_and_strangers_do_not() {
    let emulator = Emulator::start().await.unwrap();
    let own = signed_in(&emulator).await;
    let refused = redeem(&emulator, &refresh_form(AZURE_CLI, &own, STORAGE)).await;
    assert_eq!(refused.refused(400, "invalid_grant", 70000)["suberror"], "client_mismatch");
    let code = code(&emulator, &[("client_id", AZURE_CLI)]);
    let family = redeem(&emulator, &with(code_form(&emulator, &code), "client_id", AZURE_CLI)).await.json();
    assert_eq!(family["foci"], "1");
    let other = redeem(&emulator, &refresh_form(VS_CODE, &family, STORAGE)).await;
    assert_eq!((other.status, &other.json()["foci"]), (200, &json!("1")));
    let outside = redeem(&emulator, &refresh_form(DEFAULT_CLIENT_ID, &family, STORAGE)).await;
    outside.refused(400, "invalid_grant", 70000);
}

#[tokio::test]
async fn a_guest_keeps_her_home() {
    let other = "22222222-2222-4222-8222-222222222222";
    let guest = User::new(crate::DEFAULT_USERNAME, "").with_oid("00000000-0000-4000-8000-00000000000a");
    let emulator = Emulator::builder()
        .with_tenant(Tenant::new(other).with_user(guest))
        .with_tenant(Tenant::new("33333333-3333-4333-8333-333333333333"))
        .start()
        .await
        .unwrap();
    let code = code(&emulator, &[("client_id", AZURE_CLI)]);
    let home = redeem(&emulator, &with(code_form(&emulator, &code), "client_id", AZURE_CLI)).await.json();
    let at = |tenant: &str| format!("{}/{tenant}/oauth2/v2.0/token", emulator.authority_host());
    let there = post(&at(other), &refresh_form(AZURE_CLI, &home, STORAGE)).await.json();
    let access = verified_claims(&emulator, there["access_token"].as_str().unwrap()).await;
    assert_eq!(
        (&access["tid"], &access["oid"]),
        (&json!(other), &json!("00000000-0000-4000-8000-00000000000a"))
    );
    assert_eq!(there["client_info"], home["client_info"]);
    let nowhere =
        post(&at("33333333-3333-4333-8333-333333333333"), &refresh_form(AZURE_CLI, &home, STORAGE)).await;
    nowhere.refused(400, "invalid_grant", 50020);
}

fn password_form(emulator: &Emulator) -> Vec<(&str, &str)> {
    vec![
        ("grant_type", "password"),
        ("client_id", emulator.client_id()),
        ("username", emulator.username()),
        ("password", emulator.password()),
        ("scope", "https://management.azure.com/.default openid profile offline_access"),
        ("client_info", "1"),
    ]
}

#[tokio::test]
async fn a_password_gives_tokens_or_the_reason_why_not() {
    let emulator = Emulator::start().await.unwrap();
    let form = || password_form(&emulator);
    let body = redeem(&emulator, &form()).await.json();
    assert!(
        body["access_token"].is_string() && body["refresh_token"].is_string() && body["id_token"].is_string()
    );
    let cases = [
        (with(form(), "password", "wrong"), 50126),
        (with(form(), "username", "bob@emulated.onmicrosoft.com"), 50034),
        (with(form(), "username", "bob@nowhere.example"), 50034),
        (with(form(), "username", "bob"), 50034),
    ];
    for (form, code) in cases {
        redeem(&emulator, &form).await.refused(400, "invalid_grant", code);
    }
    redeem(&emulator, &with(form(), "password", "")).await.refused(400, "invalid_request", 900144);
    change_user(&emulator, User::requiring_mfa);
    let body = redeem(&emulator, &form()).await.refused(400, "invalid_grant", 50076);
    assert_eq!(body["suberror"], "basic_action");
    change_user(&emulator, User::federated);
    redeem(&emulator, &form()).await.refused(400, "invalid_grant", 50126);
    change_app(&emulator, |app| App::new(app.client_id()).with_secret("s"));
    change_user(&emulator, |user| User::new(user.username(), crate::DEFAULT_PASSWORD));
    redeem(&emulator, &form()).await.refused(401, "invalid_client", 7000218);
    assert_eq!(redeem(&emulator, &with(form(), "client_secret", "s")).await.status, 200);
}

#[tokio::test]
async fn a_public_client_must_not_prove_itself() {
    let emulator = Emulator::start().await.unwrap();
    let form = with(with(password_form(&emulator), "client_id", AZURE_CLI), "client_secret", "s");
    redeem(&emulator, &form).await.refused(401, "invalid_client", 700025);
}

#[tokio::test]
async fn silent_requests_need_a_consent_given_before() {
    let emulator = Emulator::start().await.unwrap();
    change_app(&emulator, App::requiring_consent);
    let body = redeem(&emulator, &password_form(&emulator)).await.refused(400, "invalid_grant", 65001);
    assert_eq!(body["suberror"], "consent_required");
    signed_in(&emulator).await;
    assert_eq!(redeem(&emulator, &password_form(&emulator)).await.status, 200);
}

fn on_behalf_form<'a>(emulator: &'a Emulator, assertion: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("requested_token_use", "on_behalf_of"),
        ("client_id", emulator.client_id()),
        ("client_secret", emulator.client_secret()),
        ("assertion", assertion),
        ("scope", "https://graph.microsoft.com/User.Read openid profile offline_access"),
        ("client_info", "1"),
    ]
}

#[tokio::test]
async fn on_behalf_of_a_user_an_app_goes_on_as_that_user() {
    let emulator = Emulator::start().await.unwrap();
    let assertion = emulator.user_assertion().unwrap();
    let incoming = verified_claims(&emulator, &assertion).await;
    assert_eq!((&incoming["aud"], &incoming["scp"]), (&json!(DEFAULT_CLIENT_ID), &json!("access_as_user")));
    let answer = post(&emulator.token_endpoint(), &on_behalf_form(&emulator, &assertion)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let body = answer.json();
    let access = verified_claims(&emulator, body["access_token"].as_str().unwrap()).await;
    assert_eq!((&access["scp"], &access["oid"]), (&json!("User.Read"), &incoming["oid"]));
    assert_eq!(access["appid"], DEFAULT_CLIENT_ID);
    assert_eq!(body["scope"], "https://graph.microsoft.com/User.Read openid profile");
    let later = redeem(
        &emulator,
        &with(refresh_form(DEFAULT_CLIENT_ID, &body, STORAGE), "client_secret", emulator.client_secret()),
    )
    .await;
    assert_eq!(later.status, 200);
}

#[tokio::test]
async fn assertions_that_are_not_for_the_app_or_not_ours_are_refused() {
    let emulator = Emulator::start().await.unwrap();
    let endpoint = emulator.token_endpoint();
    let good = emulator.user_assertion().unwrap();
    let form = |assertion: &str| {
        on_behalf_form(&emulator, "")
            .into_iter()
            .chain([("assertion", assertion)])
            .map(|(n, v)| (n.to_owned(), v.to_owned()))
            .filter(|(n, v)| n != "assertion" || !v.is_empty())
            .collect::<Vec<_>>()
    };
    let ask = |form: Vec<(String, String)>| {
        let endpoint = endpoint.clone();
        async move {
            let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (&**n, &**v)).collect();
            post(&endpoint, &form).await
        }
    };
    let for_arm = emulator.user_token(emulator.username(), "https://management.azure.com/.default").unwrap();
    ask(form(&for_arm)).await.refused(400, "invalid_grant", 500131);
    let foreign = emulator.client_assertion().with_claim("aud", DEFAULT_CLIENT_ID).sign().unwrap();
    ask(form(&foreign)).await.refused(400, "invalid_grant", 50013);
    ask(form("x.y.z")).await.refused(400, "invalid_request", 50027);
    ask(form("")).await.refused(400, "invalid_request", 900144);
    let scope = format!("api://{DEFAULT_CLIENT_ID}/.default");
    let own = post(&endpoint, &with(secret_form(&emulator), "scope", &scope)).await.json();
    ask(form(own["access_token"].as_str().unwrap())).await.refused(400, "invalid_grant", 7000114);
    let unproved = form(&good).into_iter().filter(|(name, _)| name != "client_secret").collect();
    ask(unproved).await.refused(401, "invalid_client", 7000218);
    let unsaid = form(&good).into_iter().filter(|(name, _)| name != "requested_token_use").collect();
    ask(unsaid).await.refused(400, "invalid_request", 900144);
    emulator.revoke_sessions(emulator.username());
    ask(form(&good)).await.refused(400, "invalid_grant", 50173);
    let fresh = emulator.user_assertion().unwrap();
    assert_eq!(ask(form(&fresh)).await.status, 200);
    emulator.clock().advance(Duration::from_secs(3599));
    ask(form(&fresh)).await.refused(400, "invalid_grant", 500133);
}

#[tokio::test]
async fn a_claims_challenge_is_met_by_a_sign_in_that_carries_it() {
    let claims = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
    let emulator = Emulator::start().await.unwrap();
    let before = signed_in(&emulator).await;
    emulator.change_directory(|directory| {
        let tenant = directory.tenant_mut(DEFAULT_DOMAIN).unwrap();
        *tenant = tenant.clone().with_claims_challenge("https://storage.azure.com", claims);
    });
    let body = redeem(&emulator, &refresh_form(DEFAULT_CLIENT_ID, &before, STORAGE)).await;
    assert_eq!(body.refused(400, "invalid_grant", 50076)["claims"], claims);
    let assertion = emulator.user_assertion().unwrap();
    let form = with(on_behalf_form(&emulator, &assertion), "scope", STORAGE);
    let body = post(&emulator.token_endpoint(), &form).await.refused(400, "interaction_required", 50076);
    assert_eq!(body["claims"], claims);
    let arm = "https://management.azure.com/.default";
    assert_eq!(redeem(&emulator, &refresh_form(DEFAULT_CLIENT_ID, &before, arm)).await.status, 200);
    let merged = r#"{"access_token":{"xms_cc":{"values":["CP1"]},"acrs":{"value":"c1","essential":true}}}"#;
    let code = code(&emulator, &[("claims", merged)]);
    let after = redeem(&emulator, &code_form(&emulator, &code)).await.json();
    assert_eq!(redeem(&emulator, &refresh_form(DEFAULT_CLIENT_ID, &after, STORAGE)).await.status, 200);
}
