use std::error::Error as _;

use identity_core::testing::{ScriptedCredential, block_on};
use identity_core::{AccessToken, ErrorKind, ServerError};

use super::*;

fn token(text: &str) -> AccessToken {
    AccessToken::new(text, std::time::SystemTime::UNIX_EPOCH).with_credential("Member")
}

fn chain(answers: Vec<Result<AccessToken, Error>>) -> (ChainedTokenCredential, Vec<ScriptedCredential>) {
    let members: Vec<_> = answers
        .into_iter()
        .map(|answer| {
            let member = ScriptedCredential::new();
            member.push(answer);
            member
        })
        .collect();
    let shared = members.iter().map(|member| Arc::new(member.clone()) as Arc<dyn TokenCredential>);
    (ChainedTokenCredential::new(shared).unwrap(), members)
}

fn ask(chain: &ChainedTokenCredential, options: &TokenRequestOptions) -> Result<AccessToken, Error> {
    block_on(chain.get_token(&["scope", "other"], options))
}

// S078
#[test]
fn a_chain_without_members_is_refused() {
    let error = ChainedTokenCredential::new([]).unwrap_err();
    assert_eq!((error.kind(), error.credential()), (ErrorKind::InvalidArgument, NAME));
}

// S079, S080
#[test]
fn the_first_member_that_has_a_token_wins_and_later_ones_are_not_asked() {
    let (chain, members) =
        chain(vec![Err(Error::unavailable("not here")), Ok(token("second")), Ok(token("third"))]);
    let chain: Arc<dyn TokenCredential> = Arc::new(chain);
    let options = TokenRequestOptions::default();
    let got = block_on(chain.get_token(&["scope"], &options)).unwrap();
    assert_eq!((got.token().secret(), got.credential()), ("second", "Member"));
    assert_eq!(members.iter().map(|member| member.calls().len()).collect::<Vec<_>>(), [1, 1, 0]);
}

#[test]
fn a_cached_token_of_the_first_member_is_ready_at_once() {
    let (chain, _) = chain(vec![Ok(token("first"))]);
    let options = TokenRequestOptions::default();
    assert!(chain.get_token(&["scope"], &options).try_ready().is_ok());
}

// S081
#[test]
fn unavailable_and_required_go_on_and_the_rest_stops() {
    for (error, goes_on) in [
        (Error::unavailable("x"), true),
        (Error::authentication_required(&["scope"], None, None), true),
        (Error::failed("x"), false),
        (Error::invalid_argument("x"), false),
    ] {
        let kind = error.kind();
        let (chain, members) = chain(vec![Err(error), Ok(token("second"))]);
        let answer = ask(&chain, &TokenRequestOptions::default());
        assert_eq!(answer.is_ok(), goes_on, "{kind}");
        assert_eq!(members[1].calls().len(), usize::from(goes_on), "{kind}");
        if let Err(stopped) = answer {
            assert_eq!(stopped.kind(), kind);
        }
    }
}

// S082
#[test]
fn when_all_fail_each_attempt_is_listed_with_its_message() {
    let (chain, _) = chain(vec![
        Err(Error::unavailable("first\nreason").with_credential("EnvironmentCredential")),
        Err(Error::unavailable("second reason")),
    ]);
    let error = ask(&chain, &TokenRequestOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
    assert_eq!(
        error.to_string(),
        "ChainedTokenCredential: no member of the chain could get a token.\nAttempted credentials:\n\t\
         EnvironmentCredential: first\n\t\treason\n\tmember 2: second reason"
    );
    let names: Vec<_> =
        error.attempts().iter().map(|a| (a.credential().to_owned(), a.error().kind())).collect();
    let unavailable = ErrorKind::CredentialUnavailable;
    assert_eq!(
        names,
        [("EnvironmentCredential".to_owned(), unavailable), ("member 2".to_owned(), unavailable)]
    );
}

#[test]
fn where_the_chain_stopped_the_server_s_words_stay() {
    let mut server = ServerError::default();
    server.error_codes = vec![7000215];
    let refused = Error::failed("wrong secret").with_credential("ClientSecretCredential").with_server(server);
    let (chain, _) = chain(vec![Err(refused)]);
    let error = ask(&chain, &TokenRequestOptions::default()).unwrap_err();
    assert!(error.message().starts_with("the chain stopped at ClientSecretCredential."), "{error}");
    assert_eq!(error.server().unwrap().error_codes, [7000215]);
    assert_eq!(error.source().unwrap().to_string(), "ClientSecretCredential: wrong secret");
}

// S083, S009
#[test]
fn scopes_and_options_are_forwarded() {
    let (chain, members) = chain(vec![Err(Error::unavailable("x")), Ok(token("second"))]);
    let options = TokenRequestOptions::default().with_tenant_id("t").with_claims("{}").with_enable_cae(true);
    ask(&chain, &options).unwrap();
    for member in members {
        let call = member.calls().remove(0);
        assert_eq!(call.scopes, ["scope", "other"]);
        assert_eq!((call.options.tenant_id(), call.options.claims()), (Some("t"), Some("{}")));
        assert!(call.options.enable_cae());
        assert_eq!(call.options.chain_context(), ChainContext::Chained);
    }
}

// S003
#[test]
fn no_scope_is_refused_before_any_member_is_asked() {
    let (chain, members) = chain(vec![Ok(token("first"))]);
    let options = TokenRequestOptions::default();
    assert_eq!(block_on(chain.get_token(&[], &options)).unwrap_err().kind(), ErrorKind::InvalidArgument);
    assert!(members[0].calls().is_empty());
}

// S084
#[test]
fn dropping_the_chain_drops_its_members() {
    let member: Arc<dyn TokenCredential> = Arc::new(ScriptedCredential::new());
    let chain = ChainedTokenCredential::new([member.clone()]).unwrap();
    assert_eq!(Arc::strong_count(&member), 2);
    drop(chain);
    assert_eq!(Arc::strong_count(&member), 1);
}

/// Whoever finds a token due has the turn to renew it, and must take it.
#[cfg(feature = "app")]
#[test]
fn the_first_member_s_token_is_renewed_by_the_caller_who_finds_it_due() {
    use std::time::Duration;

    use identity_core::testing::FakeClock;
    use identity_entra::cache::RefreshMode;
    use identity_entra::http::testing::{Answer, ScriptedHttp};

    let (http, clock) = (ScriptedHttp::new(), FakeClock::at_unix(1_700_000_000));
    http.push(Answer::token("first", 3600)).push(Answer::token("second", 3600));
    let entra = identity_entra::options::EntraOptions::default()
        .with_env(identity_core::Env::empty())
        .with_clock(clock.clock())
        .with_http_service(http.service())
        .with_refresh_mode(RefreshMode::Caller);
    let app = crate::ClientSecretCredential::new("contoso", "client", "secret", entra).unwrap();
    let chain = ChainedTokenCredential::new([Arc::new(app) as Arc<dyn TokenCredential>]).unwrap();
    let token = || block_on(chain.get_token(&["scope"], &TokenRequestOptions::default())).unwrap();
    assert_eq!(token().token().secret(), "first");
    clock.advance(Duration::from_secs(3400));
    assert_eq!(token().token().secret(), "second");
}
