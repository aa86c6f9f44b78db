use std::time::Duration;

use serde_json::Value;

use super::DeviceCodeStyle;
use crate::testing::{Answer, alice, get, post, verified_claims, with};
use crate::{DEFAULT_CLIENT_ID, Emulator};

async fn start(emulator: &Emulator) -> Value {
    let url = format!("{}/organizations/oauth2/v2.0/devicecode", emulator.authority_host());
    let scope = "https://management.azure.com/.default openid profile offline_access";
    let answer = post(&url, &[("client_id", DEFAULT_CLIENT_ID), ("scope", scope)]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

async fn poll(emulator: &Emulator, device: &Value) -> Answer {
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("client_id", DEFAULT_CLIENT_ID),
        ("device_code", device["device_code"].as_str().unwrap()),
        ("client_info", "1"),
    ];
    post(&format!("{}/organizations/oauth2/v2.0/token", emulator.authority_host()), &form).await
}

fn user_code(device: &Value) -> &str {
    device["user_code"].as_str().unwrap()
}

#[tokio::test]
async fn a_device_waits_until_somebody_approves() {
    let emulator = Emulator::start().await.unwrap();
    let device = start(&emulator).await;
    assert_eq!((device["interval"].as_u64(), device["expires_in"].as_u64()), (Some(5), Some(900)));
    let message = device["message"].as_str().unwrap();
    assert!(
        message.contains(user_code(&device))
            && message.contains(device["verification_uri"].as_str().unwrap())
    );
    for _ in 0..2 {
        poll(&emulator, &device).await.refused(400, "authorization_pending", 70016);
    }
    assert_eq!(emulator.waiting_devices(), [user_code(&device)]);
    emulator.approve_device(user_code(&device), emulator.username()).unwrap();
    assert!(emulator.waiting_devices().is_empty());
    let answer = poll(&emulator, &device).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let body = answer.json();
    let claims = verified_claims(&emulator, body["access_token"].as_str().unwrap()).await;
    assert_eq!(claims["upn"], emulator.username());
    assert!(
        body["refresh_token"].is_string() && body["id_token"].is_string() && body["client_info"].is_string()
    );
    poll(&emulator, &device).await.refused(400, "invalid_grant", 54005);
    assert_eq!(emulator.approve_device(user_code(&device), emulator.username()).unwrap_err().code(), 54005);
}

#[tokio::test]
async fn a_device_is_declined_or_expires() {
    let emulator = Emulator::start().await.unwrap();
    let declined = start(&emulator).await;
    emulator.decline_device(&user_code(&declined).to_lowercase()).unwrap();
    poll(&emulator, &declined).await.refused(400, "authorization_declined", 70017);
    let expired = start(&emulator).await;
    emulator.expire_device(user_code(&expired)).unwrap();
    poll(&emulator, &expired).await.refused(400, "expired_token", 70020);
    let old = start(&emulator).await;
    emulator.clock().advance(Duration::from_secs(900));
    poll(&emulator, &old).await.refused(400, "expired_token", 70020);
    assert_eq!(emulator.approve_device(user_code(&old), emulator.username()).unwrap_err().code(), 70020);
    assert_eq!(emulator.decline_device("NOSUCHONE").unwrap_err().code(), 70018);
    let made_up = serde_json::json!({"device_code": "made-up"});
    poll(&emulator, &made_up).await.refused(400, "bad_verification_code", 70018);
}

#[tokio::test]
async fn an_enforced_interval_slows_eager_clients_down() {
    let style = DeviceCodeStyle::default().with_interval(2).with_lifetime(60).with_enforced_interval();
    let emulator = Emulator::builder().with_device_code_style(style).start().await.unwrap();
    emulator.clock().set(std::time::UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    let device = start(&emulator).await;
    assert_eq!((device["interval"].as_u64(), device["expires_in"].as_u64()), (Some(2), Some(60)));
    poll(&emulator, &device).await.refused(400, "authorization_pending", 70016);
    poll(&emulator, &device).await.refused(400, "slow_down", 70016);
    emulator.clock().advance(Duration::from_secs(6));
    poll(&emulator, &device).await.refused(400, "slow_down", 70016);
    emulator.clock().advance(Duration::from_secs(12));
    poll(&emulator, &device).await.refused(400, "authorization_pending", 70016);
    emulator.set_device_code_style(DeviceCodeStyle::default());
    poll(&emulator, &device).await.refused(400, "authorization_pending", 70016);
}

#[tokio::test]
async fn a_request_for_a_device_is_checked() {
    let emulator = Emulator::start().await.unwrap();
    let url = format!("{}/organizations/oauth2/v2.0/devicecode", emulator.authority_host());
    let form = || vec![("client_id", DEFAULT_CLIENT_ID), ("scope", "User.Read")];
    post(&url, &with(form(), "client_id", "")).await.refused(400, "invalid_request", 900144);
    post(&url, &with(form(), "scope", "")).await.refused(400, "invalid_request", 900144);
    post(&url, &with(form(), "client_id", "nobody")).await.refused(400, "unauthorized_client", 700016);
    get(&url).await.refused(400, "invalid_request", 900561);
    crate::testing::change_app(&emulator, |app| crate::App::new(app.client_id()).with_secret("s"));
    post(&url, &form()).await.refused(401, "invalid_client", 7000218);
}

#[tokio::test]
async fn the_page_takes_code_name_and_password() {
    let emulator = Emulator::start().await.unwrap();
    let device = start(&emulator).await;
    let page = device["verification_uri"].as_str().unwrap();
    let shown = get(&format!("{page}?otc=%3Cx%3E")).await;
    assert!(shown.text.contains("name=\"otc\" value=\"&lt;x&gt;\""), "{}", shown.text);
    let form = [
        ("otc", user_code(&device)),
        ("login", emulator.username()),
        ("passwd", "wrong"),
        ("action", "approve"),
    ];
    let again = post(page, &form).await;
    assert!(again.text.contains("invalid username or password"), "{}", again.text);
    let unpressed = post(page, &with(form.to_vec(), "action", "")).await;
    assert!(unpressed.text.contains("class=\"trouble\""));
    poll(&emulator, &device).await.refused(400, "authorization_pending", 70016);
    let done = post(page, &with(form.to_vec(), "passwd", emulator.password())).await;
    assert!(done.text.contains("You may close this window"), "{}", done.text);
    assert_eq!(poll(&emulator, &device).await.status, 200);
    let other = start(&emulator).await;
    post(page, &[("otc", user_code(&other)), ("action", "decline")]).await;
    poll(&emulator, &other).await.refused(400, "authorization_declined", 70017);
}

#[tokio::test]
async fn an_automatic_person_approves_or_declines_at_once() {
    let person = alice(&Emulator::start().await.unwrap());
    let willing = Emulator::builder().with_automatic_sign_in(person.clone()).start().await.unwrap();
    let device = start(&willing).await;
    assert_eq!(poll(&willing, &device).await.status, 200);
    let unwilling = Emulator::builder().with_automatic_sign_in(person.cancelling()).start().await.unwrap();
    let device = start(&unwilling).await;
    poll(&unwilling, &device).await.refused(400, "authorization_declined", 70017);
}
