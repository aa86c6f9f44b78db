//! Text that is about to be shown: a server's words, a tool's output. Whatever looks like a token or a password in it is masked.

mod clean;

pub use clean::clean;

/// The most bytes of foreign text that anybody is shown.
const MOST_SHOWN: usize = 4096;
const MASKED: &str = "***";
const CUT: &str = "…";

/// Foreign text made fit for errors and logs: [cleaned](clean), cut to 4 KiB, and with `***` for everything that looks like a secret.
///
/// That is the values of JSON members, form fields, XML elements and command options named like `access_token`, `client_secret` or `password`,
/// also where they are escaped or cut off; what follows `Bearer`; signatures in URLs; SAML assertions and private keys; and, wherever they stand,
/// JSON Web Tokens and other long runs of a token's letters.
pub fn mask(text: &str) -> String {
    let text = clean::strip(text, usize::MAX);
    let mut masked = String::with_capacity(text.len().min(MOST_SHOWN) + 64);
    let mut at = 0;
    while at < text.len() && masked.len() <= MOST_SHOWN {
        let piece = Piece::at(&text, at);
        masked.push_str(&text[at..at + piece.shown]);
        if piece.hidden > 0 {
            masked.push_str(MASKED);
        }
        at += (piece.shown + piece.hidden).max(1);
    }
    bounded(masked)
}

/// Cuts to the most that is shown, at a character's boundary.
fn bounded(mut text: String) -> String {
    if text.len() > MOST_SHOWN {
        text.truncate(head(&text, MOST_SHOWN - CUT.len()).len());
        text.push_str(CUT);
    }
    text
}

/// At most so many bytes of a text.
fn head(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The next piece of a text: so many bytes as they are, then so many behind the mask.
struct Piece {
    shown: usize,
    hidden: usize,
}

impl Piece {
    fn at(text: &str, at: usize) -> Self {
        let rest = &text[at..];
        if let Some(piece) = private_key(rest).or_else(|| assertion(rest)) {
            return piece;
        }
        if let Some(unit) = escaped(rest) {
            return Self { shown: unit, hidden: 0 };
        }
        let word = run(rest, is_word);
        if word == 0 {
            return Self { shown: rest.chars().next().map_or(1, char::len_utf8), hidden: 0 };
        }
        opaque_token(rest)
            .or_else(|| json_web_token(rest, word))
            .or_else(|| named_value(text, at, word))
            .or_else(|| after_scheme(rest, word))
            .unwrap_or(Self { shown: word, hidden: 0 })
    }
}

/// `-----BEGIN ... PRIVATE KEY-----` to the end of its last line.
fn private_key(rest: &str) -> Option<Piece> {
    let label = rest.strip_prefix("-----BEGIN ")?;
    let label_end = head(label, 64).find("-----").filter(|end| label[..*end].contains("PRIVATE KEY"))?;
    let shown = rest.len() - label.len() + label_end + 5;
    let body = &rest[shown..];
    let hidden = body.find("-----END").unwrap_or(body.len());
    Some(Piece { shown, hidden })
}

/// A SAML assertion, from `<saml:Assertion` to the last word `Assertion`, whichever way the angle bracket is escaped.
fn assertion(rest: &str) -> Option<Piece> {
    let inner =
        ["<", "\\u003c", "\\u003C", "&lt;", "%3C", "%3c"].iter().find_map(|open| rest.strip_prefix(open))?;
    let prefix = run(inner, |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    let name = match inner[prefix..].strip_prefix(':') {
        Some(name) => name,
        None => inner,
    };
    let name = name.strip_prefix("Encrypted").unwrap_or(name).strip_prefix("Assertion")?;
    if name.bytes().next().is_some_and(is_word) {
        return None;
    }
    let shown = rest.len() - name.len();
    let hidden = name.rfind("Assertion").unwrap_or(name.len());
    Some(Piece { shown, hidden })
}

/// A character that is written as an escape counts as one piece, so that its letters don't become part of the next word.
fn escaped(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let hex =
        |from: usize, to: usize| bytes.get(from..to).is_some_and(|d| d.iter().all(u8::is_ascii_hexdigit));
    match bytes {
        [b'%', ..] if hex(1, 3) => Some(3),
        [b'\\', b'u', ..] if hex(2, 6) => Some(6),
        // `\n`, unless it is a path or the like: `C:\token=`.
        [b'\\', b'n' | b'r' | b't' | b'b' | b'f', ..] => {
            let word = &rest[1..1 + run(&rest[1..], is_word)];
            (Name::of(word).is_none() && !is_scheme(word)).then_some(2)
        }
        [b'&', ..] => ["&quot;", "&amp;", "&lt;", "&gt;", "&#34;", "&#39;"]
            .iter()
            .find(|entity| rest.starts_with(**entity))
            .map(|entity| entity.len()),
        _ => None,
    }
}

/// `eyJ` is how base64url writes `{"`: the start of a token's header, wherever it stands and however short the rest was cut.
fn json_web_token(rest: &str, word: usize) -> Option<Piece> {
    let shown = rest[..word].find("eyJ")?;
    let hidden = run(&rest[shown..], |b| is_word(b) || matches!(b, b'.' | b'='));
    let cut_off = shown + hidden == rest.len();
    (hidden >= 10 || cut_off).then_some(Piece { shown, hidden })
}

/// A long run of letters and digits that no sentence contains: refresh tokens, codes, SAML in base64.
fn opaque_token(rest: &str) -> Option<Piece> {
    const BASE64_OF_XML: [&str; 3] = ["PHNhbW", "PD94bWwg", "PEFzc2VydGlvb"];
    const LONG: usize = 100;
    if BASE64_OF_XML.iter().any(|start| rest.starts_with(start)) {
        let hidden = run(rest, |b| is_word(b) || matches!(b, b'+' | b'/' | b'=' | b'%'));
        return Some(Piece { shown: 0, hidden });
    }
    let letters = |b: u8| is_word(b) || b == b'.';
    let start = rest.as_bytes().get(..LONG)?;
    let mixed = start.iter().any(u8::is_ascii_digit) && start.iter().any(u8::is_ascii_alphabetic);
    let long = mixed && start.iter().all(|b| letters(*b));
    long.then(|| Piece { shown: 0, hidden: run(rest, letters) })
}

/// The value of a member, field, element or option whose name says that it is secret.
fn named_value(text: &str, at: usize, word: usize) -> Option<Piece> {
    let name = Name::of(&text[at..at + word])?;
    let rest = &text[at + word..];
    let option = text[at..].starts_with("--") && rest.starts_with(' ') && !rest.starts_with(" -");
    let tag = || text[..at].trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == ':');
    let element = rest.starts_with('>') && tag().ends_with('<');
    let azsdk = name == Name::Azsdk;
    if option || element || azsdk {
        let value = rest.get(1..).filter(|_| !azsdk || rest.starts_with('%'))?;
        let ends: &[char] = if azsdk {
            &['%']
        } else if element {
            &['<']
        } else {
            &[' ', '"', '\'']
        };
        let hidden = value.find(ends).unwrap_or(value.len());
        return Some(Piece { shown: word + 1, hidden });
    }

    let (name_quote, mut after) = Quote::skip(rest);
    after = after.trim_start_matches(' ');
    let separator =
        ["=>", ":=", ":", "=", "%3A", "%3a", "%3D", "%3d", "\\u003a", "\\u003A", "\\u003d", "\\u003D"]
            .iter()
            .find(|separator| after.starts_with(**separator))?;
    let colon = separator.starts_with(':');
    after = after[separator.len()..].trim_start_matches(' ');
    let (quote, value) = Quote::skip(after);
    let hidden = match &quote {
        Some(quote) => quote.end_of(value),
        None => unquoted_end(value, name, name_quote.is_some()),
    };
    let shown = text.len() - at - value.len();
    let sentence = quote.is_none() && name_quote.is_none() && colon;
    let harmless = match value[..hidden].trim_end_matches([',', ';', '.', ':']) {
        "" => true,
        "null" | "true" | "false" => quote.is_none(),
        // `"code": "InvalidRequest"` is an error's code, not an authorization code.
        value if name == Name::Code => is_number(value) || colon && is_error_code(value),
        // "invalid token: expired".
        value if name == Name::Token => {
            sentence && value.len() <= 20 && (is_error_code(value) || is_number(value))
        }
        _ => false,
    };
    (!harmless).then_some(Piece { shown, hidden })
}

fn is_number(value: &str) -> bool {
    value.len() <= 8 && value.bytes().all(|b| b.is_ascii_digit())
}

/// Words, perhaps with a number behind them: `invalid_grant`, `AADSTS70011`.
fn is_error_code(value: &str) -> bool {
    let letters = run(value, |b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'.' | b'-'));
    value.len() <= 64 && letters > 0 && is_number(&value[letters..])
}

fn unquoted_end(value: &str, name: Name, in_json: bool) -> usize {
    if value.starts_with(['{', '[']) {
        return 0;
    }
    let end = |c: char| {
        c.is_whitespace() || matches!(c, '&' | '"' | '\'' | '<') || in_json && matches!(c, ',' | '}' | ']')
    };
    let first = value.find(end).unwrap_or(value.len());
    if name != Name::Authorization {
        return first;
    }
    // `Authorization: Basic c2VjcmV0`: the scheme and what follows it.
    let Some(second) = value[first..].strip_prefix(' ') else { return first };
    first + 1 + second.find(end).unwrap_or(second.len())
}

/// The credentials after `Bearer` or `Basic`.
fn after_scheme(rest: &str, word: usize) -> Option<Piece> {
    const SENTENCE: [&str; 24] = [
        "access",
        "and",
        "assertion",
        "auth",
        "authentication",
        "authorization",
        "challenge",
        "credential",
        "credentials",
        "error",
        "expired",
        "for",
        "from",
        "header",
        "in",
        "is",
        "not",
        "or",
        "realm",
        "scheme",
        "token",
        "tokens",
        "was",
        "with",
    ];
    if !is_scheme(&rest[..word]) {
        return None;
    }
    let after =
        ["%20", " ", "+"].iter().find_map(|space| rest[word..].strip_prefix(space))?.trim_start_matches(' ');
    let hidden = run(after, |b| is_word(b) || matches!(b, b'.' | b'~' | b'+' | b'/' | b'=' | b'%'));
    let value = &after[..hidden];
    let in_sentence = SENTENCE.contains(&value.trim_end_matches('.').to_ascii_lowercase().as_str());
    // A challenge's parameter: `Bearer realm="..."`, `Basic realm=PATH`.
    let parameter = value.split_once('=').is_some_and(|(name, after)| {
        name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') && !after.starts_with('=')
    });
    (hidden > 0 && !in_sentence && !parameter).then_some(Piece { shown: rest.len() - after.len(), hidden })
}

fn is_scheme(word: &str) -> bool {
    ["bearer", "basic", "pop", "dpop"].iter().any(|scheme| scheme.eq_ignore_ascii_case(word))
}

/// Names whose values are secret, by how sure that is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Name {
    /// Always a secret: `client_secret`, `password`, `sig`.
    Secret,
    /// A word of sentences too: `token`, `assertion`.
    Token,
    /// An authorization code or an error's code.
    Code,
    /// A scheme and its credentials.
    Authorization,
    /// The line of the PowerShell script: `azsdk%TOKEN%SECONDS`.
    Azsdk,
}

impl Name {
    fn of(word: &str) -> Option<Self> {
        const LONGEST: usize = 64;
        if word.len() > LONGEST {
            return None;
        }
        let name: String =
            word.chars().filter(|c| !matches!(c, '_' | '-')).map(|c| c.to_ascii_lowercase()).collect();
        const TOKENS: [&str; 2] = ["token", "assertion"];
        const SECRETS: [&str; 9] = [
            "secret",
            "password",
            "passwd",
            "pwd",
            "devicecode",
            "codeverifier",
            "accountkey",
            "accesskey",
            "apikey",
        ];
        const WHOLE: [&str; 7] =
            ["sig", "xidentityheader", "samlresponse", "samlart", "cookie", "setcookie", "privatekey"];
        match name.as_str() {
            "code" | "authorizationcode" | "authcode" => Some(Self::Code),
            "authorization" | "proxyauthorization" => Some(Self::Authorization),
            "azsdk" => Some(Self::Azsdk),
            "token" | "assertion" => Some(Self::Token),
            _ if SECRETS.iter().chain(&TOKENS).any(|end| name.ends_with(end)) => Some(Self::Secret),
            _ if WHOLE.contains(&name.as_str()) => Some(Self::Secret),
            _ => None,
        }
    }
}

/// A quotation mark as it is written at some depth of escaping.
enum Quote<'a> {
    /// `"` or `'` behind so many backslashes.
    Plain(u8, usize),
    /// One of the longer spellings.
    Spelled(&'a str),
}

impl<'a> Quote<'a> {
    /// The quotation mark that a text starts with, if any, and what follows it.
    fn skip(text: &'a str) -> (Option<Self>, &'a str) {
        for spelling in ["%22", "%27", "&quot;", "&#34;", "&#39;"] {
            if let Some(after) = text.strip_prefix(spelling) {
                return (Some(Self::Spelled(&text[..spelling.len()])), after);
            }
        }
        let slashes = run(text, |b| b == b'\\');
        let after = &text[slashes..];
        if slashes > 0 && (after.starts_with("u0022") || after.starts_with("u0027")) {
            return (Some(Self::Spelled(&text[..slashes + 5])), &after[5..]);
        }
        match after.bytes().next() {
            Some(mark @ (b'"' | b'\'')) => (Some(Self::Plain(mark, slashes)), &after[1..]),
            _ => (None, text),
        }
    }

    /// How long the value is that this mark opened. Without an end, all that is left: it was cut off.
    fn end_of(&self, value: &str) -> usize {
        match self {
            Self::Spelled(spelling) => value.find(*spelling).unwrap_or(value.len()),
            Self::Plain(mark, depth) => {
                let mut slashes = 0;
                for (at, byte) in value.bytes().enumerate() {
                    // Behind n backslashes, a mark inside the value has 2n + 1, and each backslash before the closing one another 2n + 2.
                    if byte == *mark && slashes >= *depth && (slashes - depth).is_multiple_of(2 * (depth + 1))
                    {
                        return at - depth;
                    }
                    slashes = if byte == b'\\' { slashes + 1 } else { 0 };
                }
                value.len()
            }
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// How many bytes at the start of a text are of one sort, which must be ASCII.
fn run(text: &str, sort: impl Fn(u8) -> bool) -> usize {
    text.bytes().position(|byte| !sort(byte)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests;
