//! A token for an app with a certificate, read from AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_CERTIFICATE_PATH.
//!
//!     cargo run -p identity --no-default-features --features cert --example cert
#![allow(clippy::print_stdout, reason = "an example shows what it got")]

use identity::{
    CertificateCredential, ClientCertificate, Env, Error, TokenCredential, TokenRequestOptions, variables,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Env::process();
    let tenant = env.get(variables::AZURE_TENANT_ID).unwrap_or_default();
    let client = env.get(variables::AZURE_CLIENT_ID).unwrap_or_default();
    let path = env.get(variables::AZURE_CLIENT_CERTIFICATE_PATH).unwrap_or_default();
    let certificate = ClientCertificate::from_file(path, None)?;
    let credential = CertificateCredential::new(&tenant, &client, certificate, Default::default())?;

    let scopes = ["https://management.azure.com/.default"];
    let token = credential.get_token(&scopes, &TokenRequestOptions::default()).await?;
    println!("{} has a token until {:?}", token.credential(), token.expires_on());
    Ok(())
}
