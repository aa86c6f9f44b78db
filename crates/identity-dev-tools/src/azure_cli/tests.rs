#![cfg(unix)]

use std::time::Duration;

use identity_core::{ChainContext, TokenType};
use identity_emulator::tools::{Behaviour, Tool};

use super::*;
use crate::testing::*;

const AZ: Tool = Tool::AzureCli;

fn options(desk: &Desk) -> AzureCliCredentialOptions {
    AzureCliCredentialOptions::default().with_env(desk.env.clone()).with_clock(desk.clock())
}

fn credential(desk: &Desk) -> AzureCliCredential {
    AzureCliCredential::new(options(desk)).unwrap()
}

async fn fails(behaviour: Behaviour) -> (ErrorKind, String) {
    let desk = Desk::with(AZ, behaviour);
    let error = ask(&credential(&desk), &[SCOPE]).await.unwrap_err();
    assert_eq!(error.credential(), "AzureCliCredential");
    (error.kind(), error.message().replace(desk.home().to_str().unwrap(), "HOME"))
}

// S047, S048, S049, S054, P61
#[tokio::test]
async fn whoever_is_signed_in_has_a_token() {
    let desk = Desk::with(AZ, signed_in());
    let token = ask(&credential(&desk), &[SCOPE]).await.unwrap();
    assert_eq!((text(&token), life(&token).as_secs()), ("the.to.ken", 3600));
    assert_eq!((token.credential(), token.tenant_id()), ("AzureCliCredential", Some(TENANT)));
    assert_eq!((token.token_type(), token.refresh_on()), (&TokenType::Bearer, None));
    let [run] = &desk.arguments(AZ)[..] else { panic!("one run") };
    assert_eq!(run[..], ["account", "get-access-token", "--output", "json", "--resource", RESOURCE]);
}

// S055, P63
#[tokio::test]
async fn az_runs_without_colour_and_input_in_a_folder_of_the_system() {
    let desk = Desk::with(AZ, signed_in());
    ask(&credential(&desk), &[SCOPE]).await.unwrap();
    let run = desk.tools.runs(AZ).remove(0);
    assert!(run.no_color && !run.has_input, "{run:?}");
    assert_eq!(std::fs::canonicalize(run.directory).unwrap(), std::fs::canonicalize("/bin").unwrap());
}

// S008, S049, P61
#[tokio::test]
async fn tenants_and_the_subscription_are_handed_on() {
    let desk = Desk::with(AZ, signed_in());
    let request = TokenRequestOptions::default().with_tenant_id("other.com");
    let token = credential(&desk).get_token(&[SCOPE], &request).await.unwrap();
    assert_eq!((text(&token), token.tenant_id()), ("an.oth.er", Some("other.com")));
    let of_options = AzureCliCredential::new(options(&desk).with_tenant_id("other.com")).unwrap();
    assert_eq!(text(&ask(&of_options, &[SCOPE]).await.unwrap()), "an.oth.er");
    let subscription = AzureCliCredential::new(options(&desk).with_subscription("Emulated")).unwrap();
    assert_eq!(text(&ask(&subscription, &[SCOPE]).await.unwrap()), "the.to.ken");
    let last = |run: &Vec<String>| run[6..].join(" ");
    let runs: Vec<_> = desk.arguments(AZ).iter().map(last).collect();
    assert_eq!(runs, ["--tenant other.com", "--tenant other.com", "--subscription Emulated"]);
    let unknown = AzureCliCredential::new(options(&desk).with_subscription("Other One")).unwrap();
    let error = ask(&unknown, &[SCOPE]).await.unwrap_err();
    assert!(error.message().contains("The subscription of 'Other One' doesn't exist"), "{error}");
}

// P41, G20
#[tokio::test]
async fn a_credential_with_a_tenant_of_its_own_asks_no_other_unless_told_so() {
    let desk = Desk::with(AZ, signed_in());
    let request = TokenRequestOptions::default().with_tenant_id("other.com");
    let own = options(&desk).with_tenant_id(TENANT);
    let error =
        AzureCliCredential::new(own.clone()).unwrap().get_token(&[SCOPE], &request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
    assert!(error.message().contains("add 'other.com' to additionally_allowed_tenants"), "{error}");
    let told = AzureCliCredential::new(own.with_additionally_allowed_tenants(["other.com"])).unwrap();
    assert!(told.get_token(&[SCOPE], &request).await.is_ok());
    assert_eq!(desk.arguments(AZ).len(), 1);
}

// S003, S004
#[tokio::test]
async fn exactly_one_scope_is_taken_and_becomes_a_resource() {
    let desk = Desk::with(AZ, Behaviour::SignedIn(sign_in().with_token("*", "any", 1_800_000_000)));
    for scopes in [&[][..], &[SCOPE, SCOPE], &["/.default"]] {
        let error = ask(&credential(&desk), scopes).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.credential()),
            (ErrorKind::InvalidArgument, "AzureCliCredential"),
            "{scopes:?}"
        );
    }
    assert!(desk.arguments(AZ).is_empty());
    let scopes =
        ["https://x//.default", "api://app-1/.default/.default", "https://x/User.Read", "c0ffee_00/.default"];
    for scope in scopes {
        ask(&credential(&desk), &[scope]).await.unwrap();
    }
    let resources: Vec<_> = desk.arguments(AZ).iter().map(|run| run[5].clone()).collect();
    assert_eq!(resources, ["https://x/", "api://app-1/.default", "https://x/User.Read", "c0ffee_00"]);
}

// S054
#[tokio::test]
async fn the_end_of_a_token_is_read_in_all_forms() {
    let answer = |times: &str| says(&format!(r#"{{"accessToken": "t", {times}}}"#), "", 0);
    for (times, life_left) in [
        (r#""expires_on": 1700000060, "expiresOn": "1999-01-01 00:00:00.000000""#, 60),
        (r#""expires_on": "1700000060""#, 60),
        (r#""expires_on": 1700000060.75"#, 60),
        (r#""expires_on": null, "expiresOn": "2023-11-14 22:15:00.123456""#, 100),
        (r#""expiresOn": "2023-11-14 22:15:00.123456""#, 100),
    ] {
        let desk = Desk::with(AZ, answer(times));
        assert_eq!(life(&ask(&credential(&desk), &[SCOPE]).await.unwrap()).as_secs(), life_left, "{times}");
    }
    let desk = Desk::with(AZ, Behaviour::SignedIn(sign_in().with_old_tool()));
    let east = options(&desk).with_env(desk.env.clone().with("TZ", "XXX-14"));
    assert_eq!(life(&ask(&AzureCliCredential::new(east).unwrap(), &[SCOPE]).await.unwrap()).as_secs(), 3600);
}

// S050, G24
#[tokio::test]
async fn without_az_it_says_what_to_install() {
    let desk = Desk::new();
    let error = ask(&credential(&desk), &[SCOPE]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "AzureCliCredential: Azure CLI not found on path: az was not found on PATH (its relative folders are not searched). Install the Azure CLI \
         and run 'az login'"
    );
    assert_eq!(error.kind(), ErrorKind::CredentialUnavailable);
    assert_eq!(error.remedy(), Some("Install the Azure CLI and run 'az login'"));
    assert_eq!(error.guide().unwrap(), "docs/troubleshooting.md#azureclicredential");
    let (kind, message) = fails(says("", "env: python3: No such file", 127)).await;
    assert_eq!(kind, ErrorKind::CredentialUnavailable);
    assert_eq!(message, "Azure CLI not found on path. Install the Azure CLI and run 'az login'");
}

// S051
#[tokio::test]
async fn without_a_sign_in_it_says_to_run_az_login() {
    let expected = "Nobody is signed in to the Azure CLI. Please run 'az login' to set up an account";
    let unavailable = (ErrorKind::CredentialUnavailable, expected.to_owned());
    assert_eq!(fails(Behaviour::SignedOut).await, unavailable);
    assert_eq!(fails(says("", "Run az account set first", 1)).await, unavailable);
}

// S051, P67
#[tokio::test]
async fn the_words_of_entra_id_are_passed_on_with_what_they_mean() {
    let desk = Desk::with(AZ, Behaviour::Expired);
    let error = ask(&credential(&desk), &[SCOPE]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuthenticationFailed);
    assert!(
        error.message().starts_with("Azure CLI failed: ERROR: AADSTS700082: The refresh token has expired"),
        "{error}"
    );
    assert!(
        error
            .message()
            .ends_with("az login. What to do: the sign-in has expired or was revoked; sign in again"),
        "{error}"
    );
    assert_eq!(error.server().unwrap().error_codes, [700082]);
    assert_eq!(error.remedy(), Some("the sign-in has expired or was revoked; sign in again"));
}

// S052, G26
#[tokio::test]
async fn other_failures_keep_the_words_of_az_with_tokens_masked() {
    let failed = ErrorKind::AuthenticationFailed;
    let words = r#"ERROR: odd {"accessToken": "secret1"} eyJsecret2.eyJsecret3.secret4"#;
    let (kind, message) = fails(says("eyJsecret5.eyJ", words, 1)).await;
    assert_eq!(
        (kind, message.as_str()),
        (failed, r#"Azure CLI failed: ERROR: odd {"accessToken": "***"} ***"#)
    );
    let message = "Failed to invoke Azure CLI. See what it says in a terminal".to_owned();
    assert_eq!(fails(says("", "", 3)).await, (failed, message));
}

// S053, G26
#[tokio::test]
async fn output_that_is_no_token_is_shown_masked() {
    let failed = ErrorKind::AuthenticationFailed;
    let remedy = "See what it prints in a terminal, and whether it needs an update";
    for (stdout, shown) in [
        ("", "nothing"),
        (" \n", "nothing"),
        ("hello\u{1b}[31m there\n", "'hello there'"),
        ("[]", "'[]'"),
        (
            r#"{"accessToken": "secret1", "expires_on": "soon"}"#,
            r#"'{"accessToken": "***", "expires_on": "soon"}'"#,
        ),
        (r#"{"accessToken": "secret1"}"#, r#"'{"accessToken": "***"}'"#),
        (r#"{"accessToken": "secret1", "expires_on": -5}"#, r#"'{"accessToken": "***", "expires_on": -5}'"#),
        (
            r#"{"accessToken": "secret1", "expires_on": 99999999999999}"#,
            r#"'{"accessToken": "***", "expires_on": 99999999999999}'"#,
        ),
        (
            r#"{"accessToken": "", "expires_on": 1800000000}"#,
            r#"'{"accessToken": "", "expires_on": 1800000000}'"#,
        ),
        (
            r#"{"accessToken": "a\nb", "expires_on": 1800000000}"#,
            r#"'{"accessToken": "***", "expires_on": 1800000000}'"#,
        ),
        (
            r#"WARNING: old {"accessToken": "secret1", "expires_on": 1}"#,
            r#"'WARNING: old {"accessToken": "***", "expires_on": 1}'"#,
        ),
    ] {
        let (kind, message) = fails(says(stdout, "", 0)).await;
        assert_eq!(
            (kind, message),
            (failed, format!("Unexpected output from Azure CLI: {shown}. {remedy}")),
            "{stdout}"
        );
    }
}

#[tokio::test]
async fn warnings_on_standard_error_do_no_harm() {
    let desk = Desk::with(
        AZ,
        says("\u{feff}{\"accessToken\": \"t\", \"expires_on\": 1800000000}", "WARNING: az login", 0),
    );
    assert_eq!(text(&ask(&credential(&desk), &[SCOPE]).await.unwrap()), "t");
}

// P62
#[tokio::test]
async fn a_claims_challenge_is_answered_with_the_command_for_it() {
    let desk = Desk::with(AZ, signed_in());
    let claims = r#"{"access_token":{"acrs":{"value":"c1"}}}"#;
    let request = TokenRequestOptions::default().with_claims(claims);
    let error = credential(&desk).get_token(&[SCOPE], &request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CredentialUnavailable);
    let base64 = "eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJ2YWx1ZSI6ImMxIn19fQ==";
    assert_eq!(
        error.message(),
        format!(
            "This credential doesn't support claims challenges. Run 'az login --claims-challenge {base64} --scope {SCOPE}' (Azure CLI 2.76 or \
             later) and ask again"
        )
    );
    let error = credential(&desk)
        .get_token(&[SCOPE], &request.clone().with_tenant_id("other.com"))
        .await
        .unwrap_err();
    assert!(error.message().contains(&format!("{base64} --tenant other.com --scope {SCOPE}'")), "{error}");
    let error = credential(&desk).get_token(&["$(id)"], &request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(desk.arguments(AZ).is_empty());
    let blank = TokenRequestOptions::default().with_claims(" ");
    assert!(credential(&desk).get_token(&[SCOPE], &blank).await.is_ok());
}

// G1, G7, S075
#[tokio::test]
async fn hostile_text_reaches_no_process() {
    let desk = Desk::with(AZ, signed_in());
    for hostile in HOSTILE {
        let error = ask(&credential(&desk), &[hostile]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "scope {hostile:?}");
        assert!(!error.message().contains(['\n', '\u{202e}', '\0']), "{error}");
        let request = TokenRequestOptions::default().with_tenant_id(hostile);
        let error = credential(&desk).get_token(&[SCOPE], &request).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "tenant {hostile:?}");
        let error = AzureCliCredential::new(options(&desk).with_tenant_id(hostile)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "tenant option {hostile:?}");
        if hostile != "a b" {
            let error = AzureCliCredential::new(options(&desk).with_subscription(hostile)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "subscription {hostile:?}");
        }
    }
    assert!(desk.tools.runs(AZ).is_empty());
}

#[test]
fn wrong_options_are_refused_at_once() {
    let refused = |options: AzureCliCredentialOptions| {
        let error = AzureCliCredential::new(options).unwrap_err();
        assert_eq!((error.kind(), error.credential()), (ErrorKind::InvalidArgument, "AzureCliCredential"));
        error.message().to_owned()
    };
    let options = AzureCliCredentialOptions::default;
    assert_eq!(refused(options().with_program("bin/az")), "the program 'bin/az' is no absolute path");
    assert_eq!(
        refused(options().with_process_timeout(Duration::ZERO)),
        "the process timeout must not be zero"
    );
    assert!(
        refused(options().with_additionally_allowed_tenants(["a/b"])).contains("invalid tenant id 'a/b'")
    );
    let empty = options().with_tenant_id("").with_subscription("");
    assert!(AzureCliCredential::new(empty).is_ok());
}

// P37
#[tokio::test]
async fn in_the_default_chain_failures_let_the_chain_go_on() {
    let desk = Desk::with(AZ, says("garbage", "", 0));
    let credential = credential(&desk);
    for (context, kind) in [
        (ChainContext::Default, ErrorKind::CredentialUnavailable),
        (ChainContext::Chained, ErrorKind::AuthenticationFailed),
        (ChainContext::None, ErrorKind::AuthenticationFailed),
    ] {
        let request = TokenRequestOptions::default().with_chain_context(context);
        assert_eq!(credential.get_token(&[SCOPE], &request).await.unwrap_err().kind(), kind, "{context:?}");
        let error = credential.get_token(&["$(id)"], &request).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{context:?}");
    }
}

#[test]
fn the_files_of_az_are_where_it_is_told() {
    let at = |env: Env| {
        azure_cli_profile(&env).into_iter().map(|path| path.display().to_string()).collect::<Vec<_>>()
    };
    let home = Env::empty().with("HOME", "/home/me");
    let in_home =
        ["/home/me/.azure/azureProfile.json", "/home/me/.azure/clouds.config", "/home/me/.azure/config"];
    assert_eq!(at(home.clone()), in_home);
    assert_eq!(at(home.with("AZURE_CONFIG_DIR", "/az"))[0], "/az/azureProfile.json");
    assert!(at(Env::empty()).is_empty());
}
