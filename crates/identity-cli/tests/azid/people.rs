//! Credentials of people who sign in, and `azid login`.

use identity_emulator::{
    DEFAULT_CLIENT_ID, DEFAULT_PASSWORD, DEFAULT_TENANT_ID, DEFAULT_USERNAME, DeviceCodeStyle, Emulator,
    Person,
};
use serde_json::Value;

use crate::support::{Azid, SCOPE, azid, claims, emulator, token};

/// An emulator whose user signs in wherever she is asked to.
fn emulator_with_a_person() -> Emulator {
    Emulator::builder()
        .with_automatic_sign_in(Person::new(DEFAULT_USERNAME, DEFAULT_PASSWORD))
        .with_device_code_style(DeviceCodeStyle::default().with_interval(1))
        .start_on_thread()
        .unwrap()
}

/// What a device's code is asked for with, none of which comes from a variable.
fn device(azid: Azid, emulator: &Emulator) -> Azid {
    azid.args(["--tenant-id", DEFAULT_TENANT_ID, "--client-id", DEFAULT_CLIENT_ID])
        .args(["--authority-host", &emulator.authority_host()])
}

fn upn(object: &Value) -> Value {
    claims(object["accessToken"].as_str().unwrap())["upn"].clone()
}

// S132
#[test]
fn a_devices_code_is_shown_on_stderr_and_stdout_is_the_tokens() {
    let emulator = emulator_with_a_person();
    let ran = device(token("device-code"), &emulator).run();
    let mut lines = ran.stderr.lines();
    let instruction = lines.next().unwrap();
    assert!(
        instruction.contains(&emulator.http_url()) && instruction.contains("enter the code "),
        "{instruction}"
    );
    assert_eq!(
        lines.next(),
        Some("Enter the code only if you started this sign-in yourself; never one that somebody sent you.")
    );
    assert_eq!(lines.next(), None);
    let object = ran.json();
    assert_eq!(object["credential"], "DeviceCodeCredential");
    assert_eq!(upn(&object), DEFAULT_USERNAME);
}

#[test]
fn a_device_takes_neither_app_nor_tenant_from_variables() {
    let emulator = emulator_with_a_person();
    let ran = token("device-code")
        .env("AZURE_AUTHORITY_HOST", emulator.authority_host())
        .env("AZURE_TENANT_ID", "wrong.example")
        .env("AZURE_CLIENT_ID", "00000000-0000-0000-0000-000000000000")
        .run();
    assert_eq!(upn(&ran.json()), DEFAULT_USERNAME);
    let asked = emulator.journal().matching(|request| request.path().ends_with("/devicecode"));
    assert_eq!(asked[0].form("client_id"), Some("04b07795-8ddb-461a-bbee-02f9e1bf7b46"));
    assert!(asked[0].path().starts_with("/organizations/"), "{}", asked[0].path());
}

#[test]
fn the_time_for_a_person_is_limited() {
    let emulator = emulator();
    let message = device(token("device-code"), &emulator).args(["--timeout", "0.05"]).run().message(1);
    assert!(message.starts_with("DeviceCodeCredential: "), "{message}");
    assert!(!message.contains("--timeout"), "the credential itself keeps to it: {message}");
}

#[test]
fn where_nobody_may_be_asked_the_status_is_4() {
    let emulator = emulator_with_a_person();
    let ran = device(token("device-code"), &emulator).args(["--disable-automatic-authentication"]).run();
    let message = ran.message(4);
    assert!(message.starts_with("DeviceCodeCredential: interactive authentication is required"), "{message}");
    assert_eq!(emulator.journal().count(), 0);
    let chain = device(token("chained"), &emulator)
        .args(["--use", "device-code", "--disable-automatic-authentication"])
        .run();
    assert_eq!(chain.error(1)["attempts"][0]["kind"], "authentication-required");

    let ran = device(token("device-code"), &emulator)
        .args(["--disable-automatic-authentication", "--claims", r#"{"access_token":{}}"#])
        .run();
    let how = format!(
        "To sign in: azid login device-code --scope {SCOPE} --claims '{{\"access_token\":{{}}}}' --authentication-record FILE"
    );
    assert!(ran.stderr.lines().any(|line| line == how), "{}", ran.stderr);
    assert!(ran.message(4).ends_with(&how));
}

#[test]
fn a_sign_in_leaves_a_record_that_later_commands_use() {
    let emulator = emulator_with_a_person();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("record.json").display().to_string();
    let login = || device(azid(["login", "device-code", "--scope", SCOPE]), &emulator);
    std::fs::write(&file, "an earlier one").unwrap();

    let ran = login().args(["--authentication-record", &file]).run();
    let last = format!("azid: {DEFAULT_USERNAME} signed in; the record is in '{file}'");
    assert_eq!(ran.stderr.lines().last(), Some(last.as_str()));
    assert_eq!(ran.ok(), "");
    let record: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(record["username"], DEFAULT_USERNAME);
    assert_eq!(record["tenantId"], DEFAULT_TENANT_ID);
    assert_eq!(record["version"], "1.0");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    // A link to a record stays one.
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&file, &link).unwrap();
    std::fs::write(&file, "an earlier one").unwrap();
    login().args(["--authentication-record", link.to_str().unwrap()]).run().ok();
    assert!(link.is_symlink());
    assert!(std::fs::read_to_string(&file).unwrap().contains(DEFAULT_USERNAME));

    // The record says whose tokens, and at which app, tenant and authority, but not that this one speaks http.
    let before = emulator.journal().count();
    let ran = token("device-code")
        .args(["--authentication-record", &file, "--disable-automatic-authentication"])
        .run();
    ran.error(4);
    let ran = token("device-code")
        .args(["--authentication-record", &file])
        .env("AZURE_AUTHORITY_HOST", emulator.authority_host())
        .run();
    assert_eq!(upn(&ran.json()), DEFAULT_USERNAME);
    let asked = &emulator.journal().requests()[before];
    assert!(asked.path().starts_with(&format!("/{DEFAULT_TENANT_ID}/")), "{}", asked.path());
    assert_eq!(asked.form("client_id"), Some(DEFAULT_CLIENT_ID));
}

#[test]
fn a_record_that_can_not_be_written_is_known_before_anybody_signs_in() {
    let emulator = emulator_with_a_person();
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("link");
    std::os::unix::fs::symlink("nowhere", &link).unwrap();
    for place in [
        "/no/such/folder/record.json",
        folder.path().to_str().unwrap(),
        "/dev/stdout",
        "-",
        link.to_str().unwrap(),
    ] {
        let login =
            device(azid(["login", "device-code"]), &emulator).args(["--authentication-record", place]);
        let message = login.run().message(2);
        assert!(
            message.starts_with(&format!("the authentication record '{place}' can't be written: ")),
            "{message}"
        );
    }
    assert_eq!(emulator.journal().count(), 0);
}

#[test]
fn a_record_that_can_not_be_used_is_a_wrong_argument() {
    let folder = tempfile::tempdir().unwrap();
    let garbage = folder.path().join("garbage").display().to_string();
    std::fs::write(&garbage, "{}").unwrap();
    for (file, why) in [
        ("/no/such/file", "can't be read: "),
        (folder.path().to_str().unwrap(), "is no file"),
        (&*garbage, "can't be used: "),
    ] {
        let message = token("device-code").args(["--authentication-record", file]).run().message(2);
        let start = format!("DeviceCodeCredential: the authentication record '{file}' {why}");
        assert!(message.starts_with(&start), "{message}");
    }
}

#[test]
fn nobody_signs_in_with_the_credential_of_an_app() {
    let message = azid(["login", "client-secret", "--authentication-record", "r"]).run().message(2);
    assert!(message.starts_with("nobody signs in with client-secret; choose "), "{message}");
    let message = azid(["login", "device-code"]).run().message(2);
    assert_eq!(message, "the following required arguments were not provided: --authentication-record <FILE>");
    let message =
        azid(["login", "device-code", "--authentication-record", "r", "--password", "-"]).run().message(2);
    assert_eq!(message, "--password means nothing to device-code; it is an option of username-password");
}

#[test]
fn a_password_comes_by_variable_or_standard_input() {
    let emulator = emulator();
    let by_variable = token("username-password").env("AZURE_PASSWORD", DEFAULT_PASSWORD);
    let by_stdin = token("username-password")
        .args(["--password", "-"])
        .env("AZURE_PASSWORD", "wr~ng")
        .stdin(format!("{DEFAULT_PASSWORD}\n"));
    for azid in [by_variable, by_stdin] {
        let object = azid
            .against(&emulator)
            .env("AZURE_USERNAME", DEFAULT_USERNAME)
            .secret(DEFAULT_PASSWORD)
            .run()
            .json();
        assert_eq!(object["credential"], "UsernamePasswordCredential");
        assert_eq!(upn(&object), DEFAULT_USERNAME);
    }
    let wrong = token("username-password")
        .args(["--username", DEFAULT_USERNAME])
        .against(&emulator)
        .env("AZURE_PASSWORD", "wr~ng")
        .secret("wr~ng")
        .run();
    assert!(wrong.message(1).contains("AADSTS50126"), "{wrong:?}");
    assert_eq!(
        token("username-password").env("AZURE_CLIENT_ID", "c").run().message(2),
        "UsernamePasswordCredential: missing: --username (or the variable AZURE_USERNAME), --password (or the variable AZURE_PASSWORD)"
    );
}

#[test]
fn a_password_can_sign_in_for_a_record() {
    let emulator = emulator();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("record.json");
    azid(["login", "username-password", "--scope", SCOPE, "--authentication-record", file.to_str().unwrap()])
        .against(&emulator)
        .env("AZURE_USERNAME", DEFAULT_USERNAME)
        .env("AZURE_PASSWORD", DEFAULT_PASSWORD)
        .secret(DEFAULT_PASSWORD)
        .run()
        .ok();
    assert!(std::fs::read_to_string(file).unwrap().contains(DEFAULT_USERNAME));
}

#[test]
fn an_authorization_code_is_redeemed_once() {
    let emulator = emulator();
    let code = emulator.authorization_code("http://localhost", SCOPE).unwrap();
    let redeem = || {
        token("authorization-code")
            .args(["--redirect-uri", "http://localhost", "--authorization-code", "-"])
            .against(&emulator)
            .env("AZURE_CLIENT_SECRET", "")
            .stdin(format!("{code}\n"))
            .secret(&code)
            .run()
    };
    let object = redeem().json();
    assert_eq!(object["credential"], "AuthorizationCodeCredential");
    assert_eq!(upn(&object), DEFAULT_USERNAME);
    assert!(redeem().message(1).contains("AADSTS54005"));
    assert_eq!(
        token("authorization-code").env("AZURE_TENANT_ID", "t").env("AZURE_CLIENT_ID", "c").run().message(2),
        "AuthorizationCodeCredential: missing: --authorization-code, --redirect-uri"
    );
}

#[test]
fn an_app_calls_on_for_its_caller_with_any_proof() {
    let emulator = emulator();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let user_assertion = emulator.user_assertion().unwrap();
    let user = file("user", format!("{user_assertion}\n"));
    let certificate = file("app.pem", emulator.client_certificate_pem());
    let assertion = file("assertion", emulator.client_assertion().sign().unwrap());

    let calling = || {
        let calling = token("on-behalf-of").args(["--user-assertion-file", &user]).against(&emulator);
        calling.secret(&user_assertion)
    };
    let without = || calling().env("AZURE_CLIENT_SECRET", "");
    for (azid, proof) in [
        (calling(), "client_secret"),
        (without().args(["--client-secret", "-"]).stdin(emulator.client_secret()), "client_secret"),
        (calling().args(["--certificate-path", &certificate]), "client_assertion"),
        (without().env("AZURE_CLIENT_CERTIFICATE_PATH", &certificate), "client_assertion"),
        (calling().args(["--assertion-file", &assertion]), "client_assertion"),
    ] {
        let object = azid.run().json();
        assert_eq!(object["credential"], "OnBehalfOfCredential");
        assert_eq!(upn(&object), DEFAULT_USERNAME);
        let request = emulator.journal().token_requests().pop().unwrap();
        assert!(request.form(proof).is_some());
        assert_eq!(request.form("assertion"), Some(user_assertion.as_str()));
    }

    // S177
    for (option, value) in [("--certificate-password", &["x"][..]), ("--send-certificate-chain", &[])] {
        for proof in [["--client-secret", "x"], ["--assertion-file", &assertion]] {
            let message = calling().args(proof).args([option]).args(value).run().message(2);
            assert!(message.contains(&format!("{option} means nothing here")), "{message}");
        }
    }

    let before = emulator.journal().count();
    let two = calling().args(["--certificate-path", &certificate, "--assertion-file", &assertion]).run();
    assert_eq!(
        two.message(2),
        "OnBehalfOfCredential: an app proves itself with one of --client-secret, --certificate-path and --assertion-file"
    );
    let nobody =
        token("on-behalf-of").args(["--user-assertion-file", "/no/such/file"]).against(&emulator).run();
    assert!(nobody.message(3).contains("'/no/such/file' can't be found"));
    assert_eq!(
        token("on-behalf-of").env("AZURE_TENANT_ID", "t").env("AZURE_CLIENT_ID", "c").run().message(2),
        "OnBehalfOfCredential: missing: --client-secret, --certificate-path or --assertion-file (or the variable AZURE_CLIENT_SECRET), \
         --user-assertion-file"
    );
    assert_eq!(emulator.journal().count(), before);
}

// P68
#[test]
fn everybody_signs_in_at_the_emulator_in_the_process() {
    for credential in
        ["interactive-browser", "device-code", "username-password", "authorization-code", "on-behalf-of"]
    {
        let object = token(credential).args(["--emulator"]).secret(DEFAULT_PASSWORD).run().json();
        assert_eq!(upn(&object), DEFAULT_USERNAME);
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("record.json").display().to_string();
    for credential in ["interactive-browser", "device-code", "username-password"] {
        azid(["login", credential, "--emulator", "--authentication-record", &file]).run().ok();
    }
    // Another emulator, at another port.
    let ran = token("device-code").args(["--emulator", "--authentication-record", &file]).run();
    assert_eq!(upn(&ran.json()), DEFAULT_USERNAME);
}
