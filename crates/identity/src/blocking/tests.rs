use identity_core::ErrorKind;
use identity_core::testing::StaticTokenCredential;
use identity_core::{BoxFuture, TokenFuture};

use super::*;

/// Gives its token after waiting once, so that somebody must drive it.
#[derive(Debug)]
struct Slow;

impl TokenCredential for Slow {
    fn get_token<'a>(&'a self, _: &'a [&'a str], _: &'a TokenRequestOptions) -> TokenFuture<'a> {
        let wait: BoxFuture<'_, ()> = Box::pin(tokio::task::yield_now());
        TokenFuture::boxed(async move {
            wait.await;
            tokio::spawn(async {}).await.map_err(|_| Error::failed("no runtime"))?;
            Ok(AccessToken::new("slow", std::time::SystemTime::UNIX_EPOCH))
        })
    }
}

#[test]
fn a_program_without_a_runtime_gets_a_token() {
    let options = TokenRequestOptions::default();
    for _ in 0..2 {
        assert_eq!(get_token(&Slow, &["s"], &options).unwrap().token().secret(), "slow");
    }
}

#[tokio::test]
async fn inside_a_runtime_only_what_is_ready_is_given() {
    let options = TokenRequestOptions::default();
    let ready = get_token(&StaticTokenCredential::new("ready"), &["s"], &options);
    assert_eq!(ready.unwrap().token().secret(), "ready");
    let error = get_token(&Slow, &["s"], &options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.message().contains("await"), "{error}");
}
