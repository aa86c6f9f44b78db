use std::sync::Arc;
use std::time::Duration;

use identity_core::testing::{FakeClock, block_on};
use identity_core::{AuthenticationRecord, Env, ErrorKind, TokenRequestOptions};
use identity_entra::cache::MemoryStorage;
use identity_entra::client::EntraClient;
use identity_entra::http::testing::{Answer, ScriptedHttp};
use identity_entra::options::EntraOptions;
use serde_json::json;

use super::*;
use crate::session::SignIn;
use crate::testing::answer;

const SCOPE: &str = "https://vault.azure.net/.default";

struct Setup {
    http: ScriptedHttp,
    clock: FakeClock,
    client: EntraClient,
}

fn setup(tenant: &str) -> Setup {
    let (http, clock) = (ScriptedHttp::new(), FakeClock::at_unix(1_700_000_000));
    let options = EntraOptions::default()
        .with_http_service(http.service())
        .with_clock(clock.clock())
        .with_env(Env::empty())
        .with_cache_storage(Arc::new(MemoryStorage::default()));
    let client = EntraClient::public("TestCredential", tenant, "client", &options).unwrap();
    Setup { http, clock, client }
}

impl Setup {
    fn ask(&self) -> Ask {
        Ask::of_user(&self.client, &[SCOPE], &TokenRequestOptions::default()).unwrap()
    }

    /// A session that has just begun, with the token `first`.
    fn signed_in(&self) -> Arc<Session> {
        self.http.push(answer("first"));
        block_on(async {
            let url = &self.client.endpoints("x").await.unwrap().token;
            let retry = identity_entra::http::RetryPolicy::entra(self.client.options().retry());
            let form = identity_entra::oauth::Form::new();
            let response = self.client.exchange(&retry, None).token(url, &form).await.unwrap();
            let signed_in = SignIn::check(&self.client, &self.ask(), &response, None, None).unwrap();
            SignIn::keep(&self.client, &self.ask(), &response, signed_in.as_ref()).await.unwrap().session
        })
    }

    fn silent(&self, session: &Session, reason: Reason) -> Result<Silent, Error> {
        block_on(silent(session, &self.ask(), reason, None))
    }
}

fn token(silent: Result<Silent, Error>) -> String {
    match silent {
        Ok(Silent::Token(acquired)) => acquired.token.token().secret().to_owned(),
        other => panic!("{other:?}"),
    }
}

// S137
#[test]
fn the_stored_token_is_found_under_the_tenant_s_name_and_id() {
    for tenant in ["organizations", "contoso.com", "the-tid"] {
        let setup = setup(tenant);
        let session = setup.signed_in();
        assert_eq!(token(setup.silent(&session, Reason::Missing)), "first", "{tenant}");
        assert_eq!(setup.http.count(), 1);
    }
}

#[test]
fn the_session_of_a_record_finds_what_an_earlier_one_stored() {
    let setup = setup("the-tid");
    setup.signed_in();
    let record = AuthenticationRecord::new("the-tid", "client", "login.windows.net", "uid.utid", "anna");
    let session = Session::of_record(&setup.client, record);
    assert_eq!(token(setup.silent(&session, Reason::Missing)), "first");
    let record = AuthenticationRecord::new("the-tid", "client", "login.windows.net", "other.utid", "anna");
    let session = Session::of_record(&setup.client, record);
    let Ok(Silent::Nobody { claims: None, refusal: None }) = setup.silent(&session, Reason::Missing) else {
        panic!("it is another account")
    };
    assert_eq!(setup.http.count(), 1);
}

#[test]
fn claims_skip_the_stored_token() {
    let setup = setup("the-tid");
    let session = setup.signed_in();
    setup.http.push(answer("second"));
    assert_eq!(token(setup.silent(&session, Reason::Claims)), "second");
}

#[test]
fn a_token_that_is_due_beats_a_failure_and_asking_somebody() {
    for refused in [Answer::new(503, ""), Answer::error(400, "invalid_grant", "AADSTS50173: revoked")] {
        let setup = setup("the-tid");
        let session = setup.signed_in();
        setup.clock.advance(Duration::from_secs(3600 - 100));
        setup.http.otherwise(move |_| refused.clone());
        // The retries take time of their own, but less than the token has.
        assert_eq!(token(setup.silent(&session, Reason::Missing)), "first");
    }
}

// S015
#[test]
fn the_claims_of_caller_and_server_are_merged() {
    let server = |claims: Option<&str>| {
        let mut server = ServerError::default();
        server.claims = claims.map(str::to_owned);
        server
    };
    let one = r#"{"access_token":{"nbf":{"value":"1"},"acrs":{"value":"a"}}}"#;
    let other = r#"{"access_token":{"acrs":{"value":"b"}},"id_token":{}}"#;
    let merged = demanded(Some(one), Some(&server(Some(other)))).unwrap();
    let expected =
        json!({ "access_token": { "nbf": { "value": "1" }, "acrs": { "value": "b" } }, "id_token": {} });
    assert_eq!(serde_json::from_str::<Value>(&merged).unwrap(), expected);
    assert_eq!(demanded(Some(one), Some(&server(None))).unwrap(), one);
    assert_eq!(demanded(Some(one), None).unwrap(), one);
    assert_eq!(demanded(None, None), None);
    let by_server = demanded(None, Some(&server(Some(other)))).unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(&by_server).unwrap(),
        serde_json::from_str::<Value>(other).unwrap()
    );
    for nonsense in ["", "no json", "[1]", "null"] {
        assert_eq!(demanded(Some(one), Some(&server(Some(nonsense)))).unwrap(), one);
        assert_eq!(demanded(None, Some(&server(Some(nonsense)))), None);
    }
}

// S012, S014, S015
#[test]
fn the_error_says_what_is_needed_and_what_the_server_said() {
    let setup = setup("the-tid");
    let session = setup.signed_in();
    setup.http.push(Answer::error(400, "invalid_grant", "AADSTS50173: revoked"));
    let silent = setup.silent(&session, Reason::Claims).unwrap();
    let error = silent.or_required(&session, &setup.ask()).unwrap_err();
    assert_eq!((error.kind(), error.scopes()), (ErrorKind::AuthenticationRequired, &[SCOPE.to_owned()][..]));
    assert_eq!(error.server().unwrap().error_codes, [50173]);
    assert!(
        error
            .message()
            .starts_with("interactive authentication is required to get a token; call `authenticate`")
    );
    assert!(error.message().contains("AADSTS50173: revoked") && std::error::Error::source(&error).is_some());
}
