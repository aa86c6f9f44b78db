use identity_core::{Error, Scope, Secret};
use url::Url;

use super::{Form, Pkce};

/// The scopes of a request as its `scope` parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestScopes(String);

impl RequestScopes {
    /// For apps, authorization codes that the program got itself, and the shared cache: what was asked for and nothing else.
    ///
    /// # Errors
    /// `InvalidArgument` for no scope and for a malformed one.
    pub fn as_given(scopes: &[&str]) -> Result<Self, Error> {
        if scopes.is_empty() {
            return Err(Error::invalid_argument("a token request needs at least one scope"));
        }
        let mut joined = String::with_capacity(scopes.iter().map(|scope| scope.len() + 1).sum());
        for (at, scope) in scopes.iter().enumerate() {
            Scope::parse(scope)?;
            if scopes[..at].contains(scope) {
                continue;
            }
            if at > 0 {
                joined.push(' ');
            }
            joined.push_str(scope);
        }
        Ok(Self(joined))
    }

    /// For sign-in of people and on behalf of them: with the scopes that give an ID token and a refresh token.
    ///
    /// # Errors
    /// `InvalidArgument` for no scope, for a malformed one, and for one of those that are added anyway.
    pub fn of_user(scopes: &[&str]) -> Result<Self, Error> {
        if let Some(reserved) = scopes.iter().find(|scope| RESERVED_SCOPES.contains(scope)) {
            return Err(Error::invalid_argument(format!(
                "the scope '{reserved}' is added to every sign-in and must not be asked for; ask for a resource's scopes only"
            )));
        }
        let mut joined = Self::as_given(scopes)?;
        for reserved in RESERVED_SCOPES {
            joined.0.push(' ');
            joined.0.push_str(reserved);
        }
        Ok(joined)
    }

    /// The parameter's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What every sign-in asks for.
const RESERVED_SCOPES: [&str; 3] = ["openid", "profile", "offline_access"];

/// What a token is asked for with. The client id, the app's proof and claims are added by whoever sends it.
#[derive(Clone, Debug)]
pub struct Grant {
    grant_type: &'static str,
    form: Form,
}

impl Grant {
    /// An app for itself (RFC 6749, section 4.4).
    pub fn client_credentials(scopes: &RequestScopes) -> Self {
        Self::of("client_credentials").with("scope", scopes.as_str())
    }

    /// A code that the browser brought (RFC 6749, section 4.1.3), with the verifier where the sign-in was started with one (RFC 7636).
    pub fn authorization_code(
        code: &Secret,
        redirect_uri: &str,
        scopes: &RequestScopes,
        verifier: Option<&Secret>,
    ) -> Self {
        let mut grant = Self::of("authorization_code")
            .with("code", code.clone())
            .with("redirect_uri", redirect_uri)
            .with("scope", scopes.as_str());
        if let Some(verifier) = verifier {
            grant = grant.with("code_verifier", verifier.clone());
        }
        grant.with_client_info()
    }

    /// What an earlier sign-in left (RFC 6749, section 6).
    pub fn refresh_token(refresh_token: &Secret, scopes: &RequestScopes) -> Self {
        Self::of("refresh_token")
            .with("refresh_token", refresh_token.clone())
            .with("scope", scopes.as_str())
            .with_client_info()
    }

    /// A sign-in that goes on at another device (RFC 8628, section 3.4).
    pub fn device_code(device_code: &Secret) -> Self {
        Self::of(DEVICE_CODE).with("device_code", device_code.clone()).with_client_info()
    }

    /// A user name and a password (RFC 6749, section 4.3). Microsoft advises against it; it fails for accounts with a second factor.
    pub fn password(username: &str, password: &Secret, scopes: &RequestScopes) -> Self {
        Self::of("password")
            .with("username", username)
            .with("password", password.clone())
            .with("scope", scopes.as_str())
            .with_client_info()
    }

    /// An app for the user whose token it was given.
    pub fn on_behalf_of(assertion: &Secret, scopes: &RequestScopes) -> Self {
        Self::of(JWT_BEARER)
            .with("assertion", assertion.clone())
            .with("requested_token_use", "on_behalf_of")
            .with("scope", scopes.as_str())
            .with_client_info()
    }

    /// The grant's name on the wire, which is also what an account remembers as its source.
    pub fn grant_type(&self) -> &'static str {
        self.grant_type
    }

    /// The fields.
    pub fn form(&self) -> &Form {
        &self.form
    }

    /// The fields, for adding to.
    pub fn into_form(self) -> Form {
        self.form
    }

    fn of(grant_type: &'static str) -> Self {
        Self { grant_type, form: Form::new().with("grant_type", grant_type) }
    }

    fn with(mut self, name: &'static str, value: impl Into<Secret>) -> Self {
        self.form.push(name, value);
        self
    }

    /// Asks the server to say whose account it is in its home tenant.
    fn with_client_info(self) -> Self {
        self.with("client_info", "1")
    }
}

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// What a browser is sent to the authority with (RFC 6749, section 4.1.1, with OpenID Connect and PKCE).
#[derive(Clone, Copy, Debug)]
pub struct AuthorizeRequest<'a> {
    /// The app.
    pub client_id: &'a str,
    /// Where the browser comes back to.
    pub redirect_uri: &'a str,
    /// What is asked for.
    pub scopes: &'a RequestScopes,
    /// What ties the answer to this sign-in.
    pub state: &'a Secret,
    /// What the ID token must repeat.
    pub nonce: &'a Secret,
    /// What ties the code to this sign-in.
    pub pkce: &'a Pkce,
    /// What the page shows even to somebody who is signed in: `select_account` lets them choose.
    pub prompt: Option<&'a str>,
    /// The user name to start with.
    pub login_hint: Option<&'a str>,
    /// Claims that the token must carry, as JSON.
    pub claims: Option<&'a str>,
}

impl AuthorizeRequest<'_> {
    /// The URL for the browser. The answer comes back as a form in a POST, so that the code stands in no history and no log.
    pub fn url(&self, authorize_endpoint: &Url) -> Url {
        let mut url = authorize_endpoint.clone();
        let mut query = url.query_pairs_mut();
        query
            .append_pair("client_id", self.client_id)
            .append_pair("response_type", "code")
            .append_pair("redirect_uri", self.redirect_uri)
            .append_pair("scope", self.scopes.as_str())
            .append_pair("state", self.state.secret())
            .append_pair("nonce", self.nonce.secret())
            .append_pair("code_challenge", self.pkce.challenge())
            .append_pair("code_challenge_method", "S256")
            .append_pair("response_mode", "form_post")
            .append_pair("client_info", "1");
        let optional = [("prompt", self.prompt), ("login_hint", self.login_hint), ("claims", self.claims)];
        for (name, value) in optional {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        drop(query);
        url
    }
}

#[cfg(test)]
mod tests;
