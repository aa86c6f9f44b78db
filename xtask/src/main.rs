//! The project's own tasks: set up, test, check.

fn main() {}
