//! What a program sees that only uses what is public.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::Arc;

use identity_emulator::{
    AadstsError, App, DEFAULT_USERNAME, DeviceCodeStyle, Directory, Emulator, Fault, Gate, MovableClock,
    Person, Tenant, TokenStyle, User, When,
};

const TENANT: &str = "7f1c0f6e-0d3b-4b6c-8a51-1c9d3f4e5a60";
const CLIENT: &str = "0b9f4a52-6f0e-4d0b-9a3c-2f8d7e6c5b4a";

fn client(ca_pem: &str) -> reqwest::Client {
    use rustls::pki_types::{CertificateDer, pem::PemObject as _};
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca_pem.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().build().unwrap()
}

async fn token(client: &reqwest::Client, emulator: &Emulator) -> (u16, String) {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("client_id", emulator.client_id())
        .append_pair("client_secret", emulator.client_secret())
        .append_pair("scope", "https://storage.azure.com/.default")
        .finish();
    let request = client
        .post(emulator.token_endpoint())
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form);
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

// P68
#[tokio::test]
async fn a_directory_of_ones_own_is_served_over_https_with_troubles_to_order() {
    let mut directory = Directory::empty();
    directory.put_tenant(
        Tenant::new(TENANT)
            .with_domain("own.example")
            .with_app(App::new(CLIENT).with_secret("s3cret"))
            .with_user(User::new("me@own.example", "p4ss")),
    );
    let clock = MovableClock::default();
    let emulator = Emulator::builder()
        .with_directory(directory)
        .with_account(TENANT, CLIENT, "s3cret")
        .with_user_account("me@own.example", "p4ss")
        .with_clock(clock.clone())
        .with_token_style(TokenStyle::default())
        .with_device_code_style(DeviceCodeStyle::default())
        .with_https()
        .start()
        .await
        .unwrap();
    let client = client(emulator.ca_pem().unwrap());
    let gate = Gate::new();
    let faults = emulator.faults();
    faults.once(When::token(), Fault::hold(&gate));
    faults.once(When::token(), Fault::status(429).with_header("retry-after", "1"));
    faults.once(When::token(), Fault::error(AadstsError::new(700082, "invalid_grant", "Too old.")));
    let asking = token(&client, &emulator);
    let opening = async {
        gate.arrived(1).await;
        gate.open();
    };
    let ((status, body), ()) = tokio::join!(asking, opening);
    assert_eq!(status, 200, "{body}");
    assert_eq!(token(&client, &emulator).await.0, 429);
    let (status, body) = token(&client, &emulator).await;
    assert!(status == 400 && body.contains("AADSTS700082: Too old. Trace ID: "), "{body}");
    assert_eq!((emulator.journal().token_count(), faults.pending()), (3, 0));
    assert_eq!(emulator.environment()[1], ("AZURE_TENANT_ID", TENANT.to_owned()));
}

#[test]
fn without_a_runtime_people_still_sign_in() {
    let emulator = Emulator::builder().start_on_thread().unwrap();
    let url = format!(
        "{}/organizations/oauth2/v2.0/authorize?client_id={}&response_type=code&scope=User.Read\
         &redirect_uri=http://localhost:9&state=s",
        emulator.authority_host(),
        emulator.client_id()
    );
    let person = Person::new(DEFAULT_USERNAME, emulator.password());
    let landing = emulator.sign_in(&url, &person).unwrap();
    assert_eq!(landing.parameter("state").as_deref(), Some("s"));
    assert!(landing.parameter("code").is_some());
    assert!(emulator.user_assertion().unwrap().split('.').count() == 3);
    assert!(emulator.client_assertion().sign().unwrap().split('.').count() == 3);
}
