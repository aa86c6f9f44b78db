//! A token for a person, who signs in on any device with the code that this prints.
//!
//!     cargo run -p identity --no-default-features --features interactive --example interactive
#![allow(clippy::print_stdout, reason = "an example shows what it got")]

use identity::{DeviceCodeCredential, Error, TokenCredential, TokenRequestOptions};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let credential = DeviceCodeCredential::new(Default::default())?;

    let scopes = ["https://management.azure.com/.default"];
    let token = credential.get_token(&scopes, &TokenRequestOptions::default()).await?;
    println!("{} has a token until {:?}", token.credential(), token.expires_on());
    Ok(())
}
