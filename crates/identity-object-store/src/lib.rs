//! Adapter: any credential of this family as a credential of the object_store crate.
