use identity_core::ErrorKind;
use identity_entra::http::testing::Answer;
use serde_json::json;

use crate::ManagedIdentityId;
use crate::testing::*;

fn challenge(realm: &str) -> Answer {
    Answer::new(401, "{}").with_header("www-authenticate", realm)
}

fn with_key(machine: &Machine, name: &str, key: &str) {
    std::fs::write(machine.arc_keys.path().join(name), key).unwrap();
}

// P24
#[test]
fn the_key_that_the_challenge_names_is_shown() {
    let machine = Machine::new(azure_arc());
    with_key(&machine, "abc-1.key", "the-key");
    machine
        .http
        .push(challenge("Basic realm=/var/opt/azcmagent/tokens/abc-1.key"))
        .push(Answer::token("t", 60));
    ask(&machine.credential(None)).unwrap();
    let requests = machine.http.requests();
    let url = "http://localhost:40342/metadata/identity/oauth2/token?api-version=2020-06-01&resource=https%3A%2F%2Fvault.azure.net";
    assert_eq!(requests.len(), 2);
    for (request, authorization) in requests.iter().zip([None, Some("Basic the-key")]) {
        assert_eq!((request.method.as_str(), request.url.as_str()), ("GET", url));
        assert_eq!(
            (request.header("metadata"), request.header("authorization")),
            (Some("true"), authorization)
        );
        assert!(request.profile.no_proxy);
    }
}

// P24, G2
#[test]
fn only_the_base_name_counts_and_nothing_outside_the_folder_is_opened() {
    for named in [
        "/etc/name",
        "/etc/name.key",
        "name.txt",
        "name",
        "../../name.key",
        r"C:\ProgramData\AzureConnectedMachineAgent\Tokens\name.key",
        "\"/a b/name.key\"",
        "http://evil.example/name.key",
    ] {
        let machine = Machine::new(azure_arc());
        with_key(&machine, "name.key", "k");
        machine.http.push(challenge(&format!("Basic realm={named}"))).push(Answer::token("t", 60));
        assert!(ask(&machine.credential(None)).is_ok(), "{named}");
        assert_eq!(machine.http.requests()[1].header("authorization"), Some("Basic k"));
    }
}

// P24
#[test]
fn a_challenge_that_makes_no_sense_is_a_failure() {
    for header in [
        "",
        "Basic",
        "Basic realm=",
        "Bearer realm=/a/b.key",
        "Basic file=/a/b.key",
        "realm=/a/b.key",
        "Basic realm=\"\"",
    ] {
        let machine = Machine::new(azure_arc());
        machine.http.push(challenge(header));
        let error = machine.error();
        assert_eq!((error.kind(), machine.http.count()), (ErrorKind::AuthenticationFailed, 1), "{header}");
        assert!(error.message().contains("WWW-Authenticate"), "{error}");
    }
    let machine = Machine::new(azure_arc());
    machine.http.push(Answer::new(401, ""));
    assert_eq!(machine.error().kind(), ErrorKind::AuthenticationFailed);
    let machine = Machine::new(azure_arc());
    with_key(&machine, "a.key", "k");
    machine.http.push(challenge("Basic realm=a.key").with_header("www-authenticate", "Basic realm=b.key"));
    assert_eq!(machine.error().kind(), ErrorKind::AuthenticationFailed);
}

// P24
#[test]
fn a_first_answer_that_is_no_challenge_is_unavailable() {
    for answer in
        [Answer::token("t", 60), Answer::error(400, "invalid_request", "no"), Answer::new(404, "<html>")]
    {
        let machine = Machine::new(azure_arc());
        machine.http.push(answer);
        let error = machine.error();
        assert_eq!((error.kind(), machine.http.count()), (ErrorKind::CredentialUnavailable, 1));
        assert!(
            error
                .message()
                .starts_with("Azure Arc managed identity is not available here. Token request error:"),
            "{error}"
        );
    }
}

#[test]
fn a_refused_key_is_unavailable() {
    let machine = Machine::new(azure_arc());
    with_key(&machine, "a.key", "k");
    machine.http.push(challenge("Basic realm=a.key")).push(challenge("Basic realm=a.key"));
    let error = machine.error();
    assert_eq!((error.kind(), machine.http.count()), (ErrorKind::CredentialUnavailable, 2));
}

// P23
#[test]
fn a_user_assigned_identity_must_be_confirmed() {
    let ids = [
        (client_id(), "client_id"),
        (object_id(), "object_id"),
        (resource_id(), "msi_res_id"),
        (resource_id(), "mi_res_id"),
    ];
    for (identity, name) in ids {
        let value = match identity.as_ref().unwrap() {
            ManagedIdentityId::ClientId(id)
            | ManagedIdentityId::ObjectId(id)
            | ManagedIdentityId::ResourceId(id) => id.clone(),
        };
        for (confirmed, fine) in [
            (json!({ name: value }), true),
            (json!({ name: value.to_uppercase() }), true),
            (json!({ name: "another" }), false),
            (json!({ name: "" }), false),
            (json!({}), false),
        ] {
            let machine = Machine::new(azure_arc());
            with_key(&machine, "a.key", "k");
            let mut body = json!({ "access_token": "t", "expires_in": 3600 });
            body.as_object_mut().unwrap().extend(confirmed.as_object().unwrap().clone());
            machine.http.push(challenge("Basic realm=a.key")).push(Answer::json(200, body));
            let answer = ask(&machine.credential(identity.clone()));
            assert_eq!(answer.is_ok(), fine, "{confirmed}");
            if let Err(error) = answer {
                assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
                assert!(
                    error.message().starts_with(
                        "Azure Arc did not confirm the requested user-assigned managed identity"
                    ),
                    "{error}"
                );
            }
        }
    }
    let machine = Machine::new(azure_arc());
    with_key(&machine, "a.key", "k");
    machine.http.push(challenge("Basic realm=a.key")).push(Answer::token("t", 60));
    assert!(ask(&machine.credential(None)).is_ok(), "the machine's own needs no confirmation");
}

#[test]
fn both_requests_have_one_total_time() {
    let machine = Machine::new(azure_arc());
    with_key(&machine, "a.key", "k");
    machine.http.push(Answer::new(503, "").with_header("retry-after", "40"));
    machine.http.push(challenge("Basic realm=a.key"));
    machine.http.otherwise(|_| Answer::new(503, "").with_header("retry-after", "30"));
    machine.error();
    assert_eq!(machine.http.count(), 3, "after 40 s of 60 no more 30 are waited");
}
