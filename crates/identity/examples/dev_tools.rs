//! A token for whoever is signed in to the Azure CLI (`az login`).
//!
//!     cargo run -p identity --no-default-features --features dev-tools --example dev_tools
#![allow(clippy::print_stdout, reason = "an example shows what it got")]

use identity::{AzureCliCredential, Error, TokenCredential, TokenRequestOptions};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let credential = AzureCliCredential::new(Default::default())?;

    let scopes = ["https://management.azure.com/.default"];
    let token = credential.get_token(&scopes, &TokenRequestOptions::default()).await?;
    println!("{} has a token until {:?}", token.credential(), token.expires_on());
    Ok(())
}
