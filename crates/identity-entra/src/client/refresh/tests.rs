use std::sync::Arc;

use identity_core::testing::{FakeClock, block_on};
use identity_core::{Env, ErrorKind, Secret};
use serde_json::json;

use super::*;
use crate::cache::{CachePartition, CacheStorage, MemoryStorage, NewTokens};
use crate::http::testing::{Answer, ScriptedHttp};
use crate::options::EntraOptions;

const CLIENT: &str = "client";
const SCOPE: &str = "https://vault.azure.net/.default";

struct Setup {
    http: ScriptedHttp,
    storage: Arc<MemoryStorage>,
    client: EntraClient,
    owner: Owner,
}

fn setup() -> Setup {
    let (http, storage) = (ScriptedHttp::new(), Arc::new(MemoryStorage::default()));
    let options = EntraOptions::default()
        .with_http_service(http.service())
        .with_clock(FakeClock::at_unix(1_700_000_000).clock())
        .with_env(Env::empty())
        .with_cache_storage(storage.clone());
    let client = EntraClient::public("TestCredential", "tenant", CLIENT, &options).unwrap();
    Setup { http, storage, client, owner: Owner::Account("uid.utid".into()) }
}

impl Setup {
    fn put(&self, client_id: &str, secret: &str, family_id: Option<&str>, cae: bool, now: u64) {
        let secret = Secret::new(secret);
        let new = NewTokens {
            environment: "login.microsoftonline.com",
            client_id,
            home_account_id: Some("uid.utid"),
            refresh_token: Some(&secret),
            family_id,
            now,
            ..NewTokens::default()
        };
        block_on(self.storage.update(&CachePartition::user("uid.utid", cae), &|cache| cache.store(&new)))
            .unwrap();
    }

    fn refresh(&self, cae: bool) -> Result<Refreshed, Error> {
        let request_scopes = RequestScopes::of_user(&[SCOPE]).unwrap();
        let request = RefreshRequest {
            owner: &self.owner,
            tenant_id: "tenant",
            scopes: &[SCOPE],
            request_scopes: &request_scopes,
            cae,
            claims: None,
            auth: None,
        };
        block_on(self.client.refresh(&request))
    }

    fn left(&self, cae: bool) -> Vec<String> {
        let tokens = block_on(self.client.stored_refresh_tokens(&self.owner, "tenant", cae)).unwrap();
        tokens.into_iter().map(|token| token.secret.secret().to_owned()).collect()
    }

    fn sent(&self) -> Vec<String> {
        self.http.requests().iter().map(|request| request.field("refresh_token").unwrap()).collect()
    }
}

fn tokens(refresh_token: &str, client_info: serde_json::Value) -> Answer {
    use base64::Engine;
    let info = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(client_info.to_string());
    Answer::json(
        200,
        json!({ "access_token": "at", "expires_in": 3600, "refresh_token": refresh_token, "client_info": info }),
    )
}

fn refused(suberror: Option<&str>) -> Answer {
    let mut body = json!({ "error": "invalid_grant", "error_description": "AADSTS1: no" });
    if let Some(suberror) = suberror {
        body["suberror"] = suberror.into();
    }
    Answer::json(400, body)
}

#[test]
fn without_a_refresh_token_nothing_is_sent() {
    let setup = setup();
    assert!(matches!(setup.refresh(false), Ok(Refreshed::Nobody(None))));
    assert_eq!(setup.http.count(), 0);
}

#[test]
fn the_new_refresh_token_takes_the_old_one_s_place() {
    let setup = setup();
    setup.put(CLIENT, "old", None, false, 1);
    setup.http.push(tokens("new", json!({ "uid": "uid", "utid": "utid" })));
    assert!(matches!(setup.refresh(false), Ok(Refreshed::Token(_))));
    assert_eq!((setup.sent(), setup.left(false)), (vec!["old".to_owned()], vec!["new".to_owned()]));
    assert_eq!(
        setup.http.requests()[0].field("scope").unwrap(),
        format!("{SCOPE} openid profile offline_access")
    );
}

#[test]
fn a_token_of_the_family_is_tried_first_and_a_mismatch_ends_that() {
    let setup = setup();
    setup.put("relative", "of-relative", Some("1"), false, 2);
    setup.put("cousin", "of-cousin", Some("1"), false, 1);
    setup.http.push(refused(Some("client_mismatch")));
    assert!(matches!(setup.refresh(false), Ok(Refreshed::Nobody(Some(_)))));
    assert_eq!(setup.sent(), ["of-relative"]);
    assert_eq!(setup.left(false).len(), 2, "they are good for their own clients");
}

#[test]
fn a_dead_token_is_forgotten_and_the_next_is_tried() {
    let setup = setup();
    setup.put(CLIENT, "dead", None, false, 2);
    setup.put(CLIENT, "of-the-other-kind", None, true, 1);
    setup.http.push(refused(Some("bad_token"))).push(tokens("new", json!({ "uid": "uid", "utid": "utid" })));
    assert!(matches!(setup.refresh(false), Ok(Refreshed::Token(_))));
    assert_eq!(setup.sent(), ["dead", "of-the-other-kind"]);
    assert_eq!((setup.left(false), setup.left(true)), (vec!["new".into()], vec!["of-the-other-kind".into()]));
}

#[test]
fn a_token_that_wants_a_person_stays_and_ends_the_tries() {
    let setup = setup();
    setup.put(CLIENT, "good", None, false, 2);
    setup.put(CLIENT, "of-the-other-kind", None, true, 1);
    setup.http.push(refused(Some("basic_action")));
    let Ok(Refreshed::Nobody(Some(error))) = setup.refresh(false) else { panic!("a person is wanted") };
    assert_eq!(error.server().unwrap().suberror.as_deref(), Some("basic_action"));
    assert_eq!((setup.sent().len(), setup.left(false)), (1, vec!["good".to_owned()]));
}

#[test]
fn a_refusal_that_no_person_can_help_is_a_failure() {
    let setup = setup();
    setup.put(CLIENT, "good", None, false, 1);
    setup.http.push(Answer::error(400, "invalid_scope", "AADSTS70011: no such scope"));
    let error = setup.refresh(false).unwrap_err();
    assert_eq!((error.kind(), setup.left(false).len()), (ErrorKind::AuthenticationFailed, 1));
}

// G13
#[test]
fn a_token_of_another_account_is_not_accepted() {
    let setup = setup();
    setup.put(CLIENT, "good", None, false, 1);
    setup.http.push(tokens("other", json!({ "uid": "another", "utid": "utid" })));
    let error = setup.refresh(false).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
    assert_eq!(setup.left(false), ["good"]);
}
