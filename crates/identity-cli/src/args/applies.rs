//! Which options belong to which credentials. An option that would be ignored is refused.

use clap::ArgMatches;
use clap::parser::ValueSource;
use identity::Error;

use super::{CredentialArgs, CredentialName};
use CredentialName::*;

type Names = &'static [CredentialName];
type Options = &'static [(&'static str, Names)];

const TENANT: Names = &[
    Default,
    ClientSecret,
    ClientCertificate,
    ClientAssertion,
    WorkloadIdentity,
    AzurePipelines,
    OnBehalfOf,
    AuthorizationCode,
    UsernamePassword,
    InteractiveBrowser,
    DeviceCode,
    AzureCli,
    AzureDeveloperCli,
    AzurePowerShell,
];

const CLIENT: Names = &[
    Default,
    ManagedIdentity,
    ClientSecret,
    ClientCertificate,
    ClientAssertion,
    WorkloadIdentity,
    AzurePipelines,
    OnBehalfOf,
    AuthorizationCode,
    UsernamePassword,
    InteractiveBrowser,
    DeviceCode,
];

/// Those that ask Entra ID themselves.
const AUTHORITY: Names = &[
    Default,
    Environment,
    ClientSecret,
    ClientCertificate,
    ClientAssertion,
    WorkloadIdentity,
    AzurePipelines,
    OnBehalfOf,
    AuthorizationCode,
    UsernamePassword,
    InteractiveBrowser,
    DeviceCode,
];

/// Those whom the emulator answers.
const EMULATED: Names = &[
    Default,
    Environment,
    Chained,
    ManagedIdentity,
    ClientSecret,
    ClientCertificate,
    ClientAssertion,
    WorkloadIdentity,
    AzurePipelines,
    OnBehalfOf,
    AuthorizationCode,
    UsernamePassword,
    InteractiveBrowser,
    DeviceCode,
    AzureCli,
    AzureDeveloperCli,
    AzurePowerShell,
];

/// Those that can be told of further tenants.
const FURTHER_TENANTS: Names = &[
    Default,
    Environment,
    ClientSecret,
    ClientCertificate,
    ClientAssertion,
    WorkloadIdentity,
    AzurePipelines,
    OnBehalfOf,
    AuthorizationCode,
    UsernamePassword,
    InteractiveBrowser,
    DeviceCode,
    AzureCli,
    AzureDeveloperCli,
    AzurePowerShell,
];

/// Those that run a tool.
const TOOLS: Names = &[Default, AzureCli, AzureDeveloperCli, AzurePowerShell];

/// Those that ask somebody to sign in.
const ASKING: Names = &[InteractiveBrowser, DeviceCode];

/// The options that are not for every request, with the credentials that know them. A chain knows what its members know.
const OF_SOME: Options = &[
    ("emulator", EMULATED),
    ("tenant_id", TENANT),
    ("client_id", CLIENT),
    ("authority_host", AUTHORITY),
    ("disable_instance_discovery", AUTHORITY),
    ("additionally_allowed_tenant", FURTHER_TENANTS),
    ("client_secret", &[ClientSecret, OnBehalfOf, AuthorizationCode]),
    ("certificate_path", &[ClientCertificate, OnBehalfOf]),
    ("certificate_password", &[ClientCertificate, OnBehalfOf]),
    ("send_certificate_chain", &[ClientCertificate, OnBehalfOf]),
    ("assertion_file", &[ClientAssertion, OnBehalfOf]),
    ("user_assertion_file", &[OnBehalfOf]),
    ("token_file", &[WorkloadIdentity]),
    ("enable_azure_proxy", &[WorkloadIdentity]),
    ("service_connection_id", &[AzurePipelines]),
    ("system_access_token", &[AzurePipelines]),
    ("object_id", &[Default, ManagedIdentity]),
    ("resource_id", &[Default, ManagedIdentity]),
    ("identity_config", &[Default, ManagedIdentity]),
    ("process_timeout", TOOLS),
    ("subscription", &[AzureCli]),
    ("exclude", &[Default]),
    ("include_interactive_browser", &[Default]),
    ("members", &[Chained]),
    ("username", &[UsernamePassword]),
    ("password", &[UsernamePassword]),
    ("authorization_code", &[AuthorizationCode]),
    ("redirect_uri", &[AuthorizationCode, InteractiveBrowser]),
    ("login_hint", &[InteractiveBrowser]),
    ("browser", &[InteractiveBrowser]),
];

/// Those of whoever signed in earlier. `login` means something else by one of them, and other commands have neither.
pub(super) const OF_SIGNED_IN: Options =
    &[("authentication_record", ASKING), ("disable_automatic_authentication", ASKING)];

/// The credentials by which somebody signs in.
const LOGIN: Names = &[InteractiveBrowser, DeviceCode, UsernamePassword];

/// Checks that there is somebody to sign in.
///
/// # Errors
/// `InvalidArgument` for a credential of no person.
pub(super) fn check_login(credential: CredentialName) -> Result<(), Error> {
    if LOGIN.contains(&credential) {
        return Ok(());
    }
    let names: Vec<String> = LOGIN.iter().map(|name| name.name()).collect();
    Err(Error::invalid_argument(format!(
        "nobody signs in with {}; choose {}",
        credential.name(),
        names.join(" or ")
    )))
}

/// Checks that the credential that is asked for knows every option that is given; `more` are those that the command has besides the usual ones.
///
/// # Errors
/// `InvalidArgument` that names the option.
pub(super) fn check(
    credential: CredentialName,
    options: &CredentialArgs,
    matches: &ArgMatches,
    more: Options,
) -> Result<(), Error> {
    if options.members.contains(&Chained) {
        return Err(Error::invalid_argument(
            "a chain can't be a member of itself: name other credentials with --use",
        ));
    }
    let asked: Vec<CredentialName> = match credential {
        Chained => options.members.iter().copied().chain([Chained]).collect(),
        one => vec![one],
    };
    let given = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    for (id, knowers) in OF_SOME.iter().chain(more).filter(|(id, _)| given(id)) {
        // A chain that the emulator answers in part would ask the rest at places that are not emulated.
        let known = match *id {
            "emulator" => asked.iter().all(|asked| knowers.contains(asked)),
            _ => asked.iter().any(|asked| knowers.contains(asked)),
        };
        if !known {
            let knowers: Vec<String> = knowers.iter().map(|knower| knower.name()).collect();
            return Err(Error::invalid_argument(format!(
                "{} means nothing to {}; it is an option of {}",
                flag(id),
                credential.name(),
                knowers.join(", ")
            )));
        }
    }
    Ok(())
}

fn flag(id: &str) -> String {
    match id {
        "members" => "--use".to_owned(),
        id => format!("--{}", id.replace('_', "-")),
    }
}

#[cfg(test)]
mod tests;
