use std::fs::{File, OpenOptions};
use std::io::Read;
use std::path::Path;

use http::HeaderValue;
use identity_core::Error;
use zeroize::Zeroizing;

use super::basic;

/// Keys are about as long as a GUID.
const MOST_BYTES: u64 = 4096;

/// The key that a challenge names, as the value of the header that shows it.
///
/// Whoever answers in the agent's place must not get any other file read (CVE-2024-35255). So of the name only the last part counts, the
/// folder and the ending are ours, a link is not followed, and what is checked is the file that has been opened.
pub(super) fn read(folder: &Path, named: &str) -> Result<HeaderValue, Error> {
    let stem = stem(named).ok_or_else(|| {
        Error::failed(format!(
            "the challenge of Azure Arc's agent names \"{}\", which can't be the name of a key file",
            super::shown(named)
        ))
    })?;
    let path = folder.join(format!("{stem}.key"));
    let shown = path.display();
    let refused = |what: &str| Error::failed(format!("the key file of Azure Arc's agent '{shown}' {what}"));
    let file = open(&path).map_err(|error| {
        refused(&format!(
            "can't be opened: {error}; the program's user must belong to the group 'himds' (Windows: 'Hybrid agent extension applications')"
        ))
        .with_source(error)
    })?;
    let about = file.metadata().map_err(|error| refused(&format!("can't be looked at: {error}")))?;
    if !about.is_file() {
        return Err(refused("is no regular file"));
    }
    if about.len() > MOST_BYTES {
        return Err(refused("is larger than 4096 bytes, so it is no key"));
    }
    let mut key = Zeroizing::new(Vec::with_capacity(MOST_BYTES as usize + 1));
    let length = file.take(MOST_BYTES + 1).read_to_end(&mut key);
    length.map_err(|error| refused(&format!("can't be read: {error}")))?;
    if key.len() as u64 > MOST_BYTES {
        return Err(refused("is larger than 4096 bytes, so it is no key"));
    }
    let text = std::str::from_utf8(&key).map_err(|_| refused("holds no text, so it is no key"))?;
    // Only a line's end at the end is left out: it can't stand in a header.
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(refused("is empty")),
        key => basic(key),
    }
}

/// The last part of a path in the style of any system, without its ending; none if that is no plain name.
fn stem(named: &str) -> Option<&str> {
    let name = named.rsplit(['/', '\\']).next()?;
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    let fine = !stem.is_empty() && stem.len() <= 200 && !stem.starts_with('.') && stem.bytes().all(plain);
    fine.then_some(stem)
}

/// Opens a file and no link, and does not wait for whoever might write into a pipe.
#[cfg(unix)]
fn open(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;

    use rustix::fs::OFlags;
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)
}

/// Opens a file; a link (a reparse point) is opened itself, and then is no regular file.
#[cfg(windows)]
fn open(path: &Path) -> std::io::Result<File> {
    use std::os::windows::fs::OpenOptionsExt;

    const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;
    OpenOptions::new().read(true).custom_flags(FILE_FLAG_OPEN_REPARSE_POINT).open(path)
}

#[cfg(test)]
mod tests;
