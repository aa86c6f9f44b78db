//! The default chain's last member, a person with a browser, against the emulator. The browser is a program that hands its address to the test.

#![cfg(all(unix, feature = "default-credential"))]
#![allow(clippy::unwrap_used)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use identity::{
    AccessToken, DefaultAzureCredential, DefaultAzureCredentialOptions, EntraOptions, Env, Error,
    TokenCredential, TokenRequestOptions,
};
use identity_emulator::{Emulator, Landing, Person};

const SCOPE: &str = "https://vault.azure.net/.default";

/// A program for `BROWSER`, and the pipe that it writes the address to.
fn browser(folder: &Path) -> (PathBuf, PathBuf) {
    let (program, pipe) = (folder.join("browser"), folder.join("address"));
    let script = format!("#!/bin/sh\nprintf '%s\\n' \"$1\" >'{}'\n", pipe.display());
    // Another process writes it, so that no child of this one can have it open for writing when it is to be run.
    let write = r#"printf %s "$1" >"$0" && chmod 755 "$0" && mkfifo "$2""#;
    let status = std::process::Command::new("/bin/sh")
        .args(["-c", write])
        .arg(&program)
        .arg(script)
        .arg(&pipe)
        .status();
    assert!(status.unwrap().success());
    (program, pipe)
}

/// Does what a browser does when the sign-in page sends it back to the program.
fn deliver(landing: &Landing) {
    let (_, rest) = landing.url().split_once("://").unwrap();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let body: String = landing
        .parameters()
        .iter()
        .map(|(name, value)| {
            format!("{name}={}&", value.bytes().map(|b| format!("%{b:02X}")).collect::<String>())
        })
        .collect();
    let mut stream = TcpStream::connect(host.replace("localhost", "127.0.0.1")).unwrap();
    let request = format!(
        "POST /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    stream.read_to_end(&mut Vec::new()).unwrap();
}

/// Asks for a token while the emulator's user signs in. Gives the answer and the address that was opened.
async fn sign_in(
    emulator: &Emulator,
    change_env: impl FnOnce(Env) -> Env,
    options: DefaultAzureCredentialOptions,
) -> (Result<AccessToken, Error>, String) {
    let folder = tempfile::tempdir().unwrap();
    let (program, pipe) = browser(folder.path());
    let env = Env::empty()
        .with("AZURE_AUTHORITY_HOST", emulator.authority_host())
        .with("AZURE_TOKEN_CREDENTIALS", "InteractiveBrowserCredential")
        .with("BROWSER", program);
    let options = options.with_entra(EntraOptions::default().with_env(change_env(env)));
    let credential = DefaultAzureCredential::new(options).unwrap();
    let address = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        BufReader::new(std::fs::File::open(pipe).unwrap()).read_line(&mut line).unwrap();
        line.trim().to_owned()
    });
    let request = TokenRequestOptions::default();
    let person = async {
        let address = address.await.unwrap();
        let landing =
            emulator.sign_in(&address, &Person::new(emulator.username(), emulator.password())).unwrap();
        tokio::task::spawn_blocking(move || deliver(&landing)).await.unwrap();
        address
    };
    let (answer, address) = tokio::join!(credential.get_token(&[SCOPE], &request), person);
    if answer.is_ok() {
        assert!(
            credential.get_token(&[SCOPE], &request).try_ready().is_ok(),
            "the second token comes from memory"
        );
    }
    (answer, address)
}

// S104, S114, S115, S116
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_signs_in_at_home_with_the_app_of_developers() {
    let emulator = Emulator::start().await.unwrap();
    let (token, address) = sign_in(&emulator, |env| env, Default::default()).await;
    assert_eq!(token.unwrap().credential(), "InteractiveBrowserCredential");
    assert!(address.contains("/organizations/oauth2/v2.0/authorize?"), "{address}");
    assert!(address.contains("client_id=04b07795-8ddb-461a-bbee-02f9e1bf7b46"), "{address}");
}

// S115, S116
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tenant_and_app_are_those_of_the_options_else_of_the_environment() {
    let emulator = Emulator::start().await.unwrap();
    let options = DefaultAzureCredentialOptions::default()
        .with_interactive_browser_client_id(emulator.client_id())
        .with_interactive_browser_tenant_id(emulator.tenant_id());
    let (token, address) = sign_in(&emulator, |env| env.with("AZURE_TENANT_ID", "another"), options).await;
    token.unwrap();
    assert!(address.contains(&format!("/{}/oauth2/v2.0/authorize?", emulator.tenant_id())), "{address}");
    assert!(address.contains(&format!("client_id={}", emulator.client_id())), "{address}");

    let tenant = emulator.tenant_id().to_owned();
    let (token, address) = sign_in(
        &emulator,
        |env| env.with("AZURE_TENANT_ID", tenant),
        DefaultAzureCredentialOptions::default(),
    )
    .await;
    token.unwrap();
    assert!(address.contains(&format!("/{}/oauth2/v2.0/authorize?", emulator.tenant_id())), "{address}");
}
