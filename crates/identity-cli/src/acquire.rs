use identity::{AccessToken, Env, Error, TokenRequestOptions};

use crate::args::{CredentialArgs, CredentialName, SignedInArgs};
use crate::credentials::Credentials;
use crate::emulated::Emulated;
use crate::limits;

/// A token, as a command line asks for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) credential: CredentialName,
    pub(crate) scopes: &'a [String],
    pub(crate) request: &'a TokenRequestOptions,
    pub(crate) options: &'a CredentialArgs,
    pub(crate) signed_in: &'a SignedInArgs,
}

/// Gets it, from the emulator if that is asked for.
///
/// # Errors
/// `InvalidArgument` for what is missing or wrong, `AuthenticationFailed` when the time is up, and what the credential ends in.
pub(crate) async fn acquire(wanted: Wanted<'_>, env: &Env) -> Result<AccessToken, Error> {
    let Wanted { credential, options, .. } = wanted;
    let class = credential.class();
    let scopes: Vec<&str> = wanted.scopes.iter().map(String::as_str).collect();
    let request = async {
        let emulated = match options.emulator {
            true => Some(Emulated::start(env, &options.asked_by(credential), wanted.scopes).await?),
            false => None,
        };
        let credentials = Credentials::new(options, env, emulated.as_ref())
            .with_signed_in(wanted.signed_in)
            .with_scopes(wanted.scopes);
        credentials.build(credential)?.get_token(&scopes, wanted.request).await
    };
    let token = limits::within(limits::of(credential, options.timeout), class, request).await?;
    Ok(if token.credential().is_empty() { token.with_credential(class) } else { token })
}
