//! Measures certificates with the crypto library that this was built with. Its group is `certificates`.

use identity_bench::rows::certificates;
use identity_bench::table::Row;

fn main() {
    let chosen: Vec<String> = std::env::args().skip(1).collect();
    if chosen.is_empty() || chosen.iter().any(|word| word == "certificates") {
        certificates::signature().into_iter().chain(certificates::loading()).for_each(Row::print);
    }
}
