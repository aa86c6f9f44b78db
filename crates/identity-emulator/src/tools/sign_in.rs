use crate::aadsts::AadstsError;
use crate::server::Emulator;

/// What a tool has for whoever is signed in with it: tokens for resources, in one or several tenants.
#[derive(Clone, Debug)]
pub struct SignIn {
    pub(super) tenant: String,
    pub(super) subscription: String,
    pub(super) tokens: Vec<Token>,
    pub(super) is_old: bool,
}

/// One of its tokens.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) tenant: String,
    pub(super) resource: String,
    pub(super) text: String,
    pub(super) expires_on: i64,
}

impl SignIn {
    /// A sign-in to a tenant, with no tokens yet.
    pub fn new(tenant: impl Into<String>) -> SignIn {
        SignIn {
            tenant: tenant.into(),
            subscription: "Emulated".to_owned(),
            tokens: Vec::new(),
            is_old: false,
        }
    }

    /// Adds a token of the sign-in's tenant for a resource, which ends at this second since 1970. `*` stands for any resource.
    pub fn with_token(
        self,
        resource: impl Into<String>,
        token: impl Into<String>,
        expires_on: i64,
    ) -> SignIn {
        let tenant = self.tenant.clone();
        self.with_token_of(tenant, resource, token, expires_on)
    }

    /// The same for another tenant. `*` stands for any.
    pub fn with_token_of(
        mut self,
        tenant: impl Into<String>,
        resource: impl Into<String>,
        token: impl Into<String>,
        expires_on: i64,
    ) -> SignIn {
        let (tenant, resource, text) = (tenant.into(), resource.into(), token.into());
        self.tokens.push(Token { tenant, resource, text, expires_on });
        self
    }

    /// The only subscription, which `az` may be asked for by its name. Default: `Emulated`.
    pub fn with_subscription(mut self, subscription: impl Into<String>) -> SignIn {
        self.subscription = subscription.into();
        self
    }

    /// Makes the tool an old version: `az` gives the end of a token as a local time only.
    pub fn with_old_tool(mut self) -> SignIn {
        self.is_old = true;
        self
    }
}

impl Emulator {
    /// A sign-in of the default user, with a token of this emulator for each of these resources.
    ///
    /// # Errors
    ///
    /// Entra ID's refusal of a resource that makes no sense.
    pub fn tool_sign_in(&self, resources: &[&str]) -> Result<SignIn, AadstsError> {
        let mut sign_in = SignIn::new(self.tenant_id());
        for resource in resources {
            let token = self.user_token(self.username(), &format!("{resource}/.default"))?;
            let expires_on = expiry(&token).ok_or_else(AadstsError::server_error)?;
            sign_in = sign_in.with_token(*resource, token, expires_on);
        }
        Ok(sign_in)
    }
}

fn expiry(token: &str) -> Option<i64> {
    use base64::Engine as _;
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice::<serde_json::Value>(&claims).ok()?.get("exp")?.as_i64()
}
