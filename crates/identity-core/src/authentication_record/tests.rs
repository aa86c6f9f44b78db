use super::*;
use crate::ErrorKind;

fn record() -> AuthenticationRecord {
    AuthenticationRecord::new("tenant", "client", "login.microsoftonline.com", "oid.tid", "anna@contoso.com")
}

// S022, S023
#[test]
fn the_five_fields_mean_what_their_names_say() {
    let record = record();
    assert_eq!(record.tenant_id(), "tenant");
    assert_eq!(record.client_id(), "client");
    assert_eq!(record.authority(), "login.microsoftonline.com");
    assert_eq!(record.home_account_id(), "oid.tid");
    assert_eq!(record.username(), "anna@contoso.com");
}

// S024, S025, S026, S027
#[test]
fn the_text_is_that_of_the_other_sdks_and_comes_back_the_same() {
    let text = record().serialize();
    assert_eq!(
        text,
        r#"{"authority":"login.microsoftonline.com","clientId":"client","homeAccountId":"oid.tid","tenantId":"tenant","username":"anna@contoso.com","version":"1.0"}"#
    );
    assert_eq!(AuthenticationRecord::deserialize(&text).unwrap(), record());
    let awkward = AuthenticationRecord::new("t", "c", "https://h:8443", "a.b", "Zo\u{eb} \"Q\" \u{1f600}\n");
    assert_eq!(AuthenticationRecord::deserialize(&awkward.serialize()).unwrap(), awkward);
}

// S026
#[test]
fn records_of_other_languages_are_read() {
    let go = r#"{"username":"u","authority":"https://login.microsoftonline.com","homeAccountId":"o.t","tenantId":"t","clientId":"c","version":"1.0","extra":[1]}"#;
    assert_eq!(
        AuthenticationRecord::deserialize(go).unwrap().authority(),
        "https://login.microsoftonline.com"
    );
}

// S025, S026
#[test]
fn anything_else_is_refused() {
    let other_version = record().serialize().replace("1.0", "2.0");
    for (text, words) in [
        ("", "no authentication record"),
        ("{}", "missing field"),
        ("[]", "no authentication record"),
        (other_version.as_str(), "unexpected version \"2.0\""),
        (&record().serialize().replace(",\"version\":\"1.0\"", ""), "missing field `version`"),
        (&record().serialize().replace("\"tenant\"", "\"te/nant\""), "invalid tenant id"),
        (&" ".repeat(65 * 1024), "never 66560 bytes long"),
    ] {
        let error = AuthenticationRecord::deserialize(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.message().contains(words), "{error}");
    }
}
