//! A token from the first credential of the default chain that has one.
//!
//!     cargo run -p identity --no-default-features --features default-credential --example default_credential
#![allow(clippy::print_stdout, reason = "an example shows what it got")]

use identity::{DefaultAzureCredential, Error, TokenCredential, TokenRequestOptions};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let credential = DefaultAzureCredential::new(Default::default())?;

    let scopes = ["https://management.azure.com/.default"];
    let token = credential.get_token(&scopes, &TokenRequestOptions::default()).await?;
    println!("{} has a token until {:?}", token.credential(), token.expires_on());
    Ok(())
}
