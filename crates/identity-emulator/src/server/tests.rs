use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::testing::{client, client_trusting, get, post, read, request_with_form, secret_form, with};
use crate::{Emulator, EmulatorBuilder};

#[tokio::test]
async fn the_journal_has_every_request_in_order() {
    let emulator = Emulator::start().await.unwrap();
    let journal = emulator.journal();
    get(&format!("{}/nothing/here?a=1&a=2&b=%20x", emulator.authority_host())).await;
    post(&emulator.token_endpoint(), &with(secret_form(&emulator), "client_secret", "wrong")).await;
    assert_eq!((journal.count(), journal.token_count()), (2, 1));
    let [first, second] = &journal.requests()[..] else { panic!("two requests") };
    assert_eq!((first.number(), first.method(), first.path()), (0, "GET", "/nothing/here"));
    assert_eq!((first.query("a"), first.query("b"), first.query("c")), (Some("1"), Some(" x"), None));
    assert_eq!(second.form("client_secret"), Some("wrong"));
    assert_eq!(second.header("content-type"), Some("application/x-www-form-urlencoded; charset=utf-8"));
    assert!(!format!("{journal:?}").contains("wrong"), "values stay out of Debug");
    journal.clear();
    assert_eq!(journal.count(), 0);
    get(&emulator.authority_host()).await;
    assert_eq!(journal.last().unwrap().number(), 0);
}

#[tokio::test]
async fn waiting_for_requests_needs_no_sleep() {
    let emulator = Emulator::start().await.unwrap();
    let journal = emulator.journal().clone();
    let waiting = tokio::spawn(async move {
        journal.wait_for(2).await;
        journal.wait_for_matching(1, |request| request.path() == "/two").await;
        journal.count()
    });
    get(&format!("{}/one", emulator.authority_host())).await;
    assert!(!waiting.is_finished());
    get(&format!("{}/two", emulator.authority_host())).await;
    assert_eq!(waiting.await.unwrap(), 2);
}

#[tokio::test]
async fn dropping_the_emulator_ends_its_connections() {
    let emulator = Emulator::start().await.unwrap();
    let client = client();
    let url = emulator.authority_host();
    assert_eq!(client.get(&url).send().await.unwrap().status(), 404);
    drop(emulator);
    assert!(client.get(&url).send().await.is_err());
}

#[test]
fn on_a_thread_of_its_own_it_needs_no_runtime() {
    let emulator = Emulator::builder().start_on_thread().unwrap();
    let address = emulator.authority_host().replace("http://", "");
    let mut stream = TcpStream::connect(&address).unwrap();
    stream.write_all(b"GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    drop(emulator);
    assert!(TcpStream::connect(&address).is_err(), "the port is free at once");
}

#[tokio::test]
async fn a_port_may_be_chosen_and_may_be_taken() {
    let first = Emulator::start().await.unwrap();
    let port = first.authority_host().rsplit_once(':').unwrap().1.parse().unwrap();
    let taken = Emulator::builder().with_port(port).start().await;
    assert_eq!(taken.unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
}

// G5
#[tokio::test]
async fn bodies_are_bounded() {
    let emulator = Emulator::start().await.unwrap();
    let huge = client().post(emulator.token_endpoint()).body(vec![b'a'; super::body::MOST + 1]);
    // The rest of the body is not read, so the client may notice the closed connection before the answer.
    if let Ok(response) = huge.send().await {
        assert_eq!(response.status(), 413);
    }
    emulator.journal().wait_for(1).await;
    assert!(emulator.journal().last().unwrap().body().is_empty());
    let most = client().post(emulator.token_endpoint()).body(vec![b'a'; super::body::MOST]);
    assert_eq!(read(most.send().await.unwrap()).await.status, 400);
}

#[tokio::test]
async fn the_environment_names_the_account_in_order() {
    let emulator = EmulatorBuilder::default().with_account("t", "c", "s").start().await.unwrap();
    let environment = emulator.environment();
    let names: Vec<&str> = environment.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["AZURE_AUTHORITY_HOST", "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"]);
    assert_eq!(environment[0].1, emulator.authority_host());
    assert_eq!((&*environment[1].1, &*environment[2].1, &*environment[3].1), ("t", "c", "s"));
    assert!(!format!("{emulator:?}{:?}", Emulator::builder()).contains(crate::DEFAULT_CLIENT_SECRET));
}

#[tokio::test]
async fn https_is_trusted_by_its_own_authority_and_by_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let emulator = Emulator::builder().with_https().with_ca_file(&file).start().await.unwrap();
    let url = emulator.token_endpoint();
    assert!(url.starts_with("https://127.0.0.1:"), "{url}");
    let written = std::fs::read_to_string(&file).unwrap();
    assert_eq!(Some(&*written), emulator.ca_pem());
    assert_eq!(emulator.environment().last().unwrap(), &("SSL_CERT_FILE", file.display().to_string()));
    let form = secret_form(&emulator);
    let trusting = client_trusting(&[&written]);
    let answer = read(request_with_form(&trusting, &url, &form).send().await.unwrap()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(emulator.journal().last().unwrap().is_https());
    let document =
        trusting.get(format!("{}/common/v2.0/.well-known/openid-configuration", emulator.authority_host()));
    assert!(
        read(document.send().await.unwrap()).await.json()["issuer"].as_str().unwrap().starts_with("https://")
    );
    assert!(request_with_form(&client(), &url, &form).send().await.unwrap_err().is_connect());
    let other = Emulator::builder().with_https().start().await.unwrap();
    let stranger = client_trusting(&[other.ca_pem().unwrap()]);
    assert!(request_with_form(&stranger, &url, &form).send().await.is_err());
    assert!(other.environment().iter().all(|(name, _)| *name != "SSL_CERT_FILE"));
    assert_eq!(get(&emulator.http_url()).await.status, 404, "http is there as well");
    assert_eq!(emulator.https_thumbprint().unwrap().len(), 40);
}

#[tokio::test]
async fn further_host_names_are_in_the_certificate() {
    let name = "login.microsoftonline.com";
    let emulator = Emulator::builder().with_https().with_host_name(name).start().await.unwrap();
    let port = emulator.authority_host().rsplit_once(':').unwrap().1.parse::<u16>().unwrap();
    let resolving = crate::testing::builder_trusting(&[emulator.ca_pem().unwrap()])
        .resolve(name, ([127, 0, 0, 1], port).into())
        .build()
        .unwrap();
    let url = format!("https://{name}/{}/v2.0/.well-known/openid-configuration", emulator.tenant_id());
    let document = read(resolving.get(url).send().await.unwrap()).await.json();
    assert_eq!(document["issuer"], format!("https://{name}/{}/v2.0", emulator.tenant_id()));
}

// G5
#[tokio::test]
async fn noise_on_the_wire_harms_nobody_else() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let emulator = Emulator::builder().with_https().start().await.unwrap();
    let mut seed = 7_u64;
    for base in [emulator.http_url(), emulator.authority_host()] {
        let address = base.rsplit_once('/').unwrap().1.to_owned();
        for start in ["", "GET / HTTP/1.1\r\n", "POST /common HTTP/1.1\r\nContent-Length: 9999999999\r\n\r\n"]
        {
            let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
            let mut noise = start.as_bytes().to_vec();
            for _ in 0..2_000 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                noise.push((seed >> 56) as u8);
            }
            // The emulator may have closed already, which is its right.
            let _ = stream.write_all(&noise).await;
            let _ = stream.shutdown().await;
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
    }
    let plain = format!("{}/{}/oauth2/v2.0/token", emulator.http_url(), emulator.tenant_id());
    assert_eq!(post(&plain, &secret_form(&emulator)).await.status, 200);
}
