//! Rust source with everything blanked out that is not code, so that rules can look for words. Lines keep their numbers.

/// The source with comments, and what stands in string and character literals, as spaces.
pub(super) fn without_comments_and_strings(source: &str) -> String {
    let mut rest = source;
    let mut code = String::with_capacity(source.len());
    while let Some(first) = rest.chars().next() {
        let (kept, length) = next_piece(rest, first, code.chars().next_back());
        let piece = &rest[..length];
        match kept {
            Kept::All => code.push_str(piece),
            Kept::Lines => code.extend(piece.chars().map(blank)),
        }
        rest = &rest[length..];
    }
    code
}

/// The code without the items that only tests build (`#[cfg(test)] mod tests { .. }` and the like).
pub(super) fn without_tests(code: &str) -> String {
    let mut result = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find("#[cfg(test)]") {
        let length = item_length(&rest[at..]);
        result.push_str(&rest[..at]);
        result.extend(rest[at..at + length].chars().map(blank));
        rest = &rest[at + length..];
    }
    result.push_str(rest);
    result
}

enum Kept {
    All,
    Lines,
}

fn blank(c: char) -> char {
    if c == '\n' { c } else { ' ' }
}

/// How long the next piece of source is, in bytes, and what of it is kept.
fn next_piece(rest: &str, first: char, before: Option<char>) -> (Kept, usize) {
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    match first {
        '/' if rest.starts_with("//") => (Kept::Lines, rest.find('\n').unwrap_or(rest.len())),
        '/' if rest.starts_with("/*") => (Kept::Lines, block_comment_length(rest)),
        '"' => (Kept::Lines, string_length(rest, 1)),
        'r' | 'b' | 'c' if !in_word => match prefixed_literal_length(rest) {
            Some(length) => (Kept::Lines, length),
            None => (Kept::All, 1),
        },
        '\'' => match character_length(rest) {
            Some(length) => (Kept::Lines, length),
            None => (Kept::All, 1),
        },
        _ => (Kept::All, first.len_utf8()),
    }
}

fn block_comment_length(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        let here = &rest[at..];
        if here.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if here.starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += here.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// A string whose opening quote ends at `from`.
fn string_length(rest: &str, from: usize) -> usize {
    let mut escaped = false;
    for (at, c) in rest[from..].char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return from + at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// `r".."`, `r#".."#`, `b".."`, `br#".."#`, `c".."`, `b'.'`; not a word that only begins with these letters.
fn prefixed_literal_length(rest: &str) -> Option<usize> {
    let prefix = ["br", "cr", "r", "b", "c"].into_iter().find(|prefix| {
        let next = rest.strip_prefix(prefix).and_then(|rest| rest.chars().next());
        matches!(next, Some('"' | '#' | '\''))
    })?;
    let after = &rest[prefix.len()..];
    if prefix.ends_with('r') {
        let hashes = after.len() - after.trim_start_matches('#').len();
        let body = after[hashes..].strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(hashes));
        let length = body.find(&end).map_or(body.len(), |at| at + end.len());
        return Some(prefix.len() + hashes + 1 + length);
    }
    match after.chars().next()? {
        '"' => Some(string_length(rest, prefix.len() + 1)),
        '\'' if prefix == "b" => character_length(after).map(|length| length + 1),
        _ => None,
    }
}

/// A character literal; nothing if the quote begins a lifetime.
fn character_length(rest: &str) -> Option<usize> {
    let mut characters = rest.char_indices().skip(1);
    let (_, first) = characters.next()?;
    if first == '\\' {
        let (_, escape) = characters.next()?;
        if escape == 'u' {
            return rest.find('}').filter(|at| rest[at + 1..].starts_with('\'')).map(|at| at + 2);
        }
        return characters.find(|(_, c)| *c == '\'').map(|(at, _)| at + 1);
    }
    characters.next().filter(|(_, c)| *c == '\'').map(|(at, _)| at + 1)
}

/// From an attribute to the end of the item that it stands on.
pub(super) fn item_length(code: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in code.char_indices() {
        match c {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 && c == '}' {
                    return at + 1;
                }
            }
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

#[cfg(test)]
mod tests;
