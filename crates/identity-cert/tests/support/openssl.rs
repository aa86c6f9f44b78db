//! The `openssl` command, in a folder of its own, with keys that all tests of a process share because making them takes time. Tests that
//! use it are in modules named `needs_openssl`, so that they can be left out where there is no such command.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "what can't be made fails the test")]
#![allow(dead_code, reason = "each test uses a part of it")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

/// A folder to make key files in.
#[derive(Debug)]
pub(crate) struct Workshop {
    folder: TempDir,
}

impl Workshop {
    /// With copies of the shared material: `key.pem` (PKCS#8) and `cert.pem`, self-signed; `chain.pem`, a leaf for the same key with its
    /// intermediate and root in disorder; `other.pem`, a certificate of another key.
    pub(crate) fn new() -> Self {
        let workshop = Self { folder: TempDir::new().unwrap() };
        for name in ["key.pem", "cert.pem", "leaf.pem", "middle.pem", "root.pem", "other.pem"] {
            std::fs::copy(material().path(name), workshop.path(name)).unwrap();
        }
        workshop
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, data: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, data).unwrap();
        path
    }

    /// Runs `openssl` with these arguments, which are split at spaces, and returns what it printed.
    pub(crate) fn openssl(&self, arguments: &str) -> Vec<u8> {
        openssl(self.folder.path(), arguments)
    }

    /// `openssl pkcs12 -export` of the shared key and certificate with further arguments.
    pub(crate) fn pfx(&self, arguments: &str) -> Vec<u8> {
        self.openssl(&format!("pkcs12 -export -inkey key.pem -in cert.pem {arguments} -out file.pfx"));
        self.read("file.pfx")
    }

    /// The DER form of a certificate in PEM.
    pub(crate) fn der(&self, name: &str) -> Vec<u8> {
        self.openssl(&format!("x509 -in {name} -outform DER"))
    }
}

fn openssl(folder: &Path, arguments: &str) -> Vec<u8> {
    let output = Command::new("openssl")
        .args(arguments.split(' ').filter(|argument| !argument.is_empty()))
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .expect("the tests need the openssl command");
    assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// What is made once.
fn material() -> &'static Workshop {
    static MATERIAL: OnceLock<Workshop> = OnceLock::new();
    MATERIAL.get_or_init(|| {
        let workshop = Workshop { folder: TempDir::new().unwrap() };
        workshop.openssl("genrsa -out key.pem 2048");
        workshop.openssl("req -x509 -new -key key.pem -subj /CN=client -days 30 -out cert.pem");
        workshop.openssl("req -x509 -newkey rsa:2048 -nodes -keyout other-key.pem -subj /CN=other -days 30 -out other.pem");
        // The issuers have EC keys: only the leaf's key signs assertions.
        workshop.write("ca.ext", "basicConstraints=critical,CA:true\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n");
        workshop.write("leaf.ext", "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n");
        for name in ["root", "middle"] {
            workshop.openssl(&format!("ecparam -name prime256v1 -genkey -noout -out {name}-key.pem"));
        }
        workshop.openssl("req -x509 -new -key root-key.pem -subj /CN=root -days 30 -out root.pem");
        workshop.openssl("req -new -key middle-key.pem -subj /CN=middle -out middle.csr");
        workshop.openssl("x509 -req -in middle.csr -CA root.pem -CAkey root-key.pem -CAcreateserial -extfile ca.ext -days 30 -out middle.pem");
        workshop.openssl("req -new -key key.pem -subj /CN=client -out leaf.csr");
        workshop.openssl("x509 -req -in leaf.csr -CA middle.pem -CAkey middle-key.pem -CAcreateserial -extfile leaf.ext -days 30 -out leaf.pem");
        workshop
    })
}
