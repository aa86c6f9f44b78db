use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use identity_app::{WorkloadIdentityCredential, WorkloadIdentityCredentialOptions};
use identity_core::{Env, Error, TokenCredential, TokenFuture, TokenRequestOptions, variables};
use identity_dev_tools::{
    AzureCliCredential, AzureCliCredentialOptions, AzureDeveloperCliCredential,
    AzureDeveloperCliCredentialOptions, AzurePowerShellCredential, AzurePowerShellCredentialOptions,
};
use identity_entra::http::ReqwestService;
use identity_entra::process::Program;
use identity_interactive::{InteractiveBrowserCredential, InteractiveBrowserCredentialOptions};
use identity_msi::{ManagedIdentityCredential, ManagedIdentityCredentialOptions, ManagedIdentityId};

use super::options::{DefaultAzureCredentialOptions, WhichIdentity};
use super::selection::Selection;
use crate::EnvironmentCredential;

/// A kind of member: what the chain has to know about a class. A new one is a new line of [`KINDS`].
pub(super) struct Kind {
    pub(super) class: &'static str,
    pub(super) group: Group,
    /// Whether it is in the chain when nobody says anything about it.
    pub(super) by_default: bool,
    /// Whether `AZURE_TOKEN_CREDENTIALS` may name it.
    pub(super) by_name: bool,
    build: fn(&DefaultAzureCredentialOptions) -> Result<Arc<dyn TokenCredential>, Error>,
    /// What it looks at before anything is sent or started, without the values of secrets.
    looks_at: fn(&Env) -> Vec<String>,
}

/// Whose identity a member has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    /// A deployed program's.
    Deployed,
    /// A developer's.
    Developer,
}

/// The chain, in its order.
pub(super) const KINDS: &[Kind] = &[
    Kind { class: "EnvironmentCredential", build: environment, looks_at: environment_variables, ..DEPLOYED },
    Kind { class: "WorkloadIdentityCredential", build: workload_identity, looks_at: cluster, ..DEPLOYED },
    Kind { class: "ManagedIdentityCredential", build: managed_identity, looks_at: host, ..DEPLOYED },
    Kind { class: "AzureCliCredential", build: azure_cli, looks_at: |env| program("az", env), ..DEVELOPER },
    Kind {
        class: "AzurePowerShellCredential",
        build: azure_powershell,
        looks_at: |env| program("pwsh", env),
        ..DEVELOPER
    },
    Kind {
        class: "AzureDeveloperCliCredential",
        build: azure_developer_cli,
        looks_at: |env| program("azd", env),
        ..DEVELOPER
    },
    Kind { class: "InteractiveBrowserCredential", build: browser, by_default: false, ..DEVELOPER },
];

const DEPLOYED: Kind = Kind {
    class: "",
    group: Group::Deployed,
    by_default: true,
    by_name: true,
    build: |_| Err(Error::invalid_argument("no such member")),
    looks_at: |_| Vec::new(),
};
const DEVELOPER: Kind = Kind { group: Group::Developer, ..DEPLOYED };

/// A member of a chain: a credential, or why there is none.
pub(super) struct Member {
    kind: &'static Kind,
    credential: Result<Arc<dyn TokenCredential>, Error>,
}

/// A kind that is not in a chain, and why.
#[derive(Debug)]
pub(super) struct LeftOut {
    pub(super) class: &'static str,
    pub(super) reason: String,
}

/// The members that options and environment ask for, all with one HTTP service, one environment and one clock.
///
/// # Errors
/// `InvalidArgument` for a variable that selects nothing, or is required and not set.
pub(super) fn members(options: &DefaultAzureCredentialOptions) -> Result<(Vec<Member>, Vec<LeftOut>), Error> {
    let selection = Selection::from_options(options)?;
    let mut options = options.clone();
    if options.entra_options().http_service().is_none() {
        let entra = options
            .entra_options()
            .clone()
            .with_http_service(Arc::new(ReqwestService::new(options.entra_options().env())));
        options = options.with_entra(entra);
    }
    let (mut members, mut left_out) = (Vec::new(), Vec::new());
    for kind in KINDS {
        match selection.objection(kind, &options) {
            None => members.push(Member::new(kind, &options)),
            Some(reason) => left_out.push(LeftOut { class: kind.class, reason }),
        }
    }
    let classes: Vec<_> = members.iter().map(Member::class).collect();
    tracing::debug!(credential = super::NAME, members = ?classes, "the chain");
    Ok((members, left_out))
}

impl Member {
    fn new(kind: &'static Kind, options: &DefaultAzureCredentialOptions) -> Self {
        let credential = (kind.build)(options).map_err(|error| error.with_credential(kind.class));
        if let Err(error) = &credential {
            tracing::debug!(credential = super::NAME, member = kind.class, %error, "a member can't be made");
        }
        Self { kind, credential }
    }

    pub(super) fn class(&self) -> &'static str {
        self.kind.class
    }

    pub(super) fn looks_at(&self, env: &Env) -> Vec<String> {
        (self.kind.looks_at)(env)
    }

    pub(super) fn get_token<'a>(
        &'a self,
        scopes: &'a [&'a str],
        options: &'a TokenRequestOptions,
    ) -> TokenFuture<'a> {
        match &self.credential {
            Ok(credential) => credential.get_token(scopes, options),
            Err(error) => TokenFuture::ready(Err(error.clone())),
        }
    }
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.credential {
            Ok(credential) => credential.fmt(f),
            Err(error) => f.debug_struct(self.kind.class).field("error", error).finish(),
        }
    }
}

fn environment(options: &DefaultAzureCredentialOptions) -> Result<Arc<dyn TokenCredential>, Error> {
    Ok(Arc::new(EnvironmentCredential::new(options.entra_options().clone())?))
}

fn workload_identity(options: &DefaultAzureCredentialOptions) -> Result<Arc<dyn TokenCredential>, Error> {
    let mut pod = WorkloadIdentityCredentialOptions::default().with_entra(options.entra_options().clone());
    let of_machine = match options.managed_identity() {
        WhichIdentity::UserAssigned(ManagedIdentityId::ClientId(id)) => Some(id.as_str()),
        _ => None,
    };
    if let Some(client_id) = options.workload_identity_client_id().or(of_machine) {
        pod = pod.with_client_id(client_id);
    }
    if let Some(tenant_id) = options.workload_identity_tenant_id() {
        pod = pod.with_tenant_id(tenant_id);
    }
    Ok(Arc::new(WorkloadIdentityCredential::new(pod)?))
}

fn managed_identity(options: &DefaultAzureCredentialOptions) -> Result<Arc<dyn TokenCredential>, Error> {
    let entra = options.entra_options().clone().with_env(env_of_machine(options));
    let client_id = || entra.env().get(variables::AZURE_CLIENT_ID).map(ManagedIdentityId::ClientId);
    let identity = match options.managed_identity() {
        WhichIdentity::FromEnvironment => client_id(),
        WhichIdentity::SystemAssigned => None,
        WhichIdentity::UserAssigned(id) => Some(id.clone()),
    };
    let mut machine = ManagedIdentityCredentialOptions::default().with_entra(entra).in_default_chain();
    if let Some(identity) = identity {
        machine = machine.with_identity(identity);
    }
    Ok(Arc::new(ManagedIdentityCredential::new(machine)?))
}

/// Managed identity looks at `AZURE_TOKEN_CREDENTIALS` to see whether it is all there is to the chain. Where another variable selects the members,
/// it must see that one's value.
fn env_of_machine(options: &DefaultAzureCredentialOptions) -> Env {
    let env = options.entra_options().env();
    match options.token_credentials_variable() {
        None => env.clone(),
        Some(other) => {
            let value = env.get(other).unwrap_or_default();
            env.clone().with(variables::AZURE_TOKEN_CREDENTIALS, value)
        }
    }
}

/// The three tools have options of three types with setters of the same names.
macro_rules! tool {
    ($credential:ident, $tool:ident, $options:expr) => {{
        let mut tool = $tool::default()
            .with_env($options.entra_options().env().clone())
            .with_clock($options.entra_options().clock().clone())
            .with_account_identifier_logging($options.entra_options().logs_accounts())
            .with_token_reuse(true);
        if let Some(timeout) = $options.process_timeout() {
            tool = tool.with_process_timeout(timeout);
        }
        Ok(Arc::new($credential::new(tool)?))
    }};
}

fn azure_cli(options: &DefaultAzureCredentialOptions) -> Result<Arc<dyn TokenCredential>, Error> {
    tool!(AzureCliCredential, AzureCliCredentialOptions, options)
}

fn azure_powershell(options: &DefaultAzureCredentialOptions) -> Result<Arc<dyn TokenCredential>, Error> {
    tool!(AzurePowerShellCredential, AzurePowerShellCredentialOptions, options)
}

fn azure_developer_cli(options: &DefaultAzureCredentialOptions) -> Result<Arc<dyn TokenCredential>, Error> {
    tool!(AzureDeveloperCliCredential, AzureDeveloperCliCredentialOptions, options)
}

fn browser(options: &DefaultAzureCredentialOptions) -> Result<Arc<dyn TokenCredential>, Error> {
    let entra = options.entra_options();
    let mut person = InteractiveBrowserCredentialOptions::default().with_entra(entra.clone());
    let tenant_id = options.interactive_browser_tenant_id().map(str::to_owned);
    if let Some(tenant_id) = tenant_id.or_else(|| entra.env().get(variables::AZURE_TENANT_ID)) {
        person = person.with_tenant_id(tenant_id);
    }
    if let Some(client_id) = options.interactive_browser_client_id() {
        person = person.with_client_id(client_id);
    }
    Ok(Arc::new(InteractiveBrowserCredential::new(person)?))
}

fn environment_variables(env: &Env) -> Vec<String> {
    use variables::{
        AZURE_CLIENT_CERTIFICATE_PATH, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, AZURE_PASSWORD, AZURE_TENANT_ID,
        AZURE_USERNAME,
    };
    let names = [
        AZURE_TENANT_ID,
        AZURE_CLIENT_ID,
        AZURE_CLIENT_SECRET,
        AZURE_CLIENT_CERTIFICATE_PATH,
        AZURE_USERNAME,
        AZURE_PASSWORD,
    ];
    names.map(|name| set_or_not(name, env)).into()
}

fn cluster(env: &Env) -> Vec<String> {
    use variables::{AZURE_CLIENT_ID, AZURE_FEDERATED_TOKEN_FILE, AZURE_TENANT_ID};
    let mut seen: Vec<String> = [AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_FEDERATED_TOKEN_FILE]
        .map(|name| set_or_not(name, env))
        .into();
    if let Some(file) = env.get_os(AZURE_FEDERATED_TOKEN_FILE).map(PathBuf::from) {
        let there = if file.is_file() { "there" } else { "not there" };
        seen.push(format!("the file {} is {there}", file.display()));
    }
    seen
}

fn host(env: &Env) -> Vec<String> {
    const NAMES: [&str; 7] = [
        "IDENTITY_ENDPOINT",
        "IDENTITY_HEADER",
        "IDENTITY_SERVER_THUMBPRINT",
        "IMDS_ENDPOINT",
        "MSI_ENDPOINT",
        "MSI_SECRET",
        variables::AZURE_POD_IDENTITY_AUTHORITY_HOST,
    ];
    let mut seen: Vec<String> =
        NAMES.iter().filter(|name| env.get_os(name).is_some()).map(|name| set_or_not(name, env)).collect();
    if seen.is_empty() {
        seen.push(
            "no variable of a host is set, so the metadata service of virtual machines (169.254.169.254)"
                .to_owned(),
        );
    }
    seen
}

fn set_or_not(name: &str, env: &Env) -> String {
    format!("{name} is {}set", if env.get_os(name).is_some() { "" } else { "not " })
}

fn program(name: &str, env: &Env) -> Vec<String> {
    vec![match Program::named(name).find(env) {
        Ok(path) => format!("{name} is {}", path.display()),
        Err(error) => error.to_string(),
    }]
}
