use super::bounded;

/// Foreign text made fit for a terminal: no control characters, no escape sequences, nothing invisible that turns the direction of writing
/// around or hides letters; line breaks become spaces, and at most 4 KiB are left. Show a server's or a tool's words only like this.
pub fn clean(text: &str) -> String {
    bounded(strip(text, super::MOST_SHOWN + 1))
}

/// The same without the mark of a cut; stops once it has so many bytes.
pub(super) fn strip(text: &str, enough: usize) -> String {
    let mut stripped = String::with_capacity(text.len().min(enough));
    let mut rest = text;
    while let Some(c) = rest.chars().next().filter(|_| stripped.len() < enough) {
        rest = &rest[c.len_utf8()..];
        match c {
            '\n' | '\r' | '\t' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                if !stripped.ends_with(' ') {
                    stripped.push(' ');
                }
            }
            '\u{1b}' => rest = after_escape(rest),
            '\u{9b}' => rest = after_parameters(rest),
            '\u{90}' | '\u{98}' | '\u{9d}' | '\u{9e}' | '\u{9f}' => rest = after_string(rest),
            _ if c.is_control() || is_invisible(c) => {}
            _ => stripped.push(c),
        }
    }
    stripped
}

/// Direction marks and overrides, zero-width characters, and the tags that copy ASCII invisibly.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// What follows a terminal's escape sequence (ECMA-48), given what follows its ESC.
fn after_escape(rest: &str) -> &str {
    match rest.bytes().next() {
        Some(b'[') => after_parameters(&rest[1..]),
        Some(b']' | b'P' | b'X' | b'^' | b'_') => after_string(&rest[1..]),
        Some(b' '..=b'/') => {
            let rest = rest.trim_start_matches(|c| matches!(c, ' '..='/'));
            rest.strip_prefix(|c| matches!(c, '0'..='~')).unwrap_or(rest)
        }
        Some(b'0'..=b'~') => &rest[1..],
        _ => rest,
    }
}

/// The rest of a control sequence: parameters, intermediates, one final letter.
fn after_parameters(rest: &str) -> &str {
    let rest =
        rest.trim_start_matches(|c| matches!(c, '0'..='?')).trim_start_matches(|c| matches!(c, ' '..='/'));
    rest.strip_prefix(|c| matches!(c, '@'..='~')).unwrap_or(rest)
}

/// The rest of a control string, such as the target of a link. One that does not end is no control string.
fn after_string(rest: &str) -> &str {
    const LONGEST: usize = 2048;
    let near = super::head(rest, LONGEST);
    match near.find(['\u{7}', '\u{9c}', '\u{1b}']) {
        Some(end) => {
            let rest = &rest[end..];
            let rest = rest.strip_prefix("\u{1b}\\").unwrap_or(rest);
            rest.strip_prefix(['\u{7}', '\u{9c}']).unwrap_or(rest)
        }
        None => rest,
    }
}
