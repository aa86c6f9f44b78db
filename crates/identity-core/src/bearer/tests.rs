use super::*;
use crate::testing::{ScriptedCredential, block_on};
use crate::{AccessToken, ErrorKind};

// P49
#[test]
fn the_provider_asks_the_credential_at_each_call() {
    let credential = ScriptedCredential::new();
    credential.push(Ok(AccessToken::new("one", std::time::SystemTime::UNIX_EPOCH)));
    credential.push(Ok(AccessToken::new("two", std::time::SystemTime::UNIX_EPOCH)));
    credential.push(Err(Error::failed("no more")));
    let provider = bearer_token_provider(Arc::new(credential.clone()), &["a", "b"]).unwrap();
    assert_eq!(block_on(provider()).unwrap().secret(), "one");
    assert_eq!(block_on(provider()).unwrap().secret(), "two");
    assert_eq!(block_on(provider()).unwrap_err().message(), "no more");
    assert!(credential.calls().iter().all(|call| call.scopes == ["a", "b"]));
}

#[test]
fn without_a_scope_there_is_no_provider() {
    let Err(error) = bearer_token_provider(Arc::new(ScriptedCredential::new()), &[]) else {
        panic!("accepted")
    };
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}
