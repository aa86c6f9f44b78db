//! What is measured.

pub mod cached;
pub mod making;
pub mod storms;
pub mod users;
pub mod waiting;
