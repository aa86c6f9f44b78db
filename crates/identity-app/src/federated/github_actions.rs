use http::HeaderValue;
use http::header::{ACCEPT, AUTHORIZATION};
use identity_core::{BoxFuture, Error, Secret, SecretBytes};
use identity_entra::assertion_source::AssertionSource;
use identity_entra::client_auth::AuthRequest;

use super::{asked, endpoint, exchange_audience, member, no_assertion};

/// GitHub's word for a job of GitHub Actions. The workflow needs the permission `id-token: write`; the app needs a federated credential for the
/// repository and the branch, tag, environment or pull request that the job runs for.
///
/// Each new token gets a new assertion, so a job may run for as long as it likes.
///
/// ```no_run
/// use identity_app::{ClientAssertionCredential, GitHubActionsAssertion};
///
/// let (tenant, client) = ("contoso.onmicrosoft.com", "my-client-id");
/// let credential = ClientAssertionCredential::new(tenant, client, GitHubActionsAssertion::new(), Default::default())?;
/// # Ok::<(), identity_core::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct GitHubActionsAssertion {
    audience: Option<String>,
}

const URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
const TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";
const WHO: &str = "GitHub Actions";

impl GitHubActionsAssertion {
    /// With the audience that the cloud of the app expects: `api://AzureADTokenExchange`, or that of a national cloud.
    pub fn new() -> Self {
        Self::default()
    }

    /// Another audience, which the app's federated credential must have, too.
    pub fn with_audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }
}

impl AssertionSource for GitHubActionsAssertion {
    fn assertion<'a>(&'a self, request: &'a AuthRequest<'a>) -> BoxFuture<'a, Result<Secret, Error>> {
        Box::pin(async move {
            let client = request.client;
            let (Some(url), Some(token)) = (client.env().get(URL), client.env().secret(TOKEN)) else {
                return Err(Error::unavailable(format!(
                    "{URL} and {TOKEN} are not set: this is no job of GitHub Actions, or its workflow lacks the permission `id-token: write`"
                )));
            };
            let mut url = endpoint(URL, &url)?;
            let audience = self.audience.as_deref().unwrap_or_else(|| exchange_audience(client));
            url.query_pairs_mut().append_pair("audience", audience);
            let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.secret())).map_err(|_| {
                Error::invalid_argument(format!("the value of {TOKEN} can't be sent in a header"))
            })?;
            bearer.set_sensitive(true);
            let request = http::Request::get(url.as_str())
                .header(ACCEPT, "application/json")
                .header(AUTHORIZATION, bearer)
                .body(SecretBytes::new(Vec::new()))
                .map_err(|error| Error::invalid_argument(format!("{URL} makes no valid request: {error}")))?;
            let response = asked(client, request, WHO, "check the permissions of the workflow").await?;
            member(&response, "value").ok_or_else(|| no_assertion(WHO, &response))
        })
    }
}

#[cfg(test)]
mod tests;
