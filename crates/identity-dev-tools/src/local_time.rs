//! Local times, as tools print them.

use std::io::Read;
use std::path::Path;
use std::time::SystemTime;

use identity_core::Env;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::answer::unix;

/// The moment that a tool means with a local time such as `2023-11-14 22:13:20.000000`, if it is one. The tool gets the same environment, so its
/// clock shows the same local time. Of an hour that there is twice, the first is meant.
pub(crate) fn parse_local(text: &str, env: &Env) -> Option<SystemTime> {
    let time = DateTime::strptime("%Y-%m-%d %H:%M:%S%.f", text.trim()).ok()?;
    unix(zone(env).to_timestamp(time).ok()?.as_second())
}

/// The time zone of local times: that of `TZ`, in the forms that the C library knows, else the system's. What is not understood means UTC, as it
/// does there.
fn zone(env: &Env) -> TimeZone {
    let zone = match env.get("TZ") {
        Some(name) => named(name.strip_prefix(':').unwrap_or(&name)),
        None => system(),
    };
    zone.unwrap_or(TimeZone::UTC)
}

fn named(name: &str) -> Option<TimeZone> {
    if Path::new(name).is_absolute() {
        return from_file(Path::new(name));
    }
    TimeZone::get(name).or_else(|_| TimeZone::posix(name)).ok()
}

#[cfg(unix)]
fn system() -> Option<TimeZone> {
    from_file(Path::new("/etc/localtime"))
}

#[cfg(not(unix))]
fn system() -> Option<TimeZone> {
    TimeZone::try_system().ok()
}

fn from_file(path: &Path) -> Option<TimeZone> {
    const MOST_BYTES: u64 = 1 << 20;
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let mut data = Vec::new();
    std::fs::File::open(path).ok()?.take(MOST_BYTES).read_to_end(&mut data).ok()?;
    TimeZone::tzif("local", &data).ok()
}

#[cfg(test)]
mod tests;
