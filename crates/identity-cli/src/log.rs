use std::io::{self, IsTerminal as _};

use identity::Env;
use tracing_subscriber::EnvFilter;

use crate::report;

const VARIABLE: &str = "AZID_LOG";
const DEFAULT: &str = "warn";

/// From here on the library's logs go to stderr, as far as `AZID_LOG` lets them.
pub(crate) fn start(env: &Env) {
    let asked = env.get(VARIABLE).unwrap_or_else(|| DEFAULT.to_owned());
    let filter = EnvFilter::try_new(&asked).unwrap_or_else(|error| {
        report::warning(&format!("{VARIABLE} is no filter of logs ({error}), so '{DEFAULT}' is used"));
        EnvFilter::new(DEFAULT)
    });
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .without_time()
        .init();
}
