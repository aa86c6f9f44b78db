//! What becomes of a process whose output nobody wants, or that is told to end.

#![cfg(unix)]

use std::fs::File;
use std::io::Read as _;
use std::process::{Command, Stdio};

use identity_emulator::{Fault, Gate, When};
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{azid, emulator, token};

/// Runs a command whose stdout leads to a reader that is gone.
fn unread(mut command: Command) -> (i32, String) {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped());
    let output = command.spawn().unwrap().wait_with_output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn output_that_nobody_reads_is_no_error() {
    let emulator = emulator();
    for form in ["json", "token", "header", "env", "k8s-exec"] {
        let command = token("client-secret").args(["--output", form]).against(&emulator).command();
        assert_eq!(unread(command), (0, String::new()));
    }
    for words in [&["--help"] as &[&str], &["man"], &["completions", "bash"]] {
        assert_eq!(unread(azid(words).command()), (0, String::new()));
    }
    assert_eq!(unread(azid(["emulator"]).command()), (0, String::new()));
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_can_not_be_written_is_an_error() {
    let emulator = emulator();
    let mut command = token("client-secret").against(&emulator).command();
    command.stdin(Stdio::null()).stdout(File::options().write(true).open("/dev/full").unwrap());
    let output = command.stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr.starts_with("azid: the output could not be written: "), "{stderr}");
    assert!(stderr.lines().last().unwrap().starts_with(r#"{"error":{"kind":"authentication-failed""#));
}

#[test]
fn a_request_ends_when_the_process_is_told_to() {
    for signal in [Signal::INT, Signal::TERM] {
        let emulator = emulator();
        let gate = Gate::new();
        emulator.faults().always(When::token(), Fault::hold(&gate));
        let mut command = token("client-secret").against(&emulator).command();
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(gate.arrived(1));
        kill_process(Pid::from_child(&child), signal).unwrap();
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(1));
        assert!(
            stderr.starts_with("azid: ClientSecretCredential: interrupted before it was done\n"),
            "{stderr}"
        );
    }
}
