use std::sync::Arc;

use identity_app::ClientSecretCredential;
use identity_cert::{CertificateCredential, ClientCertificate};
use identity_core::variables::{
    AZURE_CLIENT_CERTIFICATE_PASSWORD, AZURE_CLIENT_CERTIFICATE_PATH, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET,
    AZURE_PASSWORD, AZURE_TENANT_ID, AZURE_USERNAME,
};
use identity_core::{Env, Error, Result, TokenCredential, TokenFuture, TokenRequestOptions, check_scopes};
use identity_entra::options::EntraOptions;
use identity_interactive::{UsernamePasswordCredential, UsernamePasswordCredentialOptions};

/// The credential that environment variables describe. The first set of variables that is complete wins:
///
/// 1. a secret: `AZURE_TENANT_ID`, `AZURE_CLIENT_ID`, `AZURE_CLIENT_SECRET`;
/// 2. a certificate: `AZURE_TENANT_ID`, `AZURE_CLIENT_ID`, `AZURE_CLIENT_CERTIFICATE_PATH` (PEM or PKCS#12, with its RSA key), and if need be
///    `AZURE_CLIENT_CERTIFICATE_PASSWORD` and `AZURE_CLIENT_SEND_CERTIFICATE_CHAIN` (`1` or `true`);
/// 3. a user: `AZURE_CLIENT_ID`, `AZURE_USERNAME`, `AZURE_PASSWORD`, and `AZURE_TENANT_ID` if it is not any organization's. Microsoft advises
///    against it, and it cannot satisfy a second factor.
///
/// `AZURE_AUTHORITY_HOST` and `AZURE_ADDITIONALLY_ALLOWED_TENANTS` apply to all of them. An empty variable counts as unset.
///
/// ```no_run
/// let credential = identity::EnvironmentCredential::new(Default::default())?;
/// # Ok::<(), identity::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct EnvironmentCredential(Found);

#[derive(Clone, Debug)]
enum Found {
    Credential(Arc<dyn TokenCredential>),
    /// What is set and what is missing, by name.
    Nothing(Error),
}

/// A way to prove an identity that variables can describe.
struct Way {
    name: &'static str,
    variables: &'static [&'static str],
    build: fn(&EntraOptions) -> Result<Arc<dyn TokenCredential>>,
}

const NAME: &str = "EnvironmentCredential";

/// In the order in which they are looked for. The last variable of each is its own.
const WAYS: [Way; 3] = [
    Way {
        name: "a secret",
        variables: &[AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET],
        build: |options| {
            let [tenant, client] = app(options.env());
            let secret = options.env().secret(AZURE_CLIENT_SECRET).unwrap_or_else(|| "".into());
            Ok(Arc::new(ClientSecretCredential::new(&tenant, &client, secret, options.clone())?))
        },
    },
    Way {
        name: "a certificate",
        variables: &[AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_CERTIFICATE_PATH],
        build: |options| {
            let [tenant, client] = app(options.env());
            let missing = || Error::invalid_argument(format!("{AZURE_CLIENT_CERTIFICATE_PATH} is not set"));
            let certificate = ClientCertificate::from_env(options.env())?.ok_or_else(missing)?;
            Ok(Arc::new(CertificateCredential::new(&tenant, &client, certificate, options.clone())?))
        },
    },
    Way {
        name: "a user",
        variables: &[AZURE_CLIENT_ID, AZURE_USERNAME, AZURE_PASSWORD],
        build: |options| {
            let [tenant, client] = app(options.env());
            let username = options.env().get(AZURE_USERNAME).unwrap_or_default();
            let password = options.env().secret(AZURE_PASSWORD).unwrap_or_else(|| "".into());
            let mut user = UsernamePasswordCredentialOptions::default().with_entra(options.clone());
            if !tenant.is_empty() {
                user = user.with_tenant_id(tenant);
            }
            tracing::warn!(
                credential = NAME,
                "a user's password is in {AZURE_PASSWORD}: it cannot satisfy a second factor, and Microsoft advises against it"
            );
            Ok(Arc::new(UsernamePasswordCredential::new(&client, &username, password, user)?))
        },
    },
];

impl EnvironmentCredential {
    /// Looks at the variables of the options' environment. That they describe nothing is an error of [`get_token`](TokenCredential::get_token), so
    /// that a chain can go on; sends nothing.
    ///
    /// # Errors
    /// `InvalidArgument` for a complete set with a value that can't be right: a tenant, a client id, a certificate file, an authority.
    pub fn new(options: EntraOptions) -> Result<Self> {
        let env = options.env();
        let complete = WAYS.iter().find(|way| way.variables.iter().all(|name| is_set(env, name)));
        let Some(way) = complete else { return Ok(Self(Found::Nothing(explain(env)))) };
        report_ignored(env, way);
        let credential = (way.build)(&options).map_err(|error| {
            let message =
                format!("the environment describes {} that can't be used: {}", way.name, error.message());
            error.with_message(message).with_credential(NAME)
        })?;
        tracing::info!(credential = NAME, variables = ?way.variables, "the environment describes {}", way.name);
        Ok(Self(Found::Credential(credential)))
    }
}

impl TokenCredential for EnvironmentCredential {
    /// # Errors
    /// `CredentialUnavailable` when no set of variables is complete, with the names of those that are set and that are missing; otherwise
    /// those of the credential that the variables describe.
    fn get_token<'a>(&'a self, scopes: &'a [&'a str], options: &'a TokenRequestOptions) -> TokenFuture<'a> {
        match &self.0 {
            Found::Credential(inner) => named(NAME, inner.get_token(scopes, options)),
            Found::Nothing(error) => {
                TokenFuture::ready(check_scopes(NAME, scopes).and_then(|()| Err(error.clone())))
            }
        }
    }
}

/// A member's answer in the name of the credential that holds it.
pub(crate) fn named<'a>(name: &'static str, answer: TokenFuture<'a>) -> TokenFuture<'a> {
    match answer.try_ready() {
        Ok(Ok(token)) => TokenFuture::ready(Ok(token.with_credential(name))),
        Ok(Err(error)) => TokenFuture::ready(Err(error.with_credential(name))),
        Err(pending) => TokenFuture::boxed(async move {
            let answer = pending.await;
            answer.map(|token| token.with_credential(name)).map_err(|error| error.with_credential(name))
        }),
    }
}

fn is_set(env: &Env, name: &str) -> bool {
    env.get_os(name).is_some()
}

fn app(env: &Env) -> [String; 2] {
    [AZURE_TENANT_ID, AZURE_CLIENT_ID].map(|name| env.get(name).unwrap_or_default())
}

/// Two ways at once are likely a mistake, so the one that is passed over is named.
fn report_ignored(env: &Env, chosen: &Way) {
    for way in WAYS.iter().filter(|way| way.name != chosen.name) {
        let Some(own) = way.variables.last().filter(|name| is_set(env, name)) else { continue };
        let missing: Vec<_> = way.variables.iter().copied().filter(|name| !is_set(env, name)).collect();
        if !missing.is_empty() {
            tracing::warn!(
                credential = NAME,
                "{own} is set, but {} is missing for {}; {} is used, and {own} is ignored",
                missing.join(" and "),
                way.name,
                chosen.name,
            );
            continue;
        }
        tracing::warn!(
            credential = NAME,
            "{own} is set as well as {}; {} is used, and {own} is ignored",
            chosen.variables.last().unwrap_or(&""),
            chosen.name,
        );
    }
}

/// Why there is nothing, and what to set.
fn explain(env: &Env) -> Error {
    let mut known: Vec<&str> = WAYS.iter().flat_map(|way| way.variables).copied().collect();
    known.sort_unstable();
    known.dedup();
    // No way needs it, but whoever set it means one.
    known.extend([AZURE_CLIENT_CERTIFICATE_PASSWORD].iter().filter(|name| is_set(env, name)));
    let (set, unset): (Vec<_>, Vec<_>) = known.into_iter().partition(|name| is_set(env, name));
    if set.is_empty() {
        let message = format!(
            "no environment variable describes a credential; none of these is set: {}",
            unset.join(", ")
        );
        let remedy = format!("set {}, or another complete set of variables", WAYS[0].variables.join(", "));
        return Error::unavailable(message).with_remedy(remedy).with_credential(NAME);
    }
    tracing::debug!(credential = NAME, ?set, "variables are set, but no set of them is complete");
    let missing = |way: &Way| {
        let missing: Vec<_> = way.variables.iter().copied().filter(|name| !is_set(env, name)).collect();
        format!("for {} also set {}", way.name, missing.join(", "))
    };
    let ways = WAYS.iter().map(missing).collect::<Vec<_>>().join("; ");
    let message = format!("the environment variables are incomplete: set is {}; {ways}", set.join(", "));
    Error::unavailable(message).with_remedy(ways).with_credential(NAME)
}

#[cfg(test)]
mod tests;
