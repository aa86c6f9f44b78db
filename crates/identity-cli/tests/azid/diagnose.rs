//! `azid diagnose`.

use identity_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator, Machine};
use serde_json::Value;

use crate::support::{Azid, SCOPE, azid, emulator};

fn diagnose(emulator: &Emulator) -> Azid {
    azid(["diagnose", "--scope", SCOPE])
        .env("AZURE_POD_IDENTITY_AUTHORITY_HOST", emulator.http_url())
        .env("AZURE_AUTHORITY_HOST", emulator.authority_host())
        .env("PATH", "/no/such/folder")
}

fn steps(findings: &Value) -> Vec<(String, String)> {
    let word = |step: &Value, name: &str| step[name].as_str().unwrap().to_owned();
    findings["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (word(s, "credential"), word(s, "outcome")))
        .collect()
}

fn check<'a>(findings: &'a Value, name: &str) -> &'a Value {
    findings["checks"].as_array().unwrap().iter().find(|check| check["name"] == name).unwrap()
}

/// Each object has exactly the members that scripts know.
fn assert_form(findings: &Value) {
    assert_eq!(findings.as_object().unwrap().len(), 2);
    for step in findings["steps"].as_array().unwrap() {
        let step = step.as_object().unwrap();
        assert_eq!(step.len(), 5, "{step:?}");
        assert!(step["message"].is_string() && step["elapsedMs"].is_u64());
        assert!(step["remedy"].is_string() || step["remedy"].is_null());
    }
    for check in findings["checks"].as_array().unwrap() {
        assert_eq!(check.as_object().unwrap().len(), 3);
        assert!(check["ok"].is_boolean() && check["message"].is_string());
    }
}

#[test]
fn a_chain_with_a_token_ends_with_0_and_says_who_had_it() {
    let emulator = emulator();
    let findings = diagnose(&emulator).args(["--output", "json"]).against(&emulator).run().json();
    assert_form(&findings);
    let steps = steps(&findings);
    assert_eq!(steps[0], ("EnvironmentCredential".to_owned(), "token".to_owned()));
    assert!(steps[1..].iter().all(|(_, outcome)| outcome == "not-tried"), "{steps:?}");
    for name in ["variables", "files", "proxy", "tls", "clock"] {
        assert_eq!(check(&findings, name)["ok"], true, "{findings}");
    }
}

#[test]
fn a_chain_without_a_token_ends_as_token_does_and_says_what_to_do() {
    let emulator = Emulator::builder().with_machine(Machine::without_identities()).start_on_thread().unwrap();
    let ran = diagnose(&emulator).args(["--output", "json"]).run();
    assert_eq!(ran.status, 1);
    let findings: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_form(&findings);
    let tried: Vec<_> = steps(&findings).into_iter().filter(|(_, outcome)| outcome != "not-tried").collect();
    assert!(tried.len() >= 5 && tried.iter().all(|(_, outcome)| outcome == "unavailable"), "{tried:?}");
    for step in findings["steps"].as_array().unwrap().iter().filter(|step| step["outcome"] == "unavailable") {
        assert!(!step["remedy"].as_str().unwrap().is_empty(), "{step}");
    }
    let last: Value = serde_json::from_str(ran.stderr.lines().last().unwrap()).unwrap();
    assert_eq!(last["error"]["kind"], "authentication-failed");
    assert_eq!(last["error"]["attempts"].as_array().unwrap().len(), tried.len());
}

#[test]
fn a_chain_that_stops_keeps_the_kind_of_what_stopped_it() {
    let emulator = emulator();
    let diagnose = || diagnose(&emulator).args(["--output", "json"]).against(&emulator);
    for (azid, outcome, status) in [
        (diagnose().env("AZURE_CLIENT_SECRET", "wr~ng").secret("wr~ng"), "failed", 1),
        (diagnose().env("AZURE_TENANT_ID", "a/b"), "invalid", 2),
    ] {
        let ran = azid.run();
        assert_eq!(ran.status, status, "{ran:?}");
        let findings: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(steps(&findings)[0], ("EnvironmentCredential".to_owned(), outcome.to_owned()));
        assert_eq!(findings["steps"][1]["message"], "the chain stopped at EnvironmentCredential");
    }
}

#[test]
fn people_get_a_report_that_can_be_shown_to_anybody() {
    let emulator = emulator();
    let ran = diagnose(&emulator)
        .against(&emulator)
        .env("AZURE_CLIENT_CERTIFICATE_PATH", "/no/such/certificate")
        .env("HTTPS_PROXY", "http://user:pass~word@proxy.example:3128")
        .secret("pass~word")
        .run();
    let report = ran.ok();
    assert!(
        report.starts_with("The default chain, in its order:\n\nEnvironmentCredential: token, after "),
        "{report}"
    );
    assert!(report.contains("    found:  AZURE_TENANT_ID is set; AZURE_CLIENT_ID is set;"), "{report}");
    assert!(report.contains("ManagedIdentityCredential: not tried\n"), "{report}");
    assert!(
        report.contains(
            "    variables: LOOK HERE: AZURE_CLIENT_SECRET and AZURE_CLIENT_CERTIFICATE_PATH are both set"
        ),
        "{report}"
    );
    assert!(report.contains("    files: LOOK HERE: AZURE_CLIENT_CERTIFICATE_PATH: the file '/no/such/certificate' can't be looked at"), "{report}");
    assert!(report.contains("HTTPS_PROXY is http://***@proxy.example:3128"), "{report}");
    for private in [DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, "eyJ"] {
        assert!(!report.contains(private), "{report}");
    }
}

#[test]
fn an_authority_that_does_not_answer_is_found_out() {
    let emulator = emulator();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ran = diagnose(&emulator)
        .args(["--output", "json", "--exclude", "environment"])
        .env("AZURE_AUTHORITY_HOST", format!("http://{closed}"))
        .run();
    let findings = ran.json();
    let tls = check(&findings, "tls");
    assert_eq!(tls["ok"], false);
    assert!(
        tls["message"].as_str().unwrap().starts_with(&format!("no connection to http://{closed}: ")),
        "{tls}"
    );
    assert_eq!(check(&findings, "clock")["ok"], false);
}

#[test]
fn what_the_default_credential_does_not_know_is_refused_here_too() {
    let emulator = emulator();
    let message = diagnose(&emulator).args(["--output", "json", "--client-secret", "-"]).run().message(2);
    assert!(message.starts_with("--client-secret means nothing to default; "), "{message}");
    let ran = diagnose(&emulator).env("AZURE_TOKEN_CREDENTIALS", "nonsense").args(["--output", "json"]).run();
    assert!(ran.message(2).contains("AZURE_TOKEN_CREDENTIALS"));
}

// P68
#[test]
fn the_emulators_chain_can_be_diagnosed() {
    let findings = azid(["diagnose", "--emulator", "--output", "json"]).run().json();
    assert_eq!(steps(&findings)[0].1, "token");
    assert_eq!(check(&findings, "tls")["ok"], true);
}
