#![cfg(unix)]

use serde_json::Value;

use super::*;
use crate::Emulator;

const TENANT: &str = "5f9c2b1e-7a40-4d0e-9c63-3a1de0f5a001";
const RESOURCE: &str = "https://vault.azure.net";

fn folder() -> (tempfile::TempDir, ToolFolder) {
    let folder = tempfile::tempdir().unwrap();
    let tools = ToolFolder::new(folder.path().join("tools")).unwrap();
    (folder, tools)
}

struct Said {
    status: i32,
    stdout: String,
    stderr: String,
}

fn run(tools: &ToolFolder, tool: Tool, arguments: &[&str]) -> Said {
    let output = Command::new(tools.program(tool))
        .args(arguments)
        .env_clear()
        .env("TZ", "XXX-2")
        .current_dir("/")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { status: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn sign_in() -> SignIn {
    SignIn::new(TENANT)
        .with_token(RESOURCE, "it's a token", 1_700_000_000)
        .with_token_of("other", "*", "another", 1_700_000_000)
        .with_subscription("it's mine")
}

const AZ: [&str; 4] = ["account", "get-access-token", "--output", "json"];

fn az(tools: &ToolFolder, more: &[&str]) -> Said {
    run(tools, Tool::AzureCli, &[&AZ[..], more].concat())
}

#[test]
fn az_answers_for_its_account_and_refuses_what_it_does_not_know() {
    let (_folder, tools) = folder();
    tools.install(Tool::AzureCli, &Behaviour::SignedIn(sign_in())).unwrap();
    let said = az(&tools, &["--resource", RESOURCE]);
    let answer: Value =
        serde_json::from_str(&said.stdout).unwrap_or_else(|_| panic!("{} {}", said.stdout, said.stderr));
    let expected = serde_json::json!({
        "accessToken": "it's a token", "expiresOn": "2023-11-15 00:13:20.000000", "expires_on": 1_700_000_000,
        "subscription": "it's mine", "tenant": TENANT, "tokenType": "Bearer"
    });
    assert_eq!((said.status, answer), (0, expected));
    let other: Value =
        serde_json::from_str(&az(&tools, &["--resource", "x", "--tenant", "other"]).stdout).unwrap();
    assert_eq!((&other["accessToken"], &other["tenant"]), (&"another".into(), &"other".into()));
    assert_eq!(az(&tools, &["--resource", RESOURCE, "--subscription", "it's mine"]).status, 0);
    for (arguments, status, words) in [
        (
            &["--resource", "https://unknown"][..],
            1,
            "AADSTS500011: The resource principal named https://unknown was not",
        ),
        (&["--resource", RESOURCE, "--subscription", "no"], 1, "The subscription of 'no' doesn't exist"),
        (&["--tenant", "t", "--subscription", "it's mine"], 1, "only one of subscription and tenant"),
        (&["--resource"], 2, "expected one argument"),
        (&["--frobnicate", "x"], 2, "unrecognized arguments: --frobnicate"),
    ] {
        let said = az(&tools, arguments);
        assert!(
            said.status == status && said.stderr.contains(words),
            "{arguments:?}: {} {}",
            said.status,
            said.stderr
        );
    }
    assert_eq!(run(&tools, Tool::AzureCli, &["login"]).status, 2);
    let runs = tools.runs(Tool::AzureCli);
    assert_eq!(runs.len(), 9);
    assert_eq!(runs[0].arguments, [&AZ[..], &["--resource", RESOURCE]].concat());
    assert_eq!((runs[0].directory.as_str(), runs[0].no_color, runs[0].has_input), ("/", false, false));
}

#[test]
fn an_old_az_has_local_times_only_and_one_without_an_account_says_so() {
    let (_folder, tools) = folder();
    tools.install(Tool::AzureCli, &Behaviour::SignedIn(sign_in().with_old_tool())).unwrap();
    let answer: Value = serde_json::from_str(&az(&tools, &["--resource", RESOURCE]).stdout).unwrap();
    assert_eq!(
        (answer["expiresOn"].as_str(), answer.get("expires_on")),
        (Some("2023-11-15 00:13:20.000000"), None)
    );
    for (behaviour, words) in [(Behaviour::SignedOut, "run 'az login'"), (Behaviour::Expired, "AADSTS700082")]
    {
        tools.install(Tool::AzureCli, &behaviour).unwrap();
        let said = az(&tools, &["--resource", RESOURCE]);
        assert!(said.status == 1 && said.stderr.contains(words), "{}", said.stderr);
    }
    tools.remove(Tool::AzureCli).unwrap();
    tools.remove(Tool::AzureCli).unwrap();
    assert!(!tools.program(Tool::AzureCli).exists());
}

#[test]
fn azd_answers_in_lines_of_json() {
    let (_folder, tools) = folder();
    let azd = |behaviour: &Behaviour, more: &[&str]| {
        tools.install(Tool::AzureDeveloperCli, behaviour).unwrap();
        run(
            &tools,
            Tool::AzureDeveloperCli,
            &[&["auth", "token", "--output", "json", "--no-prompt"], more].concat(),
        )
    };
    let signed_in = Behaviour::SignedIn(sign_in());
    let scope = format!("{RESOURCE}/.default");
    let said = azd(&signed_in, &["--scope", &scope, "--scope", "x", "--claims", "e30="]);
    assert_eq!(said.stdout, "{\"expiresOn\":\"2023-11-14T22:13:20Z\",\"token\":\"it's a token\"}\n");
    assert!(azd(&signed_in, &["--scope", "x", "--tenant-id", "other"]).stdout.contains("another"));
    let said = azd(&signed_in, &["--scope", "x"]);
    let line: Value = serde_json::from_str(&said.stdout).unwrap();
    let message = line["data"]["message"].as_str().unwrap();
    assert!(said.status == 1 && message.starts_with("\nERROR: fetching token: AADSTS500011"), "{message}");
    let expired: Value = serde_json::from_str(&azd(&Behaviour::Expired, &[]).stdout).unwrap();
    assert!(expired["error"].as_str().unwrap().contains("AADSTS700082"));
    assert!(
        azd(&Behaviour::SignedOut, &["--claims", "e30="])
            .stderr
            .contains("not logged in, run `azd auth login` to login")
    );
    assert!(azd(&Behaviour::KnowsNoClaims, &["--claims", "e30="]).stderr.contains("unknown flag: --claims"));
    assert!(azd(&Behaviour::KnowsNoClaims, &[]).stderr.contains("not logged in"));
    assert!(azd(&signed_in, &["--frobnicate"]).stderr.contains("unknown flag: --frobnicate"));
}

#[test]
fn pwsh_reads_the_script_that_it_is_given() {
    use base64::Engine as _;
    let (_folder, tools) = folder();
    let pwsh = |behaviour: &Behaviour, script: &str| {
        tools.install(Tool::AzurePowerShell, behaviour).unwrap();
        let utf16: Vec<u8> = script.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let encoded = base64::engine::general_purpose::STANDARD.encode(utf16);
        run(&tools, Tool::AzurePowerShell, &["-NoProfile", "-NonInteractive", "-EncodedCommand", &encoded])
    };
    let sign_in = SignIn::new("own").with_token(RESOURCE, "to.ke.n", 17).with_token_of(
        "other",
        RESOURCE,
        "an.oth.er",
        18,
    );
    let signed_in = Behaviour::SignedIn(sign_in);
    let script = |resource: &str, tenant: &str| {
        format!(
            "Import-Module Az.Accounts\n@{{ ResourceUrl = '{resource}' }}\n{tenant}\nGet-AzAccessToken\n\"azsdk%$t%$e\"\n"
        )
    };
    assert!(pwsh(&signed_in, &script(RESOURCE, "")).stdout.ends_with("\nazsdk%to.ke.n%17\n"));
    assert!(pwsh(&signed_in, &script(RESOURCE, "TenantId = 'other'")).stdout.contains("azsdk%an.oth.er%18"));
    let said = pwsh(&signed_in, &script("x", "TenantId = 'other'"));
    assert!(
        said.status == 1 && said.stderr.contains("named x was not found in the tenant named other"),
        "{}",
        said.stderr
    );
    assert!(pwsh(&signed_in, "Get-Secrets").stderr.contains("another"));
    let script = script(RESOURCE, "");
    assert!(pwsh(&Behaviour::SignedOut, &script).stderr.contains("Run Connect-AzAccount to login"));
    assert!(pwsh(&Behaviour::Expired, &script).stderr.contains("AADSTS700082"));
    assert!(pwsh(&Behaviour::Blocked, &script).stderr.contains("AuthorizationManager check failed"));
    let said = pwsh(&Behaviour::NoModule, &script);
    assert_eq!((said.status, said.stdout.as_str()), (0, "NO_AZ_ACCOUNT_MODULE\n"));
    assert_eq!(run(&tools, Tool::AzurePowerShell, &["-c", "x"]).status, 64);
}

#[test]
fn a_tool_can_say_anything() {
    let (_folder, tools) = folder();
    let says = Behaviour::Says { stdout: "%s \\n it's $(id)".into(), stderr: "`id` \"".into(), status: 3 };
    tools.install(Tool::AzureCli, &says).unwrap();
    let said = run(&tools, Tool::AzureCli, &["whatever"]);
    assert_eq!(
        (said.status, said.stdout.as_str(), said.stderr.as_str()),
        (3, "%s \\n it's $(id)", "`id` \"")
    );
}

#[test]
fn a_sign_in_of_the_default_user_has_tokens_of_the_emulator() {
    let emulator = Emulator::builder().start_on_thread().unwrap();
    let sign_in = emulator.tool_sign_in(&[RESOURCE, "https://management.azure.com"]).unwrap();
    assert_eq!((sign_in.tenant.as_str(), sign_in.tokens.len()), (emulator.tenant_id(), 2));
    let token = &sign_in.tokens[0];
    let claims = crate::testing::decoded(token.text.split('.').nth(1).unwrap());
    assert_eq!((&claims["aud"], &claims["exp"]), (&RESOURCE.into(), &token.expires_on.into()));
    assert!(emulator.tool_sign_in(&[""]).is_err());
}
