//! Measures signatures with the crypto library that this was built with. Its group is `signature`.

use identity_bench::rows::signing;
use identity_bench::table::Row;

fn main() {
    let chosen: Vec<String> = std::env::args().skip(1).collect();
    if chosen.is_empty() || chosen.iter().any(|word| word == "signature") {
        signing::signature().into_iter().for_each(Row::print);
    }
}
