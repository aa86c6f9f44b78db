use http::header::CONTENT_TYPE;
use identity_core::{Error, ErrorKind};
use identity_entra::http::HttpResponse;
use identity_entra::oauth::{Form, TokenResponse, server_error};
use url::Url;

use super::answer::{shown, token, unreachable};
use super::endpoint::{Wire, endpoint, metadata};
use super::{Ask, MSI_ENDPOINT};
use crate::{ManagedIdentityCredentialOptions, ManagedIdentityId};

pub(super) const HOST: &str = "Cloud Shell";

/// Cloud Shell: the identity is the user who has opened it, and nobody else.
#[derive(Debug)]
pub(crate) struct CloudShell {
    wire: Wire,
    endpoint: Url,
    client_id: Option<String>,
}

impl CloudShell {
    pub(super) fn new(options: &ManagedIdentityCredentialOptions) -> Result<Self, Error> {
        let client_id = match options.identity() {
            None => None,
            // It comes from AZURE_CLIENT_ID then, which need not be meant for Cloud Shell.
            Some(ManagedIdentityId::ClientId(id)) if options.is_in_default_chain() => Some(id.clone()),
            Some(id) => {
                return Err(Error::invalid_argument(format!(
                    "Cloud Shell has no user-assigned managed identities, so {id} can't be used: its tokens are the signed-in user's; leave \
                     the id out"
                )));
            }
        };
        let endpoint = endpoint(options.entra_options().env(), MSI_ENDPOINT)?;
        Ok(Self { wire: Wire::new(options)?, endpoint, client_id })
    }

    pub(super) async fn request_token(&self, ask: &Ask<'_>) -> Result<TokenResponse, Error> {
        let mut form = Form::new().with("resource", ask.resource);
        if let Some(id) = &self.client_id {
            form.push("client_id", id.as_str());
        }
        let response = self.wire.post(&self.endpoint, [metadata()], &form).await;
        let response = response.map_err(|error| unreachable(HOST, error))?;
        if !is_json(&response) {
            return Err(no_json(&response));
        }
        token(HOST, &response, ask.requested_at).map_err(unexpected)
    }
}

fn is_json(response: &HttpResponse) -> bool {
    let kind = content_type(response).to_ascii_lowercase();
    kind.contains("json") || serde_json::from_slice::<serde_json::Value>(response.body()).is_ok()
}

fn content_type(response: &HttpResponse) -> &str {
    response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Something else listens there.
fn no_json(response: &HttpResponse) -> Error {
    let server = server_error(response);
    let message = format!(
        "Cloud Shell managed identity is not available here. Unexpected content type \"{}\" (HTTP {}): {}. Check that MSI_ENDPOINT is Cloud \
         Shell's own",
        shown(content_type(response)),
        response.status().as_u16(),
        shown(&server.body),
    );
    Error::unavailable(message).with_server(server)
}

/// A refusal of Cloud Shell is one of the user who is signed in, and nothing that another credential would mend.
fn unexpected(error: Error) -> Error {
    let Some(server) = error.server() else { return error };
    let (status, body) = (server.status.unwrap_or_default(), shown(&server.body));
    let message = format!(
        "Cloud Shell gave no token. Unexpected response \"{body}\" (HTTP {status}); restart Cloud Shell to sign in again"
    );
    error.with_kind(ErrorKind::AuthenticationFailed).with_message(message)
}

#[cfg(test)]
mod tests;
