//! Credentials of an app that proves itself with a secret or an assertion.
