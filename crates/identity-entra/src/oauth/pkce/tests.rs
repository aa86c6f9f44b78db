use super::*;

#[test]
fn the_challenge_is_that_of_rfc_7636_appendix_b() {
    let pkce = Pkce::of_verifier(Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
    assert_eq!(pkce.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

#[test]
fn each_verifier_is_new_has_43_safe_characters_and_is_not_shown() {
    let (one, other) = (Pkce::generate().unwrap(), Pkce::generate().unwrap());
    assert_ne!(one.verifier(), other.verifier());
    assert_eq!(one.verifier().secret().len(), 43);
    assert!(one.verifier().secret().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
    assert!(!format!("{one:?}").contains(one.verifier().secret()));
}
