//! The other side of the wire: Entra ID and managed identity for tests and for programs with no Azure account.
//!
//! The emulator verifies what Entra ID verifies and answers in its shapes and with its error codes. It
//! imports no other crate of this workspace, so it is an independent witness: it cannot share their mistakes.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use identity_emulator::Emulator;
//!
//! let emulator = Emulator::start().await?;
//! for (variable, value) in emulator.environment() {
//!     println!("export {variable}={value}");
//! }
//! // ... a client asks for a token at emulator.authority_host() ...
//! assert_eq!(emulator.journal().token_count(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! - [`Emulator`] runs in process, on the current runtime or on a thread of its own, and stops when dropped.
//! - [`Directory`] says who exists: tenants, apps with secrets and certificates, users.
//! - [`Machine`] has managed identities, [`Host`] says how a program finds out where it runs: on Azure, in Kubernetes, in a build server's job.
//! - [`Person`] plays the human at the sign-in pages, which work in a real browser too.
//! - [`Journal`] has every request that came; [`MovableClock`] is the time by which tokens are stamped.
//! - [`Faults`] is a script of troubles: statuses, cut bodies, pages, closed connections, held answers.
//! - [`tools`] are programs that stand in for `az`, `azd` and `pwsh`.
//! - [`shapes`] builds the JSON bodies, for tests that need only an answer and no server.
//!
//! # Features
//!
//! - `fakes`: wiremock mounts with the same bodies, for unit tests.

mod aadsts;
mod builder;
mod certificates;
mod clock;
mod directory;
mod discovery;
mod entra;
#[cfg(feature = "fakes")]
pub mod fakes;
mod faults;
mod host;
mod journal;
mod jwt;
mod keys;
mod management;
mod msi;
mod oidc;
mod person;
mod reply;
mod request;
mod router;
mod server;
pub mod shapes;
mod sync;
#[cfg(test)]
mod testing;
mod tls;
pub mod tools;

pub use aadsts::AadstsError;
pub use builder::EmulatorBuilder;
pub use clock::MovableClock;
pub use directory::{
    App, DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, DEFAULT_DOMAIN, DEFAULT_FEDERATED_ISSUER,
    DEFAULT_FEDERATED_SUBJECT, DEFAULT_PASSWORD, DEFAULT_TENANT_ID, DEFAULT_USERNAME, Directory,
    FederatedCredential, Tenant, User,
};
pub use entra::{DeviceCodeStyle, TokenStyle};
pub use faults::{Fault, Faults, Gate, When};
pub use host::Host;
pub use journal::Journal;
pub use jwt::Algorithm;
pub use msi::{
    DEFAULT_SYSTEM_ASSIGNED_OBJECT_ID, DEFAULT_USER_ASSIGNED_CLIENT_ID, DEFAULT_USER_ASSIGNED_OBJECT_ID,
    DEFAULT_USER_ASSIGNED_RESOURCE_ID, ExpiryStyle, Machine, MachineIdentity,
};
pub use oidc::{
    DEFAULT_GITHUB_SUBJECT, DEFAULT_GOOGLE_SUBJECT, DEFAULT_PIPELINES_ISSUER, DEFAULT_PIPELINES_SUBJECT,
    DEFAULT_SERVICE_CONNECTION_ID, GITHUB_ISSUER, GOOGLE_ISSUER,
};
pub use person::{Landing, Person};
pub use request::RecordedRequest;
pub use server::{Assertion, Emulator};
