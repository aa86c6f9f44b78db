//! Client assertions for tests.

use std::fmt;
use std::io;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::jwt::{Algorithm, base64url};
use crate::keys::{CLIENT_CERTIFICATE, sha256};

use super::Shared;

/// A signed assertion in the making: right in every respect until a test changes something.
///
/// It is signed by the default app's key, PS256 with `x5t#S256`, for ten minutes from the emulator's now.
#[derive(Clone)]
pub struct Assertion {
    shared: Arc<Shared>,
    algorithm: Algorithm,
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

impl Assertion {
    pub(super) fn new(shared: Arc<Shared>, claims: Value) -> Assertion {
        let mut header = Map::new();
        header.insert("x5t#S256".into(), json!(base64url(sha256(CLIENT_CERTIFICATE))));
        let claims = match claims {
            Value::Object(claims) => claims,
            _ => Map::new(),
        };
        Assertion { shared, algorithm: Algorithm::Ps256, header, claims }
    }

    /// Signs with another algorithm.
    pub fn with_algorithm(mut self, algorithm: Algorithm) -> Assertion {
        self.algorithm = algorithm;
        self
    }

    /// Sets a claim.
    pub fn with_claim(mut self, name: &str, value: impl Into<Value>) -> Assertion {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// Takes a claim away.
    pub fn without_claim(mut self, name: &str) -> Assertion {
        self.claims.remove(name);
        self
    }

    /// Sets a header, other than `alg` and `typ`.
    pub fn with_header(mut self, name: &str, value: impl Into<Value>) -> Assertion {
        self.header.insert(name.to_owned(), value.into());
        self
    }

    /// Takes a header away.
    pub fn without_header(mut self, name: &str) -> Assertion {
        self.header.remove(name);
        self
    }

    /// The JWT.
    ///
    /// # Errors
    ///
    /// When the system has no randomness.
    pub fn sign(&self) -> io::Result<String> {
        self.shared
            .entra
            .client_key
            .sign(self.algorithm, Value::Object(self.header.clone()), &Value::Object(self.claims.clone()))
            .ok_or_else(|| io::Error::other("signing failed for want of randomness"))
    }
}

impl fmt::Debug for Assertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assertion").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}
