use percent_encoding::percent_decode_str;

/// A path as a server sees it in the end: decoded once, with slashes of one kind, no empty parts, no `.` and no `..`.
///
/// Only what is normal is compared, and as a whole: a check that looked at the path as it was sent has been got around with a backslash
/// (CVE-2022-23551).
pub(crate) fn normal(path: &str) -> String {
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    let mut parts: Vec<&str> = Vec::new();
    for part in decoded.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests;
