use std::error::Error as _;

use super::*;

// S012, S014, S015
#[test]
fn authentication_required_carries_scopes_claims_and_a_message() {
    let error = Error::authentication_required(&["a", "b"], None, Some(r#"{"x":1}"#));
    assert_eq!(error.kind(), ErrorKind::AuthenticationRequired);
    assert_eq!(error.scopes(), ["a", "b"]);
    assert_eq!(error.claims(), Some(r#"{"x":1}"#));
    assert_eq!(
        error.message(),
        "interactive authentication is required to get a token; call `authenticate` with this error's scopes and claims"
    );
    let error = Error::authentication_required(&["a"], Some("sign in again"), None);
    assert_eq!((error.message(), error.claims()), ("sign in again", None));
}

// S017, S018
#[test]
fn unavailable_and_failed_keep_the_servers_answer() {
    let server = ServerError { status: Some(401), claims: Some("{}".into()), ..ServerError::default() };
    for error in [Error::unavailable("no"), Error::failed("no")] {
        let error = error.with_server(server.clone());
        assert_eq!(error.server().unwrap().status, Some(401));
        assert_eq!(error.claims(), Some("{}"));
    }
    assert!(Error::unavailable("no").server().is_none());
}

// S019, S021
#[test]
fn a_chain_goes_on_after_unavailable_and_required_only() {
    let goes_on: Vec<_> = [
        ErrorKind::CredentialUnavailable,
        ErrorKind::AuthenticationRequired,
        ErrorKind::AuthenticationFailed,
        ErrorKind::InvalidArgument,
    ]
    .map(|kind| (kind.as_str(), kind.goes_on()))
    .into();
    assert_eq!(
        goes_on,
        [
            ("credential-unavailable", true),
            ("authentication-required", true),
            ("authentication-failed", false),
            ("invalid-argument", false)
        ]
    );
}

// S020
#[test]
fn text_and_source_survive_wrapping() {
    let io = std::io::Error::other("disk on fire");
    let error = Error::failed("cannot read the key").with_credential("CertificateCredential").with_source(io);
    let wrapped: Box<dyn std::error::Error> = Box::new(error.clone());
    assert_eq!(wrapped.to_string(), "CertificateCredential: cannot read the key");
    assert_eq!(wrapped.source().unwrap().to_string(), "disk on fire");
    assert_eq!(error.with_message("again").source().unwrap().to_string(), "disk on fire");
}

#[test]
fn an_error_is_one_pointer() {
    assert_eq!(size_of::<Error>(), size_of::<usize>());
}

// P67
#[test]
fn an_error_knows_what_to_do_and_where_to_read_more() {
    let error = Error::unavailable("not signed in; run 'az login'").with_credential("AzureCliCredential");
    let guide = "docs/troubleshooting.md#azureclicredential";
    assert_eq!(error.guide().as_deref(), Some(guide));
    assert_eq!(error.to_string(), "AzureCliCredential: not signed in; run 'az login'");
    assert_eq!(format!("{error:#}"), format!("{error}\nMore about this: {guide}"));
    let attempt = |error: &Error| Attempt::new("AzureCliCredential", error.clone(), Duration::ZERO).remedy();
    assert_eq!(attempt(&error), format!("see {guide}"));
    let error = error.with_remedy("run 'az login'");
    assert_eq!((error.remedy(), attempt(&error).as_str()), (Some("run 'az login'"), "run 'az login'"));
    assert_eq!(
        (Error::failed("x").guide(), attempt(&Error::failed("x")).as_str()),
        (None, "read its message")
    );
}
