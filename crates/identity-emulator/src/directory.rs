//! Who exists: tenants, their apps and their users.

mod app;
mod user;

pub(crate) use app::stable_guid;
pub use app::{App, FederatedCredential};
pub use user::User;

use crate::keys::CLIENT_CERTIFICATE;
use crate::msi::DEFAULT_USER_ASSIGNED_OBJECT_ID;
use crate::oidc::{
    DEFAULT_GITHUB_SUBJECT, DEFAULT_GOOGLE_SUBJECT, DEFAULT_PIPELINES_ISSUER, DEFAULT_PIPELINES_SUBJECT,
    GITHUB_ISSUER, GOOGLE_ISSUER, issuer_of_tenant,
};

/// The tenant of [`Directory::default`].
pub const DEFAULT_TENANT_ID: &str = "5f9c2b1e-7a40-4d0e-9c63-3a1de0f5a001";
/// A domain name of the default tenant, which stands for its id in URLs.
pub const DEFAULT_DOMAIN: &str = "emulated.onmicrosoft.com";
/// The app of the default tenant: confidential, with a secret and a certificate, and public for user flows too.
pub const DEFAULT_CLIENT_ID: &str = "c0ffee00-3b1f-4a55-8e0a-9d2f6a5b7c11";
/// Its secret.
pub const DEFAULT_CLIENT_SECRET: &str = "worthless~Secret.of-the-emulator_0000000";
/// The user of the default tenant.
pub const DEFAULT_USERNAME: &str = "alice@emulated.onmicrosoft.com";
/// Her password.
pub const DEFAULT_PASSWORD: &str = "worthless-Password-0000";

/// An issuer that the default app trusts, as it would a Kubernetes cluster: [`crate::Emulator::federated_token`].
pub const DEFAULT_FEDERATED_ISSUER: &str = "https://cluster.emulated.example/";
/// The subject it trusts there.
pub const DEFAULT_FEDERATED_SUBJECT: &str = "system:serviceaccount:emulated:workload";

/// Everything the emulated Entra ID knows. The default has one tenant with one app and one user.
#[derive(Clone, Debug)]
pub struct Directory {
    tenants: Vec<Tenant>,
}

impl Directory {
    /// One without tenants.
    pub fn empty() -> Directory {
        Directory { tenants: Vec::new() }
    }

    /// Adds a tenant, or replaces the one of the same id. The first is where ADFS looks for its accounts.
    pub fn put_tenant(&mut self, tenant: Tenant) {
        match self.tenants.iter_mut().find(|known| known.is_called(&tenant.id)) {
            Some(known) => *known = tenant,
            None => self.tenants.push(tenant),
        }
    }

    /// All tenants.
    pub fn tenants(&self) -> &[Tenant] {
        &self.tenants
    }

    /// The tenant of this id or domain name.
    pub fn tenant(&self, name: &str) -> Option<&Tenant> {
        self.tenants.iter().find(|tenant| tenant.is_called(name))
    }

    /// The same, to change it.
    pub fn tenant_mut(&mut self, name: &str) -> Option<&mut Tenant> {
        self.tenants.iter_mut().find(|tenant| tenant.is_called(name))
    }
}

impl Default for Directory {
    fn default() -> Self {
        let app = App::new(DEFAULT_CLIENT_ID)
            .with_name("Emulated app")
            .with_secret(DEFAULT_CLIENT_SECRET)
            .with_certificate(CLIENT_CERTIFICATE)
            .with_federated_credential(
                FederatedCredential::new(DEFAULT_FEDERATED_ISSUER, DEFAULT_FEDERATED_SUBJECT)
                    .with_certificate(CLIENT_CERTIFICATE),
            )
            .with_federated_credential(FederatedCredential::new(GITHUB_ISSUER, DEFAULT_GITHUB_SUBJECT))
            .with_federated_credential(FederatedCredential::new(
                DEFAULT_PIPELINES_ISSUER,
                DEFAULT_PIPELINES_SUBJECT,
            ))
            .with_federated_credential(FederatedCredential::new(GOOGLE_ISSUER, DEFAULT_GOOGLE_SUBJECT))
            .with_federated_credential(FederatedCredential::new(
                issuer_of_tenant(DEFAULT_TENANT_ID),
                DEFAULT_USER_ASSIGNED_OBJECT_ID,
            ))
            .with_redirect_uri("http://localhost")
            .with_redirect_uri("http://127.0.0.1")
            .allowing_public_flows();
        let user = User::new(DEFAULT_USERNAME, DEFAULT_PASSWORD).with_name("Alice Emulated");
        let tenant = Tenant::new(DEFAULT_TENANT_ID).with_domain(DEFAULT_DOMAIN).with_app(app).with_user(user);
        Directory { tenants: vec![tenant] }
    }
}

/// One Entra ID tenant.
#[derive(Clone, Debug)]
pub struct Tenant {
    id: String,
    domains: Vec<String>,
    apps: Vec<App>,
    users: Vec<User>,
    challenges: Vec<Challenge>,
}

/// A policy: users' tokens for a resource are had only by those who signed in with these claims.
#[derive(Clone, Debug)]
struct Challenge {
    resource: String,
    claims: String,
}

impl Tenant {
    /// A tenant of this GUID, with no apps and users but Microsoft's own.
    pub fn new(id: impl Into<String>) -> Tenant {
        Tenant {
            id: id.into(),
            domains: Vec::new(),
            apps: app::first_party(),
            users: Vec::new(),
            challenges: Vec::new(),
        }
    }

    /// Adds a domain name, which may stand for the id in URLs and after the `@` of user names.
    pub fn with_domain(mut self, domain: impl Into<String>) -> Tenant {
        self.domains.push(domain.into());
        self
    }

    /// Adds an app.
    pub fn with_app(mut self, app: App) -> Tenant {
        self.put_app(app);
        self
    }

    /// Adds a user.
    pub fn with_user(mut self, user: User) -> Tenant {
        self.put_user(user);
        self
    }

    /// Demands these claims (JSON) of every sign-in that is to give tokens for this resource. Silent requests by
    /// other sign-ins are refused with AADSTS50076 and the claims, which the next sign-in must then carry.
    pub fn with_claims_challenge(mut self, resource: impl Into<String>, claims: impl Into<String>) -> Tenant {
        self.challenges.push(Challenge { resource: resource.into(), claims: claims.into() });
        self
    }

    /// Adds an app, or replaces the one of the same client id.
    pub fn put_app(&mut self, app: App) {
        match self.apps.iter_mut().find(|known| known.is_called(app.client_id())) {
            Some(known) => *known = app,
            None => self.apps.push(app),
        }
    }

    /// Removes an app.
    pub fn remove_app(&mut self, client_id: &str) {
        self.apps.retain(|app| !app.is_called(client_id));
    }

    /// Adds a user, or replaces the one of the same name.
    pub fn put_user(&mut self, user: User) {
        match self.users.iter_mut().find(|known| known.is_called(user.username())) {
            Some(known) => *known = user,
            None => self.users.push(user),
        }
    }

    /// Removes a user.
    pub fn remove_user(&mut self, username: &str) {
        self.users.retain(|user| !user.is_called(username));
    }

    /// Its GUID.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its domain names.
    pub fn domains(&self) -> &[String] {
        &self.domains
    }

    /// Its users.
    pub fn users(&self) -> &[User] {
        &self.users
    }

    /// Its own app of this client id.
    pub fn app(&self, client_id: &str) -> Option<&App> {
        self.apps.iter().find(|app| app.is_called(client_id))
    }

    /// Its user of this name.
    pub fn user(&self, username: &str) -> Option<&User> {
        self.users.iter().find(|user| user.is_called(username))
    }

    /// Its own app that is this resource: named by client id or identifier URI.
    pub(crate) fn app_of_resource(&self, resource: &str) -> Option<&App> {
        self.apps.iter().find(|app| app.is_resource(resource))
    }

    /// The claims that a sign-in must have carried to give tokens for this resource.
    pub(crate) fn challenge(&self, resource: &str) -> Option<&str> {
        let found = self.challenges.iter().find(|challenge| challenge.resource == resource)?;
        Some(&found.claims)
    }

    pub(crate) fn user_by_oid(&self, oid: &str) -> Option<&User> {
        self.users.iter().find(|user| user.oid().eq_ignore_ascii_case(oid))
    }

    /// Whether this is its id or one of its domain names, in any case.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.id.eq_ignore_ascii_case(name) || self.domains.iter().any(|d| d.eq_ignore_ascii_case(name))
    }
}
