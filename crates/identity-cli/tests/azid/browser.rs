//! `azid token interactive-browser`, with the browser played by the test.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Stdio};

use identity_emulator::{
    DEFAULT_CLIENT_ID, DEFAULT_PASSWORD, DEFAULT_TENANT_ID, DEFAULT_USERNAME, Emulator, Person,
};
use serde_json::Value;

use crate::support::{Azid, azid, claims, emulator, token};

fn browser(emulator: &Emulator) -> Azid {
    at_the_emulator(token("interactive-browser"), emulator)
}

fn at_the_emulator(azid: Azid, emulator: &Emulator) -> Azid {
    azid.args([
        "--tenant-id",
        DEFAULT_TENANT_ID,
        "--client-id",
        DEFAULT_CLIENT_ID,
        "--redirect-uri",
        "http://localhost:0",
    ])
    .args(["--authority-host", &emulator.authority_host()])
}

fn start(azid: Azid) -> (Child, BufReader<ChildStderr>) {
    let mut command = azid.command();
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let stderr = BufReader::new(child.stderr.take().unwrap());
    (child, stderr)
}

/// The address in the instructions.
fn shown(stderr: &mut BufReader<ChildStderr>) -> String {
    let (mut instruction, mut url) = (String::new(), String::new());
    stderr.read_line(&mut instruction).unwrap();
    stderr.read_line(&mut url).unwrap();
    assert_eq!(instruction, "To sign in, use a web browser of this machine to open the page\n");
    url.trim_end().to_owned()
}

/// Somebody opens the page, signs in and comes back.
fn sign_in(emulator: &Emulator, url: &str, person: &Person) -> String {
    let landing = emulator.sign_in(url, person).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(landing.deliver()).unwrap()
}

fn alice() -> Person {
    Person::new(DEFAULT_USERNAME, DEFAULT_PASSWORD)
}

/// The exit status, stdout, and the rest of stderr.
fn end(mut child: Child, mut stderr: BufReader<ChildStderr>) -> (i32, String, String) {
    let (mut out, mut err) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    stderr.read_to_string(&mut err).unwrap();
    (child.wait().unwrap().code().unwrap(), out, err)
}

/// A browser that hands the address over through a pipe, with all its arguments.
fn program(folder: &Path) -> (PathBuf, PathBuf) {
    let pipe = folder.join("opened");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    let program = folder.join("browse");
    // Another process writes it: a program is not run as long as somebody may still write to it.
    let script = format!("#!/bin/sh\nprintf '%s\\n' \"$#\" \"$@\" >'{}'\n", pipe.display());
    let status = std::process::Command::new("/bin/sh")
        .args(["-c", r#"printf '%s' "$1" >"$0" && chmod 755 "$0""#])
        .arg(&program)
        .arg(script)
        .status()
        .unwrap();
    assert!(status.success());
    (program, pipe)
}

#[test]
fn a_program_opens_the_page_and_gets_nothing_but_its_address() {
    let emulator = emulator();
    let folder = tempfile::tempdir().unwrap();
    let (program, pipe) = program(folder.path());
    for (command, path) in [(program.to_str().unwrap(), ""), ("browse", folder.path().to_str().unwrap())] {
        let asking = browser(&emulator).args(["--browser", command, "--login-hint", "al&ice@example"]);
        let (child, mut stderr) = start(asking.env("PATH", path));
        let shown = shown(&mut stderr);
        let opened = std::fs::read_to_string(&pipe).unwrap();
        assert_eq!(opened, format!("1\n{shown}\n"));
        assert!(shown.contains("login_hint=al%26ice%40example"), "{shown}");

        let page = sign_in(&emulator, &shown, &alice());
        assert!(page.starts_with("HTTP/1.1 200"), "{page}");
        let (status, stdout, rest) = end(child, stderr);
        assert_eq!((status, rest.as_str()), (0, ""));
        let object: Value = serde_json::from_str(&stdout).unwrap();
        assert_eq!(object["credential"], "InteractiveBrowserCredential");
        assert_eq!(claims(object["accessToken"].as_str().unwrap())["upn"], DEFAULT_USERNAME);
    }
}

#[test]
fn where_nothing_is_to_be_opened_the_address_is_printed() {
    let emulator = emulator();
    let (child, mut stderr) = start(browser(&emulator).args(["--browser", "print"]));
    sign_in(&emulator, &shown(&mut stderr), &alice());
    let (status, stdout, rest) = end(child, stderr);
    assert_eq!((status, rest.as_str()), (0, ""));
    assert!(stdout.contains("\"InteractiveBrowserCredential\""));
}

#[test]
fn a_sign_in_that_is_cancelled_has_failed() {
    let emulator = emulator();
    let (child, mut stderr) = start(browser(&emulator).args(["--browser", "print"]));
    sign_in(&emulator, &shown(&mut stderr), &alice().cancelling());
    let (status, stdout, rest) = end(child, stderr);
    assert_eq!((status, stdout.as_str()), (1, ""));
    let last: Value = serde_json::from_str(rest.lines().last().unwrap()).unwrap();
    assert!(
        last["error"]["message"].as_str().unwrap().starts_with("InteractiveBrowserCredential: "),
        "{last}"
    );
}

#[test]
fn the_time_for_the_browser_is_limited() {
    let emulator = emulator();
    let ran = browser(&emulator).args(["--browser", "print", "--timeout", "0.05"]).run();
    let message = ran.message(1);
    assert!(
        message.starts_with("InteractiveBrowserCredential: ") && !message.contains("--timeout"),
        "{message}"
    );
}

#[test]
fn a_browser_is_one_program_without_arguments() {
    for (command, why) in [
        ("no-such-browser", "'no-such-browser' is not on PATH"),
        ("/no/such/browser", "'/no/such/browser' is no file"),
        ("/usr/bin/env --version", "'/usr/bin/env --version' is no file"),
    ] {
        let ran =
            token("interactive-browser").args(["--browser", command]).env("PATH", "relative:/usr/bin").run();
        assert_eq!(
            ran.message(2),
            format!(
                "InteractiveBrowserCredential: --browser must name one program, without arguments, and {why}"
            )
        );
    }
    let message = token("device-code").args(["--browser", "print"]).run().message(2);
    assert_eq!(message, "--browser means nothing to device-code; it is an option of interactive-browser");
}

#[test]
fn a_browser_can_sign_in_for_a_record() {
    let emulator = emulator();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("record.json");
    let scope = ["--scope", "https://vault.azure.net/.default"];
    let login = at_the_emulator(azid(["login", "interactive-browser", "--browser", "print"]), &emulator)
        .args(scope)
        .args(["--authentication-record", file.to_str().unwrap()]);
    let (child, mut stderr) = start(login);
    sign_in(&emulator, &shown(&mut stderr), &alice());
    let (status, stdout, rest) = end(child, stderr);
    assert_eq!((status, stdout.as_str()), (0, ""), "{rest}");
    assert!(std::fs::read_to_string(file).unwrap().contains(DEFAULT_USERNAME));
}
