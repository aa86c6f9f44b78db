use super::*;
use crate::testing::{StaticTokenCredential, block_on};

fn assert_send<T: Send>(value: T) -> T {
    value
}

// S001, S079, P71
#[test]
fn every_pointer_to_a_credential_is_a_credential() {
    fn ask(credential: impl TokenCredential + 'static) -> String {
        let shared: Arc<dyn TokenCredential> = Arc::new(credential);
        let options = TokenRequestOptions::default();
        let future = assert_send(shared.get_token(&["scope"], &options));
        future.try_ready().unwrap().unwrap().token().secret().to_owned()
    }
    let credential = StaticTokenCredential::new("t");
    assert_eq!(ask(credential.clone()), "t");
    assert_eq!(ask(Arc::new(credential.clone())), "t");
    assert_eq!(ask(Arc::new(credential.clone()) as Arc<dyn TokenCredential>), "t");
    assert_eq!(ask(Box::new(credential) as Box<dyn TokenCredential>), "t");
}

#[test]
fn options_that_are_empty_are_absent() {
    let options = TokenRequestOptions::default().with_tenant_id("").with_claims("");
    assert_eq!((options.tenant_id(), options.claims()), (None, None));
}

#[test]
fn a_ready_future_that_is_polled_again_does_not_panic() {
    let mut future = TokenFuture::ready(Err(Error::failed("no")));
    assert!(block_on(&mut future).is_err());
    assert_eq!(block_on(&mut future).unwrap_err().message(), "polled after the result was taken");
}

#[test]
fn a_boxed_future_is_not_ready_without_waiting() {
    let future = TokenFuture::boxed(async { Err(Error::failed("no")) });
    assert_eq!(format!("{future:?}"), "TokenFuture(boxed)");
    let future = future.try_ready().unwrap_err();
    assert!(block_on(future).is_err());
}
