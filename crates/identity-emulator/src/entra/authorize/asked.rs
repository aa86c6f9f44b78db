//! What an authorization request asks for.

use crate::aadsts::AadstsError;
use crate::directory::Directory;

use crate::entra::Call;
use crate::entra::pkce::CodeChallenge;
use crate::entra::scopes::UserScopes;
use crate::entra::users::app_anywhere;

use super::answer::{Mode, Place};

/// An authorization request that may be answered.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(super) tenant: String,
    pub(super) client_id: String,
    pub(super) app_name: String,
    pub(super) place: Place,
    /// Whether the place is a web application's.
    pub(super) web: bool,
    pub(super) scope: String,
    pub(super) challenge: Option<CodeChallenge>,
    pub(super) nonce: Option<String>,
    pub(super) claims: Option<String>,
    pub(super) prompt: String,
    pub(super) login_hint: String,
    pub(super) client_info: bool,
}

/// A request that is refused, by a page or by an answer to the client.
pub(super) enum Unasked {
    Nowhere(AadstsError),
    There(Box<(Place, AadstsError)>),
}

impl Asked {
    pub(super) fn of(call: &Call<'_>, directory: &Directory, tenant: &str) -> Result<Asked, Unasked> {
        let request = call.request;
        let get =
            |name: &str| request.query(name).or_else(|| request.form(name)).filter(|value| !value.is_empty());
        let own = |name: &str| get(name).map(str::to_owned);
        let nowhere = |name| Unasked::Nowhere(AadstsError::missing_parameter(name));
        let client_id = get("client_id").ok_or_else(|| nowhere("client_id"))?;
        let app = app_anywhere(directory, tenant, client_id).map_err(Unasked::Nowhere)?;
        let redirect_uri = get("redirect_uri").ok_or_else(|| nowhere("redirect_uri"))?;
        let registered = app.redirect_uri(redirect_uri).ok_or_else(|| {
            Unasked::Nowhere(AadstsError::unknown_redirect_uri(redirect_uri, app.client_id()))
        })?;

        let place = |mode| Place { redirect_uri: redirect_uri.to_owned(), mode, state: own("state") };
        let Some(mode) = Mode::named(get("response_mode").unwrap_or("query")) else {
            return Err(Unasked::There(Box::new((place(Mode::Query), AadstsError::malformed_request()))));
        };
        let place = place(mode);
        let refuse = |refused| Err(Unasked::There(Box::new((place.clone(), refused))));
        match get("response_type") {
            Some("code") => {}
            Some(other) => return refuse(AadstsError::unsupported_response_type(other)),
            None => return refuse(AadstsError::missing_parameter("response_type")),
        }
        let scope = match get("scope") {
            Some(scope) => scope,
            None => return refuse(AadstsError::missing_parameter("scope")),
        };
        if let Err(refused) = UserScopes::parse(scope) {
            return refuse(refused);
        }
        let challenge = match get("code_challenge") {
            None => None,
            Some(challenge) => match CodeChallenge::new(challenge, get("code_challenge_method")) {
                Some(challenge) => Some(challenge),
                None => return refuse(AadstsError::malformed_request()),
            },
        };
        let prompt = get("prompt").unwrap_or_default();
        if !["", "none", "login", "consent", "select_account"].contains(&prompt) {
            return refuse(AadstsError::malformed_request());
        }
        if let Some(claims) = get("claims")
            && !serde_json::from_str::<serde_json::Value>(claims).is_ok_and(|claims| claims.is_object())
        {
            return refuse(AadstsError::malformed_request());
        }
        Ok(Asked {
            tenant: tenant.to_owned(),
            client_id: app.client_id().to_owned(),
            app_name: app.name().to_owned(),
            web: registered.web,
            scope: scope.to_owned(),
            challenge,
            nonce: own("nonce"),
            claims: own("claims"),
            prompt: prompt.to_owned(),
            login_hint: own("login_hint").unwrap_or_default(),
            client_info: get("client_info") == Some("1"),
            place,
        })
    }
}
