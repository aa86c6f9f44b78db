//! A real browser goes through the emulator's sign-in page and brings the answer back to the credential.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic)]

mod needs_chromium;
