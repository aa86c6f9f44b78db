//! Credentials of an app that proves itself with a key and a certificate.
