//! The programs' text.

use jiff::Timestamp;
use serde_json::json;

use super::{Behaviour, SignIn, Tool};

/// Where the scripts find what they call themselves.
pub(super) const SYSTEM_PATH: &str = "/usr/bin:/bin";

const EXPIRED: &str = "AADSTS700082: The refresh token has expired due to inactivity. The token was issued on \
                       2026-01-31T23:59:59.0000000Z and was inactive for 90.00:00:00.";

/// A tool's program.
pub(super) fn of(tool: Tool, behaviour: &Behaviour) -> String {
    let program = tool.program();
    let mut script = format!(
        r#"#!/bin/sh
here=${{0%/*}}
input=none
if read -r line; then input=input; fi
record="$(pwd)	${{AZURE_CORE_NO_COLOR:-$NO_COLOR}}	$input	"
for word; do record="$record$word	"; done
printf '%s\n' "$record" >>"$here/{program}.runs"
PATH={SYSTEM_PATH}
fail() {{ printf '%s\n' "$1" >&2; exit "${{2:-1}}"; }}
"#
    );
    script += &match behaviour {
        Behaviour::Says { stdout, stderr, status } => {
            format!("printf %s {}\nprintf %s {} >&2\nexit {status}\n", quoted(stdout), quoted(stderr))
        }
        Behaviour::Hangs => format!(
            r#"if [ -p "$here/{program}.alive" ]; then exec 9>"$here/{program}.alive"; printf '%s\n' "$$" >&9; fi
sleep 100000 &
wait
"#
        ),
        Behaviour::Floods => "while :; do printf '%8192s' x; done\n".to_owned(),
        _ => match tool {
            Tool::AzureCli => az(behaviour),
            Tool::AzureDeveloperCli => azd(behaviour),
            Tool::AzurePowerShell => pwsh(behaviour),
        },
    };
    script
}

fn az(behaviour: &Behaviour) -> String {
    let Behaviour::SignedIn(sign_in) = behaviour else {
        let words = match behaviour {
            Behaviour::Expired => &format!(
                "ERROR: {EXPIRED}\nInteractive authentication is needed. Please run:\naz logout\naz login"
            ),
            _ => "ERROR: Please run 'az login' to setup account.",
        };
        return format!("fail {}\n", quoted(words));
    };
    let mut script = format!(
        r#"[ "$1 $2" = 'account get-access-token' ] || fail "ERROR: '$1 $2' is misspelled or not recognized by the system." 2
shift 2
resource=https://management.core.windows.net/ tenant= subscription=
while [ $# -gt 0 ]; do
    [ $# -gt 1 ] || fail "ERROR: argument $1: expected one argument" 2
    case $1 in
    --output) [ "$2" = json ] || fail "ERROR: the stand-in prints JSON only" 2 ;;
    --resource) resource=$2 ;;
    --tenant) tenant=$2 ;;
    --subscription) subscription=$2 ;;
    *) fail "ERROR: unrecognized arguments: $1" 2 ;;
    esac
    shift 2
done
[ -z "$tenant" ] || [ -z "$subscription" ] || fail 'ERROR: Please specify only one of subscription and tenant, not both'
known={0}
[ "${{subscription:-$known}}" = "$known" ] || fail "ERROR: The subscription of '$subscription' doesn't exist in cloud 'AzureCloud'."
local_time() {{ date -d "@$1" '+%Y-%m-%d %H:%M:%S.000000'; }}
tenant=${{tenant:-{1}}}
"#,
        quoted(&sign_in.subscription),
        quoted(&sign_in.tenant)
    );
    script += &choice(sign_in, |token| {
        let unix =
            if sign_in.is_old { String::new() } else { format!("  \"expires_on\": {},\n", token.expires_on) };
        let before = format!("{{\n  \"accessToken\": {},\n  \"expiresOn\": \"", json!(token.text));
        let after =
            format!("\",\n{unix}  \"subscription\": {},\n  \"tenant\": \"", json!(sign_in.subscription));
        format!(
            r#"printf '%s%s%s%s%s\n' {} "$(local_time {})" {} "$tenant" {}"#,
            quoted(&before),
            token.expires_on,
            quoted(&after),
            quoted("\",\n  \"tokenType\": \"Bearer\"\n}")
        )
    });
    script
        + "fail \"ERROR: AADSTS500011: The resource principal named $resource was not found in the tenant named $tenant.\"\n"
}

fn azd(behaviour: &Behaviour) -> String {
    let mut script = String::from(
        r#"[ "$1 $2" = 'auth token' ] || fail "ERROR: unknown command \"$2\" for \"azd $1\""
shift 2
resource= tenant= claims=
while [ $# -gt 0 ]; do
    case $1 in
    --no-prompt) shift; continue ;;
    --output) [ "$2" = json ] || fail "ERROR: the stand-in prints JSON only" ;;
    --scope) resource=${resource:-${2%/.default}} ;;
    --tenant-id) tenant=$2 ;;
    --claims) claims=$2 ;;
    *) fail "ERROR: unknown flag: $1" ;;
    esac
    [ $# -gt 1 ] || fail "ERROR: flag needs an argument: $1"
    shift 2
done
"#,
    );
    let sign_in = match behaviour {
        Behaviour::SignedIn(sign_in) => sign_in,
        Behaviour::Expired => {
            let line = json!({"error": format!("fetching token: {EXPIRED}")});
            return script + &format!("printf '%s\\n' {}\nexit 1\n", quoted(&line.to_string()));
        }
        other => {
            if matches!(other, Behaviour::KnowsNoClaims) {
                script += "[ -z \"$claims\" ] || fail 'ERROR: unknown flag: --claims'\n";
            }
            return script + "fail 'ERROR: not logged in, run `azd auth login` to login'\n";
        }
    };
    script += &format!("tenant=${{tenant:-{}}}\n", quoted(&sign_in.tenant));
    script += &choice(sign_in, |token| {
        let expires_on = Timestamp::from_second(token.expires_on).unwrap_or(Timestamp::UNIX_EPOCH);
        let expires_on = expires_on.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let line = json!({"token": token.text, "expiresOn": expires_on});
        format!("printf '%s\\n' {}", quoted(&line.to_string()))
    });
    script
        + r#"printf '%s\n' "{\"type\":\"consoleMessage\",\"timestamp\":\"2026-01-31T23:59:59Z\",\"data\":{\"message\":\"\\nERROR: fetching token: AADSTS500011: The resource principal named $resource was not found in the tenant named $tenant.\\n\"}}"
exit 1
"#
}

fn pwsh(behaviour: &Behaviour) -> String {
    let mut script = String::from(
        r#"[ "$1 $2 $3 $#" = '-NoProfile -NonInteractive -EncodedCommand 4' ] || fail "The argument '$1' is not recognized." 64
script=$(printf %s "$4" | base64 -d | tr -d '\000') || fail 'Cannot process the command because the value is not properly encoded.'
case $script in
*'Import-Module Az.Accounts'*'Get-AzAccessToken'*'azsdk%'*) ;;
*) fail 'The stand-in knows one script only, and this is another.' ;;
esac
"#,
    );
    let sign_in = match behaviour {
        Behaviour::SignedIn(sign_in) => sign_in,
        Behaviour::NoModule => return script + "printf '%s\\n' NO_AZ_ACCOUNT_MODULE\n",
        Behaviour::Blocked => {
            return script
                + "fail 'Import-Module: File Az.Accounts.psm1 cannot be loaded. AuthorizationManager check failed.'\n";
        }
        Behaviour::Expired => {
            return script + &format!("fail {}\n", quoted(&format!("Get-AzAccessToken: {EXPIRED}")));
        }
        _ => return script + "fail 'Get-AzAccessToken: Run Connect-AzAccount to login.'\n",
    };
    script += &format!(
        r#"tenant={}
after="ResourceUrl = '"
resource=${{script#*"$after"}}
resource=${{resource%%\'*}}
after="TenantId = '"
case $script in
*"$after"*) tenant=${{script#*"$after"}}; tenant=${{tenant%%\'*}} ;;
esac
echo 'Loading personal and system profiles took 1234ms.'
"#,
        quoted(&sign_in.tenant)
    );
    script += &choice(sign_in, |token| format!("printf '%s\\n' 'azsdk%{}%{}'", token.text, token.expires_on));
    script
        + "fail \"Get-AzAccessToken: AADSTS500011: The resource principal named $resource was not found in the tenant named $tenant.\"\n"
}

/// The branch for each token; a tool that has none for what it was asked goes on behind it.
fn choice(sign_in: &SignIn, print: impl Fn(&super::sign_in::Token) -> String) -> String {
    let pattern = |text: &str| if text == "*" { "*".to_owned() } else { quoted(text) };
    let mut choice = String::from("case \"$tenant $resource\" in\n");
    for token in &sign_in.tokens {
        let (tenant, resource) = (pattern(&token.tenant), pattern(&token.resource));
        choice += &format!("{tenant}' '{resource}) {}; exit 0 ;;\n", print(token));
    }
    choice + "esac\n"
}

/// A word of the shell that means exactly this text.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
