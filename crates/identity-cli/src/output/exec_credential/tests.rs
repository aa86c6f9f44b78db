use std::time::{Duration, SystemTime};

use identity::{AccessToken, Env};
use serde_json::json;

use super::of;

#[test]
fn kubectl_gets_the_version_that_it_asks_for() {
    let token = AccessToken::new("abc", SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    for (info, version) in [
        ("", "client.authentication.k8s.io/v1"),
        (
            r#"{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{}}"#,
            "client.authentication.k8s.io/v1",
        ),
        (r#"{"apiVersion":"client.authentication.k8s.io/v1beta1"}"#, "client.authentication.k8s.io/v1beta1"),
        (r#"{"apiVersion":"client.authentication.k8s.io/v7"}"#, "client.authentication.k8s.io/v1"),
        (r#"{"apiVersion":7}"#, "client.authentication.k8s.io/v1"),
        ("no JSON", "client.authentication.k8s.io/v1"),
    ] {
        let env = Env::empty().with("KUBERNETES_EXEC_INFO", info);
        let expected = json!({
            "apiVersion": version,
            "kind": "ExecCredential",
            "status": {"token": "abc", "expirationTimestamp": "2023-11-14T22:13:20Z"},
        });
        assert_eq!(serde_json::to_value(of(&token, &env)).unwrap(), expected, "{info}");
    }
}
