//! The ground of the house: what every credential and every client of one has in common.
//!
//! A *credential* is something that gives access tokens for Azure. This crate says what that means ([`TokenCredential`]), what comes
//! out ([`AccessToken`] or [`Error`]), and what goes in besides scopes ([`TokenRequestOptions`]). It knows no HTTP client, no
//! async runtime and no platform, so a library that only *accepts* credentials depends on nothing else.
//!
//! ```
//! use identity_core::{Error, Secret, TokenCredential, TokenRequestOptions};
//!
//! /// A client of some service takes any credential.
//! async fn authorization(credential: &dyn TokenCredential) -> Result<String, Error> {
//!     let token = credential.get_token(&["https://vault.azure.net/.default"], &TokenRequestOptions::default()).await?;
//!     Ok(format!("{} {}", token.token_type(), token.token().secret()))
//! }
//! ```
//!
//! # Features
//! - `test-util`: fakes for the tests of programs that use credentials, in `testing`.

mod access_token;
mod authentication_record;
mod authority_hosts;
mod bearer;
mod clock;
mod credential;
mod env;
mod error;
mod scope;
mod secret;
mod tenant;
#[cfg(feature = "test-util")]
pub mod testing;

pub use access_token::{AccessToken, TokenType};
pub use authentication_record::AuthenticationRecord;
pub use authority_hosts::{AzureAuthorityHosts, Cloud, KnownAuthorities};
pub use bearer::{BearerTokenFuture, bearer_token_provider};
pub use clock::{Clock, TimeSource};
pub use credential::{BoxFuture, ChainContext, TokenCredential, TokenFuture, TokenRequestOptions};
pub use env::{Env, variables};
pub use error::{Attempt, Error, ErrorKind, Result, ServerError};
pub use scope::{Scope, check_scopes, single_resource};
pub use secret::{Secret, SecretBytes};
pub use tenant::TenantId;
