//! The requests of OAuth 2.0 as Entra ID speaks it, and its answers.

mod claims;
mod device_flow;
mod exchange;
mod expiry;
mod form;
mod grants;
mod hints;
mod id_token;
mod pkce;
mod response;
mod server_error;
mod user_realm;

pub use claims::{cae_enabled, request_claims};
pub use device_flow::{DeviceAuthorization, DeviceCodeInfo};
pub use exchange::Exchange;
pub use form::Form;
pub use grants::{AuthorizeRequest, Grant, RequestScopes};
pub use id_token::{ClientInfo, IdToken, SignedIn};
pub use pkce::{Pkce, random_text};
pub use response::TokenResponse;
pub use server_error::{asks_for_a_person, error_from_response, remedy, server_error, server_error_in_words};
pub use user_realm::{UserRealm, user_realm};
