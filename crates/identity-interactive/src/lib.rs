//! Credentials of a person who signs in.
