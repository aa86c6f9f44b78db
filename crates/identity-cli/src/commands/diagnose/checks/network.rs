use std::time::Duration;

use identity::http::{HttpRequest, HttpResponse, HttpService, TransportErrorKind};
use identity::{Clock, SecretBytes};

/// Whoever waits for an answer wants to know within seconds.
const LONGEST: Duration = Duration::from_secs(3);
/// Microsoft Entra ID takes assertions that are late or early by this much.
const TOLERATED: Duration = Duration::from_secs(300);

/// Whether the authority answers over a connection that can be trusted, and whether its clock agrees with ours.
pub(super) async fn check(http: &dyn HttpService, authority: &str) -> [Result<String, String>; 2] {
    let unknown = |why: &str| Err(format!("it could not be compared with the authority's: {why}"));
    let mut request = HttpRequest::new(SecretBytes::new(Vec::new()));
    match format!("{authority}/common/v2.0/.well-known/openid-configuration").parse() {
        Ok(uri) => *request.uri_mut() = uri,
        Err(_) => {
            let tls = format!("'{}' is no authority that can be asked", authority.escape_debug());
            return [Err(tls), unknown("there is none")];
        }
    }
    match tokio::time::timeout(LONGEST, http.send(request)).await {
        Ok(Ok(response)) => [Ok(reached(authority)), compared(&response, Clock::system())],
        Ok(Err(error)) => {
            let what = match error.kind() {
                TransportErrorKind::Connect => "no connection to",
                _ => "no answer from",
            };
            [Err(format!("{what} {authority}: {error}")), unknown("it does not answer")]
        }
        Err(_) => {
            let seconds = LONGEST.as_secs();
            [Err(format!("no answer from {authority} within {seconds} s")), unknown("it does not answer")]
        }
    }
}

fn reached(authority: &str) -> String {
    match authority.starts_with("https:") {
        true => format!("{authority} answers, and its certificate is trusted"),
        false => format!("{authority} answers, without TLS because it is on this machine"),
    }
}

fn compared(response: &HttpResponse, clock: Clock) -> Result<String, String> {
    let date = response.headers().get("date").and_then(|date| date.to_str().ok());
    let Some(theirs) = date.and_then(|date| httpdate::parse_http_date(date).ok()) else {
        return Err("the authority does not say what time it is".to_owned());
    };
    let ours = clock.now();
    let (off, side) = match ours.duration_since(theirs) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    let difference = format!("this machine's clock is {} s {side} the authority's", off.as_secs());
    if off <= TOLERATED {
        return Ok(difference);
    }
    Err(format!(
        "{difference}; set it right, because tokens and assertions would look expired or not yet valid"
    ))
}

#[cfg(test)]
mod tests;
