use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_RSA_SHA256, date_time_ymd,
};
use ring::signature::RsaKeyPair;
use serde_json::{Value, json};

use crate::testing::{change_app, post, secret_form, verified_claims, with};
use crate::{
    Algorithm, App, Assertion, DEFAULT_DOMAIN, DEFAULT_FEDERATED_ISSUER, Emulator, FederatedCredential,
};

async fn ask(emulator: &Emulator, assertion: &str) -> crate::testing::Answer {
    ask_at(emulator, &emulator.token_endpoint(), assertion).await
}

async fn ask_at(emulator: &Emulator, endpoint: &str, assertion: &str) -> crate::testing::Answer {
    let form = with(secret_form(emulator), "client_secret", "");
    let form = with(form, "client_assertion", assertion);
    let form = with(form, "client_assertion_type", super::JWT_BEARER);
    post(endpoint, &form).await
}

fn sha1_thumbprint() -> String {
    crate::jwt::base64url(crate::keys::sha1(crate::keys::CLIENT_CERTIFICATE))
}

#[tokio::test]
async fn all_ways_to_sign_with_a_registered_certificate_are_accepted() {
    let emulator = Emulator::start().await.unwrap();
    let base = emulator.client_assertion();
    let with_sha1 =
        |assertion: Assertion| assertion.without_header("x5t#S256").with_header("x5t", sha1_thumbprint());
    let ways = [
        base.clone(),
        base.clone().with_algorithm(Algorithm::Rs256),
        with_sha1(base.clone()).with_algorithm(Algorithm::Rs256),
        with_sha1(base.clone()),
        base.clone().with_header("x5t", sha1_thumbprint()),
        base.clone().with_header("x5t", format!("{}=", sha1_thumbprint())),
    ];
    for way in ways {
        let answer = ask(&emulator, &way.sign().unwrap()).await;
        assert_eq!(answer.status, 200, "{way:?}: {}", answer.text);
        let claims = verified_claims(&emulator, answer.json()["access_token"].as_str().unwrap()).await;
        assert_eq!(claims["appidacr"], "2");
    }
}

#[tokio::test]
async fn audiences_are_the_endpoint_by_any_name_of_the_tenant() {
    let emulator = Emulator::start().await.unwrap();
    let (host, id) = (emulator.authority_host(), emulator.tenant_id());
    let cases = [
        (format!("{host}/{DEFAULT_DOMAIN}/oauth2/v2.0/token"), true),
        (format!("{host}/{id}/v2.0"), true),
        (format!("{host}/common/oauth2/v2.0/token"), false),
        (format!("{host}/{id}/oauth2/v2.0/authorize"), false),
        (format!("https://login.microsoftonline.com/{id}/oauth2/v2.0/token"), false),
        (String::new(), false),
    ];
    for (audience, good) in cases {
        let answer =
            ask(&emulator, &emulator.client_assertion().with_claim("aud", audience.clone()).sign().unwrap())
                .await;
        if good {
            assert_eq!(answer.status, 200, "{audience}: {}", answer.text);
        } else {
            answer.refused(401, "invalid_client", 700023);
        }
    }
    let several = emulator.client_assertion().with_claim("aud", json!(["x", emulator.token_endpoint()]));
    assert_eq!(ask(&emulator, &several.sign().unwrap()).await.status, 200);
}

#[tokio::test]
async fn claims_that_are_wrong_or_missing_are_refused() {
    let emulator = Emulator::start().await.unwrap();
    let good = || emulator.client_assertion();
    let now = emulator.clock().unix_now();
    let cases = [
        (good().with_claim("iss", "someone-else"), 401, "invalid_client", 700021),
        (good().with_claim("sub", "someone-else"), 401, "invalid_client", 700021),
        (good().without_claim("sub"), 401, "invalid_client", 700021),
        (good().without_claim("iss"), 400, "invalid_request", 50027),
        (good().without_claim("jti"), 400, "invalid_request", 50027),
        (good().without_claim("aud"), 401, "invalid_client", 700023),
        (good().without_claim("exp"), 400, "invalid_request", 50027),
        (good().with_claim("exp", "soon"), 400, "invalid_request", 50027),
        (good().with_claim("exp", now - 301), 401, "invalid_client", 700024),
        (good().with_claim("exp", i64::MIN), 401, "invalid_client", 700024),
        (good().with_claim("exp", now + super::LONGEST + 60), 401, "invalid_client", 700024),
        (good().with_claim("nbf", now + 360), 401, "invalid_client", 700024),
        (good().with_claim("iat", now + 360), 401, "invalid_client", 700024),
        (good().with_header("x5t#S256", "AAAA"), 401, "invalid_client", 700027),
        (good().with_header("x5t", "AAAA"), 401, "invalid_client", 700027),
        (good().without_header("x5t#S256"), 401, "invalid_client", 700027),
        (good().with_header("x5c", "no list"), 400, "invalid_request", 50027),
        (good().with_header("x5c", json!(["AAAA"])), 401, "invalid_client", 700027),
    ];
    for (assertion, status, error, code) in cases {
        ask(&emulator, &assertion.sign().unwrap()).await.refused(status, error, code);
    }
}

#[tokio::test]
async fn what_is_no_jwt_is_refused() {
    let emulator = Emulator::start().await.unwrap();
    for text in ["x", "a.b.c", "..", "e30.e30", "e30.W10.AA", "!.!.!"] {
        ask(&emulator, text).await.refused(400, "invalid_request", 50027);
    }
    // {"alg":"none"} and {"alg":"HS256"}
    for text in ["eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJIUzI1NiJ9.e30.AA", "e30.e30.AA"] {
        ask(&emulator, text).await.refused(401, "invalid_client", 5002738);
    }
}

#[tokio::test]
async fn a_signature_that_does_not_fit_is_refused() {
    let emulator = Emulator::start().await.unwrap();
    let signed = emulator.client_assertion().sign().unwrap();
    let other = emulator.client_assertion().sign().unwrap();
    let mixed = format!("{}.{}", signed.rsplit_once('.').unwrap().0, other.rsplit_once('.').unwrap().1);
    let body = ask(&emulator, &mixed).await.refused(401, "invalid_client", 700027);
    assert!(body["error_description"].as_str().unwrap().contains("invalid signature"));
    // RS256 by the header, PSS by the signature.
    let [header, rest] = [json!({"alg": "RS256", "x5t": sha1_thumbprint()}).to_string(), signed.clone()];
    let swapped = format!("{}.{}", crate::jwt::base64url(header), rest.split_once('.').unwrap().1);
    ask(&emulator, &swapped).await.refused(401, "invalid_client", 700027);
}

#[tokio::test]
async fn an_assertion_that_grows_old_is_refused_by_the_emulators_clock() {
    let emulator = Emulator::start().await.unwrap();
    let signed = emulator.client_assertion().sign().unwrap();
    emulator.clock().advance(Duration::from_secs(600 + 290));
    assert_eq!(ask(&emulator, &signed).await.status, 200, "within the skew");
    emulator.clock().advance(Duration::from_secs(20));
    ask(&emulator, &signed).await.refused(401, "invalid_client", 700024);
}

#[tokio::test]
async fn a_certificate_that_is_taken_away_no_longer_works() {
    let emulator = Emulator::start().await.unwrap();
    change_app(&emulator, App::without_certificates);
    let signed = emulator.client_assertion().sign().unwrap();
    let body = ask(&emulator, &signed).await.refused(401, "invalid_client", 700027);
    assert!(body["error_description"].as_str().unwrap().contains("The key was not found"));
}

#[tokio::test]
async fn a_bare_key_verifies_assertions_that_name_no_certificate() {
    let emulator = Emulator::start().await.unwrap();
    let jwk = client_jwk();
    change_app(&emulator, |app| app.without_certificates().with_key(&json!({"kty": "EC"})).with_key(&jwk));
    let bare = emulator.client_assertion().without_header("x5t#S256");
    assert_eq!(ask(&emulator, &bare.sign().unwrap()).await.status, 200);
    let signed = bare.sign().unwrap();
    let broken = format!("{}AAAA", &signed[..signed.len() - 4]);
    ask(&emulator, &broken).await.refused(401, "invalid_client", 700027);
}

#[tokio::test]
async fn the_type_of_the_assertion_must_be_said() {
    let emulator = Emulator::start().await.unwrap();
    let signed = emulator.client_assertion().sign().unwrap();
    let form = with(with(secret_form(&emulator), "client_secret", ""), "client_assertion", &signed);
    post(&emulator.token_endpoint(), &form).await.refused(400, "invalid_request", 900144);
    let form = with(form, "client_assertion_type", "saml");
    post(&emulator.token_endpoint(), &form).await.refused(400, "invalid_request", 9002313);
}

// S071: without the chain the certificate is unknown, with it its subject and issuer are enough.
#[tokio::test]
async fn a_trusted_subject_needs_its_chain() {
    let emulator = Emulator::start().await.unwrap();
    let chain = Chain::new("app.example");
    change_app(&emulator, |app| {
        app.without_certificates().with_trusted_subject("app.example", chain.ca.clone())
    });
    let named = emulator
        .client_assertion()
        .with_header("x5t#S256", crate::jwt::base64url(crate::keys::sha256(&chain.leaf)));
    ask(&emulator, &named.sign().unwrap()).await.refused(401, "invalid_client", 700027);
    for sent in [chain.x5c(&[&chain.leaf]), chain.x5c(&[&chain.leaf, &chain.ca])] {
        let signed = named.clone().with_header("x5c", sent).sign().unwrap();
        let answer = ask(&emulator, &signed).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    let stranger = Chain::new("app.example");
    let signed = named.clone().with_header("x5c", chain.x5c(&[&chain.leaf, &stranger.ca])).sign().unwrap();
    ask(&emulator, &signed).await.refused(401, "invalid_client", 700027);
    let of_stranger = emulator
        .client_assertion()
        .with_header("x5t#S256", crate::jwt::base64url(crate::keys::sha256(&stranger.leaf)))
        .with_header("x5c", chain.x5c(&[&stranger.leaf]));
    ask(&emulator, &of_stranger.sign().unwrap()).await.refused(401, "invalid_client", 700027);
    change_app(&emulator, |app| {
        App::new(app.client_id()).with_trusted_subject("other.example", chain.ca.clone())
    });
    let signed = named.with_header("x5c", chain.x5c(&[&chain.leaf])).sign().unwrap();
    ask(&emulator, &signed).await.refused(401, "invalid_client", 700027);
}

#[tokio::test]
async fn a_federated_token_is_a_proof_if_everything_matches() {
    let emulator = Emulator::start().await.unwrap();
    let token = || emulator.federated_token();
    let answer = ask(&emulator, &token().sign().unwrap()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let now = emulator.clock().unix_now();
    let cases = [
        (token().with_claim("iss", "https://elsewhere.example/"), 700211),
        (token().with_claim("sub", "System:serviceaccount:emulated:workload"), 700213),
        (token().with_claim("aud", "https://elsewhere.example/"), 700212),
        (token().with_claim("exp", now - 400), 700024),
    ];
    for (token, code) in cases {
        ask(&emulator, &token.sign().unwrap()).await.refused(401, "invalid_client", code);
    }
    let signed = token().sign().unwrap();
    let broken = format!("{}AAAA", &signed[..signed.len() - 4]);
    ask(&emulator, &broken).await.refused(401, "invalid_client", 50013);
}

#[tokio::test]
async fn a_federated_credential_may_have_another_audience_and_key() {
    let emulator = Emulator::start().await.unwrap();
    let jwk = client_jwk();
    change_app(&emulator, |app| {
        let trusted =
            FederatedCredential::new(DEFAULT_FEDERATED_ISSUER, "me").with_audience("you").with_key(&jwk);
        App::new(app.client_id()).with_federated_credential(trusted)
    });
    let token = emulator.federated_token().with_claim("sub", "me").with_claim("aud", "you");
    assert_eq!(ask(&emulator, &token.sign().unwrap()).await.status, 200);
}

#[tokio::test]
async fn adfs_takes_rs256_with_x5t_only_and_refuses_in_its_own_words() {
    let emulator = Emulator::start().await.unwrap();
    let endpoint = format!("{}/adfs/oauth2/token/", emulator.authority_host());
    let assertion = emulator.client_assertion().with_claim("aud", endpoint.clone());
    let classic = assertion
        .clone()
        .with_algorithm(Algorithm::Rs256)
        .without_header("x5t#S256")
        .with_header("x5t", sha1_thumbprint());
    let answer = ask_at(&emulator, &endpoint, &classic.sign().unwrap()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let claims = verified_claims(&emulator, answer.json()["access_token"].as_str().unwrap()).await;
    assert!(claims["iss"].as_str().unwrap().ends_with("/adfs/services/trust"), "{claims}");
    let refused = ask_at(&emulator, &endpoint, &assertion.sign().unwrap()).await;
    assert_eq!((refused.status, &refused.json()["error"]), (401, &Value::from("invalid_client")));
    assert!(refused.json()["error_description"].as_str().unwrap().starts_with("MSIS9622: "));
    let modern = format!("{}/adfs/oauth2/v2.0/token", emulator.authority_host());
    assert_eq!(ask_at(&emulator, &modern, &assertion.sign().unwrap()).await.status, 404);
}

#[test]
fn the_clients_pem_holds_key_and_certificate_of_the_default_app() {
    use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, pem::PemObject as _};
    let pem = crate::keys::client_pem();
    let key = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).unwrap();
    let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
    assert_eq!(certificate.as_ref(), crate::keys::CLIENT_CERTIFICATE);
    let pair = RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).unwrap();
    let components = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(pair.public());
    let of_certificate = crate::jwt::PublicKey::of_certificate(&certificate).unwrap();
    assert_eq!(of_certificate, crate::jwt::PublicKey::new(&components.n, &components.e));
}

/// A certificate for the client's key, from an authority made for the test.
struct Chain {
    ca: Vec<u8>,
    leaf: Vec<u8>,
}

impl Chain {
    fn new(subject: &str) -> Chain {
        let mut ca = CertificateParams::default();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        ca.distinguished_name.push(DnType::CommonName, "test authority");
        ca.not_after = date_time_ymd(4000, 1, 1);
        let ca_key = KeyPair::generate().unwrap();
        let ca_der = ca.self_signed(&ca_key).unwrap().der().to_vec();
        let mut leaf = CertificateParams::default();
        leaf.distinguished_name = rcgen::DistinguishedName::new();
        leaf.distinguished_name.push(DnType::CommonName, subject);
        leaf.not_after = date_time_ymd(4000, 1, 1);
        let key = include_bytes!("../../../keys/client.key.der").as_slice();
        let key = KeyPair::from_pkcs8_der_and_sign_algo(&key.into(), &PKCS_RSA_SHA256).unwrap();
        let leaf = leaf.signed_by(&key, &Issuer::new(ca, ca_key)).unwrap().der().to_vec();
        Chain { ca: ca_der, leaf }
    }

    fn x5c(&self, certificates: &[&Vec<u8>]) -> Value {
        use base64::Engine as _;
        certificates.iter().map(|der| base64::engine::general_purpose::STANDARD.encode(der)).collect()
    }
}

fn client_jwk() -> Value {
    crate::keys::SigningKey::of_client().unwrap().jwk()
}
