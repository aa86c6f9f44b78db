//! Tokens shared between machines, kept in Redis.
