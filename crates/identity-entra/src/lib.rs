//! The pipes of the house: everything that credentials share and no credential itself.
//!
//! A credential is written on top of an [`EntraClient`](client::EntraClient): it knows tenant, client and options, finds the authority, sends a
//! grant with the app's proof ([`ClientAuth`](client_auth::ClientAuth)), and keeps the answer in its [token cache](cache). Everything that goes
//! over the wire passes an [`HttpService`](http::HttpService).
//!
//! Programs need this crate for options only ([`EntraOptions`](options::EntraOptions)); the umbrella crate `identity` exports those.
//!
//! # Features
//! - `reqwest` (default): the HTTP implementation, with rustls and ring.
//! - `aws-lc-rs`: the same with aws-lc-rs as the crypto provider, for FIPS builds.
//! - `process`: child processes, for the credentials of developer tools and for assertions that a command prints.
//! - `test-util`: an HTTP service that answers from a script, in `http::testing`.

pub mod assertion_source;
pub mod authority;
pub mod cache;
pub mod client;
pub mod client_auth;
pub mod http;
pub mod oauth;
pub mod options;
#[cfg(feature = "process")]
pub mod process;
pub mod time;
