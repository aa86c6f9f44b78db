//! `--emulator` and `azid emulator`.

use std::process::Stdio;

use identity_emulator::DEFAULT_TENANT_ID;

use crate::support::{claims, emulator, token};

// P68
#[test]
fn one_command_gets_a_token_on_a_machine_that_has_nothing() {
    for (credential, strength) in
        [("client-secret", "1"), ("client-certificate", "2"), ("client-assertion", "2"), ("environment", "1")]
    {
        let object = token(credential).args(["--emulator"]).run().json();
        assert_eq!(object["tenant"], DEFAULT_TENANT_ID);
        assert_eq!(claims(object["accessToken"].as_str().unwrap())["appidacr"], strength);
    }
    for member in ["client-secret", "client-certificate", "client-assertion", "environment"] {
        let object = token("chained").args(["--emulator", "--use", member]).run().json();
        assert_eq!(object["tenant"], DEFAULT_TENANT_ID);
    }
}

#[test]
fn the_emulator_in_the_process_takes_no_settings_meant_for_the_real_one() {
    let mine = token("client-secret")
        .args(["--emulator"])
        .env("AZURE_TENANT_ID", "mine")
        .env("AZURE_CLIENT_ID", "mine")
        .env("AZURE_CLIENT_SECRET", "mine~secret")
        .env("AZURE_AUTHORITY_HOST", "https://login.mine.example")
        .env("AZURE_REGIONAL_AUTHORITY_NAME", "westeurope")
        .env("HTTPS_PROXY", "http://127.0.0.1:1")
        .env("HTTP_PROXY", "http://127.0.0.1:1")
        .env("SSL_CERT_FILE", "/no/such/file");
    assert_eq!(mine.run().json()["tenant"], DEFAULT_TENANT_ID);
}

#[test]
fn what_is_given_on_the_command_line_is_tried_at_the_emulator() {
    let wrong = token("client-secret").args(["--emulator", "--client-secret", "-"]).stdin("wrong~one\n");
    let message = wrong.secret("wrong~one").run().message(1);
    assert!(message.contains("AADSTS7000215"), "{message}");
    let message =
        token("client-secret").args(["--emulator", "--tenant-id", "nowhere.example"]).run().message(1);
    assert!(message.contains("AADSTS90002"), "{message}");
    let ran =
        token("client-secret").args(["--emulator", "--authority-host", "login.microsoftonline.com"]).run();
    ran.error(2);
}

#[test]
fn a_port_that_is_taken_is_a_wrong_argument() {
    let taken = emulator();
    let port = taken.authority_host().rsplit(':').next().unwrap().to_owned();
    let ran = crate::support::azid(["emulator", "--output", "json", "--port", &port]).run();
    let message = ran.message(2);
    assert!(message.starts_with(&format!("the emulator can't be started with --port {port}: ")), "{message}");
}

#[test]
fn a_folder_that_takes_no_files_is_named() {
    let ran = crate::support::azid(["emulator", "--output", "json"]).env("TMPDIR", "/no/such/folder").run();
    let message = ran.message(1);
    assert!(
        message.starts_with("no folder for the emulator's files can be made in '/no/such/folder': "),
        "{message}"
    );
}

#[cfg(unix)]
mod until_interrupted {
    use std::collections::BTreeMap;
    use std::fs;
    use std::io::{BufRead as _, BufReader, Read as _};
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;
    use std::process::{Child, ChildStdout};

    use rustix::process::{Pid, Signal, kill_process};
    use serde_json::Value;

    use super::{Stdio, claims, token};
    use crate::support::azid;

    fn start(arguments: &[&str], folder: &tempfile::TempDir) -> (Child, BufReader<ChildStdout>) {
        let azid = azid(["emulator"]).args(arguments).env("TMPDIR", folder.path());
        let mut child = azid.command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        (child, stdout)
    }

    /// Ends it, and says how it ended and what it still had to say.
    fn end(mut child: Child, mut stdout: BufReader<ChildStdout>, signal: Signal) -> (i32, String, String) {
        kill_process(Pid::from_child(&child), signal).unwrap();
        let (mut rest, mut stderr) = (String::new(), String::new());
        stdout.read_to_string(&mut rest).unwrap();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        (child.wait().unwrap().code().unwrap(), rest, stderr)
    }

    #[test]
    fn programs_get_an_object_of_variables_that_are_good_for_a_token_over_https() {
        for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
            let folder = tempfile::tempdir().unwrap();
            let (child, mut stdout) = start(&["--output", "json"], &folder);
            let mut line = String::new();
            stdout.read_line(&mut line).unwrap();
            let object: BTreeMap<String, Value> = serde_json::from_str(&line).unwrap();
            let ca_file = object["tls"]["caFile"].as_str().unwrap();
            assert!(object["AZURE_AUTHORITY_HOST"].as_str().unwrap().starts_with("https://127.0.0.1:"));
            for name in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"] {
                assert_eq!(object[name], ca_file);
            }
            let own = Path::new(ca_file).parent().unwrap();
            assert_eq!(fs::metadata(own).unwrap().permissions().mode() & 0o777, 0o700);

            let mut asking = token("client-secret");
            for (name, value) in object.iter().filter_map(|(name, value)| Some((name, value.as_str()?))) {
                asking = asking.env(name, value);
            }
            let token = asking.run().json();
            assert!(claims(token["accessToken"].as_str().unwrap())["exp"].is_u64());

            let (status, rest, stderr) = end(child, stdout, signal);
            assert_eq!((status, rest.as_str()), (0, ""), "{stderr}");
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }

    #[test]
    fn a_shell_gets_lines_to_export() {
        let folder = tempfile::tempdir().unwrap();
        let (child, mut stdout) = start(&[], &folder);
        let mut variables = BTreeMap::new();
        while !variables.contains_key("AZURE_POD_IDENTITY_AUTHORITY_HOST") {
            let mut line = String::new();
            assert!(stdout.read_line(&mut line).unwrap() > 0, "{variables:?}");
            let (name, value) = line.trim_end().strip_prefix("export ").unwrap().split_once('=').unwrap();
            let value = value.strip_prefix('\'').unwrap().strip_suffix('\'').unwrap();
            variables.insert(name.to_owned(), value.to_owned());
        }
        let mut asking = token("client-secret");
        for (name, value) in &variables {
            asking = asking.env(name, value);
        }
        asking.run().json();
        let (status, rest, stderr) = end(child, stdout, Signal::TERM);
        assert_eq!((status, rest.as_str()), (0, ""));
        assert_eq!(
            stderr,
            format!(
                "azid: the emulator is at {}; end it with Ctrl-C\nazid: people sign in as {} with the password {}\n",
                variables["AZURE_AUTHORITY_HOST"], variables["AZURE_USERNAME"], variables["AZURE_PASSWORD"]
            )
        );
    }

    #[test]
    fn programs_find_themselves_on_the_host_that_is_chosen() {
        for (host, words) in [
            ("imds", &["managed-identity"] as &[&str]),
            ("app-service", &["managed-identity"]),
            ("azure-ml", &["managed-identity"]),
            ("cloud-shell", &["managed-identity"]),
            ("service-fabric", &["managed-identity"]),
            ("kubernetes", &["managed-identity"]),
            ("kubernetes", &["workload-identity"]),
            ("kubernetes", &["workload-identity", "--enable-azure-proxy"]),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let (child, mut stdout) = start(&["--output", "json", "--host", host], &folder);
            let mut line = String::new();
            stdout.read_line(&mut line).unwrap();
            let object: BTreeMap<String, Value> = serde_json::from_str(&line).unwrap();
            let mut asking = token(words[0]).args(&words[1..]);
            for (name, value) in object.iter().filter_map(|(name, value)| Some((name, value.as_str()?))) {
                asking = asking.env(name, value);
            }
            assert!(
                asking.run().json()["credential"].as_str().unwrap().ends_with("IdentityCredential"),
                "{host}"
            );
            // An app for which its host vouches has no secret besides.
            assert_eq!(object.contains_key("AZURE_CLIENT_SECRET"), host != "kubernetes");
            assert_eq!(end(child, stdout, Signal::TERM).0, 0);
        }
        azid(["emulator", "--output", "json", "--host", "no-such-host"]).run().error(2);
    }
}
