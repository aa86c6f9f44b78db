//! People sign in at an authority that verifies what Entra ID verifies.

#![allow(clippy::unwrap_used, clippy::panic)]

mod browser;
mod device_code;
mod own_code_and_password;
mod support;
