//! A client for the tests: reqwest over ring, and a judge of tokens that shares no code with the emulator's own.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde_json::Value;
use std::sync::Arc;

use crate::Emulator;

/// One answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Checks that this is an Entra error of this code, whole and consistent; gives its body.
    pub(crate) fn refused(&self, status: u16, error: &str, code: u32) -> Value {
        let body = self.json();
        assert_eq!((self.status, body["error"].as_str()), (status, Some(error)), "{body}");
        let description = body["error_description"].as_str().unwrap();
        assert!(description.starts_with(&format!("AADSTS{code}: ")), "{description}");
        assert_eq!(body["error_codes"], serde_json::json!([code]));
        for id in ["trace_id", "correlation_id", "timestamp"] {
            assert!(description.contains(body[id].as_str().unwrap()), "{id} is missing in {description}");
        }
        assert!(body["error_uri"].as_str().unwrap().ends_with(&format!("/error?code={code}")));
        body
    }
}

pub(crate) fn client() -> reqwest::Client {
    client_trusting(&[])
}

pub(crate) fn client_trusting(roots: &[&str]) -> reqwest::Client {
    builder_trusting(roots).build().unwrap()
}

pub(crate) fn builder_trusting(roots: &[&str]) -> reqwest::ClientBuilder {
    use rustls::pki_types::{CertificateDer, pem::PemObject as _};
    let mut store = rustls::RootCertStore::empty();
    for pem in roots {
        store.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
    }
    let config =
        rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(store)
            .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(config)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
}

pub(crate) async fn get(url: &str) -> Answer {
    read(client().get(url).send().await.unwrap()).await
}

pub(crate) async fn post(url: &str, form: &[(&str, &str)]) -> Answer {
    read(request_with_form(&client(), url, form).send().await.unwrap()).await
}

pub(crate) fn request_with_form(
    client: &reqwest::Client,
    url: &str,
    form: &[(&str, &str)],
) -> reqwest::RequestBuilder {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    client.post(url).header("content-type", "application/x-www-form-urlencoded; charset=utf-8").body(body)
}

pub(crate) async fn read(response: reqwest::Response) -> Answer {
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: response.text().await.unwrap(),
    }
}

/// The form of the default app's request for a token with its secret.
pub(crate) fn secret_form(emulator: &Emulator) -> Vec<(&str, &str)> {
    vec![
        ("grant_type", "client_credentials"),
        ("client_id", emulator.client_id()),
        ("client_secret", emulator.client_secret()),
        ("scope", "https://management.azure.com/.default"),
    ]
}

/// The same with one field replaced, added or, with an empty value, taken away.
pub(crate) fn with<'a>(
    mut form: Vec<(&'a str, &'a str)>,
    name: &'a str,
    value: &'a str,
) -> Vec<(&'a str, &'a str)> {
    form.retain(|(n, _)| *n != name);
    if !value.is_empty() {
        form.push((name, value));
    }
    form
}

/// Verifies a token against the key set the emulator publishes; gives its claims.
pub(crate) async fn verified_claims(emulator: &Emulator, token: &str) -> Value {
    let keys =
        get(&format!("{}/{}/discovery/v2.0/keys", emulator.authority_host(), emulator.tenant_id())).await;
    verify(&keys.json(), token)
}

pub(crate) fn verify(keys: &Value, token: &str) -> Value {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts.as_slice() else { panic!("not a JWT") };
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
    let header: Value = serde_json::from_slice(&decode(header)).unwrap();
    assert_eq!((header["alg"].as_str(), header["typ"].as_str()), (Some("RS256"), Some("JWT")));
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == header["kid"]).unwrap();
    let number = |name: &str| decode(key[name].as_str().unwrap());
    RsaPublicKeyComponents { n: number("n"), e: number("e") }
        .verify(&RSA_PKCS1_2048_8192_SHA256, token.rsplit_once('.').unwrap().0.as_bytes(), &decode(signature))
        .expect("the signature is good");
    serde_json::from_slice(&decode(claims)).unwrap()
}

/// An authorization URL of the default app with these further parameters.
pub(crate) fn authorize_url(emulator: &Emulator, tenant: &str, more: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in [
        ("client_id", emulator.client_id()),
        ("response_type", "code"),
        ("redirect_uri", "http://localhost:8400"),
        ("scope", "https://management.azure.com/.default openid profile offline_access"),
        ("state", "the state & more"),
    ] {
        if !more.iter().any(|(changed, _)| *changed == name) {
            query.append_pair(name, value);
        }
    }
    query.extend_pairs(more.iter().filter(|(_, value)| !value.is_empty()));
    format!("{}/{tenant}/oauth2/v2.0/authorize?{}", emulator.authority_host(), query.finish())
}

/// The default user at the browser.
pub(crate) fn alice(emulator: &Emulator) -> crate::Person {
    crate::Person::new(emulator.username(), emulator.password())
}

/// The form that redeems a code of [`authorize_url`].
pub(crate) fn code_form<'a>(emulator: &'a Emulator, code: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("client_id", emulator.client_id()),
        ("code", code),
        ("redirect_uri", "http://localhost:8400"),
        ("client_info", "1"),
    ]
}

/// Changes the default app.
pub(crate) fn change_app(emulator: &Emulator, change: impl FnOnce(crate::App) -> crate::App) {
    emulator.change_directory(|directory| {
        let tenant = directory.tenant_mut(crate::DEFAULT_DOMAIN).unwrap();
        let app = tenant.app(crate::DEFAULT_CLIENT_ID).unwrap().clone();
        tenant.put_app(change(app));
    });
}

/// Changes the default user.
pub(crate) fn change_user(emulator: &Emulator, change: impl FnOnce(crate::User) -> crate::User) {
    emulator.change_directory(|directory| {
        let tenant = directory.tenant_mut(crate::DEFAULT_DOMAIN).unwrap();
        let user = tenant.user(crate::DEFAULT_USERNAME).unwrap().clone();
        tenant.put_user(change(user));
    });
}

/// The JSON inside a part of a JWT or another base64url text.
pub(crate) fn decoded(base64url: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(base64url).unwrap()).unwrap()
}
