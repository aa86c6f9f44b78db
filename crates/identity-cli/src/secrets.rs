//! Secrets that come in by the command line or by standard input.

use std::io::{self, Read};

use identity::{Error, Secret};

use crate::report;

/// An option that takes a secret, and the variable that would have done as well.
#[derive(Debug)]
pub(crate) struct SecretOption<'a> {
    pub(crate) flag: &'static str,
    pub(crate) variable: Option<&'static str>,
    pub(crate) value: &'a mut Option<Secret>,
}

/// Puts the secret from standard input in place of `-`, and warns about those that stand on the command line.
///
/// # Errors
/// `InvalidArgument` for two of them from standard input, and where it has none.
pub(crate) fn take_in(options: Vec<SecretOption<'_>>) -> Result<(), Error> {
    let (from_stdin, on_command_line): (Vec<_>, Vec<_>) = options
        .into_iter()
        .filter(|option| option.value.is_some())
        .partition(|option| option.value.as_ref().is_some_and(|secret| secret.secret() == STDIN));
    if let [first, second, ..] = &from_stdin[..] {
        return Err(Error::invalid_argument(format!(
            "{} and {} are both '{STDIN}', and standard input has one secret only; give the other by its variable",
            first.flag, second.flag
        )));
    }
    for option in on_command_line {
        let instead = option.variable.map(|name| format!(" or the variable {name}")).unwrap_or_default();
        report::warning(&format!(
            "the value of {} is on the command line, where other programs can read it; use '{STDIN}' (standard input){instead}",
            option.flag
        ));
    }
    for option in from_stdin {
        *option.value = Some(read(io::stdin().lock(), option.flag)?);
    }
    Ok(())
}

/// What stands for standard input.
pub(crate) const STDIN: &str = "-";

/// No secret is longer.
const MOST_BYTES: u64 = 1 << 20;

/// A secret from a stream, without the line's end behind it.
///
/// # Errors
/// `InvalidArgument`, with `what` in it, for one that is empty, too long or no text.
pub(crate) fn read(stream: impl Read, what: &str) -> Result<Secret, Error> {
    let wrong =
        |why: &str| Error::invalid_argument(format!("{what} was to come from standard input, which {why}"));
    // Room for all of it, so that no copy is left behind when it grows.
    let mut bytes = Vec::with_capacity(MOST_BYTES as usize + 1);
    stream.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|e| wrong(&format!("can't be read: {e}")))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(wrong("has more than 1 MiB"));
    }
    // From here on it is wiped when dropped, except where it is no text at all.
    let text = Secret::new(String::from_utf8(bytes).map_err(|_| wrong("has no text"))?);
    let line = text
        .secret()
        .strip_suffix('\n')
        .map_or(text.secret(), |line| line.strip_suffix('\r').unwrap_or(line));
    match line {
        "" => Err(wrong("is empty")),
        line => Ok(Secret::new(line)),
    }
}

#[cfg(test)]
mod tests;
