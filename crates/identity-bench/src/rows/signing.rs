//! What an app's certificate costs each time an assertion is made.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use identity_cert::ClientCertificate;
use identity_entra::client::EntraClient;
use identity_entra::client_auth::{AuthRequest, ClientAuth};
use identity_entra::options::EntraOptions;
use url::Url;

use crate::endpoint::{Endpoint, Reply};
use crate::rounds::{block_on, least};
use crate::subject::nanoseconds;
use crate::table::{Row, time};
use crate::{CLIENT, TENANT};

/// An assertion signed with RSA-2048 beside `openssl speed rsa2048`, which does nothing but sign; also as openssl does it on a processor
/// without AVX-512, which ring makes no use of.
pub fn signature() -> [Row; 2] {
    let certificate =
        ClientCertificate::from_data(&key_and_certificate(), None).expect("openssl makes good files");
    let options = EntraOptions::default().with_http_service(Arc::new(Endpoint::new(Reply::token(3600))));
    let client =
        EntraClient::app("Bench", TENANT, CLIENT, &options).expect("nothing is wrong with these values");
    let mut number = 0;
    let mut ours = || {
        const TIMES: u32 = 200;
        let start = Instant::now();
        for _ in 0..TIMES {
            // Each endpoint gets an assertion of its own, so none is used again.
            number += 1;
            let endpoint = Url::parse(&format!("https://login.test/{number}/token")).expect("a URL");
            let request =
                AuthRequest { client: &client, tenant_id: TENANT, token_endpoint: &endpoint, attempt: 0 };
            std::hint::black_box(block_on(certificate.authenticate(&request)).expect("the key signs"));
        }
        nanoseconds(start.elapsed(), TIMES)
    };
    let [ours, openssl, plain] =
        least(5, [&mut ours, &mut || openssl_speed(None), &mut || openssl_speed(Some(WITHOUT_AVX512))]);
    let library = if cfg!(feature = "aws-lc-rs") { "aws-lc-rs" } else { "ring" };
    let row = |what: &str, theirs: f64| {
        Row::new(format!("a signed assertion, RSA-2048, {library} / {what}"))
            .ours(time(ours))
            .official(format!("{} (openssl)", time(theirs)))
            .ratio(ours / theirs)
    };
    let whole = row("openssl", openssl);
    let whole = if cfg!(feature = "aws-lc-rs") { whole.at_most(MOST) } else { whole };
    [whole, row("openssl without AVX-512", plain).at_most(MOST)]
}

const MOST: f64 = 1.5;
/// `OPENSSL_ia32cap`: without bit 21 of the second word, AVX512IFMA.
const WITHOUT_AVX512: &str = ":~0x200000";

fn key_and_certificate() -> Vec<u8> {
    let arguments = "req -x509 -newkey rsa:2048 -nodes -subj /CN=bench -days 2 -keyout /dev/stdout";
    run(Command::new("openssl").args(arguments.split(' ')))
}

/// Nanoseconds for a signature.
fn openssl_speed(capabilities: Option<&str>) -> f64 {
    let mut openssl = Command::new("openssl");
    openssl.args(["speed", "-seconds", "1", "rsa2048"]);
    openssl.envs(capabilities.map(|value| ("OPENSSL_ia32cap", value)));
    let printed = String::from_utf8_lossy(&run(&mut openssl)).into_owned();
    // The line ends with signatures a second and verifications a second.
    let line = printed.lines().find(|line| line.starts_with("rsa")).expect("a line of figures");
    let mut figures = line.split_whitespace().rev().skip(1);
    let a_second: f64 = figures.next().and_then(|figure| figure.parse().ok()).expect("a figure");
    1e9 / a_second
}

fn run(command: &mut Command) -> Vec<u8> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().expect("openssl is installed");
    assert!(output.status.success(), "openssl ended with {}", output.status);
    output.stdout
}
