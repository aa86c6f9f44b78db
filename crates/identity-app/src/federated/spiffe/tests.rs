use identity_core::ErrorKind;
use identity_core::testing::FakeClock;
use serde_json::json;

use super::*;

const NOW: u64 = 1_700_000_000;

fn jwt(claims: &Value) -> String {
    format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode("{}"), URL_SAFE_NO_PAD.encode(claims.to_string()))
}

fn good() -> String {
    jwt(&json!({ "sub": "spiffe://emulated.example/workload", "exp": NOW + 300 }))
}

fn read(content: &str) -> Result<Secret, Error> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), content).unwrap();
    SpiffeAssertion::new(file.path()).read(&FakeClock::at_unix(NOW).clock())
}

#[test]
fn a_svid_is_read_as_text_or_as_spire_agent_prints_it() {
    let svid = good();
    let answer = json!({ "svids": [{ "spiffe_id": "spiffe://emulated.example/workload", "svid": svid }, { "svid": "other" }] });
    for content in [
        svid.clone(),
        format!("{svid}\n"),
        answer.to_string(),
        json!([answer, { "bundles": {} }]).to_string(),
        json!([{ "bundles": {} }, answer]).to_string(),
    ] {
        assert_eq!(read(&content).unwrap().secret(), svid, "{content}");
    }
}

#[test]
fn what_is_no_svid_is_refused() {
    for content in [
        "hello".to_owned(),
        "a.b".into(),
        "{}".into(),
        "[]".into(),
        "{".into(),
        json!({ "svids": [] }).to_string(),
        json!({ "svids": [{ "svid": "a b.c.d" }] }).to_string(),
        jwt(&json!({ "sub": "system:serviceaccount:a:b", "exp": NOW + 300 })),
        jwt(&json!([])),
    ] {
        let error = read(&content).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{content}");
    }
    assert_eq!(read("").unwrap_err().kind(), ErrorKind::CredentialUnavailable);
}

#[test]
fn an_expired_svid_is_never_sent() {
    for exp in [json!(NOW), json!(NOW - 1), json!(-1), json!(null), json!(1e300)] {
        let error = read(&jwt(&json!({ "sub": "spiffe://a/b", "exp": exp }))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CredentialUnavailable, "{exp}");
        assert!(error.message().contains("has expired"), "{error}");
    }
}
