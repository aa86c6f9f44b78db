//! Closing is dropping: the last handle of a credential lets go of its transport, and so of its connections.

#![cfg(feature = "default-credential")]
#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Weak};

use identity::http::HttpService;
use identity::*;
use identity_entra::http::testing::{Answer, ScriptedHttp};

type Made = Arc<dyn TokenCredential>;
type Maker = Box<dyn FnOnce(EntraOptions) -> Made>;

/// A credential that has been used, and its transport, which nobody else holds.
async fn used(make: impl FnOnce(EntraOptions) -> Made) -> (Made, Weak<dyn HttpService>) {
    let http = ScriptedHttp::new();
    http.otherwise(|_| Answer::token("t", 3600));
    let service = http.service();
    let env =
        Env::from_iter([("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c"), ("AZURE_CLIENT_SECRET", "s")]);
    let options = EntraOptions::default().with_http_service(service.clone()).with_env(env);
    let (credential, weak) = (make(options), Arc::downgrade(&service));
    drop(service);
    let clone = credential.clone();
    // Whether it has a token is not the point, but that it has tried is.
    let _ =
        credential.get_token(&["https://vault.azure.net/.default"], &TokenRequestOptions::default()).await;
    drop(clone);
    (credential, weak)
}

// S011, S039, S077, S091, S097, S124, S138, S147, S164, S172, S182, S206
#[tokio::test]
async fn the_last_handle_of_each_credential_lets_go_of_its_transport() {
    let certificate = || {
        let emulator = identity_emulator::Emulator::builder().start_on_thread().unwrap();
        ClientCertificate::from_data(emulator.client_certificate_pem().as_bytes(), None).unwrap()
    };
    let silent = |entra| {
        let options = InteractiveBrowserCredentialOptions::default().with_entra(entra);
        options.with_disable_automatic_authentication(true)
    };
    let secret = || Arc::new(ClientSecret::new("s").unwrap());
    let default = |entra| {
        let options = DefaultAzureCredentialOptions::default().with_entra(entra);
        DefaultAzureCredential::new(options).unwrap()
    };
    let user = |entra| UsernamePasswordCredentialOptions::default().with_entra(entra);
    let code = |entra| AuthorizationCodeCredentialOptions::default().with_entra(entra);
    let device = |entra| {
        let options = DeviceCodeCredentialOptions::default().with_entra(entra);
        options.with_disable_automatic_authentication(true)
    };
    let machine = |entra| ManagedIdentityCredentialOptions::default().with_entra(entra);
    let assertion = || AssertionCallback::new(|| Ok::<_, Error>("assertion"));
    let made: Vec<(&str, Maker)> = vec![
        ("secret", Box::new(|e| Arc::new(ClientSecretCredential::new("t", "c", "s", e).unwrap()))),
        (
            "assertion",
            Box::new(move |e| Arc::new(ClientAssertionCredential::new("t", "c", assertion(), e).unwrap())),
        ),
        (
            "certificate",
            Box::new(move |e| Arc::new(CertificateCredential::new("t", "c", certificate(), e).unwrap())),
        ),
        ("environment", Box::new(|e| Arc::new(EnvironmentCredential::new(e).unwrap()))),
        (
            "on behalf of",
            Box::new(move |e| Arc::new(OnBehalfOfCredential::new("t", "c", secret(), "user", e).unwrap())),
        ),
        (
            "password",
            Box::new(move |e| Arc::new(UsernamePasswordCredential::new("c", "u", "p", user(e)).unwrap())),
        ),
        (
            "code",
            Box::new(move |e| {
                Arc::new(AuthorizationCodeCredential::new("t", "c", "code", "https://app/", code(e)).unwrap())
            }),
        ),
        ("device code", Box::new(move |e| Arc::new(DeviceCodeCredential::new(device(e)).unwrap()))),
        ("browser", Box::new(move |e| Arc::new(InteractiveBrowserCredential::new(silent(e)).unwrap()))),
        ("machine", Box::new(move |e| Arc::new(ManagedIdentityCredential::new(machine(e)).unwrap()))),
        ("default", Box::new(move |e| Arc::new(default(e)))),
    ];
    for (name, make) in made {
        let (credential, transport) = used(make).await;
        assert!(transport.upgrade().is_some(), "{name}: it was never held");
        drop(credential);
        assert!(transport.upgrade().is_none(), "{name}: somebody still holds the transport");
    }
}
