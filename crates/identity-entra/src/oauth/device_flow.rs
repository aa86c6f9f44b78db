use std::fmt;
use std::time::{Duration, SystemTime};

use identity_core::{Error, Secret};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::expiry::duration;
use super::{Exchange, Form, Grant, RequestScopes, TokenResponse, error_from_response};
use crate::http::{HttpResponse, clean};
use crate::time;

/// What a person needs to sign in at another device. The server's words are fit for a terminal.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeviceCodeInfo {
    /// What to type.
    pub user_code: String,
    /// The page to type it at.
    pub verification_uri: String,
    /// The server's sentence that says both.
    pub message: String,
    /// When it is too late.
    pub expires_on: SystemTime,
    /// How often the program asks whether it is done.
    pub interval: Duration,
}

/// A sign-in at another device that has begun (RFC 8628).
#[derive(Clone)]
pub struct DeviceAuthorization {
    info: DeviceCodeInfo,
    device_code: Secret,
    begun: Duration,
    life: Duration,
}

#[derive(Deserialize)]
struct Wire {
    device_code: String,
    user_code: String,
    #[serde(alias = "verification_url")]
    verification_uri: String,
    message: Option<String>,
    expires_in: Option<Value>,
    interval: Option<Value>,
}

impl DeviceAuthorization {
    /// Asks for a code. `claims` are for requests with continuous access evaluation only; a challenge's claims go into [`wait`](Self::wait).
    ///
    /// # Errors
    /// `AuthenticationFailed` with what the server said, and what the HTTP client ends in when no answer comes.
    pub async fn begin(
        exchange: &Exchange<'_>,
        endpoint: &Url,
        client_id: &str,
        scopes: &RequestScopes,
        claims: Option<&str>,
    ) -> Result<Self, Error> {
        let mut form = Form::new().with("client_id", client_id).with("scope", scopes.as_str());
        if let Some(claims) = claims {
            form.push("claims", claims);
        }
        let (begun, now) = (exchange.http.clock().monotonic(), exchange.http.clock().now());
        let response = exchange.post(endpoint, &form).await?;
        Self::read(exchange, &response, begun, now)
    }

    /// What to show to the person.
    pub fn info(&self) -> &DeviceCodeInfo {
        &self.info
    }

    /// Asks again and again until the person is done, says no, or is too late: until the code expires or `timeout` is over.
    ///
    /// # Errors
    /// `AuthenticationFailed` when the time is up and for every answer that ends it, and what the HTTP client ends in when no answer comes.
    pub async fn wait(
        &self,
        exchange: &Exchange<'_>,
        token_endpoint: &Url,
        client_id: &str,
        claims: Option<&str>,
        timeout: Option<Duration>,
    ) -> Result<TokenResponse, Error> {
        let mut form = Grant::device_code(&self.device_code).into_form().with("client_id", client_id);
        if let Some(claims) = claims {
            form.push("claims", claims);
        }
        let clock = exchange.http.clock();
        let of_code = self.begun.saturating_add(self.life);
        let of_caller = timeout.map(|timeout| clock.monotonic().saturating_add(timeout));
        let deadline = of_caller.map_or(of_code, |deadline| deadline.min(of_code));
        let late = || {
            let message = "timed out waiting for user to authenticate: nobody finished the sign-in with the device code in time. Start it again";
            Error::failed(message).with_credential(exchange.credential)
        };
        let mut interval = self.info.interval;
        loop {
            let left = deadline.saturating_sub(clock.monotonic());
            if left.is_zero() {
                return Err(late());
            }
            let poll = time::timeout(clock, left, exchange.token(token_endpoint, &form)).await?;
            let error = match poll {
                None => return Err(late()),
                Some(Ok(token)) => return Ok(token),
                Some(Err(error)) => error,
            };
            match error.server().and_then(|server| server.error.as_deref()) {
                Some("authorization_pending") => {}
                Some("slow_down") => interval += SLOWER,
                Some("expired_token" | "code_expired") => {
                    return Err(match error.server() {
                        Some(server) => late().with_server(server.clone()),
                        None => late(),
                    });
                }
                _ => return Err(error),
            }
            let left = deadline.saturating_sub(clock.monotonic());
            time::sleep(clock, interval.min(left)).await?;
        }
    }

    fn read(
        exchange: &Exchange<'_>,
        response: &HttpResponse,
        begun: Duration,
        now: SystemTime,
    ) -> Result<Self, Error> {
        let wire =
            response.status().is_success().then(|| serde_json::from_slice::<Wire>(response.body()).ok());
        let Some(wire) = wire.flatten().filter(|wire| !wire.device_code.is_empty()) else {
            return Err(error_from_response(exchange.credential, "the request for a device code", response));
        };
        let seconds = |value: Option<Value>, default| value.as_ref().and_then(duration).unwrap_or(default);
        let life = seconds(wire.expires_in, DEFAULT_LIFE).min(LONGEST_LIFE);
        let (user_code, verification_uri) = (clean(&wire.user_code), clean(&wire.verification_uri));
        let message =
            wire.message.map(|message| clean(&message)).filter(|message| !message.trim().is_empty());
        let info = DeviceCodeInfo {
            message: message.unwrap_or_else(|| {
                format!(
                    "To sign in, open {verification_uri} in a web browser and enter the code {user_code}."
                )
            }),
            user_code,
            verification_uri,
            expires_on: now.checked_add(life).unwrap_or(now),
            interval: seconds(wire.interval, DEFAULT_INTERVAL).clamp(SHORTEST_INTERVAL, LONGEST_LIFE),
        };
        Ok(Self { info, device_code: Secret::new(wire.device_code), begun, life })
    }
}

impl fmt::Debug for DeviceAuthorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceAuthorization").field("info", &self.info).finish_non_exhaustive()
    }
}

/// RFC 8628, section 3.2.
const DEFAULT_INTERVAL: Duration = Duration::from_secs(5);
/// RFC 8628, section 3.5.
const SLOWER: Duration = Duration::from_secs(5);
/// An interval of 0 would be a flood.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);
const DEFAULT_LIFE: Duration = Duration::from_secs(1800);
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 3600);

#[cfg(test)]
mod tests;
