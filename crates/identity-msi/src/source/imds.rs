mod probe;

use std::time::Duration;

use http::StatusCode;
use identity_core::{Error, ErrorKind, ServerError, variables};
use identity_entra::http::{HttpResponse, RetryOptions, RetryPolicy};
use identity_entra::oauth::{TokenResponse, server_error};
use identity_entra::time::sleep;
use url::Url;

use self::probe::Probe;
use super::Ask;
use super::answer::{shown, token_by_length, unreachable, words};
use super::endpoint::{Parameter, Wire, endpoint, metadata, url_for};
use crate::ManagedIdentityCredentialOptions;

pub(super) const HOST: &str = "IMDS";
const API_VERSION: &str = "2018-02-01";
const ADDRESS: &str = "http://169.254.169.254";
const PATH: &str = "/metadata/identity/oauth2/token";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const TOTAL_TIME: Duration = Duration::from_secs(90);

/// The metadata service of virtual machines and scale sets, and whatever stands in for it in a pod.
///
/// Nothing but its address says that it is there, so inside a chain it is [looked for](Self::make_sure) before it is relied on.
#[derive(Debug)]
pub(crate) struct Imds {
    wire: Wire,
    endpoint: Url,
    identity: Option<Parameter>,
    probe: Option<Probe>,
    total_time: Duration,
}

impl Imds {
    pub(super) fn new(options: &ManagedIdentityCredentialOptions) -> Result<Self, Error> {
        let env = options.entra_options().env();
        let is_pod = env.get_os(variables::AZURE_POD_IDENTITY_AUTHORITY_HOST).is_some();
        let mut endpoint = if is_pod {
            endpoint(env, variables::AZURE_POD_IDENTITY_AUTHORITY_HOST)?
        } else {
            Url::parse(ADDRESS).map_err(|error| Error::invalid_argument(error.to_string()))?
        };
        let path = format!("{}{PATH}", endpoint.path().trim_end_matches('/'));
        endpoint.set_path(&path);

        let mut wire = Wire::new(options)?;
        wire.retry = retry(options.imds_retry());
        wire.profile.connect_timeout.get_or_insert(CONNECT_TIMEOUT);
        let identity = Parameter::of(options, ["client_id", "object_id", "msi_res_id"]);
        // Where managed identity is all there is to a chain, it may take its time; where a host is named, it is there.
        let selected = env.get(variables::AZURE_TOKEN_CREDENTIALS);
        let is_all =
            selected.is_some_and(|value| value.trim().eq_ignore_ascii_case("ManagedIdentityCredential"));
        let probe = (!is_pod && !is_all).then(|| Probe::new(&wire));
        let total_time = options.imds_retry().map_or(TOTAL_TIME, RetryOptions::total_time);
        Ok(Self { wire, endpoint, identity, probe, total_time })
    }

    /// Whether there is nothing left to find out.
    pub(crate) fn is_proved(&self) -> bool {
        self.probe.as_ref().is_none_or(Probe::is_present)
    }

    /// Finds out whether IMDS is there: at most one request per credential, for at most a second, unless it wasn't there a minute ago.
    ///
    /// # Errors
    /// `CredentialUnavailable` when it is not.
    pub(crate) async fn make_sure(&self) -> Result<(), Error> {
        match &self.probe {
            // The resource makes no difference, because the request is refused for want of its header.
            Some(probe) => {
                probe.run(&url_for(&self.endpoint, API_VERSION, "https://management.azure.com", None)).await
            }
            None => Ok(()),
        }
    }

    /// Waits as long as IMDS asked for when it was looked for.
    async fn be_patient(&self) -> Result<(), Error> {
        let clock = self.wire.http.clock();
        let pause = self.probe.as_ref().map(|probe| probe.pause(clock.monotonic())).unwrap_or_default();
        if pause >= self.total_time {
            return Err(too_busy(pause));
        }
        sleep(clock, pause).await
    }

    pub(super) async fn request_token(&self, ask: &Ask<'_>) -> Result<TokenResponse, Error> {
        self.be_patient().await?;
        let url = url_for(&self.endpoint, API_VERSION, ask.resource, self.identity.as_ref());
        let response = self.wire.get(&url, [metadata()]).await.map_err(not_there)?;
        let token =
            token_by_length(HOST, &response, ask.requested_at).map_err(|error| no_token(&response, error))?;
        if let Some(probe) = &self.probe {
            probe.is_there();
        }
        Ok(token)
    }
}

/// The error for an IMDS that wants to be left alone for longer than anybody waits.
fn too_busy(pause: Duration) -> Error {
    let mut server = ServerError::default();
    server.retry_after = Some(pause);
    let message =
        format!("IMDS is busy and asks to be left alone for {} s; try again after that", pause.as_secs());
    Error::unavailable(message).with_server(server)
}

/// Six requests in about half a minute. After 410 the pauses add up to more than the 70 s that an update of IMDS takes.
fn retry(given: Option<&RetryOptions>) -> RetryPolicy {
    let policy = match given {
        Some(options) => {
            RetryPolicy::new(options).with_base_delay_for(StatusCode::GONE, options.base_delay() * 25 / 8)
        }
        None => {
            let usual = RetryOptions::default();
            RetryPolicy::new(&usual)
                .with_status_retries(5)
                .with_max_delay(Duration::from_secs(60))
                .with_total_time(TOTAL_TIME)
                .with_base_delay_for(StatusCode::GONE, Duration::from_millis(2500))
        }
    };
    policy
        .with_statuses(|status| matches!(status.as_u16(), 404 | 408 | 410 | 429) || status.is_server_error())
}

fn not_there(error: Error) -> Error {
    let error = unreachable(HOST, error);
    match error.kind() {
        ErrorKind::CredentialUnavailable => {
            let message = format!(
                "{}; IMDS is there on virtual machines of Azure only, and not behind every firewall",
                error.message()
            );
            error.with_message(message)
        }
        // An answer that is too large is none of IMDS.
        ErrorKind::AuthenticationFailed => error.with_kind(ErrorKind::CredentialUnavailable),
        _ => error,
    }
}

/// Whatever IMDS answers but a token, it means that there is no identity to be had here, and that a chain may go on.
fn no_token(response: &HttpResponse, error: Error) -> Error {
    let server = server_error(response);
    let message = match response.status().as_u16() {
        400 => format!(
            "the requested identity has not been assigned to this resource: {}. Assign an identity to the virtual machine (or whatever this \
             is), or check the id",
            words(&server)
        ),
        403 if is_unreachable(response) => format!(
            "no response from the IMDS endpoint: something in its place answered \"{}\", as Docker Desktop does; this is no virtual machine of \
             Azure",
            shown(&server.body)
        ),
        _ if response.status().is_success() => format!(
            "invalid response from the IMDS endpoint (HTTP {}): \"{}\". Check whether a proxy answers in its place",
            response.status().as_u16(),
            shown(&server.body)
        ),
        _ => return error,
    };
    Error::unavailable(message).with_server(server)
}

/// Docker Desktop answers for addresses that it can't reach.
fn is_unreachable(response: &HttpResponse) -> bool {
    response.status() == StatusCode::FORBIDDEN
        && String::from_utf8_lossy(response.body()).to_ascii_lowercase().contains("unreachable")
}

#[cfg(test)]
mod tests;
