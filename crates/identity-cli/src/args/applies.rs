//! Which options belong to which credentials. An option that would be ignored is refused.

use clap::ArgMatches;
use clap::parser::ValueSource;
use identity::Error;

use super::{CredentialName, TokenArgs};
use CredentialName::{Chained, ClientAssertion, ClientCertificate, ClientSecret, Environment};

/// Credentials that are an app with a proof.
const APPS: &[CredentialName] = &[ClientSecret, ClientCertificate, ClientAssertion];

/// Credentials that ask Entra ID themselves.
const OF_ENTRA: &[CredentialName] = &[Environment, ClientSecret, ClientCertificate, ClientAssertion];

/// The options that are not for every request, with the credentials that know them. A chain knows what its members know.
const OF_SOME: &[(&str, &[CredentialName])] = &[
    ("tenant_id", APPS),
    ("client_id", APPS),
    ("authority_host", OF_ENTRA),
    ("disable_instance_discovery", OF_ENTRA),
    ("additionally_allowed_tenant", OF_ENTRA),
    ("client_secret", &[ClientSecret]),
    ("certificate_path", &[ClientCertificate]),
    ("certificate_password", &[ClientCertificate]),
    ("send_certificate_chain", &[ClientCertificate]),
    ("assertion_file", &[ClientAssertion]),
    ("members", &[Chained]),
];

/// Checks that the credential that is asked for knows every option that is given.
///
/// # Errors
/// `InvalidArgument` that names the option.
pub(super) fn check(args: &TokenArgs, matches: &ArgMatches) -> Result<(), Error> {
    if args.members.contains(&Chained) {
        return Err(Error::invalid_argument(
            "a chain can't be a member of itself: name other credentials with --use",
        ));
    }
    let asked: Vec<CredentialName> = match args.credential {
        Chained => args.members.iter().copied().chain([Chained]).collect(),
        one => vec![one],
    };
    let given = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    for (id, knowers) in OF_SOME.iter().filter(|(id, _)| given(id)) {
        if !knowers.iter().any(|knower| asked.contains(knower)) {
            let knowers: Vec<String> = knowers.iter().map(|knower| knower.name()).collect();
            return Err(Error::invalid_argument(format!(
                "{} means nothing to {}; it is an option of {}",
                flag(id),
                args.credential.name(),
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
