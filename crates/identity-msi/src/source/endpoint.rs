use http::HeaderValue;
use http::header::{CONTENT_TYPE, HeaderName};
use identity_core::{Env, Error, SecretBytes};
use identity_entra::http::{
    HttpClient, HttpRequest, HttpResponse, RetryPolicy, TransportError, TransportProfile,
};
use identity_entra::oauth::Form;
use url::Url;

use crate::managed_identity::NAME;
use crate::{ManagedIdentityCredentialOptions, ManagedIdentityId};

/// How a host is talked to: through what, how patiently, and with what a request needs beyond the ordinary.
#[derive(Clone, Debug)]
pub(super) struct Wire {
    pub(super) http: HttpClient,
    pub(super) retry: RetryPolicy,
    pub(super) profile: TransportProfile,
}

impl Wire {
    pub(super) fn new(options: &ManagedIdentityCredentialOptions) -> Result<Self, Error> {
        let http = options.entra_options().http_client()?;
        Ok(Self { http, retry: options.retry(), profile: options.profile() })
    }

    pub(super) async fn get(
        &self,
        url: &Url,
        headers: impl IntoIterator<Item = (HeaderName, HeaderValue)>,
    ) -> Result<HttpResponse, Error> {
        self.send(http::Request::get(url.as_str()), headers, SecretBytes::new(Vec::new())).await
    }

    pub(super) async fn post(
        &self,
        url: &Url,
        headers: impl IntoIterator<Item = (HeaderName, HeaderValue)>,
        form: &Form,
    ) -> Result<HttpResponse, Error> {
        const FORM: &str = "application/x-www-form-urlencoded";
        self.send(http::Request::post(url.as_str()).header(CONTENT_TYPE, FORM), headers, form.encode()).await
    }

    async fn send(
        &self,
        request: http::request::Builder,
        headers: impl IntoIterator<Item = (HeaderName, HeaderValue)>,
        body: SecretBytes,
    ) -> Result<HttpResponse, Error> {
        let mut request: HttpRequest = request.body(body).map_err(|error| {
            Error::invalid_argument(format!("the managed identity endpoint makes no valid request: {error}"))
        })?;
        request.headers_mut().extend(headers);
        request.extensions_mut().insert(self.profile.clone());
        self.http.send(NAME, request, &self.retry).await
    }
}

/// The header without which metadata services refuse: a page in a browser can't send it (and a proxy that is tricked won't).
pub(super) fn metadata() -> (HeaderName, HeaderValue) {
    (HeaderName::from_static("metadata"), HeaderValue::from_static("true"))
}

/// The endpoint that a variable names.
///
/// # Errors
/// `InvalidArgument` for a value that is no such URL.
pub(super) fn endpoint(env: &Env, variable: &'static str) -> Result<Url, Error> {
    let text = text(env, variable)?;
    parse(text.trim()).map_err(|what| {
        Error::invalid_argument(format!(
            "the value of {variable} is no endpoint: {what}; the host sets it, so leave it as it was"
        ))
    })
}

fn parse(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "it is no URL")?;
    match url.scheme() {
        _ if !url.has_host() => Err("it has no host"),
        "http" | "https" if url.username().is_empty() && url.password().is_none() => Ok(url),
        "http" | "https" => Err("it contains a user's name or password"),
        _ => Err("it is neither http nor https"),
    }
}

/// The secret that a variable holds, ready to be sent.
///
/// # Errors
/// `InvalidArgument` for a value that can't be sent.
pub(super) fn secret_header(env: &Env, variable: &'static str) -> Result<HeaderValue, Error> {
    let text = text(env, variable)?;
    let mut value = HeaderValue::from_str(&text).map_err(|_| {
        Error::invalid_argument(format!(
            "the value of {variable} can't be sent in a header; the host sets it, so leave it as it was"
        ))
    })?;
    value.set_sensitive(true);
    Ok(value)
}

pub(super) fn text(env: &Env, variable: &'static str) -> Result<String, Error> {
    env.get(variable).ok_or_else(|| Error::invalid_argument(format!("the value of {variable} is no text")))
}

/// A request's URL: version, resource, and the identity under the host's name for it.
pub(super) fn url_for(
    endpoint: &Url,
    api_version: &str,
    resource: &str,
    identity: Option<&Parameter>,
) -> Url {
    let mut url = endpoint.clone();
    let mut query = url.query_pairs_mut();
    query.append_pair("api-version", api_version).append_pair("resource", resource);
    if let Some(Parameter { name, value }) = identity {
        query.append_pair(name, value);
    }
    drop(query);
    url
}

/// How an identity is named to a host.
#[derive(Clone, Debug)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) value: String,
}

impl Parameter {
    /// The identity of the options under the names that a host has for client, object and resource ids.
    pub(super) fn of(options: &ManagedIdentityCredentialOptions, names: [&'static str; 3]) -> Option<Self> {
        let [client, object, resource] = names;
        options.identity().map(|id| {
            let (name, value) = match id {
                ManagedIdentityId::ClientId(id) => (client, id),
                ManagedIdentityId::ObjectId(id) => (object, id),
                ManagedIdentityId::ResourceId(id) => (resource, id),
            };
            Self { name, value: value.clone() }
        })
    }
}

/// What went wrong on the way, if that is what an error is about.
pub(super) fn transport(error: &Error) -> Option<&TransportError> {
    std::error::Error::source(error)?.downcast_ref()
}

#[cfg(test)]
mod tests;
