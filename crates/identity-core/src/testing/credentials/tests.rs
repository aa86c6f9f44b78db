use super::*;
use crate::testing::block_on;

// P68
#[test]
fn a_scripted_credential_answers_in_order_and_remembers() {
    let credential = ScriptedCredential::new();
    credential.push(Err(Error::failed("first")));
    let options = TokenRequestOptions::default().with_tenant_id("t");
    assert_eq!(block_on(credential.get_token(&["a"], &options)).unwrap_err().message(), "first");
    assert_eq!(
        block_on(credential.get_token(&["b"], &options)).unwrap_err().message(),
        "no answer is scripted"
    );
    let calls = credential.calls();
    assert_eq!((calls.len(), calls[1].scopes[0].as_str(), calls[0].options.tenant_id()), (2, "b", Some("t")));
}

// P68, S003
#[test]
fn a_static_token_still_wants_a_scope() {
    let credential = StaticTokenCredential::new("x");
    assert!(block_on(credential.get_token(&[], &TokenRequestOptions::default())).is_err());
}
