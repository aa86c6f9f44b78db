//! Files that were made to do harm, or came to it: whatever is in them, loading ends with an answer, soon and in little memory.
#![allow(clippy::unwrap_used, reason = "a test")]
#![allow(unsafe_code, reason = "counting what is allocated takes an allocator")]

#[path = "support/openssl.rs"]
mod openssl;

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use identity_cert::{AssertionSigner, Certificate, SigningAlgorithm};
use identity_core::{BoxFuture, Error, ErrorKind, SecretBytes};
use openssl::Workshop;
use proptest::prelude::*;

/// What one file may take, at most.
const LIMIT: usize = 64 * 1024 * 1024;
const PASSWORD: &str = "fixture";

mod needs_openssl {
    use super::*;

    /// One test, because the memory that it counts is the process's.
    #[test]
    fn mutated_files_give_an_answer_in_little_memory() {
        mutations_are_answered();
        costs_in_the_file_are_bounded();
        noise_is_answered();
        assert!(MOST.load(Ordering::Relaxed) > 1024 * 1024, "the allocator counts");
    }
}

fn mutations_are_answered() {
    let strategy = (0..files().len(), prop::collection::vec(mutation(), 1..6));
    proptest!(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() }, |((file, mutations) in strategy)| {
        let file = &files()[file];
        let mut data = file.data.clone();
        for mutation in &mutations {
            mutation.apply(&mut data);
        }
        load_all_ways(&file.in_its_form(&data));
    });
}

fn noise_is_answered() {
    let start = prop::sample::select(vec![
        &b""[..],
        b"\x30\x82\x10\x00\x02\x01\x03\x30",
        b"\x30\x80\x02\x01\x03\x30\x80",
        b"-----BEGIN ",
    ]);
    proptest!(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() }, |(start in start, noise in prop::collection::vec(any::<u8>(), 0..2000))| {
        load_all_ways(&[start, &noise].concat());
    });
    // As large as a file may be.
    for data in [
        [0x30, 0x80].repeat(512 * 1024),
        [&[0x30, 0x80, 0x02, 0x01, 0x03][..], &[0x30, 0x80].repeat(500 * 1024)].concat(),
        [&[0x30, 0x80, 0x02, 0x01, 0x03, 0x30, 0x80][..], &[0x24, 0x80].repeat(500 * 1024)].concat(),
        b"-----BEGIN CERTIFICATE-----\n".repeat(37_000),
        b"-----BEGIN X----------END X-----".repeat(32_000),
        b"-----BEGIN CERTIFICATE-----MAA=-----END CERTIFICATE-----".repeat(18_000),
        b"-----BEGIN PRIVATE KEY-----MAA=-----END PRIVATE KEY-----".repeat(18_000),
        [&b"\xff\xfe"[..], &b"-\0".repeat(500_000)].concat(),
        vec![b'A'; 1024 * 1024],
    ] {
        load_all_ways(&data);
    }
}

/// The dearest derivation that openssl writes is within the limits, with room.
fn costs_in_the_file_are_bounded() {
    let workshop = Workshop::new();
    let costs = "-scrypt_N 16384 -scrypt_r 8 -scrypt_p 4";
    workshop.openssl(&format!("pkcs8 -topk8 {costs} -in key.pem -passout pass:{PASSWORD} -out k.pem"));
    let pem = workshop.text("k.pem") + &workshop.text("cert.pem");
    within_memory(|| Certificate::from_data(pem.as_bytes(), Some(&SecretBytes::new(PASSWORD)))).unwrap();
}

/// Every way in: with the password, with another, without, and as a certificate for a key elsewhere.
fn load_all_ways(data: &[u8]) {
    for password in [Some(PASSWORD), Some("another"), None] {
        let password = password.map(SecretBytes::new);
        if let Err(error) = within_memory(|| Certificate::from_data(data, password.as_ref())) {
            check(&error);
        }
    }
    if let Err(error) = within_memory(|| Certificate::with_signer(data, Nowhere)) {
        check(&error);
    }
}

fn check(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.message().starts_with("the certificate data "), "{error}");
    assert!(error.message().len() < 400, "{error}");
}

fn within_memory<T>(load: impl FnOnce() -> T) -> T {
    let before = NOW.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    let result = load();
    let used = MOST.load(Ordering::Relaxed).saturating_sub(before);
    assert!(used <= LIMIT, "{used} bytes");
    result
}

/// A file to start from.
struct File {
    data: Vec<u8>,
    /// For PEM: what is mutated is the binary form of this block, and this text follows.
    pem: Option<(&'static str, String)>,
}

impl File {
    fn in_its_form(&self, data: &[u8]) -> Vec<u8> {
        match &self.pem {
            None => data.to_vec(),
            Some((label, rest)) => {
                format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n{rest}", STANDARD.encode(data))
                    .into_bytes()
            }
        }
    }
}

/// Files of every make. Those without a MAC let a mutation reach further in.
fn files() -> &'static [File] {
    static FILES: OnceLock<Vec<File>> = OnceLock::new();
    FILES.get_or_init(|| {
        let workshop = Workshop::new();
        let mut files = Vec::new();
        for arguments in [
            "",
            "-legacy",
            "-nomac",
            "-nomac -legacy",
            "-nomac -keypbe NONE -certpbe NONE",
            "-nomac -keypbe NONE -certpbe NONE",
            "-nomac -certpbe NONE",
        ] {
            let pfx = workshop.pfx(&format!("{arguments} -iter 2 -passout pass:{PASSWORD}"));
            files.push(File { data: pfx, pem: None });
        }
        for name in ["null-unencrypted.pfx", "ber.pfx", "pbmac1.pfx", "keytool.p12"] {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
            files.push(File { data: std::fs::read(path).unwrap(), pem: None });
        }
        let text = workshop.text("key.pem") + &workshop.text("cert.pem");
        files.push(File { data: text.into_bytes(), pem: None });
        let (key, cert) = (workshop.text("key.pem"), workshop.text("cert.pem"));
        let block = |label, data, rest: &str| File { data, pem: Some((label, rest.to_owned())) };
        files.push(block("CERTIFICATE", workshop.der("cert.pem"), &key));
        files.push(block("CERTIFICATE", workshop.der("leaf.pem"), &key));
        files.push(block(
            "PRIVATE KEY",
            workshop.openssl("pkcs8 -topk8 -nocrypt -in key.pem -outform DER"),
            &cert,
        ));
        files.push(block(
            "RSA PRIVATE KEY",
            workshop.openssl("rsa -traditional -in key.pem -outform DER"),
            &cert,
        ));
        for options in ["-v2 aes-256-cbc", "-scrypt -scrypt_N 16", "-v1 PBE-SHA1-3DES"] {
            let key = workshop.openssl(&format!(
                "pkcs8 -topk8 {options} -in key.pem -passout pass:{PASSWORD} -outform DER"
            ));
            files.push(block("ENCRYPTED PRIVATE KEY", key, &cert));
        }
        files
    })
}

/// Something that happens to a file. Positions are fractions of its length.
#[derive(Debug, Clone)]
enum Mutation {
    Set(f64, u8),
    /// Headers stand at the beginning, and every byte of them matters.
    SetEarly(usize, u8),
    Remove(f64, usize),
    Repeat(f64, usize),
    Cut(f64),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let telling = prop_oneof![
        any::<u8>(),
        prop::sample::select(vec![0, 1, 0x02, 0x04, 0x30, 0x7f, 0x80, 0x84, 0xa0, 0xff])
    ];
    prop_oneof![
        4 => (0.0..1.0, telling.clone()).prop_map(|(at, byte)| Mutation::Set(at, byte)),
        4 => (0_usize..160, telling).prop_map(|(at, byte)| Mutation::SetEarly(at, byte)),
        1 => (0.0..1.0, 1_usize..40).prop_map(|(at, length)| Mutation::Remove(at, length)),
        1 => (0.0..1.0, 1_usize..400).prop_map(|(at, length)| Mutation::Repeat(at, length)),
        1 => (0.0..1.0).prop_map(Mutation::Cut),
    ]
}

impl Mutation {
    fn apply(&self, data: &mut Vec<u8>) {
        if data.is_empty() {
            return;
        }
        let place = |fraction: f64| ((data.len() as f64 * fraction) as usize).min(data.len() - 1);
        match *self {
            Self::Set(at, byte) => {
                let at = place(at);
                data[at] = byte;
            }
            Self::SetEarly(at, byte) => {
                let at = at.min(data.len() - 1);
                data[at] = byte;
            }
            Self::Remove(at, length) => {
                let at = place(at);
                data.drain(at..(at + length).min(data.len()));
            }
            Self::Repeat(at, length) => {
                let at = place(at);
                let piece = data[at..(at + length).min(data.len())].to_vec();
                data.splice(at..at, piece);
            }
            Self::Cut(at) => {
                let at = place(at);
                data.truncate(at);
            }
        }
    }
}

#[derive(Debug)]
struct Nowhere;

impl AssertionSigner for Nowhere {
    fn sign<'a>(&'a self, _: SigningAlgorithm, _: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, Error>> {
        Box::pin(std::future::ready(Err(Error::failed("nothing signs here"))))
    }
}

/// Counts the bytes that are allocated, and the most that were so at one time.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: everything is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(now, Ordering::Relaxed);
        // SAFETY: the caller's promises are those that the system's allocator asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}
