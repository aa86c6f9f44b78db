#![cfg(unix)]

use identity_emulator::tools::{Behaviour, Tool};

use super::*;
use crate::testing::*;

const PWSH: Tool = Tool::AzurePowerShell;

fn options(desk: &Desk) -> AzurePowerShellCredentialOptions {
    AzurePowerShellCredentialOptions::default().with_env(desk.env.clone()).with_clock(desk.clock())
}

fn credential(desk: &Desk) -> AzurePowerShellCredential {
    AzurePowerShellCredential::new(options(desk)).unwrap()
}

async fn fails(behaviour: Behaviour) -> (ErrorKind, String) {
    let desk = Desk::with(PWSH, behaviour);
    let error = ask(&credential(&desk), &[SCOPE]).await.unwrap_err();
    assert_eq!(error.credential(), "AzurePowerShellCredential");
    (error.kind(), error.message().to_owned())
}

fn unavailable(message: &str) -> (ErrorKind, String) {
    (ErrorKind::CredentialUnavailable, message.to_owned())
}

// S057, S058, S059, S060, P05
#[tokio::test]
async fn whoever_is_signed_in_has_a_token() {
    let desk = Desk::with(PWSH, signed_in());
    let token = ask(&credential(&desk), &[SCOPE]).await.unwrap();
    assert_eq!((text(&token), life(&token).as_secs()), ("the.to.ken", 3600));
    assert_eq!(token.credential(), "AzurePowerShellCredential");
    let run = desk.arguments(PWSH).remove(0);
    assert_eq!(
        (run.len(), &run[..3]),
        (4, &["-NoProfile", "-NonInteractive", "-EncodedCommand"].map(String::from)[..])
    );
    assert_eq!(run[3], encoded_script(RESOURCE, ""));
}

// S008, S059, P41
#[tokio::test]
async fn tenants_are_handed_on_where_they_are_allowed() {
    let desk = Desk::with(PWSH, signed_in());
    let request = TokenRequestOptions::default().with_tenant_id("other.com");
    assert_eq!(text(&credential(&desk).get_token(&[SCOPE], &request).await.unwrap()), "an.oth.er");
    let own = AzurePowerShellCredential::new(options(&desk).with_tenant_id(TENANT)).unwrap();
    assert_eq!(own.get_token(&[SCOPE], &request).await.unwrap_err().kind(), ErrorKind::AuthenticationFailed);
}

// P05
#[tokio::test]
async fn the_line_is_found_among_other_output() {
    for (stdout, life_left) in [
        ("Hello from a profile\nazsdk%t%1700000060\nBye\n", 60),
        ("WARNING: azsdk is 100%\r\nazsdk%t%1700000060\r\n", 60),
        ("azsdk%t%/Date(1700000060999)/", 60),
    ] {
        let desk = Desk::with(PWSH, says(stdout, "WARNING: Run Connect-AzAccount to login", 0));
        let token = ask(&credential(&desk), &[SCOPE]).await.unwrap();
        assert_eq!((text(&token), life(&token).as_secs()), ("t", life_left), "{stdout}");
    }
}

// S061
#[tokio::test]
async fn what_is_missing_is_named_with_what_to_run() {
    let error = ask(&credential(&Desk::new()), &[SCOPE]).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.message().to_owned()),
        unavailable(
            "PowerShell is not installed: pwsh was not found on PATH (its relative folders are not searched). Install PowerShell and its module \
             Az.Accounts, and run \"Connect-AzAccount\""
        )
    );
    assert_eq!(
        fails(Behaviour::NoModule).await,
        unavailable(
            "Az.Account module >= 2.2.0 is not installed. Run \"Install-Module Az.Accounts\" in PowerShell, then \"Connect-AzAccount\""
        )
    );
    assert_eq!(
        fails(Behaviour::SignedOut).await,
        unavailable(
            "Nobody is signed in to Azure PowerShell. Please run \"Connect-AzAccount\" to set up account"
        )
    );
    assert_eq!(
        fails(Behaviour::Blocked).await,
        unavailable(
            "Execution policy prevented invoking Azure PowerShell. See \"Get-ExecutionPolicy -List\" in PowerShell; \"Set-ExecutionPolicy \
             RemoteSigned -Scope CurrentUser\" allows installed modules"
        )
    );
    assert!(fails(says("", "no such file", 127)).await.1.starts_with("PowerShell is not installed. "));
}

// S061
#[tokio::test]
async fn other_failures_are_unavailable_with_the_words_masked() {
    let (kind, message) = fails(says("", "boom eyJsecret1.eyJsecret2.x", 1)).await;
    assert_eq!((kind, message), unavailable("Failed to invoke PowerShell: it failed: boom ***"));
    assert_eq!(
        fails(says("", "", 1)).await,
        unavailable("Failed to invoke PowerShell. See what it says in a terminal")
    );
    let desk = Desk::with(PWSH, Behaviour::Expired);
    let error = ask(&credential(&desk), &[SCOPE]).await.unwrap_err();
    assert_eq!(
        (error.kind(), &error.server().unwrap().error_codes[..]),
        (ErrorKind::CredentialUnavailable, &[700082][..])
    );
}

// S062, G26
#[tokio::test]
async fn output_without_the_line_is_a_failure() {
    for (stdout, shown) in [
        ("", "nothing"),
        ("hello", "'hello'"),
        ("azsdk%secret1", "'azsdk%***'"),
        ("azsdk%secret1%soon", "'azsdk%***%soon'"),
        ("azsdk%%1700000060", "'azsdk%%1700000060'"),
        ("azsdk%secret1%-1", "'azsdk%***%-1'"),
    ] {
        let (kind, message) = fails(says(stdout, "", 0)).await;
        let start = format!("Unexpected output from Get-AzAccessToken: {shown}. ");
        assert!(
            kind == ErrorKind::AuthenticationFailed && message.starts_with(&start),
            "{stdout}: {message}"
        );
    }
}

// P62
#[tokio::test]
async fn a_claims_challenge_is_answered_with_the_command_for_it() {
    let desk = Desk::with(PWSH, signed_in());
    let request = TokenRequestOptions::default().with_claims("{}").with_tenant_id("other.com");
    let error = credential(&desk).get_token(&[SCOPE], &request).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.message().to_owned()),
        unavailable(
            "This credential doesn't support claims challenges. Run 'Connect-AzAccount -ClaimsChallenge e30= -Tenant other.com' in PowerShell \
             (Az.Accounts 5.2.0 or later) and ask again"
        )
    );
    assert!(desk.tools.runs(PWSH).is_empty());
}

// S003, S004, G1, G7
#[tokio::test]
async fn hostile_text_reaches_no_process() {
    let desk = Desk::with(PWSH, signed_in());
    for scopes in [&[][..], &[SCOPE, SCOPE]] {
        assert_eq!(ask(&credential(&desk), scopes).await.unwrap_err().kind(), ErrorKind::InvalidArgument);
    }
    for hostile in HOSTILE {
        let error = ask(&credential(&desk), &[hostile]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "scope {hostile:?}");
        let request = TokenRequestOptions::default().with_tenant_id(hostile);
        let error = credential(&desk).get_token(&[SCOPE], &request).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "tenant {hostile:?}");
        assert!(AzurePowerShellCredential::new(options(&desk).with_tenant_id(hostile)).is_err());
    }
    assert!(desk.tools.runs(PWSH).is_empty());
}
