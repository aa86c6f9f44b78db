//! The requests of OAuth 2.0 as Entra ID speaks it, and its answers.

mod form;

pub use form::Form;
