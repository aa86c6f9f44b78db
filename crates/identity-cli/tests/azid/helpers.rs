//! `azid credential-helper`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use identity_emulator::{Emulator, Fault, When};
use serde_json::json;

use crate::support::{Azid, azid, claims, emulator};

fn git(action: &str) -> Azid {
    azid(["credential-helper", "git", action])
}

fn docker(action: &str) -> Azid {
    azid(["credential-helper", "docker", action])
}

const FOR_AZURE: &str = "protocol=https\nhost=dev.azure.com\npath=contoso/_git/app\n\n";

fn value<'a>(output: &'a str, name: &str) -> &'a str {
    output.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')).unwrap()
}

#[test]
fn git_gets_a_token_as_its_password() {
    let emulator = emulator();
    let output = git("get").against(&emulator).stdin(FOR_AZURE).run().ok();
    let said = claims(value(&output, "password"));
    assert_eq!(said["aud"], "499b84ac-1321-427f-aa17-267ca6975798");
    assert_eq!(value(&output, "username"), "azid");
    assert_eq!(value(&output, "password_expiry_utc"), said["exp"].to_string());
    assert_eq!(output.lines().count(), 3);
    let named = format!("username=me\n{FOR_AZURE}");
    assert_eq!(value(&git("get").against(&emulator).stdin(named).run().ok(), "username"), "me");
}

#[test]
fn git_that_knows_more_than_passwords_gets_a_bearer_token() {
    let emulator = emulator();
    let input = format!("capability[]=authtype\n{FOR_AZURE}");
    let output =
        git("get").args(["--credential", "client-secret"]).against(&emulator).stdin(input).run().ok();
    assert!(output.starts_with("capability[]=authtype\nauthtype=Bearer\ncredential=eyJ"), "{output}");
    assert_eq!((value(&output, "ephemeral"), output.contains("password=")), ("1", false));
    assert_eq!(git("capability").run().ok(), "version 0\ncapability authtype\n");
}

#[test]
fn git_looks_elsewhere_for_other_hosts_and_nothing_is_kept() {
    let emulator = emulator();
    for (action, input) in [
        ("get", "protocol=https\nhost=github.com\n\n"),
        ("get", "protocol=http\nhost=dev.azure.com\n\n"),
        ("store", "protocol=https\nhost=dev.azure.com\nusername=azid\npassword=p\n\n"),
        ("erase", FOR_AZURE),
        ("something-new", FOR_AZURE),
    ] {
        assert_eq!(git(action).against(&emulator).stdin(input).run().ok(), "");
    }
    assert_eq!(emulator.journal().count(), 0);
}

#[test]
fn a_helper_that_has_no_token_says_why() {
    let emulator = emulator();
    let ran = git("get")
        .against(&emulator)
        .env("AZURE_CLIENT_SECRET", "wr~ng")
        .secret("wr~ng")
        .stdin(FOR_AZURE)
        .run();
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.contains("AADSTS7000215"), "{ran:?}");
    let ran =
        git("get").args(["--credential", "client-secret", "--client-secret", "-"]).stdin(FOR_AZURE).run();
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.starts_with(
        "azid: --client-secret can't be '-' here, because standard input belongs to the program that asks; use a variable\n"
    ));
    let ran = git("get").args(["--assertion-file", "f"]).stdin(FOR_AZURE).run();
    assert!(
        ran.status == 2 && ran.stderr.starts_with("azid: --assertion-file means nothing to default; "),
        "{ran:?}"
    );
}

/// A proxy that leads every connection to one place, as if that were the host.
fn proxy_to(target: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let (client, server) = (client.unwrap(), TcpStream::connect(&target).unwrap());
            let mut head = BufReader::new(client.try_clone().unwrap());
            let mut line = String::new();
            while head.read_line(&mut line).unwrap() > 2 {
                line.clear();
            }
            (&client).write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            let (mut from_server, mut to_client) = (server.try_clone().unwrap(), client);
            std::thread::spawn(move || std::io::copy(&mut from_server, &mut to_client));
            std::thread::spawn(move || std::io::copy(&mut head.by_ref(), &mut { server }));
        }
    });
    format!("http://{address}")
}

/// A registry, which is the emulator by another name.
struct Registry {
    emulator: Emulator,
    folder: tempfile::TempDir,
}

const NAME: &str = "emulated.azurecr.io";

impl Registry {
    fn new(answer: Fault) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let emulator = Emulator::builder()
            .with_https()
            .with_host_name(NAME)
            .with_ca_file(folder.path().join("ca.pem"))
            .start_on_thread()
            .unwrap();
        emulator.faults().always(When::path("/oauth2/exchange"), answer);
        Self { emulator, folder }
    }

    fn get(&self) -> Azid {
        let place = self.emulator.authority_host().trim_start_matches("https://").to_owned();
        docker("get")
            .against(&self.emulator)
            .env("SSL_CERT_FILE", self.folder.path().join("ca.pem"))
            .env("HTTPS_PROXY", proxy_to(place))
            .stdin(format!("https://{NAME}\n"))
    }
}

#[test]
fn docker_gets_what_the_registry_gives_for_a_token() {
    let registry = Registry::new(Fault::json(200, r#"{"refresh_token": "regis~try"}"#));
    let object = registry.get().run().json();
    assert_eq!(
        object,
        json!({
            "ServerURL": format!("https://{NAME}"),
            "Username": "00000000-0000-0000-0000-000000000000",
            "Secret": "regis~try",
        })
    );
    let asked = registry.emulator.journal().last().unwrap();
    assert_eq!(asked.header("host"), Some(NAME));
    assert_eq!(asked.form("grant_type"), Some("access_token"));
    assert_eq!(asked.form("service"), Some(NAME));
    assert_eq!(asked.form("tenant"), Some(identity_emulator::DEFAULT_TENANT_ID));
    assert_eq!(claims(asked.form("access_token").unwrap())["aud"], "https://containerregistry.azure.net");

    let masked = registry.get().env("GITHUB_ACTIONS", "true").run();
    assert!(masked.stderr.contains("::add-mask::regis~try\n"), "{masked:?}");
}

#[test]
fn a_registry_that_refuses_is_quoted_where_docker_looks() {
    let refusal = r#"{"errors":[{"code":"UNAUTHORIZED","message":"retry later"}]}"#;
    let registry = Registry::new(Fault::json(401, refusal));
    let ran = registry.get().run();
    assert_eq!(ran.status, 1);
    let message = format!(
        "the registry {NAME} gives no token: HTTP 401: {refusal}. Check that whoever asks may pull from it (the role AcrPull)"
    );
    assert_eq!(ran.stdout, format!("{message}\n"));
    assert!(ran.stderr.starts_with(&format!("azid: {message}\n")), "{ran:?}");

    let hostile = Registry::new(Fault::json(200, r#"{"refresh_token": "two\nlines"}"#));
    assert_eq!(hostile.get().secret("two\nlines").run().status, 1);
}

#[test]
fn docker_looks_elsewhere_for_other_registries_and_nothing_is_kept() {
    let emulator = emulator();
    for server in
        ["https://index.docker.io/v1/", "contoso.azurecr.io.evil.example", "http://contoso.azurecr.io"]
    {
        let ran = docker("get").against(&emulator).stdin(server).run();
        assert_eq!((ran.status, ran.stdout.as_str()), (3, "credentials not found in native keychain\n"));
    }
    let login = r#"{"ServerURL":"https://contoso.azurecr.io","Username":"u","Secret":"s"}"#;
    assert_eq!(docker("store").stdin(login).run().ok(), "");
    assert_eq!(docker("erase").stdin("https://contoso.azurecr.io").run().ok(), "");
    assert_eq!(docker("list").run().ok(), "{}\n");
    assert_eq!(emulator.journal().count(), 0);
}
