//! The official crate's counterpart of the umbrella's example `app`: what `cargo xtask features` weighs ours against.

#![allow(clippy::disallowed_methods, reason = "an example reads its settings as a program does")]

use azure_core::credentials::{Secret, TokenCredential};
use azure_identity::ClientSecretCredential;

#[tokio::main(flavor = "current_thread")]
async fn main() -> azure_core::Result<()> {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let secret = Secret::new(variable("AZURE_CLIENT_SECRET"));
    let credential =
        ClientSecretCredential::new(&variable("AZURE_TENANT_ID"), variable("AZURE_CLIENT_ID"), secret, None)?;

    let token = credential.get_token(&["https://management.azure.com/.default"], None).await?;
    println!("there is a token until {:?}", token.expires_on);
    Ok(())
}
