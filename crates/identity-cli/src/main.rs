//! azid: tokens for Azure from a terminal.

fn main() {}
