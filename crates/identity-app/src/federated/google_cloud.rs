use identity_core::{BoxFuture, Error, ErrorKind, Secret, SecretBytes};
use identity_entra::assertion_source::AssertionSource;
use identity_entra::client_auth::AuthRequest;
use identity_entra::http::{TransportError, TransportErrorKind, TransportProfile};
use url::Url;

use super::{asked, exchange_audience, is_jwt, no_assertion};

/// Google's word for a service account: on Compute Engine, Cloud Run, Cloud Functions and GKE the metadata service gives identity tokens.
///
/// The app's federated credential has the issuer `https://accounts.google.com` and, as its subject, the service account's numeric id.
///
/// ```no_run
/// use identity_app::{ClientAssertionCredential, GoogleCloudAssertion};
///
/// let (tenant, client) = ("contoso.onmicrosoft.com", "my-client-id");
/// let credential = ClientAssertionCredential::new(tenant, client, GoogleCloudAssertion::new(), Default::default())?;
/// # Ok::<(), identity_core::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct GoogleCloudAssertion {
    audience: Option<String>,
    service_account: Option<String>,
}

/// Names another host, as Google's own libraries have it.
const GCE_METADATA_HOST: &str = "GCE_METADATA_HOST";
const HOST: &str = "metadata.google.internal";
const WHO: &str = "the metadata service of Google Cloud";

impl GoogleCloudAssertion {
    /// For the default service account, with the audience that the cloud of the app expects: `api://AzureADTokenExchange`, or that of a
    /// national cloud.
    pub fn new() -> Self {
        Self::default()
    }

    /// Another audience, which the app's federated credential must have, too.
    pub fn with_audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// Another of the machine's service accounts, by its mail address.
    pub fn with_service_account(mut self, service_account: impl Into<String>) -> Self {
        self.service_account = Some(service_account.into());
        self
    }
}

impl AssertionSource for GoogleCloudAssertion {
    fn assertion<'a>(&'a self, request: &'a AuthRequest<'a>) -> BoxFuture<'a, Result<Secret, Error>> {
        Box::pin(async move {
            let client = request.client;
            let host = client.env().get(GCE_METADATA_HOST);
            let wrong = || Error::invalid_argument(format!("the value of {GCE_METADATA_HOST} is no host"));
            let mut url =
                Url::parse(&format!("http://{}", host.as_deref().unwrap_or(HOST))).map_err(|_| wrong())?;
            if !matches!(url.path(), "" | "/") || url.query().is_some() || !url.username().is_empty() {
                return Err(wrong());
            }
            let account = self.service_account.as_deref().unwrap_or("default");
            let path = ["computeMetadata", "v1", "instance", "service-accounts", account, "identity"];
            url.path_segments_mut().map_err(|()| wrong())?.clear().extend(path);
            let audience = self.audience.as_deref().unwrap_or_else(|| exchange_audience(client));
            url.query_pairs_mut().append_pair("audience", audience).append_pair("format", "full");
            let mut profile = TransportProfile::default();
            profile.no_proxy = true;
            let request = http::Request::get(url.as_str())
                .header("Metadata-Flavor", "Google")
                .extension(profile)
                .body(SecretBytes::new(Vec::new()))
                .map_err(|error| {
                    Error::invalid_argument(format!("{GCE_METADATA_HOST} makes no valid request: {error}"))
                })?;
            let advice = "check which service account the machine has";
            let response = asked(client, request, WHO, advice).await.map_err(nobody_there)?;
            match std::str::from_utf8(response.body()).map(str::trim) {
                Ok(token) if is_jwt(token) => Ok(Secret::new(token)),
                _ => Err(no_assertion(WHO, &response)),
            }
        })
    }
}

/// No answer means that this is no machine of Google Cloud.
fn nobody_there(error: Error) -> Error {
    let cause = std::error::Error::source(&error).and_then(|cause| cause.downcast_ref::<TransportError>());
    // An answer that is too large is one.
    if cause.is_none_or(|cause| cause.kind() == TransportErrorKind::TooLarge)
        || error.kind() != ErrorKind::AuthenticationFailed
    {
        return error;
    }
    let message =
        format!("{WHO} does not answer, so this is no machine of Google Cloud: {}", error.message());
    error.with_kind(ErrorKind::CredentialUnavailable).with_message(message)
}

#[cfg(test)]
mod tests;
