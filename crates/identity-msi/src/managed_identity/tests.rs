use std::time::Duration;

use identity_core::testing::block_on;
use identity_core::{Env, ErrorKind};
use identity_entra::http::RetryOptions;
use identity_entra::http::testing::{Answer, RecordedRequest};

use super::*;
use crate::ManagedIdentityId;
use crate::testing::*;

const RESOURCE: &str = "https%3A%2F%2Fvault.azure.net";
const OF_IMDS: &str = "http://169.254.169.254/metadata/identity/oauth2/token";
const OF_APP_SERVICE: &str = "http://127.0.0.1:41741/msi/token";
const OF_ML: &str = "http://127.0.0.1:46808/MSI/auth";

fn encoded(id: &str) -> String {
    id.replace('/', "%2F")
}

/// The one request of a credential that gets its token at once.
fn request(env: Env, identity: Option<ManagedIdentityId>) -> RecordedRequest {
    let machine = Machine::new(env);
    machine.http.push(Answer::json(
        200,
        serde_json::json!({
            "access_token": "the-token", "expires_on": (NOW + 3600).to_string(), "token_type": "Bearer",
        }),
    ));
    let credential = machine.credential(identity);
    let token = ask(&credential).unwrap();
    assert_eq!((token.token().secret(), token.expires_on_unix()), ("the-token", NOW + 3600));
    assert_eq!(token.credential(), "ManagedIdentityCredential");
    ask(&credential).unwrap();
    assert_eq!(machine.http.count(), 1, "the second token is the cached one");
    machine.http.requests().remove(0)
}

// S166, S167, S169, P21, G10, G11
#[test]
fn each_host_is_asked_in_its_own_way_for_each_kind_of_identity() {
    let (client, object, resource) = (CLIENT_ID, OBJECT_ID, encoded(RESOURCE_ID));
    let pod = || imds().with("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:8080/pod/");
    for (env, identity, url) in [
        (imds(), None, format!("{OF_IMDS}?api-version=2018-02-01&resource={RESOURCE}")),
        (
            imds(),
            client_id(),
            format!("{OF_IMDS}?api-version=2018-02-01&resource={RESOURCE}&client_id={client}"),
        ),
        (
            imds(),
            object_id(),
            format!("{OF_IMDS}?api-version=2018-02-01&resource={RESOURCE}&object_id={object}"),
        ),
        (
            imds(),
            resource_id(),
            format!("{OF_IMDS}?api-version=2018-02-01&resource={RESOURCE}&msi_res_id={resource}"),
        ),
        (
            pod(),
            client_id(),
            format!(
                "http://127.0.0.1:8080/pod/metadata/identity/oauth2/token?api-version=2018-02-01&resource={RESOURCE}&client_id={client}"
            ),
        ),
        (app_service(), None, format!("{OF_APP_SERVICE}?api-version=2019-08-01&resource={RESOURCE}")),
        (
            app_service(),
            client_id(),
            format!("{OF_APP_SERVICE}?api-version=2019-08-01&resource={RESOURCE}&client_id={client}"),
        ),
        (
            app_service(),
            object_id(),
            format!("{OF_APP_SERVICE}?api-version=2019-08-01&resource={RESOURCE}&object_id={object}"),
        ),
        (
            app_service(),
            resource_id(),
            format!("{OF_APP_SERVICE}?api-version=2019-08-01&resource={RESOURCE}&mi_res_id={resource}"),
        ),
        (azure_ml(), None, format!("{OF_ML}?api-version=2017-09-01&resource={RESOURCE}")),
        (
            azure_ml(),
            client_id(),
            format!("{OF_ML}?api-version=2017-09-01&resource={RESOURCE}&clientid={client}"),
        ),
        (
            azure_ml(),
            object_id(),
            format!("{OF_ML}?api-version=2017-09-01&resource={RESOURCE}&object_id={object}"),
        ),
        (
            azure_ml(),
            resource_id(),
            format!("{OF_ML}?api-version=2017-09-01&resource={RESOURCE}&msi_res_id={resource}"),
        ),
        (
            service_fabric(),
            None,
            format!(
                "https://localhost:2377/metadata/identity/oauth2/token?api-version=2019-07-01-preview&resource={RESOURCE}"
            ),
        ),
    ] {
        let sent = request(env.clone(), identity);
        assert_eq!((sent.method.as_str(), sent.url.as_str(), sent.body.as_str()), ("GET", url.as_str(), ""));
        assert!(sent.profile.no_proxy, "{url}");
        let header = |name| sent.header(name);
        let names_of_secrets = ["x-identity-header", "secret"];
        let secrets = names_of_secrets.map(header);
        let (expected_secrets, metadata) = match () {
            () if url.starts_with(OF_APP_SERVICE) => ([Some(SECRET), None], Some("true")),
            () if url.starts_with("http://127.0.0.1:46808") || url.starts_with("https") => {
                ([None, Some(SECRET)], None)
            }
            () => ([None, None], Some("true")),
        };
        assert_eq!((secrets, header("metadata")), (expected_secrets, metadata), "{url}");
    }
}

#[test]
fn cloud_shell_is_asked_with_a_form() {
    let sent = request(cloud_shell(), None);
    assert_eq!((sent.method.as_str(), sent.url.as_str()), ("POST", "http://localhost:50342/oauth2/token"));
    assert_eq!(sent.body, format!("resource={RESOURCE}"));
    assert_eq!(sent.header("metadata"), Some("true"));
    assert_eq!(sent.header("content-type"), Some("application/x-www-form-urlencoded"));
}

// S004, S169
#[test]
fn exactly_one_scope_is_taken() {
    for env in [imds(), app_service()] {
        let machine = Machine::new(env);
        machine.http.push(Answer::token("t", 60));
        let credential = machine.credential(None);
        let options = TokenRequestOptions::default();
        for scopes in [&[][..], &[SCOPE, SCOPE], &["a b"]] {
            let error = block_on(credential.get_token(scopes, &options)).unwrap_err();
            assert_eq!((error.kind(), error.credential()), (ErrorKind::InvalidArgument, NAME));
        }
        assert_eq!(machine.http.count(), 0);
        block_on(credential.get_token(&["https://x//.default"], &options)).unwrap();
        assert_eq!(machine.http.requests()[0].query("resource").as_deref(), Some("https://x/"));
    }
}

// S009
#[test]
fn a_request_s_tenant_is_ignored() {
    let machine = Machine::new(imds());
    machine.http.push(Answer::token("t", 3600));
    let credential = machine.credential(None);
    ask(&credential).unwrap();
    let other = TokenRequestOptions::default().with_tenant_id("another tenant, if it were one");
    assert_eq!(block_on(credential.get_token(&[SCOPE], &other)).unwrap().token().secret(), "t");
    assert_eq!(machine.http.count(), 1);
}

// P30
#[test]
fn claims_skip_the_cached_token_and_only_service_fabric_hears_which_it_was() {
    let claims = TokenRequestOptions::default().with_claims("{\"access_token\":{}}").with_enable_cae(true);
    for (env, told) in [(imds(), false), (app_service(), false), (service_fabric(), true)] {
        let machine = Machine::new(env);
        let expires_on = NOW + 7000;
        for name in ["first", "second"] {
            machine.http.push(Answer::json(
                200,
                serde_json::json!({ "access_token": name, "expires_on": expires_on }),
            ));
        }
        let credential = machine.credential(None);
        ask(&credential).unwrap();
        let token = block_on(credential.get_token(&[SCOPE], &claims)).unwrap();
        assert_eq!(token.token().secret(), "second");
        assert_eq!(ask(&credential).unwrap().token().secret(), "second", "it has replaced the first");
        let sent = &machine.http.requests()[1];
        assert!(!sent.url.contains("claims") && !sent.url.contains("CP1"), "{}", sent.url);
        let digest_of_first = "a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e";
        assert_eq!(sent.query("token_sha256_to_refresh").as_deref(), told.then_some(digest_of_first));
        assert_eq!(machine.http.requests()[0].query("token_sha256_to_refresh"), None);
    }
}

// P29
#[test]
fn a_token_of_two_hours_or_more_is_renewed_at_half_its_life() {
    for (life, half) in [(7199, None), (7200, Some(3600)), (86_400, Some(43_200))] {
        let machine = Machine::new(imds());
        machine.http.push(Answer::token("t", life));
        let token = ask(&machine.credential(None)).unwrap();
        assert_eq!(token.refresh_on_unix(), half.map(|half| NOW + half), "{life}");
    }
}

#[test]
fn clones_share_tokens_and_a_new_credential_has_none() {
    let machine = Machine::new(imds());
    machine.http.otherwise(|_| Answer::token("t", 3600));
    let credential = machine.credential(None);
    ask(&credential.clone()).unwrap();
    ask(&credential).unwrap();
    assert_eq!(machine.http.count(), 1);
    ask(&machine.credential(None)).unwrap();
    assert_eq!(machine.http.count(), 2);
}

#[test]
fn an_id_that_can_not_be_one_is_refused_when_the_credential_is_made() {
    let machine = Machine::new(imds());
    let error =
        ManagedIdentityCredential::new(machine.options(Some(ManagedIdentityId::ClientId("a b".into()))));
    let error = error.unwrap_err();
    assert_eq!((error.kind(), error.credential()), (ErrorKind::InvalidArgument, NAME));
}

#[test]
fn timeouts_and_retries_are_the_caller_s_to_set() {
    let machine = Machine::new(app_service());
    machine.http.otherwise(|_| Answer::new(503, ""));
    let retry = RetryOptions::default().with_max_retries(1);
    let options = machine
        .options(None)
        .with_entra(machine.entra().with_retry(retry))
        .with_connect_timeout(Duration::from_millis(300))
        .with_timeout(Duration::from_secs(4));
    ask(&ManagedIdentityCredential::new(options).unwrap()).unwrap_err();
    let requests = machine.http.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].profile.connect_timeout, Some(Duration::from_millis(300)));
    assert_eq!(requests[0].profile.timeout, Some(Duration::from_secs(4)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_callers_ask_the_host_once_for_a_token_and_once_for_a_refusal() {
    let refused = || Answer::error(400, "invalid_request", "Identity not found");
    for (env, answer, is_ok) in [
        (imds(), Answer::token("t", 3600), true),
        (imds(), refused(), false),
        (app_service(), Answer::token("t", 3600), true),
        (app_service(), refused(), false),
    ] {
        let machine = Machine::new(env);
        machine.http.otherwise(move |_| answer.clone());
        let credential = machine.credential(None);
        let ask = || {
            let credential = credential.clone();
            tokio::spawn(async move {
                credential.get_token(&[SCOPE], &TokenRequestOptions::default()).await.is_ok()
            })
        };
        for caller in (0..1000).map(|_| ask()).collect::<Vec<_>>() {
            assert_eq!(caller.await.unwrap(), is_ok);
        }
        assert_eq!(machine.http.count(), 1);
    }
}
