//! Which options belong to which credentials. An option that would be ignored is refused.

use clap::ArgMatches;
use clap::parser::ValueSource;
use identity::Error;

use super::{CredentialArgs, CredentialName};
use CredentialName::{
    AuthorizationCode, Chained, ClientAssertion, ClientCertificate, ClientSecret, DeviceCode, Environment,
    ManagedIdentity, UsernamePassword,
};

/// Credentials that are told a tenant and a client.
const OF_A_CLIENT: &[CredentialName] =
    &[ClientSecret, ClientCertificate, ClientAssertion, AuthorizationCode, UsernamePassword, DeviceCode];

/// These, and the one that is told a client only.
const OF_A_CLIENT_OR_MACHINE: &[CredentialName] = &[
    ManagedIdentity,
    ClientSecret,
    ClientCertificate,
    ClientAssertion,
    AuthorizationCode,
    UsernamePassword,
    DeviceCode,
];

/// Credentials that ask Entra ID themselves.
const OF_ENTRA: &[CredentialName] = &[
    Environment,
    ClientSecret,
    ClientCertificate,
    ClientAssertion,
    AuthorizationCode,
    UsernamePassword,
    DeviceCode,
];

/// Credentials that ask somebody to sign in.
const ASKING: &[CredentialName] = &[DeviceCode];

/// The options that are not for every request, with the credentials that know them. A chain knows what its members know.
const OF_SOME: &[(&str, &[CredentialName])] = &[
    ("tenant_id", OF_A_CLIENT),
    ("client_id", OF_A_CLIENT_OR_MACHINE),
    ("authority_host", OF_ENTRA),
    ("disable_instance_discovery", OF_ENTRA),
    ("additionally_allowed_tenant", OF_ENTRA),
    ("client_secret", &[ClientSecret, AuthorizationCode]),
    ("certificate_path", &[ClientCertificate]),
    ("certificate_password", &[ClientCertificate]),
    ("send_certificate_chain", &[ClientCertificate]),
    ("assertion_file", &[ClientAssertion]),
    ("object_id", &[ManagedIdentity]),
    ("resource_id", &[ManagedIdentity]),
    ("identity_config", &[ManagedIdentity]),
    ("members", &[Chained]),
    ("username", &[UsernamePassword]),
    ("password", &[UsernamePassword]),
    ("authorization_code", &[AuthorizationCode]),
    ("redirect_uri", &[AuthorizationCode]),
];

/// Those of `token` only; `login` means something else by them, or does not have them.
const OF_SOME_TOKENS: &[(&str, &[CredentialName])] =
    &[("authentication_record", ASKING), ("disable_automatic_authentication", ASKING)];

/// The credentials by which somebody signs in.
const LOGIN: &[CredentialName] = &[DeviceCode, UsernamePassword];

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

/// Checks that the credential that is asked for knows every option that is given.
///
/// # Errors
/// `InvalidArgument` that names the option.
pub(super) fn check(
    credential: CredentialName,
    options: &CredentialArgs,
    matches: &ArgMatches,
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
    let is_token = matches.try_contains_id("disable_automatic_authentication").is_ok();
    let of_token = if is_token { OF_SOME_TOKENS } else { &[] };
    let given = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    for (id, knowers) in OF_SOME.iter().chain(of_token).filter(|(id, _)| given(id)) {
        if !knowers.iter().any(|knower| asked.contains(knower)) {
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
