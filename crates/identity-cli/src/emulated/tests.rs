use identity::Env;

use super::Emulated;
use crate::args::CredentialName;

#[tokio::test]
async fn nothing_that_is_meant_for_the_real_azure_reaches_the_emulator() {
    let mine = Env::empty()
        .with("AZURE_CLIENT_CERTIFICATE_PATH", "/mine.pem")
        .with("AZURE_ADDITIONALLY_ALLOWED_TENANTS", "*")
        .with("AZURE_TENANT_ID", "mine")
        .with("IDENTITY_ENDPOINT", "http://mine")
        .with("MSI_ENDPOINT", "http://mine")
        .with("SYSTEM_ACCESSTOKEN", "mine")
        .with("SSL_CERT_FILE", "/mine.pem")
        .with("TZ", "Europe/Berlin");
    let emulated = Emulated::start(&mine, &[CredentialName::ClientSecret], &[]).await.unwrap();
    let env = emulated.env_of(CredentialName::ClientSecret);
    let values: Vec<_> = env.iter().map(|(_, value)| value.into_string().unwrap()).collect();
    assert!(!values.iter().any(|value| value.contains("mine")), "{env:?}");
    assert_eq!(env.get("AZURE_TENANT_ID").as_deref(), Some(emulated.emulator().tenant_id()));
    assert_eq!(env.get("TZ").as_deref(), Some("Europe/Berlin"));
}
