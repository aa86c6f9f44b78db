use std::fmt;
use std::sync::Arc;

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use identity_core::{
    BoxFuture, Env, Error, Secret, SecretBytes, TokenCredential, TokenFuture, TokenRequestOptions,
};
use identity_entra::assertion_source::AssertionSource;
use identity_entra::client::{AppClient, EntraClient};
use identity_entra::client_auth::{AuthRequest, ClientAssertion};
use identity_entra::http::{HttpRequest, HttpResponse, RetryPolicy, mask};
use identity_entra::oauth::server_error;
use identity_entra::options::EntraOptions;
use url::Url;

use crate::federated::{endpoint, member};

/// A job of Azure Pipelines that runs with a service connection of the kind *workload identity federation*: the pipeline vouches for it.
///
/// The job needs its own system access token, which a pipeline passes on with `env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)`. The agent must
/// have set `SYSTEM_OIDCREQUESTURI`. A new assertion is got for each new token, so long jobs go on working.
///
/// ```no_run
/// # use identity_app::AzurePipelinesCredential;
/// # use identity_core::Secret;
/// # fn from_the_job() -> Secret { Secret::new("") }
/// let (tenant, client, connection) = ("contoso.onmicrosoft.com", "my-client-id", "my-service-connection-id");
/// let credential = AzurePipelinesCredential::new(tenant, client, connection, from_the_job(), Default::default())?;
/// # Ok::<(), identity_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct AzurePipelinesCredential(AppClient);

const NAME: &str = "AzurePipelinesCredential";
const SYSTEM_OIDCREQUESTURI: &str = "SYSTEM_OIDCREQUESTURI";
const API_VERSION: &str = "7.1";

impl AzurePipelinesCredential {
    /// A job's credential: tenant and client id of the service connection's app or managed identity, the connection's id, and the job's system access
    /// token. Nothing is sent before the first token is asked for.
    ///
    /// # Errors
    /// `InvalidArgument` for anything that is empty or can't be right. Outside of a pipeline the first token is `CredentialUnavailable`.
    pub fn new(
        tenant_id: &str,
        client_id: &str,
        service_connection_id: &str,
        system_access_token: impl Into<Secret>,
        options: EntraOptions,
    ) -> Result<Self, Error> {
        let build = || {
            let system_access_token = system_access_token.into();
            if service_connection_id.is_empty() {
                return Err(Error::invalid_argument("the service connection id must not be empty"));
            }
            if system_access_token.is_empty() {
                return Err(Error::invalid_argument(
                    "the system access token must not be empty; pass $(System.AccessToken) on to the job",
                ));
            }
            let mut bearer = HeaderValue::from_str(&format!("Bearer {}", system_access_token.secret()))
                .map_err(|_| Error::invalid_argument("the system access token can't be sent in a header"))?;
            bearer.set_sensitive(true);
            let client = EntraClient::app(NAME, tenant_id, client_id, &options)?;
            let source =
                PipelinesAssertion { service_connection_id: service_connection_id.to_owned(), bearer };
            Ok(Self(AppClient::new(client, Arc::new(ClientAssertion::new(Arc::new(source))))))
        };
        build().map_err(|error: Error| error.with_credential(NAME))
    }
}

impl TokenCredential for AzurePipelinesCredential {
    #[inline]
    fn get_token<'a>(&'a self, scopes: &'a [&'a str], options: &'a TokenRequestOptions) -> TokenFuture<'a> {
        self.0.get_token(scopes, options)
    }
}

/// The pipeline's word for the job.
struct PipelinesAssertion {
    service_connection_id: String,
    bearer: HeaderValue,
}

impl AssertionSource for PipelinesAssertion {
    fn assertion<'a>(&'a self, request: &'a AuthRequest<'a>) -> BoxFuture<'a, Result<Secret, Error>> {
        Box::pin(async move {
            let client = request.client;
            let retry = RetryPolicy::new(client.options().retry());
            let response = client.http().send(NAME, self.request(client.env())?, &retry).await?;
            let traces = traces(response.headers());
            if response.status() != StatusCode::OK {
                return Err(refused(&response, &traces));
            }
            tracing::debug!(credential = NAME, %traces, "the pipeline gave an assertion");
            member(&response, "oidcToken").ok_or_else(|| {
                let message = format!(
                    "OIDC token not found in response of the pipeline's OIDC token endpoint ({traces})"
                );
                Error::failed(message).with_server(server_error(&response))
            })
        })
    }
}

impl PipelinesAssertion {
    fn request(&self, env: &Env) -> Result<HttpRequest, Error> {
        let text = env.get(SYSTEM_OIDCREQUESTURI).ok_or_else(|| {
            Error::unavailable(format!(
                "no value for the environment variable {SYSTEM_OIDCREQUESTURI}: this is no job of Azure Pipelines, or its task does not run with \
                 an Azure Resource Manager service connection"
            ))
        })?;
        let mut url: Url = endpoint(SYSTEM_OIDCREQUESTURI, &text)?;
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        url.query_pairs_mut()
            .append_pair("api-version", API_VERSION)
            .append_pair("serviceConnectionId", &self.service_connection_id);
        http::Request::post(url.as_str())
            .header(CONTENT_TYPE, "application/json")
            .header(AUTHORIZATION, self.bearer.clone())
            // Without it a refusal would be a redirect to a sign-in page.
            .header("X-TFS-FedAuthRedirect", "Suppress")
            .body(SecretBytes::new(Vec::new()))
            .map_err(|error| {
                Error::invalid_argument(format!("{SYSTEM_OIDCREQUESTURI} makes no valid request: {error}"))
            })
    }
}

/// What Microsoft's support finds a request by.
fn traces(headers: &HeaderMap) -> String {
    let shown = ["x-vss-e2eid", "x-msedge-ref"].map(|name| {
        let value = headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("none");
        format!("{name}: {}", mask(value))
    });
    shown.join(", ")
}

fn refused(response: &HttpResponse, traces: &str) -> Error {
    let server = server_error(response);
    let words = server.description.as_ref().map(|words| format!(": {words}")).unwrap_or_default();
    let advice = match response.status().as_u16() {
        401 | 403 | 302 => "check that the job is given its own $(System.AccessToken)",
        404 => "check the service connection's id, and that the pipeline may use it",
        _ => "try again, or ask Microsoft's support with the ids above",
    };
    let status = response.status().as_u16();
    let message = format!(
        "unexpected response from the pipeline's OIDC token endpoint (HTTP {status}){words} ({traces}); {advice}"
    );
    tracing::warn!(credential = NAME, status, %traces, "the pipeline gave no assertion");
    Error::failed(message).with_server(server)
}

impl fmt::Debug for PipelinesAssertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PipelinesAssertion")
            .field("service_connection_id", &self.service_connection_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
