//! Measures times, and prints a line of the table for each. Arguments choose groups.

use identity_bench::rows::{cached, making, people, storms, users, waiting};
use identity_bench::table::Row;

type Group = (&'static str, fn() -> Vec<Row>);

const GROUPS: &[Group] = &[
    ("cached", || vec![cached::one_thread()]),
    ("threads", || cached::two_threads().into()),
    ("hanging", || vec![waiting::beside_hanging_scopes()]),
    ("unavailable", || vec![waiting::while_unavailable()]),
    ("refresh", || waiting::across_a_refresh().into()),
    ("storms", || [vec![storms::answered()], storms::refused().into()].concat()),
    ("uncached", || vec![making::uncached_call()]),
    ("constructor", || vec![making::constructor(), making::constructor_over_a_transport()]),
    ("users", users::among),
    ("people", || [people::on_behalf_of().into(), vec![people::after_the_browser()]].concat()),
];

fn main() {
    let chosen: Vec<String> = std::env::args().skip(1).collect();
    for (name, rows) in GROUPS {
        if chosen.is_empty() || chosen.iter().any(|word| word == name) {
            rows().into_iter().for_each(Row::print);
        }
    }
}
