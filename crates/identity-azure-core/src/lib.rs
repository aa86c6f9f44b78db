//! Adapter: any credential of this family as a credential of the official azure_core crate.
