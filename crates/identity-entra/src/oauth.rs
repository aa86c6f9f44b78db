//! The requests of OAuth 2.0 as Entra ID speaks it, and its answers.

mod claims;
mod form;
mod grants;
mod id_token;
mod pkce;

pub use claims::{cae_enabled, request_claims};
pub use form::Form;
pub use grants::{AuthorizeRequest, Grant, RequestScopes};
pub use id_token::{ClientInfo, IdToken, SignedIn};
pub use pkce::{Pkce, is_same, random_text};
