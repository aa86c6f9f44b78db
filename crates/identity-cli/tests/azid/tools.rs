//! Credentials of a developer's tools, which are stand-ins here.

use std::path::Path;
use std::process::Stdio;

use identity_emulator::DEFAULT_TENANT_ID;
use identity_emulator::tools::{Behaviour, SignIn, Tool, ToolFolder};
use tempfile::TempDir;

use crate::support::{Azid, SCOPE, azid, token};

const RESOURCE: &str = "https://management.azure.com";
const LATER: i64 = 4_102_444_800;

const TOOLS: [(&str, &str, Tool); 3] = [
    ("azure-cli", "AzureCliCredential", Tool::AzureCli),
    ("azure-developer-cli", "AzureDeveloperCliCredential", Tool::AzureDeveloperCli),
    ("azure-powershell", "AzurePowerShellCredential", Tool::AzurePowerShell),
];

fn folder() -> (TempDir, ToolFolder) {
    let temporary = tempfile::tempdir().unwrap();
    let tools = ToolFolder::new(temporary.path()).unwrap();
    (temporary, tools)
}

fn on_path(azid: Azid, folder: &Path) -> Azid {
    azid.env("PATH", format!("{}:/usr/bin:/bin", folder.display()))
}

fn signed_in() -> Behaviour {
    let sign_in = SignIn::new(DEFAULT_TENANT_ID).with_token(RESOURCE, "tok~en", LATER).with_token_of(
        "other.example",
        RESOURCE,
        "oth~er",
        LATER,
    );
    Behaviour::SignedIn(sign_in)
}

#[test]
fn a_tool_that_is_signed_in_gives_its_token() {
    for (name, class, tool) in TOOLS {
        let (_temporary, tools) = folder();
        tools.install(tool, &signed_in()).unwrap();
        let object = on_path(token(name), tools.path()).run().json();
        assert_eq!(object["accessToken"], "tok~en");
        assert_eq!(object["expires_on"], LATER);
        assert_eq!(object["credential"], class);
        // A tenant is asked for by option and never by variable.
        let other = token(name).args(["--tenant-id", "other.example"]).env("AZURE_TENANT_ID", "a/b");
        assert_eq!(on_path(other, tools.path()).run().json()["accessToken"], "oth~er");
    }
}

#[test]
fn a_tool_that_is_missing_or_signed_out_is_unavailable_and_says_what_to_run() {
    for (name, class, tool) in TOOLS {
        let (_temporary, tools) = folder();
        let missing = token(name).env("PATH", tools.path()).run().message(3);
        assert!(missing.starts_with(&format!("{class}: ")), "{missing}");
        tools.install(tool, &Behaviour::SignedOut).unwrap();
        let signed_out = on_path(token(name), tools.path()).run().message(3);
        let run = match tool {
            Tool::AzureCli => "az login",
            Tool::AzureDeveloperCli => "azd auth login",
            _ => "Connect-AzAccount",
        };
        assert!(signed_out.contains(run), "{signed_out}");
    }
}

// P62
#[test]
fn a_claims_challenge_is_answered_with_the_ready_command() {
    let (_temporary, tools) = folder();
    tools.install(Tool::AzureCli, &signed_in()).unwrap();
    let challenged = token("azure-cli").args(["--claims", r#"{"access_token":{"nbf":{"essential":true}}}"#]);
    let message = on_path(challenged, tools.path()).run().message(3);
    assert!(message.contains("az login --claims-challenge ") && message.contains(SCOPE), "{message}");
    assert!(tools.runs(Tool::AzureCli).is_empty());
}

#[test]
fn a_subscription_is_passed_on_to_the_azure_cli() {
    let (_temporary, tools) = folder();
    tools.install(Tool::AzureCli, &signed_in()).unwrap();
    let object = on_path(token("azure-cli").args(["--subscription", "Emulated"]), tools.path()).run().json();
    assert_eq!(object["accessToken"], "tok~en");
    assert!(tools.runs(Tool::AzureCli)[0].arguments.contains(&"Emulated".to_owned()));
    let hostile = token("azure-cli").args(["--subscription", "a;b|c"]);
    on_path(hostile, tools.path()).run().error(2);
    let message = token("azure-powershell").args(["--subscription", "x"]).run().message(2);
    assert_eq!(message, "--subscription means nothing to azure-powershell; it is an option of azure-cli");
}

#[test]
fn a_tool_that_hangs_is_ended_in_time() {
    for (name, class, tool) in TOOLS {
        let (_temporary, tools) = folder();
        tools.install(tool, &Behaviour::Hangs).unwrap();
        for option in ["--process-timeout", "--timeout"] {
            let ran = on_path(token(name).args([option, "0.05"]), tools.path()).run();
            assert!(ran.message(ran.status).starts_with(&format!("{class}: ")), "{ran:?}");
            assert!(ran.status == 1 || ran.status == 3);
        }
    }
}

// G6
#[test]
fn a_tools_token_is_not_shown_where_it_can_not_be_used() {
    let (_temporary, tools) = folder();
    let stdout = r#"{"accessToken": "tok~en12345", "expiresOn": 7}"#.to_owned();
    let says = Behaviour::Says { stdout, stderr: "--token tok~en12345".to_owned(), status: 0 };
    tools.install(Tool::AzureCli, &says).unwrap();
    let ran = on_path(token("azure-cli"), tools.path()).env("AZID_LOG", "trace").secret("tok~en12345").run();
    assert!(ran.status != 0 && ran.stdout.is_empty(), "{ran:?}");
}

#[test]
fn a_chain_asks_one_tool_after_the_other() {
    let (_temporary, tools) = folder();
    tools.install(Tool::AzureCli, &Behaviour::SignedOut).unwrap();
    tools.install(Tool::AzurePowerShell, &signed_in()).unwrap();
    let chain = token("chained").args([
        "--use",
        "azure-cli",
        "--use",
        "azure-developer-cli",
        "--use",
        "azure-powershell",
    ]);
    let object = on_path(chain, tools.path()).run().json();
    assert_eq!(object["credential"], "AzurePowerShellCredential");
}

// P68
#[test]
fn the_emulator_brings_its_tools_along_and_takes_them_away() {
    let folder = tempfile::tempdir().unwrap();
    for (name, class, _) in TOOLS {
        let object = token(name).args(["--emulator"]).env("TMPDIR", folder.path()).run().json();
        assert_eq!(object["credential"], class);
        assert_eq!(object["tenant"].as_str().unwrap_or(DEFAULT_TENANT_ID), DEFAULT_TENANT_ID);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

/// The whole family of processes is gone when the pipe that all of them hold ends.
#[test]
fn no_tool_is_left_behind_when_the_command_is_told_to_end() {
    use std::io::Read as _;

    use rustix::process::{Pid, Signal, kill_process};

    let (_temporary, tools) = folder();
    tools.install(Tool::AzureCli, &Behaviour::Hangs).unwrap();
    let alive = tools.path().join("az.alive");
    rustix::fs::mknodat(rustix::fs::CWD, &alive, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    let mut command = on_path(azid(["token", "azure-cli", "--scope", SCOPE]), tools.path()).command();
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Opens when the tool runs.
    let mut pipe = std::fs::File::open(&alive).unwrap();
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    pipe.read_to_end(&mut Vec::new()).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
}
