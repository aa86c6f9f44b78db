//! Applications and what they may prove themselves with.

use std::fmt;

use serde_json::Value;

use crate::jwt::PublicKey;
use crate::keys::{sha1, sha256};

/// An application: the client of a token request, and sometimes its resource.
#[derive(Clone)]
pub struct App {
    client_id: String,
    name: String,
    secrets: Vec<String>,
    certificates: Vec<Registered>,
    keys: Vec<PublicKey>,
    trusted_subjects: Vec<TrustedSubject>,
    federated: Vec<FederatedCredential>,
    redirect_uris: Vec<RedirectUri>,
    identifier_uris: Vec<String>,
    family: Option<String>,
    public: bool,
    consent_needed: bool,
}

/// A certificate with the two thumbprints a client may name it by.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Registered {
    pub(crate) der: Vec<u8>,
    pub(crate) sha1: Vec<u8>,
    pub(crate) sha256: Vec<u8>,
}

/// Where answers may be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RedirectUri {
    uri: String,
    /// Whether it belongs to a web application.
    pub(crate) web: bool,
}

impl RedirectUri {
    fn matches(&self, asked: &str) -> bool {
        match (loopback(&self.uri), loopback(asked)) {
            (Some(registered), Some(asked)) => registered == asked,
            _ => self.uri == asked,
        }
    }
}

/// Host and path of a loopback URI, without its port, which is chosen anew each time.
fn loopback(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end)?;
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() => host,
        Some(_) => return None,
        None => authority,
    };
    let path = if path.is_empty() { "/" } else { path };
    matches!(host, "localhost" | "127.0.0.1").then_some((host, path))
}

/// A subject name that an authority vouches for.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct TrustedSubject {
    pub(crate) subject: String,
    pub(crate) ca: Vec<u8>,
}

impl App {
    /// An app with nothing to prove itself with.
    pub fn new(client_id: impl Into<String>) -> App {
        let client_id = client_id.into();
        App {
            name: format!("App {client_id}"),
            client_id,
            secrets: Vec::new(),
            certificates: Vec::new(),
            keys: Vec::new(),
            trusted_subjects: Vec::new(),
            federated: Vec::new(),
            redirect_uris: Vec::new(),
            identifier_uris: Vec::new(),
            family: None,
            public: false,
            consent_needed: false,
        }
    }

    /// The name that people are shown.
    pub fn with_name(mut self, name: impl Into<String>) -> App {
        self.name = name.into();
        self
    }

    /// Adds a client secret; an app may have several, as during a rotation.
    pub fn with_secret(mut self, secret: impl Into<String>) -> App {
        self.secrets.push(secret.into());
        self
    }

    /// Takes all secrets away.
    pub fn without_secrets(mut self) -> App {
        self.secrets.clear();
        self
    }

    /// Registers a certificate (DER), so that assertions signed with its key are accepted.
    pub fn with_certificate(mut self, der: impl Into<Vec<u8>>) -> App {
        let der = der.into();
        self.certificates.push(Registered { sha1: sha1(&der), sha256: sha256(&der), der });
        self
    }

    /// Takes all certificates away.
    pub fn without_certificates(mut self) -> App {
        self.certificates.clear();
        self
    }

    /// Trusts any certificate of this common name that chains to this authority (DER). Assertions must then carry
    /// the chain (`x5c`).
    pub fn with_trusted_subject(mut self, subject: impl Into<String>, ca: impl Into<Vec<u8>>) -> App {
        self.trusted_subjects.push(TrustedSubject { subject: subject.into(), ca: ca.into() });
        self
    }

    /// Registers a bare RSA key (a JSON web key), for assertions that name no certificate. A key of another kind
    /// is never matched.
    pub fn with_key(mut self, jwk: &Value) -> App {
        self.keys.extend(PublicKey::of_jwk(jwk));
        self
    }

    /// Trusts assertions of another issuer, as a federated identity credential does.
    pub fn with_federated_credential(mut self, credential: FederatedCredential) -> App {
        self.federated.push(credential);
        self
    }

    /// Registers a redirect URI of a program on the user's machine, whose codes are redeemed without a proof. For
    /// `http://localhost` and `http://127.0.0.1` any port is accepted; the path must be the same.
    pub fn with_redirect_uri(mut self, uri: impl Into<String>) -> App {
        self.redirect_uris.push(RedirectUri { uri: uri.into(), web: false });
        self
    }

    /// Registers a redirect URI of a web application, whose codes are redeemed with a secret or an assertion.
    pub fn with_web_redirect_uri(mut self, uri: impl Into<String>) -> App {
        self.redirect_uris.push(RedirectUri { uri: uri.into(), web: true });
        self
    }

    /// Adds an application id URI (`api://...`) under which it is asked for as a resource. Its client id
    /// and `api://CLIENT_ID` always work.
    pub fn with_identifier_uri(mut self, uri: impl Into<String>) -> App {
        self.identifier_uris.push(uri.into());
        self
    }

    /// Makes it a member of a family of clients that share refresh tokens; Microsoft's own is `1`.
    pub fn with_family(mut self, family: impl Into<String>) -> App {
        self.family = Some(family.into());
        self
    }

    /// Lets people sign in without the app proving itself (browser, device code, password).
    pub fn allowing_public_flows(mut self) -> App {
        self.public = true;
        self
    }

    /// Makes each user agree before it gets tokens for them; otherwise an administrator has agreed for all.
    pub fn requiring_consent(mut self) -> App {
        self.consent_needed = true;
        self
    }

    /// Its id.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The name that people are shown.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id of the family it belongs to.
    pub fn family(&self) -> Option<&str> {
        self.family.as_deref()
    }

    pub(crate) fn is_public(&self) -> bool {
        self.public
    }

    /// Whether there is anything it could prove itself with.
    pub(crate) fn is_confidential(&self) -> bool {
        !(self.secrets.is_empty()
            && self.certificates.is_empty()
            && self.keys.is_empty()
            && self.trusted_subjects.is_empty()
            && self.federated.is_empty())
    }

    pub(crate) fn needs_consent(&self) -> bool {
        self.consent_needed
    }

    pub(crate) fn has_secret(&self, secret: &str) -> bool {
        self.secrets.iter().any(|known| known == secret)
    }

    pub(crate) fn certificates(&self) -> &[Registered] {
        &self.certificates
    }

    pub(crate) fn keys(&self) -> &[PublicKey] {
        &self.keys
    }

    pub(crate) fn trusted_subjects(&self) -> &[TrustedSubject] {
        &self.trusted_subjects
    }

    pub(crate) fn federated_credentials(&self) -> &[FederatedCredential] {
        &self.federated
    }

    /// The registered redirect URI that this one matches.
    pub(crate) fn redirect_uri(&self, asked: &str) -> Option<&RedirectUri> {
        self.redirect_uris.iter().find(|registered| registered.matches(asked))
    }

    pub(crate) fn is_called(&self, client_id: &str) -> bool {
        self.client_id.eq_ignore_ascii_case(client_id)
    }

    /// Whether a resource of this name is this app.
    pub(crate) fn is_resource(&self, resource: &str) -> bool {
        self.is_called(resource)
            || self
                .identifier_uris
                .iter()
                .any(|uri| uri.trim_end_matches('/') == resource.trim_end_matches('/'))
            || resource.strip_prefix("api://").is_some_and(|rest| self.is_called(rest.trim_end_matches('/')))
    }

    /// The object id of its service principal in a tenant: made from both, so that it is the same at every start.
    pub(crate) fn object_id(&self, tenant_id: &str) -> String {
        stable_guid(&[tenant_id, &self.client_id])
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("client_id", &self.client_id)
            .field("name", &self.name)
            .field("secrets", &self.secrets.len())
            .field("certificates", &self.certificates.len())
            .field("keys", &self.keys)
            .field("trusted_subjects", &self.trusted_subjects.len())
            .field("federated", &self.federated)
            .field("redirect_uris", &self.redirect_uris)
            .field("identifier_uris", &self.identifier_uris)
            .field("family", &self.family)
            .field("public", &self.public)
            .field("consent_needed", &self.consent_needed)
            .finish()
    }
}

/// Trust in another issuer's tokens: Kubernetes, GitHub, pipelines and the like.
///
/// An assertion is accepted when issuer, subject and audience are exactly these and one of the keys signed it.
#[derive(Clone, Debug)]
pub struct FederatedCredential {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) audience: String,
    pub(crate) keys: Vec<PublicKey>,
}

impl FederatedCredential {
    /// Trust in this issuer's tokens about this subject, with the usual audience `api://AzureADTokenExchange`. Issuers that the emulator plays
    /// itself ([`crate::GITHUB_ISSUER`] and the like, the issuer of its own tenant) need no key: it is looked up.
    pub fn new(issuer: impl Into<String>, subject: impl Into<String>) -> FederatedCredential {
        FederatedCredential {
            issuer: issuer.into(),
            subject: subject.into(),
            audience: "api://AzureADTokenExchange".to_owned(),
            keys: Vec::new(),
        }
    }

    /// Another audience.
    pub fn with_audience(mut self, audience: impl Into<String>) -> FederatedCredential {
        self.audience = audience.into();
        self
    }

    /// Adds the key of a certificate (DER) of the issuer; one without an RSA key is never matched.
    pub fn with_certificate(mut self, der: &[u8]) -> FederatedCredential {
        self.keys.extend(PublicKey::of_certificate(der));
        self
    }

    /// Adds a key of the issuer (a JSON web key); one that is no RSA key is never matched.
    pub fn with_key(mut self, jwk: &Value) -> FederatedCredential {
        self.keys.extend(PublicKey::of_jwk(jwk));
        self
    }
}

/// A GUID made from names, always the same for the same ones.
pub(crate) fn stable_guid(names: &[&str]) -> String {
    let hash = sha256(names.join("\n").to_ascii_lowercase().as_bytes());
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string()
}

/// Microsoft's own public clients, which exist in every tenant and are one family.
pub(super) fn first_party() -> Vec<App> {
    let known = [
        ("04b07795-8ddb-461a-bbee-02f9e1bf7b46", "Microsoft Azure CLI"),
        ("1950a258-227b-4e31-a9cf-717495945fc2", "Microsoft Azure PowerShell"),
        ("aebc6443-996d-45c2-90f0-388ff96faa56", "Visual Studio Code"),
    ];
    known
        .into_iter()
        .map(|(client_id, name)| {
            App::new(client_id)
                .with_name(name)
                .with_family("1")
                .with_redirect_uri("http://localhost")
                .with_redirect_uri("http://127.0.0.1")
                .allowing_public_flows()
        })
        .collect()
}

#[cfg(test)]
mod tests;
