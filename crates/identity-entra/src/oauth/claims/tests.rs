use identity_core::ErrorKind;

use super::*;

fn claims(given: Option<&str>, enable_cae: bool) -> Option<String> {
    request_claims(given, enable_cae).unwrap().map(Cow::into_owned)
}

// P46
#[test]
fn without_claims_and_cae_there_is_no_parameter() {
    assert_eq!(claims(None, false), None);
    assert_eq!(claims(None, true).as_deref(), Some(r#"{"access_token":{"xms_cc":{"values":["CP1"]}}}"#));
}

// P46
#[test]
fn claims_without_cae_go_out_as_they_were_given() {
    let given = r#" { "access_token" : {"nbf":{"essential":true, "value":"1700000000"}} }"#;
    assert_eq!(claims(Some(given), false).as_deref(), Some(given));
}

// P46
#[test]
fn cae_is_merged_and_leaves_everything_else_as_it_was() {
    for (given, merged) in [
        (r#"{}"#, r#"{"access_token":{"xms_cc":{"values":["CP1"]}}}"#),
        (r#"{"access_token":null}"#, r#"{"access_token":{"xms_cc":{"values":["CP1"]}}}"#),
        (
            r#"{"access_token":{"nbf":{"value":"1"},"xms_cc":{"values":["old"]}},"id_token":{"a":123456789012345678901234567890}}"#,
            r#"{"access_token":{"nbf":{"value":"1"},"xms_cc":{"values":["CP1"]}},"id_token":{"a":123456789012345678901234567890}}"#,
        ),
    ] {
        assert_eq!(claims(Some(given), true).as_deref(), Some(merged));
    }
}

#[test]
fn malformed_claims_are_refused_and_not_shown() {
    let deep = format!("{}1{}", r#"{"hunter2":"#.repeat(10_000), "}".repeat(10_000));
    let long = format!(r#"{{"hunter2":"{}"}}"#, "x".repeat(MOST_BYTES));
    for text in ["", "hunter2", "[]", r#""hunter2""#, r#"{"hunter2""#, "null", &deep, &long] {
        for cae in [false, true] {
            let error = request_claims(Some(text), cae).expect_err(text);
            assert_eq!(error.kind(), ErrorKind::InvalidArgument);
            assert!(!format!("{error:?} {error}").contains("hunter2"), "{error}");
        }
    }
    let error = request_claims(Some(r#"{"access_token":"hunter2"}"#), true).unwrap_err();
    assert_eq!(
        error.message(),
        "the member access_token of the claims is no JSON object, so CAE can't be added to it"
    );
}

#[test]
fn the_variable_forbids_cae() {
    assert!(cae_enabled(true, &Env::empty()));
    assert!(!cae_enabled(false, &Env::empty()));
    assert!(!cae_enabled(true, &Env::empty().with("AZURE_IDENTITY_DISABLE_CP1", "1")));
    assert!(cae_enabled(true, &Env::empty().with("AZURE_IDENTITY_DISABLE_CP1", "")));
}

proptest::proptest! {
    // G5
    #[test]
    fn no_text_makes_it_panic_and_what_comes_out_is_json(text in ".{0,80}", cae: bool) {
        if let Ok(Some(merged)) = request_claims(Some(&text), cae) {
            proptest::prop_assert!(serde_json::from_str::<serde_json::Value>(&merged).unwrap().is_object());
        }
    }
}
