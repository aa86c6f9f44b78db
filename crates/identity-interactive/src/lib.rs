//! Credentials of a person who signs in. Which one?
//!
//! - At a machine with a browser: [`InteractiveBrowserCredential`].
//! - At a host without a browser: [`DeviceCodeCredential`].
//! - The program got an authorization code itself, as web apps do: [`AuthorizationCodeCredential`].
//! - The program knows the password: [`UsernamePasswordCredential`], which is discouraged.
//!
//! Tokens are cached; who has signed in is asked again only if refresh tokens don't do. Without a storage among the options accounts and tokens
//! are kept in memory. [`accounts`] lists who is signed in, [`sign_out`] ends it.

mod accounts;
mod ask;
mod authorization_code;
mod browser;
mod device_code;
mod interactive;
mod interactive_browser;
mod pages;
mod prompts;
mod redirect;
mod session;
mod silent;
#[cfg(test)]
mod testing;
mod user;
mod username_password;

pub use accounts::{accounts, sign_out};
pub use authorization_code::{AuthorizationCodeCredential, AuthorizationCodeCredentialOptions};
pub use browser::Browser;
pub use device_code::{DeviceCodeCredential, DeviceCodeCredentialOptions};
pub use identity_entra::cache::Account;
pub use identity_entra::oauth::DeviceCodeInfo;
pub use interactive_browser::{InteractiveBrowserCredential, InteractiveBrowserCredentialOptions};
pub use username_password::{UsernamePasswordCredential, UsernamePasswordCredentialOptions};
