use std::time::{Duration, SystemTime};

use serde_json::Value;

/// A length of time in seconds, as a number or as a number in a text. A negative one is none at all, and so is one that no time can hold.
pub(super) fn duration(value: &Value) -> Option<Duration> {
    let seconds = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse::<f64>().ok()?,
        _ => return None,
    };
    let in_range = seconds.is_finite() && seconds <= LAST_SECOND as f64;
    // Whole seconds, as every server means it. A negative number becomes 0.
    in_range.then(|| Duration::from_secs(seconds as u64))
}

/// A point in time: seconds since 1970 as a number or in a text, or a date as App Service, Azure Machine Learning and ISO 8601 write it.
pub(super) fn point_in_time(value: &Value) -> Option<SystemTime> {
    let seconds = duration(value).or_else(|| match value {
        Value::String(text) => date(text.trim()),
        _ => None,
    })?;
    SystemTime::UNIX_EPOCH.checked_add(seconds)
}

/// `06/20/2019 02:57:58 +00:00`, `1/16/2020 5:24:12 AM +00:00` or `2019-06-20T02:57:58Z`.
fn date(text: &str) -> Option<Duration> {
    let (day, rest) = text.split_at_checked(text.find([' ', 'T'])?)?;
    let (year, month, day) = match numbers(day, '/') {
        Some([month, day, year]) => (year, month, day),
        None => numbers(day, '-').map(|[year, month, day]| (year, month, day))?,
    };
    let rest = rest.get(1..)?.trim_start();
    let length = rest.find(|c: char| !c.is_ascii_digit() && c != ':').unwrap_or(rest.len());
    let (time, rest) = rest.split_at_checked(length)?;
    let [mut hour, minute, second] = numbers(time, ':')?;
    // A fraction of a second makes no difference.
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    let rest = rest.trim_start();
    let (half, zone) = match rest.get(..2).map(str::to_ascii_uppercase).as_deref() {
        Some("AM") => (Some(0), rest.get(2..)?),
        Some("PM") => (Some(12), rest.get(2..)?),
        _ => (None, rest),
    };
    if let Some(half) = half {
        hour = (1..=12).contains(&hour).then_some(hour % 12 + half)?;
    }
    let fine = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    let seconds = fine.then(|| days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)?;
    u64::try_from(seconds - offset(zone.trim())?).ok().map(Duration::from_secs)
}

/// The seconds that a zone is ahead of UTC. Dates without one are UTC.
fn offset(zone: &str) -> Option<i64> {
    let sign = match zone.as_bytes() {
        [] | b"Z" | b"z" => return Some(0),
        [b'+', ..] => 1,
        [b'-', ..] => -1,
        _ => return None,
    };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let number = |text: &str| text.parse::<u8>().ok().map(i64::from);
    Some(sign * (number(hours)? * 3600 + number(minutes)? * 60))
}

/// Three numbers with something between them.
fn numbers(text: &str, between: char) -> Option<[i64; 3]> {
    let mut parts = text.split(between);
    let mut next = || parts.next()?.parse::<u16>().ok().map(i64::from);
    let three = [next()?, next()?, next()?];
    parts.next().is_none().then_some(three)
}

/// The days from 1970-01-01 to a date of the Gregorian calendar, counted in years that begin in March, so that a leap day is a year's last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let months_since_march = (month + 9) % 12;
    let day_of_year = (153 * months_since_march + 2) / 5 + day - 1;
    let leap_days = year / 4 - year / 100 + year / 400;
    const DAYS_TO_1970: i64 = 719_468;
    year * 365 + leap_days + day_of_year - DAYS_TO_1970
}

/// The end of the year 9999.
const LAST_SECOND: u64 = 253_402_300_799;

#[cfg(test)]
mod tests;
