use super::*;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

// S002, P47
#[test]
fn a_token_carries_its_text_and_its_times_in_unix_seconds() {
    let token = AccessToken::new("abc", at(1_700_000_000))
        .with_refresh_on(at(1_699_990_000))
        .with_token_type(TokenType::from_server("pop"))
        .with_tenant_id(Some("contoso".into()))
        .with_credential("ClientSecretCredential");
    assert_eq!(token.token().secret(), "abc");
    assert_eq!(token.expires_on_unix(), 1_700_000_000);
    assert_eq!(token.refresh_on_unix(), Some(1_699_990_000));
    assert_eq!(token.token_type().to_string(), "pop");
    assert_eq!(token.tenant_id(), Some("contoso"));
    assert_eq!(token.credential(), "ClientSecretCredential");
}

// G3
#[test]
fn debug_of_a_token_does_not_show_it() {
    let shown = format!("{:?}", AccessToken::new("eyJ-very-secret", at(1)));
    assert!(!shown.contains("eyJ") && shown.contains("Secret(***)"), "{shown}");
}

#[test]
fn a_server_may_write_bearer_in_any_case() {
    assert_eq!(TokenType::from_server("bearer"), TokenType::Bearer);
    assert_eq!(TokenType::from_server(""), TokenType::Bearer);
    assert_eq!(TokenType::Bearer.to_string(), "Bearer");
}

#[test]
fn another_stripe_shares_the_text_but_not_the_count() {
    let token = AccessToken::new("abc", at(1));
    let stripe = token.restripe();
    assert!(std::ptr::eq(token.token().secret(), stripe.token().secret()));
    assert!(!Arc::ptr_eq(&token.data, &stripe.data));
}

#[test]
fn two_stripes_are_at_least_128_bytes_apart() {
    assert!(size_of::<Data>() + 2 * size_of::<usize>() >= 128);
}
