use identity_core::testing::block_on;
use identity_core::{Env, ErrorKind, TokenCredential, TokenRequestOptions};
use identity_entra::http::testing::Answer;

use crate::ManagedIdentityCredential;
use crate::testing::*;

fn pod(file: &tempfile::NamedTempFile) -> Env {
    Env::empty()
        .with("AZURE_AUTHORITY_HOST", "https://login.chinacloudapi.cn/")
        .with("AZURE_TENANT_ID", "tenant")
        .with("AZURE_CLIENT_ID", "client-of-the-pod")
        .with("AZURE_FEDERATED_TOKEN_FILE", file.path())
}

// S165, S171
#[test]
fn the_pod_s_token_is_exchanged_at_the_pod_s_authority() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for (identity, expected) in [(None, "client-of-the-pod"), (client_id(), CLIENT_ID)] {
        std::fs::write(file.path(), "federated\n").unwrap();
        let machine = Machine::new(pod(&file));
        machine.http.push(Answer::token("t", 3600));
        let entra = machine.entra().with_authority_host("login.microsoftonline.us");
        let options = machine.options(identity).with_entra(entra);
        let credential = ManagedIdentityCredential::new(options).unwrap();
        let other_tenant = TokenRequestOptions::default().with_tenant_id("other");
        let token = block_on(credential.get_token(&[SCOPE], &other_tenant)).unwrap();
        assert_eq!((token.token().secret(), token.credential()), ("t", "ManagedIdentityCredential"));
        ask(&credential).unwrap();
        assert_eq!(machine.http.count(), 1, "the second token is the cached one");
        let sent = machine.http.requests().remove(0);
        assert_eq!(sent.url, "https://login.chinacloudapi.cn/tenant/oauth2/v2.0/token");
        let field = |name| sent.field(name).unwrap();
        assert_eq!(
            (field("client_id").as_str(), field("client_assertion").as_str()),
            (expected, "federated")
        );
        assert_eq!(field("scope"), SCOPE);
    }
}

#[test]
fn a_file_that_is_not_there_is_unavailable() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let machine = Machine::new(pod(&file));
    drop(file);
    let error = machine.error();
    assert_eq!(
        (error.kind(), error.credential()),
        (ErrorKind::CredentialUnavailable, "ManagedIdentityCredential")
    );
    assert_eq!(machine.http.count(), 0);
}
