//! The agent of Azure Arc. Its paths on Windows, and how its key files are opened there, were written from the documentation and have not been
//! compiled where this was written.

mod key_file;

use std::path::{Path, PathBuf};
use std::time::Duration;

use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use identity_core::{Env, Error};
use identity_entra::http::HttpResponse;
use identity_entra::oauth::{TokenResponse, server_error};
use url::Url;

use super::answer::{refused, shown, token_by_length, unreachable, words};
use super::endpoint::{Parameter, Wire, endpoint, metadata, url_for};
use super::{Ask, IDENTITY_ENDPOINT};
use crate::options::ArcPaths;
use crate::{ManagedIdentityCredentialOptions, ManagedIdentityId};

pub(super) const HOST: &str = "Azure Arc";
const API_VERSION: &str = "2020-06-01";
/// Where the agent listens, if it says nothing else.
const AGENT: &str = "http://localhost:40342/metadata/identity/oauth2/token";

/// A server that Azure Arc manages. Its agent wants to see that the program may read files that only few users may read.
#[derive(Debug)]
pub(crate) struct AzureArc {
    wire: Wire,
    endpoint: Url,
    identity: Option<Parameter>,
    asked_for: Option<ManagedIdentityId>,
    keys: PathBuf,
    total_time: Duration,
}

impl AzureArc {
    pub(super) fn from_env(options: &ManagedIdentityCredentialOptions) -> Result<Self, Error> {
        Self::new(options, endpoint(options.entra_options().env(), IDENTITY_ENDPOINT)?)
    }

    /// The agent that is installed but not in the environment; none without one.
    pub(super) fn of_agent(options: &ManagedIdentityCredentialOptions) -> Result<Option<Self>, Error> {
        if !agent(options.arc(), options.entra_options().env()).is_file() {
            return Ok(None);
        }
        let endpoint = Url::parse(AGENT).map_err(|error| Error::invalid_argument(error.to_string()))?;
        Self::new(options, endpoint).map(Some)
    }

    fn new(options: &ManagedIdentityCredentialOptions, endpoint: Url) -> Result<Self, Error> {
        Ok(Self {
            wire: Wire::new(options)?,
            endpoint,
            identity: Parameter::of(options, ["client_id", "object_id", "msi_res_id"]),
            asked_for: options.identity().cloned(),
            keys: keys(options.arc(), options.entra_options().env()),
            total_time: options.entra_options().retry().total_time(),
        })
    }

    pub(super) async fn request_token(&self, ask: &Ask<'_>) -> Result<TokenResponse, Error> {
        let url = url_for(&self.endpoint, API_VERSION, ask.resource, self.identity.as_ref());
        let clock = self.wire.http.clock();
        let start = clock.monotonic();
        let challenge = self.wire.get(&url, [metadata()]).await.map_err(|error| unreachable(HOST, error))?;
        let key = key_file::read(&self.keys, &named_file(&challenge)?)?;
        // Both requests have one total time.
        let mut wire = self.wire.clone();
        let left = self.total_time.saturating_sub(clock.monotonic().saturating_sub(start));
        wire.retry = wire.retry.with_total_time(left);
        let response = wire.get(&url, [metadata(), (AUTHORIZATION, key)]).await;
        let response = response.map_err(|error| unreachable(HOST, error))?;
        let token = token_by_length(HOST, &response, ask.requested_at)?;
        self.confirm(&token)?;
        Ok(token)
    }

    /// An agent that knows no user-assigned identities ignores the id and gives the machine's own token.
    fn confirm(&self, token: &TokenResponse) -> Result<(), Error> {
        let Some(asked_for) = &self.asked_for else { return Ok(()) };
        let (id, confirmed) = match asked_for {
            ManagedIdentityId::ClientId(id) => (id, &token.client_id),
            ManagedIdentityId::ObjectId(id) => (id, &token.object_id),
            ManagedIdentityId::ResourceId(id) => (id, &token.resource_id),
        };
        if confirmed.as_ref().is_some_and(|confirmed| confirmed.eq_ignore_ascii_case(id)) {
            return Ok(());
        }
        Err(Error::failed(format!(
            "Azure Arc did not confirm the requested user-assigned managed identity in the token response ({asked_for}), so the token may be \
             another identity's and is not used; update the Connected Machine agent, or leave the id out"
        )))
    }
}

/// The file that the agent's challenge names, as it names it.
fn named_file(challenge: &HttpResponse) -> Result<String, Error> {
    let server = server_error(challenge);
    if challenge.status() != StatusCode::UNAUTHORIZED {
        return Err(match challenge.status().is_success() {
            false => refused(HOST, server),
            true => Error::unavailable(format!(
                "Azure Arc managed identity is not available here. Token request error: the first answer was no challenge ({}). Check what \
                 listens at IDENTITY_ENDPOINT",
                words(&server)
            ))
            .with_server(server),
        });
    }
    let mut headers = challenge.headers().get_all(WWW_AUTHENTICATE).iter();
    let header = match (headers.next(), headers.next()) {
        (Some(header), None) => header.to_str().unwrap_or_default(),
        _ => "",
    };
    let realm = realm(header).ok_or_else(|| {
        Error::failed(format!(
            "the challenge of Azure Arc's agent makes no sense: the value of its WWW-Authenticate header is \"{}\" and not `Basic realm=FILE`",
            shown(header)
        ))
        .with_server(server)
    })?;
    Ok(realm.to_owned())
}

/// What stands in `Basic realm=FILE`, with or without quotation marks.
fn realm(header: &str) -> Option<&str> {
    let (scheme, parameter) = header.trim().split_once(' ')?;
    let (name, value) = parameter.trim().split_once('=')?;
    let value = value.trim();
    let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    let fits = scheme.eq_ignore_ascii_case("Basic") && name.trim().eq_ignore_ascii_case("realm");
    (fits && !value.is_empty()).then_some(value)
}

/// Where the agent's program is, if it is installed.
fn agent(paths: &ArcPaths, env: &Env) -> PathBuf {
    let usual = || match cfg!(windows) {
        true => {
            folder(env, "ProgramFiles", r"C:\Program Files").join(r"AzureConnectedMachineAgent\himds.exe")
        }
        false => PathBuf::from("/opt/azcmagent/bin/himds"),
    };
    paths.agent.clone().unwrap_or_else(usual)
}

/// The one folder that the agent's keys are in.
fn keys(paths: &ArcPaths, env: &Env) -> PathBuf {
    let usual = || match cfg!(windows) {
        true => folder(env, "ProgramData", r"C:\ProgramData").join(r"AzureConnectedMachineAgent\Tokens"),
        false => PathBuf::from("/var/opt/azcmagent/tokens"),
    };
    paths.keys.clone().unwrap_or_else(usual)
}

fn folder(env: &Env, variable: &str, usual: &str) -> PathBuf {
    env.get_os(variable)
        .map(PathBuf::from)
        .filter(|path| Path::is_absolute(path))
        .unwrap_or_else(|| usual.into())
}

/// A key as it goes into the second request.
fn basic(key: &str) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::from_str(&format!("Basic {key}")).map_err(|_| {
        Error::failed("the key of Azure Arc's agent can't be sent in a header; it may be damaged")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests;
