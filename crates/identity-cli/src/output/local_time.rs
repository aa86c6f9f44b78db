use std::path::Path;

use identity::Env;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Local time with microseconds, as `az` prints it.
pub(crate) fn of(unix_seconds: u64, env: &Env) -> String {
    let seconds = i64::try_from(unix_seconds).unwrap_or(i64::MAX);
    let time = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
    time.to_zoned_datetime(zone(env)).strftime("%Y-%m-%d %H:%M:%S%.6f").to_string()
}

/// The zone that `TZ` names, the way the C library reads it: a name, a file, or a rule (POSIX.1, section 8.3). What it can't read is UTC.
fn zone(env: &Env) -> TimeZone {
    let Some(named) = env.get("TZ") else { return TimeZone::try_system().unwrap_or(TimeZone::UTC) };
    let name = named.strip_prefix(':').unwrap_or(&named);
    let zone = if Path::new(name).is_absolute() {
        from_file(name)
    } else {
        TimeZone::get(name).ok().or_else(|| TimeZone::posix(name).ok())
    };
    zone.unwrap_or(TimeZone::UTC)
}

fn from_file(path: &str) -> Option<TimeZone> {
    use std::io::Read as _;
    const MOST_BYTES: u64 = 1 << 20;
    if !std::fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut data = Vec::new();
    std::fs::File::open(path).ok()?.take(MOST_BYTES).read_to_end(&mut data).ok()?;
    TimeZone::tzif(path, &data).ok()
}

#[cfg(test)]
mod tests;
