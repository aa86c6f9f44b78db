#![cfg(unix)]

use identity_emulator::tools::{Behaviour, Tool};

use super::*;
use crate::testing::*;

const AZD: Tool = Tool::AzureDeveloperCli;

fn options(desk: &Desk) -> AzureDeveloperCliCredentialOptions {
    AzureDeveloperCliCredentialOptions::default().with_env(desk.env.clone()).with_clock(desk.clock())
}

fn credential(desk: &Desk) -> AzureDeveloperCliCredential {
    AzureDeveloperCliCredential::new(options(desk)).unwrap()
}

async fn fails(behaviour: Behaviour) -> (ErrorKind, String) {
    let desk = Desk::with(AZD, behaviour);
    let error = ask(&credential(&desk), &[SCOPE]).await.unwrap_err();
    assert_eq!(error.credential(), "AzureDeveloperCliCredential");
    (error.kind(), error.message().to_owned())
}

// P04
#[tokio::test]
async fn whoever_is_signed_in_has_a_token_whose_time_is_utc() {
    let desk = Desk::with(AZD, signed_in());
    let west = options(&desk).with_env(desk.env.clone().with("TZ", "XXX8"));
    let token = ask(&AzureDeveloperCliCredential::new(west).unwrap(), &[SCOPE]).await.unwrap();
    assert_eq!((text(&token), life(&token).as_secs()), ("the.to.ken", 3600));
    assert_eq!(token.credential(), "AzureDeveloperCliCredential");
    assert_eq!(desk.arguments(AZD), [["auth", "token", "--output", "json", "--no-prompt", "--scope", SCOPE]]);
    assert!(desk.tools.runs(AZD)[0].no_color);
}

// P04
#[tokio::test]
async fn scopes_tenant_and_claims_are_handed_on() {
    let desk = Desk::with(AZD, signed_in());
    let request = TokenRequestOptions::default().with_tenant_id("other.com").with_claims(r#"{"a":"?>"}"#);
    let scopes = [SCOPE, "https://vault.azure.net/user_impersonation"];
    let token = credential(&desk).get_token(&scopes, &request).await.unwrap();
    assert_eq!(text(&token), "an.oth.er");
    let run = desk.arguments(AZD).remove(0);
    let expected = [
        "--scope",
        scopes[0],
        "--scope",
        scopes[1],
        "--tenant-id",
        "other.com",
        "--claims",
        "eyJhIjoiPz4ifQ==",
    ];
    assert_eq!(run[5..], expected);
}

// P04
#[tokio::test]
async fn without_azd_or_a_sign_in_it_says_what_to_run() {
    let unavailable = ErrorKind::CredentialUnavailable;
    let error = ask(&credential(&Desk::new()), &[SCOPE]).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.message()),
        (
            unavailable,
            "Azure Developer CLI could not be found: azd was not found on PATH (its relative folders are not searched). Install the Azure Developer \
             CLI and run 'azd auth login'"
        )
    );
    let message =
        "Nobody is signed in to the Azure Developer CLI. Please run 'azd auth login' to set up an account";
    assert_eq!(fails(Behaviour::SignedOut).await, (unavailable, message.to_owned()));
    let on_stdout = says("{\"error\": \"not logged in, run `azd auth login` to login\"}", "", 1);
    assert_eq!(fails(on_stdout).await, (unavailable, message.to_owned()));
}

// P04, P62
#[tokio::test]
async fn a_version_without_claims_says_to_update() {
    let desk = Desk::with(AZD, Behaviour::KnowsNoClaims);
    let request = TokenRequestOptions::default().with_claims("{}");
    let error = credential(&desk).get_token(&[SCOPE], &request).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.message()),
        (
            ErrorKind::CredentialUnavailable,
            "This version of the Azure Developer CLI doesn't support claims challenges. Please update to version 1.18.1 or later"
        )
    );
}

// P04
#[tokio::test]
async fn azd_s_own_sentence_is_found_wherever_it_stands() {
    let failed =
        |words: &str| (ErrorKind::AuthenticationFailed, format!("Azure Developer CLI failed: {words}"));
    let console = |message: &str| format!(r#"{{"type":"consoleMessage","data":{{"message":"{message}"}}}}"#);
    let new = r#"{"error":"fetching token: no"}"#;
    for (stdout, stderr, words) in [
        (new.to_owned(), "", "fetching token: no"),
        (format!("{}\nnoise\n{new}\n", console("older")), "", "fetching token: no"),
        (format!("{}\n{}\n", console(" "), console("\\nERROR: why\\n")), "noise", "ERROR: why"),
        (console("from stdout"), new, "fetching token: no"),
        (r#"{"error": 5}"#.into(), "ERROR: raw words", "ERROR: raw words"),
        ("[1]\n\"error\"".into(), "ERROR: raw words", "ERROR: raw words"),
    ] {
        assert_eq!(fails(says(&stdout, stderr, 1)).await, failed(words), "{stdout} {stderr}");
    }
    let nothing = "Failed to invoke Azure Developer CLI. See what it says in a terminal".to_owned();
    assert_eq!(fails(says("no words in here", "", 1)).await, (ErrorKind::AuthenticationFailed, nothing));
}

// P04, P67
#[tokio::test]
async fn the_words_of_entra_id_are_passed_on_with_what_they_mean() {
    let desk = Desk::with(AZD, Behaviour::Expired);
    let error = ask(&credential(&desk), &[SCOPE]).await.unwrap_err();
    assert_eq!(
        (error.kind(), &error.server().unwrap().error_codes[..]),
        (ErrorKind::AuthenticationFailed, &[700082][..])
    );
    let both = says("", "AADSTS50076: not logged in, run `azd auth login` to login", 1);
    assert_eq!(fails(both).await.0, ErrorKind::AuthenticationFailed);
    let unknown =
        ask(&credential(&Desk::with(AZD, signed_in())), &["https://unknown/.default"]).await.unwrap_err();
    assert_eq!(unknown.server().unwrap().error_codes, [500011]);
}

// G26
#[tokio::test]
async fn output_that_is_no_token_is_shown_masked() {
    for (stdout, shown) in [
        ("", "nothing"),
        (r#"{"token": "secret1"}"#, r#"'{"token": "***"}'"#),
        (
            r#"{"token": "secret1", "expiresOn": "2023-11-14 22:13:20"}"#,
            r#"'{"token": "***", "expiresOn": "2023-11-14 22:13:20"}'"#,
        ),
        (
            r#"{"token": "secret 1", "expiresOn": "2023-11-14T22:13:20Z"}"#,
            r#"'{"token": "***", "expiresOn": "2023-11-14T22:13:20Z"}'"#,
        ),
    ] {
        let (kind, message) = fails(says(stdout, "", 0)).await;
        let start = format!("Unexpected output from Azure Developer CLI: {shown}. ");
        assert!(kind == ErrorKind::AuthenticationFailed && message.starts_with(&start), "{message}");
    }
}

// G1, G7
#[tokio::test]
async fn hostile_text_reaches_no_process() {
    let desk = Desk::with(AZD, signed_in());
    for hostile in HOSTILE {
        for scopes in [&[hostile][..], &[SCOPE, hostile]] {
            let error = ask(&credential(&desk), scopes).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "scope {hostile:?}");
        }
        let request = TokenRequestOptions::default().with_tenant_id(hostile);
        let error = credential(&desk).get_token(&[SCOPE], &request).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "tenant {hostile:?}");
        assert!(AzureDeveloperCliCredential::new(options(&desk).with_tenant_id(hostile)).is_err());
    }
    assert!(ask(&credential(&desk), &[]).await.is_err());
    assert!(desk.tools.runs(AZD).is_empty());
}

#[test]
fn azd_may_use_the_account_of_az() {
    let env = Env::empty().with("HOME", "/home/me").with("AZURE_CONFIG_DIR", "/az");
    let profile = <Azd as crate::tool::Tool>::profile;
    let files = profile(&env);
    assert_eq!(files[0], PathBuf::from("/home/me/.azd/auth.json"));
    assert!(files.contains(&PathBuf::from("/az/azureProfile.json")));
    assert_eq!(profile(&env.with("AZD_CONFIG_DIR", "/azd"))[1], PathBuf::from("/azd/config.json"));
}
