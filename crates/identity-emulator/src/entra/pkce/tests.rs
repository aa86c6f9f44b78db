use super::*;

// The example of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

#[test]
fn the_example_of_the_rfc_is_met() {
    let challenge = CodeChallenge::new(CHALLENGE, Some("S256")).unwrap();
    assert!(challenge.is_met_by(VERIFIER));
    assert!(!challenge.is_met_by(CHALLENGE));
    assert!(CodeChallenge::new(VERIFIER, None).unwrap().is_met_by(VERIFIER));
}

#[test]
fn what_cannot_be_a_challenge_or_a_verifier_is_none() {
    assert_eq!(CodeChallenge::new("short", Some("S256")), None);
    assert_eq!(CodeChallenge::new(CHALLENGE, Some("MD5")), None);
    assert_eq!(CodeChallenge::new(&"a".repeat(129), Some("S256")), None);
    assert_eq!(CodeChallenge::new(&CHALLENGE.replace('9', "="), Some("S256")), None);
}
