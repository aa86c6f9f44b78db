//! What PowerShell is asked to do, and what it writes when that fails.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// What the line with the token starts with: `azsdk%TOKEN%SECONDS`.
pub(super) const MARK: &str = "azsdk%";
/// What is printed where the module is missing or too old.
pub(super) const NO_MODULE: &str = "NO_AZ_ACCOUNT_MODULE";

/// The script for a resource and perhaps a tenant, as `-EncodedCommand` takes it: base64 of UTF-16LE. Both have been checked and hold nothing
/// that a quoted string of PowerShell could be left with.
///
/// From 2.17.0 on the module can give the token as a secure string, and from 5.0.0 on it does so by itself. Only language elements are used that the
/// constrained language mode allows and that Windows PowerShell 5.1 knows.
pub(super) fn encoded_script(resource: &str, tenant: &str) -> String {
    let tenant = if tenant.is_empty() { String::new() } else { format!("$ask.TenantId = '{tenant}'") };
    let script = format!(
        "$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$WarningPreference = 'SilentlyContinue'
$module = Import-Module Az.Accounts -MinimumVersion 2.2.0 -PassThru -ErrorAction SilentlyContinue | Select-Object -First 1
if (-not $module) {{ '{NO_MODULE}'; exit 0 }}
$ask = @{{ ResourceUrl = '{resource}' }}
{tenant}
$version = [version]$module.Version
if ($version -ge [version]'2.17.0' -and $version -lt [version]'5.0.0') {{ $ask.AsSecureString = $true }}
$answer = Get-AzAccessToken @ask
$token = $answer.Token
if ($token -is [securestring]) {{
    $login = New-Object -TypeName System.Management.Automation.PSCredential -ArgumentList 'token', $token
    $token = $login.GetNetworkCredential().Password
}}
$end = [long](($answer.ExpiresOn.UtcDateTime - [datetime]'1970-01-01').TotalSeconds)
\"{MARK}$token%$end\"
"
    );
    let utf16: Vec<u8> = script.encode_utf16().flat_map(u16::to_le_bytes).collect();
    STANDARD.encode(utf16)
}

/// Standard error as a person would read it. Where a script comes encoded, some versions write errors as XML objects: `#< CLIXML`, then
/// `<S S="Error">a line_x000D__x000A_</S>` for each line.
pub(super) fn plain(stderr: &str) -> Zeroizing<String> {
    if !stderr.trim_start().starts_with("#< CLIXML") {
        return Zeroizing::new(stderr.to_owned());
    }
    let mut text = Zeroizing::new(String::with_capacity(stderr.len()));
    for element in stderr.split("<S S=\"Error\">").skip(1) {
        let line = element.split("</S>").next().unwrap_or_default();
        for (at, piece) in line.split("_x").enumerate() {
            match piece.get(..5).filter(|_| at > 0).and_then(escaped) {
                Some(c) => {
                    text.push(c);
                    text.push_str(&piece[5..]);
                }
                None if at > 0 => text.extend(["_x", piece]),
                None => text.push_str(piece),
            }
        }
    }
    for (entity, c) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")] {
        text = Zeroizing::new(text.replace(entity, c));
    }
    text
}

/// The character that `000A_` stands for.
fn escaped(code: &str) -> Option<char> {
    char::from_u32(u32::from_str_radix(code.strip_suffix('_')?, 16).ok()?)
}

#[cfg(test)]
mod tests;
