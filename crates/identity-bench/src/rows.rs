//! What is measured.

pub mod cached;
pub mod making;
pub mod people;
pub mod signing;
pub mod storms;
pub mod users;
pub mod waiting;
