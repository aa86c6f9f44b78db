//! The JSON that Entra ID answers with, said once: the emulator and the fakes both use it.

use serde_json::{Map, Value, json};

use crate::aadsts::AadstsError;

/// What makes one error answer different from the next.
#[derive(Clone, Debug)]
pub struct ErrorContext {
    /// The host the error page is on, as a URL without a path.
    pub base: String,
    /// The server's id of this request.
    pub trace_id: String,
    /// The client's id of it, echoed.
    pub correlation_id: String,
    /// `2026-01-31 23:59:59Z`.
    pub timestamp: String,
}

impl Default for ErrorContext {
    fn default() -> Self {
        ErrorContext {
            base: "https://login.microsoftonline.com".to_owned(),
            trace_id: "0000aaaa-11bb-cccc-dd22-eeeeee333333".to_owned(),
            correlation_id: "aaaa0000-bb11-2222-33cc-444444dddddd".to_owned(),
            timestamp: "2026-01-31 23:59:59Z".to_owned(),
        }
    }
}

/// The body of a token endpoint's refusal.
pub fn error(error: &AadstsError, context: &ErrorContext) -> Value {
    let mut body = json!({
        "error": error.error(),
        "error_description": error.description(context),
        "error_codes": [error.code()],
        "timestamp": context.timestamp,
        "trace_id": context.trace_id,
        "correlation_id": context.correlation_id,
        "error_uri": format!("{}/error?code={}", context.base, error.code()),
    });
    if let Some(suberror) = error.suberror() {
        body["suberror"] = json!(suberror);
    }
    if let Some(claims) = error.claims() {
        body["claims"] = json!(claims);
    }
    body
}

/// The body of a refusal of AD FS, which has numbers and sentences of its own and no ids.
pub fn adfs_error(error: &AadstsError) -> Value {
    let description = match error.code() {
        7000215 | 7000216 | 7000218 | 700021 | 700023 | 700024 | 700027 | 5002738 | 50027 => {
            "MSIS9622: Client authentication failed. Please verify the credential provided for client \
             authentication is valid."
                .to_owned()
        }
        700016 => {
            "MSIS9223: Received invalid OAuth request. The received 'client_id' is invalid as no registered \
                   client was found with this client identifier. Make sure that the client is registered."
                .to_owned()
        }
        70003 => "MSIS9611: The authorization server does not support the requested 'grant_type'.".to_owned(),
        _ => format!(
            "MSIS9604: An error occurred. The authorization server was not able to fulfill the request. {}",
            error.message()
        ),
    };
    let kind = if error.code() == 700016 { "invalid_client" } else { error.error() };
    json!({ "error": kind, "error_description": description })
}

/// The body of a token endpoint's success. Members that are `None` are left out.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct TokenBody {
    /// The token.
    pub access_token: String,
    /// How many seconds it lives.
    pub expires_in: u64,
    /// Whether the seconds are written as a string, as older endpoints do.
    pub numbers_as_text: bool,
    /// After how many seconds the client ought to get a new one.
    pub refresh_in: Option<u64>,
    /// The scopes granted, for a user's token.
    pub scope: Option<String>,
    /// The refresh token.
    pub refresh_token: Option<String>,
    /// Who signed in, for the client.
    pub id_token: Option<String>,
    /// base64url JSON with `uid` and `utid`.
    pub client_info: Option<String>,
    /// The client's family, when its refresh token is the family's.
    pub foci: Option<String>,
}

impl TokenBody {
    /// An app's token that lives this many seconds.
    pub fn new(access_token: impl Into<String>, expires_in: u64) -> TokenBody {
        TokenBody { access_token: access_token.into(), expires_in, ..TokenBody::default() }
    }

    /// The JSON object.
    pub fn to_json(&self) -> Value {
        let number = |n: u64| if self.numbers_as_text { json!(n.to_string()) } else { json!(n) };
        let mut body = Map::new();
        body.insert("token_type".into(), json!("Bearer"));
        body.insert("expires_in".into(), number(self.expires_in));
        body.insert("ext_expires_in".into(), number(self.expires_in));
        body.insert("access_token".into(), json!(self.access_token));
        if let Some(refresh_in) = self.refresh_in {
            body.insert("refresh_in".into(), number(refresh_in));
        }
        let texts = [
            ("scope", &self.scope),
            ("refresh_token", &self.refresh_token),
            ("id_token", &self.id_token),
            ("client_info", &self.client_info),
            ("foci", &self.foci),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                body.insert(name.into(), json!(text));
            }
        }
        Value::Object(body)
    }
}

/// The OpenID configuration of a tenant. `issuer_tenant` is what stands in the issuer:
/// the id, or `{tenantid}` where the URL names no single tenant.
pub fn openid_configuration(base: &str, tenant: &str, issuer_tenant: &str) -> Value {
    let oauth2 = format!("{base}/{tenant}/oauth2/v2.0");
    json!({
        "issuer": format!("{base}/{issuer_tenant}/v2.0"),
        "authorization_endpoint": format!("{oauth2}/authorize"),
        "token_endpoint": format!("{oauth2}/token"),
        "device_authorization_endpoint": format!("{oauth2}/devicecode"),
        "end_session_endpoint": format!("{oauth2}/logout"),
        "jwks_uri": format!("{base}/{tenant}/discovery/v2.0/keys"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "claims_supported": [
            "sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "ver", "email",
        ],
        "request_uri_parameter_supported": false,
        "tenant_region_scope": null,
    })
}

/// The OpenID configuration of an AD FS server.
pub fn adfs_configuration(base: &str) -> Value {
    json!({
        "issuer": format!("{base}/adfs"),
        "authorization_endpoint": format!("{base}/adfs/oauth2/authorize/"),
        "token_endpoint": format!("{base}/adfs/oauth2/token/"),
        "device_authorization_endpoint": format!("{base}/adfs/oauth2/devicecode"),
        "end_session_endpoint": format!("{base}/adfs/oauth2/logout"),
        "jwks_uri": format!("{base}/adfs/discovery/keys"),
        "access_token_issuer": adfs_token_issuer(base),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "profile", "email", "allatclaims", "user_impersonation"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "grant_types_supported": [
            "authorization_code", "refresh_token", "client_credentials",
            "urn:ietf:params:oauth:grant-type:jwt-bearer", "password", "device_code",
        ],
    })
}

/// The issuer in access tokens of an AD FS server: an http name, whatever it is reached by.
pub(crate) fn adfs_token_issuer(base: &str) -> String {
    let host = base.split_once("://").map_or(base, |(_, host)| host);
    format!("http://{host}/adfs/services/trust")
}

/// The answer to an instance discovery: `metadata` only exists from api-version 1.1 on.
pub fn instance_discovery(tenant_discovery_endpoint: &str, metadata: Option<&[InstanceMetadata]>) -> Value {
    let mut body = json!({
        "tenant_discovery_endpoint": tenant_discovery_endpoint,
        "api-version": if metadata.is_some() { "1.1" } else { "1.0" },
    });
    if let Some(clouds) = metadata {
        let clouds: Vec<Value> = clouds
            .iter()
            .map(|cloud| {
                json!({
                    "preferred_network": cloud.preferred_network,
                    "preferred_cache": cloud.preferred_cache,
                    "aliases": cloud.aliases,
                })
            })
            .collect();
        body["metadata"] = json!(clouds);
    }
    body
}

/// One cloud: the names of one and the same set of hosts.
#[derive(Clone, Debug)]
pub struct InstanceMetadata {
    /// The host to talk to.
    pub preferred_network: String,
    /// The host to file tokens under.
    pub preferred_cache: String,
    /// All names.
    pub aliases: Vec<String>,
}

impl InstanceMetadata {
    /// A cloud of these names; the first is for the network, the second (or the only one) for the cache.
    pub fn new(aliases: &[&str]) -> InstanceMetadata {
        let first = aliases.first().copied().unwrap_or_default();
        InstanceMetadata {
            preferred_network: first.to_owned(),
            preferred_cache: aliases.get(1).copied().unwrap_or(first).to_owned(),
            aliases: aliases.iter().map(|name| (*name).to_owned()).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
