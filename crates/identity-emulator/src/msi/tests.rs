use std::time::Duration;

use serde_json::Value;

use super::*;
use crate::testing::{Answer, builder_trusting, client, get, read, verify};
use crate::{Emulator, Fault, When};

const RESOURCE: &str = "https://vault.azure.net";

/// A request to a host that is right in every respect: URL, then headers.
struct Right {
    url: String,
    headers: Vec<(&'static str, String)>,
}

fn variable(emulator: &Emulator, host: Host, name: &str) -> String {
    let variables = emulator.host_environment(host).unwrap();
    variables.into_iter().find(|(n, _)| *n == name).unwrap().1
}

fn right(emulator: &Emulator, host: Host) -> Right {
    let endpoint = |name: &str, version: &str| {
        let endpoint = variable(emulator, host, name);
        format!("{endpoint}?api-version={version}&resource={RESOURCE}")
    };
    let metadata = ("metadata", "true".to_owned());
    match host {
        Host::Imds => Right {
            url: format!(
                "{}/metadata/identity/oauth2/token?api-version=2018-02-01&resource={RESOURCE}",
                emulator.http_url()
            ),
            headers: vec![metadata],
        },
        Host::AppService => Right {
            url: endpoint("IDENTITY_ENDPOINT", "2019-08-01"),
            headers: vec![("x-identity-header", variable(emulator, host, "IDENTITY_HEADER"))],
        },
        Host::AzureMl => Right {
            url: endpoint("MSI_ENDPOINT", "2017-09-01"),
            headers: vec![("secret", variable(emulator, host, "MSI_SECRET"))],
        },
        Host::AzureArc => Right { url: endpoint("IDENTITY_ENDPOINT", "2020-06-01"), headers: vec![metadata] },
        Host::ServiceFabric => Right {
            url: endpoint("IDENTITY_ENDPOINT", "2019-07-01-preview"),
            headers: vec![("secret", variable(emulator, host, "IDENTITY_HEADER"))],
        },
        other => panic!("{other} is not asked with GET"),
    }
}

async fn send(emulator: &Emulator, right: &Right) -> Answer {
    let client = match emulator.ca_pem() {
        Some(ca) => builder_trusting(&[ca]).build().unwrap(),
        None => client(),
    };
    let request = right
        .headers
        .iter()
        .fold(client.get(&right.url), |request, (name, value)| request.header(*name, value));
    read(request.send().await.unwrap()).await
}

async fn oid(emulator: &Emulator, answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{answer:?}");
    let keys = get(&format!("{}/{}/discovery/v2.0/keys", emulator.http_url(), emulator.tenant_id())).await;
    let claims = verify(&keys.json(), answer.json()["access_token"].as_str().unwrap());
    assert_eq!(claims["aud"], RESOURCE);
    assert_eq!(claims["iss"], format!("https://sts.windows.net/{}/", emulator.tenant_id()));
    claims["oid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn imds_gives_the_token_of_the_identity_that_is_named() {
    let emulator = Emulator::start().await.unwrap();
    for (more, object_id) in [
        (String::new(), DEFAULT_SYSTEM_ASSIGNED_OBJECT_ID),
        (format!("&client_id={DEFAULT_USER_ASSIGNED_CLIENT_ID}"), DEFAULT_USER_ASSIGNED_OBJECT_ID),
        (
            format!("&object_id={}", DEFAULT_USER_ASSIGNED_OBJECT_ID.to_uppercase()),
            DEFAULT_USER_ASSIGNED_OBJECT_ID,
        ),
        (format!("&msi_res_id={DEFAULT_USER_ASSIGNED_RESOURCE_ID}"), DEFAULT_USER_ASSIGNED_OBJECT_ID),
        // A name that the host does not know means nothing to it.
        (format!("&clientid={DEFAULT_USER_ASSIGNED_CLIENT_ID}"), DEFAULT_SYSTEM_ASSIGNED_OBJECT_ID),
    ] {
        let mut request = right(&emulator, Host::Imds);
        request.url.push_str(&more);
        let answer = send(&emulator, &request).await;
        assert_eq!(oid(&emulator, &answer).await, object_id, "{more}");
        let body = answer.json();
        assert_eq!(
            (body["expires_in"].as_str(), body["token_type"].as_str()),
            (Some("86399"), Some("Bearer"))
        );
        assert!(body["expires_on"].as_str().unwrap().parse::<u64>().is_ok());
    }
    assert_eq!(emulator.journal().of_host(Host::Imds).len(), 5);
}

// G10
#[tokio::test]
async fn metadata_services_refuse_what_a_page_or_a_tricked_server_could_send() {
    let folder = tempfile::tempdir().unwrap();
    let machine = Machine::default().with_arc_folder(folder.path());
    let emulator = Emulator::builder().with_machine(machine).start().await.unwrap();
    for host in [Host::Imds, Host::AzureArc] {
        for headers in [
            vec![],
            vec![("metadata", "false".to_owned())],
            vec![("metadata", "true".to_owned()), ("x-forwarded-for", "10.0.0.1".to_owned())],
        ] {
            let request = Right { headers, ..right(&emulator, host) };
            let answer = send(&emulator, &request).await;
            assert_eq!(
                (answer.status, answer.json()["error"].as_str()),
                (400, Some("invalid_request")),
                "{answer:?}"
            );
        }
    }
    for host in [Host::AppService, Host::AzureMl] {
        for (name, value) in [("x", ""), ("x-identity-header", "wrong"), ("secret", "wrong")] {
            let request = Right { headers: vec![(name, value.to_owned())], ..right(&emulator, host) };
            assert_eq!(send(&emulator, &request).await.status, 401);
        }
        let mut request = right(&emulator, host);
        request.headers.push(("x-forwarded-for", "10.0.0.1".to_owned()));
        assert_eq!(send(&emulator, &request).await.status, 401);
    }
}

// G9
#[tokio::test]
async fn another_spelling_of_a_path_gets_around_nothing() {
    let emulator = Emulator::start().await.unwrap();
    for path in [
        "/metadata/identity%5Coauth2%5Ctoken",
        "//metadata/identity/oauth2/token/",
        "/x/%2e%2e/metadata/identity/oauth2/token",
    ] {
        let url = format!("{}{path}?api-version=2018-02-01&resource={RESOURCE}", emulator.http_url());
        let answer = send(&emulator, &Right { url, headers: vec![] }).await;
        assert_eq!(
            (answer.status, answer.json()["error"].as_str()),
            (400, Some("invalid_request")),
            "{path}"
        );
    }
}

#[tokio::test]
async fn requests_that_make_no_sense_are_refused() {
    let emulator = Emulator::builder().with_https().start().await.unwrap();
    let fresh = |host| right(&emulator, host);
    for host in [Host::Imds, Host::AppService, Host::AzureMl, Host::ServiceFabric] {
        let Right { url, headers } = fresh(host);
        let (endpoint, query) = url.split_once('?').unwrap();
        let (version, resource) = query.split_once('&').unwrap();
        for query in [
            "".to_owned(),
            version.to_owned(),
            resource.to_owned(),
            format!("api-version=1999-01-01&{resource}"),
            format!("{version}&resource="),
            format!("{query}&{resource}"),
            format!("{version}&resource=no-resource"),
        ] {
            let request = Right { url: format!("{endpoint}?{query}"), headers: headers.clone() };
            let answer = send(&emulator, &request).await;
            assert_eq!(answer.status, 400, "{host} {query}: {answer:?}");
        }
    }
    for (host, names) in [
        (Host::Imds, ["client_id", "object_id", "msi_res_id"]),
        (Host::AppService, ["client_id", "principal_id", "mi_res_id"]),
        (Host::AzureMl, ["clientid", "object_id", "msi_res_id"]),
    ] {
        for name in names {
            let mut request = fresh(host);
            request.url.push_str(&format!("&{name}=unknown"));
            assert_eq!(send(&emulator, &request).await.status, 400, "{host} {name}");
        }
        let mut request = fresh(host);
        let id = DEFAULT_USER_ASSIGNED_CLIENT_ID;
        request.url.push_str(&format!("&{}={id}&{}={id}", names[0], names[1]));
        assert_eq!(send(&emulator, &request).await.status, 400, "{host}");
    }
    let posted = read(client().post(fresh(Host::Imds).url).send().await.unwrap()).await;
    assert_eq!((posted.status, posted.header("allow")), (405, "GET"));
}

#[tokio::test]
async fn app_service_writes_the_end_of_a_token_in_each_of_its_ways() {
    let at = std::time::UNIX_EPOCH + Duration::from_secs(1_579_152_252);
    for (style, expected) in [
        (ExpiryStyle::Text, json!("1579152252")),
        (ExpiryStyle::Number, json!(1_579_152_252)),
        (ExpiryStyle::DateOfLinux, json!("01/16/2020 05:24:12 +00:00")),
        (ExpiryStyle::DateOfWindows, json!("1/16/2020 5:24:12 AM +00:00")),
    ] {
        let machine = Machine::default().with_expiry_style(style).with_lifetime(Duration::ZERO);
        let emulator = Emulator::builder().with_machine(machine).start().await.unwrap();
        emulator.clock().set(at);
        for host in [Host::AppService, Host::AzureMl] {
            assert_eq!(
                send(&emulator, &right(&emulator, host)).await.json()["expires_on"],
                expected,
                "{host}"
            );
        }
        let of_imds = send(&emulator, &right(&emulator, Host::Imds)).await.json()["expires_on"].clone();
        assert_eq!(of_imds, if style == ExpiryStyle::Number { expected } else { json!("1579152252") });
    }
}

#[tokio::test]
async fn arc_wants_to_see_what_stands_in_its_file_once() {
    let folder = tempfile::tempdir().unwrap();
    let machine = Machine::default().with_arc_folder(folder.path());
    let emulator = Emulator::builder().with_machine(machine).start().await.unwrap();
    let files = || std::fs::read_dir(folder.path()).unwrap().count();
    let mut request = right(&emulator, Host::AzureArc);
    request.url.push_str(&format!("&client_id={DEFAULT_USER_ASSIGNED_CLIENT_ID}"));
    let challenge = send(&emulator, &request).await;
    assert_eq!((challenge.status, files()), (401, 1));
    let file = challenge.header("www-authenticate").strip_prefix("Basic realm=").unwrap();
    assert!(file.ends_with(".key") && std::path::Path::new(file).starts_with(folder.path()), "{file}");
    let key = std::fs::read_to_string(file).unwrap();
    request.headers.push(("authorization", format!("Basic {key}")));
    let answer = send(&emulator, &request).await;
    assert_eq!(oid(&emulator, &answer).await, DEFAULT_USER_ASSIGNED_OBJECT_ID);
    assert_eq!(answer.json()["client_id"], DEFAULT_USER_ASSIGNED_CLIENT_ID);
    assert_eq!(answer.json()["msi_res_id"], DEFAULT_USER_ASSIGNED_RESOURCE_ID);
    assert_eq!(files(), 0);
    assert_eq!(send(&emulator, &request).await.status, 401, "a key works once");

    // An agent that knows no user-assigned identities.
    emulator.change_machine(|machine| *machine = machine.clone().with_old_arc_agent());
    request.headers.pop();
    let challenge = send(&emulator, &request).await;
    let file = challenge.header("www-authenticate").strip_prefix("Basic realm=").unwrap();
    let key = std::fs::read_to_string(file).unwrap();
    request.headers.push(("authorization", format!("Basic {key}")));
    let answer = send(&emulator, &request).await;
    assert_eq!(oid(&emulator, &answer).await, DEFAULT_SYSTEM_ASSIGNED_OBJECT_ID);
    assert_eq!(answer.json()["client_id"], Value::Null);
}

#[tokio::test]
async fn key_files_go_away_with_the_emulator() {
    let folder = tempfile::tempdir().unwrap();
    let machine = Machine::default().with_arc_folder(folder.path());
    let emulator = Emulator::builder().with_machine(machine).start_on_thread().unwrap();
    for _ in 0..70 {
        assert_eq!(send(&emulator, &right(&emulator, Host::AzureArc)).await.status, 401);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 64);
    drop(emulator);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn service_fabric_has_https_a_secret_and_one_identity() {
    let emulator = Emulator::builder().with_https().start().await.unwrap();
    let mut request = right(&emulator, Host::ServiceFabric);
    request.url.push_str(&format!("&client_id={DEFAULT_USER_ASSIGNED_CLIENT_ID}"));
    assert_eq!(oid(&emulator, &send(&emulator, &request).await).await, DEFAULT_SYSTEM_ASSIGNED_OBJECT_ID);
    let code = |answer: Answer| (answer.status, answer.json()["error"]["code"].as_str().unwrap().to_owned());
    let without = Right { headers: vec![], ..right(&emulator, Host::ServiceFabric) };
    assert_eq!(code(send(&emulator, &without).await), (400, "SecretHeaderNotFound".into()));
    let plain = request.url.replace(&emulator.authority_host(), &emulator.http_url());
    assert_eq!(
        code(send(&emulator, &Right { url: plain, headers: vec![] }).await),
        (403, "HttpsRequired".into())
    );
    emulator.change_machine(|machine| *machine = Machine::without_identities());
    assert_eq!(code(send(&emulator, &request).await), (404, "ManagedIdentityNotFound".into()));
}

#[tokio::test]
async fn cloud_shell_takes_a_form() {
    let emulator = Emulator::start().await.unwrap();
    let url = variable(&emulator, Host::CloudShell, "MSI_ENDPOINT");
    let post = |form: &'static [(&'static str, &'static str)], metadata: bool| {
        let request = crate::testing::request_with_form(&client(), &url, form);
        let request = if metadata { request.header("metadata", "true") } else { request };
        async { read(request.send().await.unwrap()).await }
    };
    let answer = post(&[("resource", RESOURCE)], true).await;
    assert_eq!(oid(&emulator, &answer).await, DEFAULT_SYSTEM_ASSIGNED_OBJECT_ID);
    for (form, metadata, code) in [
        (&[("resource", RESOURCE)][..], false, "InvalidRequest"),
        (&[], true, "ResourceMissing"),
        (&[("resource", "x")], true, "AudienceNotSupported"),
    ] {
        let answer = post(form, metadata).await;
        assert_eq!((answer.status, answer.json()["error"]["code"].as_str()), (400, Some(code)));
    }
}

#[tokio::test]
async fn a_machine_tells_where_it_is() {
    let emulator = Emulator::start().await.unwrap();
    let url = format!("{}/metadata/instance/compute?api-version=2021-02-01", emulator.http_url());
    let metadata = || vec![("metadata", "true".to_owned())];
    let answer = send(&emulator, &Right { url: url.clone(), headers: metadata() }).await;
    assert_eq!(answer.json()["location"], "westeurope");
    assert_eq!(send(&emulator, &Right { url, headers: vec![] }).await.status, 400);
}

#[tokio::test]
async fn trouble_can_be_ordered_for_a_host() {
    let emulator = Emulator::start().await.unwrap();
    emulator.faults().times(2, When::host(Host::Imds), Fault::status(410));
    let mut seen = Vec::new();
    for host in [Host::Imds, Host::AppService, Host::Imds, Host::Imds] {
        seen.push(send(&emulator, &right(&emulator, host)).await.status);
    }
    assert_eq!(seen, [410, 200, 410, 200]);
}
