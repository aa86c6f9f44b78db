use serde_json::Value;

use super::*;
use crate::testing::{get, post};

#[tokio::test]
async fn a_mount_answers_only_the_form_it_is_for() {
    let server = wiremock::MockServer::start().await;
    on_token("T")
        .and(form("grant_type", "client_credentials"))
        .and(form_with("client_secret"))
        .and(form_without("claims"))
        .respond_with(token_success("secret-token", 60))
        .expect(1)
        .mount(&server)
        .await;
    let url = format!("{}/T/oauth2/v2.0/token", server.uri());
    let good = [("grant_type", "client_credentials"), ("client_secret", "s%+ &")];
    let answer = post(&url, &good).await;
    assert_eq!((answer.status, &answer.json()["access_token"]), (200, &Value::from("secret-token")));
    let bad: [&[(&str, &str)]; 5] = [
        &[("grant_type", "password"), ("client_secret", "s")],
        &[("grant_type", "client_credentials"), ("client_secret", "")],
        &[("grant_type", "client_credentials")],
        &[good[0], good[1], ("claims", "{}")],
        &[good[0], good[0], good[1]],
    ];
    for form in bad {
        assert_eq!(post(&url, form).await.status, 404, "{form:?}");
    }
    assert_eq!(
        form_of(&server.received_requests().await.unwrap()[0])[1],
        ("client_secret".into(), "s%+ &".into())
    );
}

#[tokio::test]
async fn a_refusal_and_the_documents_have_the_emulators_shapes() {
    let server = wiremock::MockServer::start().await;
    let refused =
        AadstsError::new(7000215, "invalid_client", "Invalid client secret provided.").with_status(401);
    on_token("T").respond_with(token_error(&refused)).mount(&server).await;
    on_openid_configuration("T").respond_with(openid_configuration(&server.uri(), "T")).mount(&server).await;
    on_instance_discovery("a.example")
        .respond_with(instance_discovery("a.example", "T", &["a.example", "b.example"]))
        .mount(&server)
        .await;
    on_instance_discovery("c.example").respond_with(invalid_instance()).mount(&server).await;
    let url = format!("{}/T/oauth2/v2.0/token", server.uri());
    post(&url, &[]).await.refused(401, "invalid_client", 7000215);
    let document = get(&format!("{}/T/v2.0/.well-known/openid-configuration", server.uri())).await.json();
    assert_eq!(document["token_endpoint"], url);
    let discover = |host: &str| {
        format!(
            "{}/common/discovery/instance?api-version=1.1&authorization_endpoint=https://{host}/T/oauth2/v2.0/authorize",
            server.uri()
        )
    };
    let found = get(&discover("a.example")).await.json();
    assert_eq!(found["metadata"][0]["preferred_cache"], "b.example");
    get(&discover("c.example")).await.refused(400, "invalid_instance", 50049);
}
