//! What is measured.

pub mod cached;
pub mod certificates;
pub mod making;
pub mod people;
pub mod storms;
pub mod users;
pub mod waiting;
