use identity_core::ServerError;

/// What to do about a credential's refusal, where that is known: by the AADSTS codes, then by the OAuth error.
///
/// Source: the Microsoft page "Microsoft Entra authentication and authorization error codes".
pub(super) fn hint(credential: &str, server: &ServerError) -> Option<&'static str> {
    let by_code = |code: &u32| of_code_for(credential, *code).or_else(|| of_code(*code));
    server.error_codes.iter().find_map(by_code).or_else(|| {
        let error = server.error.as_deref()?;
        asks_for_a_person(error).then(|| for_a_person(credential)).flatten().or_else(|| of_error(error))
    })
}

/// Where the usual advice would send somebody to the credential that they use already, or that can ask nobody.
fn of_code_for(credential: &str, code: u32) -> Option<&'static str> {
    match (code, credential) {
        (50076 | 50079 | 50072 | 50074 | 50158, _) => for_a_person(credential),
        (50011 | 500112 | 500113, "AuthorizationCodeCredential") => {
            Some("pass the redirect URI that the authorization code was sent to, letter by letter")
        }
        _ => None,
    }
}

fn for_a_person(credential: &str) -> Option<&'static str> {
    match credential {
        "InteractiveBrowserCredential" | "DeviceCodeCredential" => Some(
            "sign in again and do all that the sign-in page asks for, multi-factor authentication among it",
        ),
        "OnBehalfOfCredential" => Some(
            "the user must sign in again at the app that called this one: answer it with this error's claims, and use the token that it sends then",
        ),
        _ => None,
    }
}

fn asks_for_a_person(error: &str) -> bool {
    matches!(error, "interaction_required" | "login_required" | "consent_required")
}

fn of_code(code: u32) -> Option<&'static str> {
    Some(match code {
        7000215 => {
            "the client secret is wrong; use the secret's value, not its id, and check that it belongs to this app"
        }
        7000222 => "the client secret has expired; create a new one in the app registration",
        7000216 | 7000218 => {
            "this app must prove itself with a client secret, a certificate or an assertion; for sign-in without one, allow public client flows \
             in the app registration"
        }
        700016 => {
            "check the client id and the tenant id: the app is not in that tenant, or nobody has consented to it there"
        }
        7000229 => "the app has no service principal in this tenant; create one there (az ad sp create)",
        7000112 => "the app is disabled in this tenant; an administrator can enable it",
        90002 | 900023 | 90019 => {
            "check the tenant id (a GUID or a domain name) and that the authority host is the one of the tenant's cloud"
        }
        900382 | 90072 | 50020 => {
            "the account belongs to another tenant; name that tenant, or invite the account as a guest"
        }
        50194 => "the app is not multi-tenant; use its own tenant's id as the tenant id",
        700027 => {
            "the assertion's signature or key is not accepted; upload this certificate to the app registration, or check that the right one is \
             loaded and that it has not expired"
        }
        700024 => "the assertion is not valid yet or no longer; check this machine's clock",
        700021 | 70021 | 700211..=700213 => {
            "no federated identity credential of the app matches the assertion; compare its issuer, subject and audience with the app registration"
        }
        50013 | 500133 => {
            "the user assertion is not accepted; it must be a fresh access token that was issued for this app"
        }
        50126 => "check the user name and the password",
        50034 => "the account is not in this tenant; check the user name and the tenant id",
        50053 => "the account is locked because of too many wrong sign-ins; wait, or ask an administrator",
        50055 | 50144 => "the password has expired; sign in with a browser to change it",
        50057 => "the account is disabled; ask an administrator",
        50076 | 50079 | 50072 | 50074 | 50158 => {
            "multi-factor authentication is needed; use a credential that shows a sign-in page, such as InteractiveBrowserCredential or \
             DeviceCodeCredential"
        }
        53000 | 53001 | 53003 | 53004 | 530003 | 530084 => {
            "a conditional access policy blocks this sign-in; show the correlation id to an administrator"
        }
        65001 => {
            "nobody has consented to this access; a user or an administrator must consent to the app's permissions first"
        }
        65004 => "the user declined to consent; sign in again and accept",
        90094 | 90095 => "an administrator must consent to the app's permissions",
        70011 | 1002012 => {
            "check the scope: for an app's own token it is the resource followed by /.default, such as https://vault.azure.net/.default"
        }
        500011 | 650052 | 650057 => {
            "the resource of the scope is not in this tenant or not known to the app; check the scope and the tenant id"
        }
        50011 | 500112 | 500113 => "add the redirect URI to the app registration, exactly as it is sent",
        54005 | 70000 => {
            "the code or the refresh token was used already or belongs to another app; sign in again"
        }
        70008 | 700082 | 700084 | 70043 | 50173 | 50089 | 50132 | 50133 => {
            "the sign-in has expired or was revoked; sign in again"
        }
        501481 | 50148 => "the code was not asked for by this sign-in; start a new one",
        7000014 | 70016 | 70019 | 70020 => "start the sign-in with the device code again",
        90033 | 90024 | 90006 => "the service is having trouble; try again later",
        50196 => "the same request was sent too often; see why the program asks again and again",
        _ => return None,
    })
}

fn of_error(error: &str) -> Option<&'static str> {
    Some(match error {
        "invalid_client" => "check the client id and the app's secret, certificate or assertion",
        "unauthorized_client" => "check in the app registration that this app may use this kind of sign-in",
        "invalid_scope" => "check the scope",
        "interaction_required" | "login_required" | "consent_required" => {
            "use a credential that shows a sign-in page"
        }
        "authorization_declined" | "access_denied" => "the sign-in was declined; start it again and accept",
        "temporarily_unavailable" | "server_error" => "try again later",
        "bad_verification_code" | "expired_token" => "start the sign-in with the device code again",
        _ => return None,
    })
}
