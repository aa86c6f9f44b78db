//! What an app's certificate costs when it is loaded and each time an assertion is made.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use identity_cert::{Certificate, ClientCertificate};
use identity_core::SecretBytes;
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
    let row = |what: &str, theirs: f64| {
        Row::new(format!("a signed assertion, RSA-2048, {LIBRARY} / {what}"))
            .ours(time(ours))
            .official(format!("{} (openssl)", time(theirs)))
            .ratio(ours / theirs)
    };
    let whole = row("openssl", openssl);
    let whole = if cfg!(feature = "aws-lc-rs") { whole.at_most(MOST) } else { whole };
    [whole, row("openssl without AVX-512", plain).at_most(MOST)]
}

/// A PKCS#12 file beside libcrypto's own reader, which checks, decrypts and parses the same.
pub fn loading() -> Vec<Row> {
    let directory = tempfile::tempdir().expect("a directory");
    let [pem, pfx] = ["key-and-certificate.pem", "file.pfx"].map(|name| directory.path().join(name));
    std::fs::write(&pem, key_and_certificate()).expect("the file can be written");
    let mut rows = Vec::new();
    for (what, algorithms) in [
        ("AES-256, as openssl makes them", ""),
        ("3DES, as older programs made them", "-keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1"),
    ] {
        let mut export = Command::new("openssl");
        export.args(["pkcs12", "-export", "-passout", "pass:the-password"]).arg("-in").arg(&pem);
        run(export.args(algorithms.split_whitespace()).arg("-out").arg(&pfx));
        let (data, password) =
            (std::fs::read(&pfx).expect("openssl wrote it"), SecretBytes::new("the-password"));
        let mut ours = || {
            const TIMES: u32 = 50;
            let start = Instant::now();
            for _ in 0..TIMES {
                std::hint::black_box(Certificate::from_data(&data, Some(&password)).expect("a good file"));
            }
            nanoseconds(start.elapsed(), TIMES)
        };
        let [ours, theirs] = least(5, [&mut ours, &mut || libcrypto_loads(&pfx)]);
        let row = Row::new(format!("a PFX loaded, {what}, {LIBRARY} / libcrypto"))
            .ours(time(ours))
            .official(format!("{} (libcrypto)", time(theirs)));
        rows.push(row.ratio(ours / theirs).at_most(2.0));
    }
    rows
}

/// Nanoseconds for `PKCS12_parse` of libcrypto, which is called from Python: no binding of ours to a system library.
fn libcrypto_loads(pfx: &Path) -> f64 {
    const PROGRAM: &str = r#"
import ctypes, ctypes.util, sys, time
c = ctypes.CDLL(ctypes.util.find_library("crypto"))
V, L = ctypes.c_void_p, ctypes.c_long
c.d2i_PKCS12.restype, c.d2i_PKCS12.argtypes = V, [V, V, L]
c.PKCS12_parse.argtypes = [V, ctypes.c_char_p, V, V, V]
for free in c.PKCS12_free, c.EVP_PKEY_free, c.X509_free: free.argtypes = [V]
data = open(sys.argv[1], "rb").read()
buffer, best = ctypes.create_string_buffer(data, len(data)), float("inf")
for _ in range(50):
    start = time.perf_counter_ns()
    place, key, leaf = V(ctypes.addressof(buffer)), V(), V()
    p12 = c.d2i_PKCS12(None, ctypes.byref(place), len(data))
    assert c.PKCS12_parse(p12, b"the-password", ctypes.byref(key), ctypes.byref(leaf), None) == 1
    c.PKCS12_free(p12); c.EVP_PKEY_free(key); c.X509_free(leaf)
    best = min(best, time.perf_counter_ns() - start)
print(best)
"#;
    let printed = run(Command::new("python3").args(["-c", PROGRAM]).arg(pfx));
    String::from_utf8_lossy(&printed).trim().parse().expect("a figure")
}

const LIBRARY: &str = if cfg!(feature = "aws-lc-rs") { "aws-lc-rs" } else { "ring" };
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
    let output =
        command.stdin(Stdio::null()).stderr(Stdio::null()).output().expect("the program is installed");
    assert!(output.status.success(), "{command:?} ended with {}", output.status);
    output.stdout
}
