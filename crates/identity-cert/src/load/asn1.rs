//! A reader for the little ASN.1 that key files consist of.
//!
//! It borrows from its input, copies nothing, allocates nothing and never reads past what it was given, so what a hostile file can do
//! ends at [`Malformed`]. Lengths need not be minimal, as older writers' are not; indefinite lengths are turned into definite ones by
//! [`definite`] first.

use zeroize::Zeroizing;

pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const NULL: u8 = 0x05;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
/// `[0]` around a value of its own type.
pub(super) const CONTEXT_0: u8 = 0xa0;
/// `[0]` in place of a string's own tag.
pub(super) const CONTEXT_0_PRIMITIVE: u8 = 0x80;
const CONSTRUCTED: u8 = 0x20;
const INDEFINITE: u8 = 0x80;

/// The bytes are not what their format calls for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

type Result<T> = std::result::Result<T, Malformed>;

/// Reads one element after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

/// One element with its header taken off.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    /// Header and content.
    pub(super) whole: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The content of the one SEQUENCE that `bytes` begin with.
    pub(super) fn of_sequence(bytes: &'a [u8]) -> Result<Self> {
        Self::new(bytes).sequence()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next element, whatever it is.
    pub(super) fn any(&mut self) -> Result<Element<'a>> {
        let (tag, length, header) = header(self.rest)?;
        let length = length.ok_or(Malformed)?;
        let end = header.checked_add(length).ok_or(Malformed)?;
        let whole = self.rest.get(..end).ok_or(Malformed)?;
        let content = whole.get(header..).ok_or(Malformed)?;
        self.rest = self.rest.get(end..).ok_or(Malformed)?;
        Ok(Element { tag, content, whole })
    }

    /// The content of the next element, which must have this tag.
    pub(super) fn take(&mut self, tag: u8) -> Result<&'a [u8]> {
        if self.peek() == Some(tag) { Ok(self.any()?.content) } else { Err(Malformed) }
    }

    pub(super) fn sequence(&mut self) -> Result<Self> {
        self.take(SEQUENCE).map(Self::new)
    }

    pub(super) fn oid(&mut self) -> Result<&'a [u8]> {
        self.take(OBJECT_IDENTIFIER)
    }

    /// An INTEGER that is not negative: its bytes, the most significant first, without leading zeros.
    pub(super) fn unsigned(&mut self) -> Result<&'a [u8]> {
        let bytes = self.take(INTEGER)?;
        match bytes.first() {
            None => Err(Malformed),
            Some(first) if first & 0x80 != 0 => Err(Malformed),
            Some(_) => Ok(without_leading_zeros(bytes)),
        }
    }

    /// An INTEGER that fits into 64 bits.
    pub(super) fn number(&mut self) -> Result<u64> {
        let bytes = self.unsigned()?;
        if bytes.len() > 8 {
            return Err(Malformed);
        }
        Ok(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }
}

pub(super) fn without_leading_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

/// The dotted form of an object identifier's content, for messages.
pub(super) fn dotted(oid: &[u8]) -> String {
    let mut arcs: Vec<u64> = Vec::new();
    let mut arc: u64 = 0;
    for byte in oid.iter().take(64) {
        arc = arc.wrapping_shl(7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            if arcs.is_empty() {
                let first = (arc / 40).min(2);
                arcs.push(first);
                arc -= first * 40;
            }
            arcs.push(arc);
            arc = 0;
        }
    }
    arcs.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}

/// The first element of `bytes`, with every length below it definite and every string in one piece.
///
/// Files in the wild are BER: some writers stream them with indefinite lengths and cut octet strings into pieces. What is already in the
/// definite form comes out as it went in.
pub(super) fn definite(bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let mut out = Zeroizing::new(Vec::with_capacity(bytes.len()));
    copy_element(bytes, MAX_DEPTH, &mut out)?;
    Ok(out)
}

/// Copies one element to `out` and returns how long it was.
fn copy_element(bytes: &[u8], depth: u8, out: &mut Vec<u8>) -> Result<usize> {
    let depth = depth.checked_sub(1).ok_or(Malformed)?;
    let (tag, length, header) = header(bytes)?;
    let body = bytes.get(header..).ok_or(Malformed)?;
    if tag & CONSTRUCTED == 0 {
        let length = length.ok_or(Malformed)?;
        put(tag, body.get(..length).ok_or(Malformed)?, out);
        return Ok(header + length);
    }

    let mut children = Zeroizing::new(Vec::with_capacity(length.unwrap_or_default().min(body.len())));
    let consumed = match length {
        Some(length) => {
            let mut rest = body.get(..length).ok_or(Malformed)?;
            while !rest.is_empty() {
                let used = copy_element(rest, depth, &mut children)?;
                rest = rest.get(used..).ok_or(Malformed)?;
            }
            length
        }
        None => {
            let mut at = 0;
            loop {
                let rest = body.get(at..).ok_or(Malformed)?;
                if rest.starts_with(&[0, 0]) {
                    break at + 2;
                }
                at += copy_element(rest, depth, &mut children)?;
            }
        }
    };
    if tag == OCTET_STRING | CONSTRUCTED {
        put(OCTET_STRING, &joined(&children)?, out);
    } else {
        put(tag, &children, out);
    }
    Ok(header + consumed)
}

/// The text of an octet string that came in pieces.
pub(super) fn joined(pieces: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let mut whole = Zeroizing::new(Vec::with_capacity(pieces.len()));
    let mut pieces = Reader::new(pieces);
    while !pieces.is_empty() {
        whole.extend_from_slice(pieces.take(OCTET_STRING)?);
    }
    Ok(whole)
}

/// Appends one element in its definite form.
pub(super) fn put(tag: u8, content: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let bytes = content.len().to_be_bytes();
            let bytes = without_leading_zeros(&bytes);
            // At most eight bytes, so the count fits beside the flag.
            out.push(0x80 | bytes.len() as u8);
            out.extend_from_slice(bytes);
        }
    }
    out.extend_from_slice(content);
}

/// Tag, length (none if indefinite) and the header's own length.
fn header(bytes: &[u8]) -> Result<(u8, Option<usize>, usize)> {
    let (tag, first) = match bytes {
        [tag, first, ..] => (*tag, *first),
        _ => return Err(Malformed),
    };
    // Tags of several bytes occur in none of the formats.
    if tag & 0x1f == 0x1f || tag == 0 {
        return Err(Malformed);
    }
    if first < 0x80 {
        return Ok((tag, Some(usize::from(first)), 2));
    }
    if first == INDEFINITE {
        return if tag & CONSTRUCTED == 0 { Err(Malformed) } else { Ok((tag, None, 2)) };
    }
    let count = usize::from(first & 0x7f);
    let bytes = bytes.get(2..2 + count).ok_or(Malformed)?;
    let significant = without_leading_zeros(bytes);
    if significant.len() > 4 {
        return Err(Malformed);
    }
    let length = significant.iter().fold(0_usize, |length, byte| length << 8 | usize::from(*byte));
    Ok((tag, Some(length), 2 + count))
}

/// Elements nest this deep at most; real files stay below 16.
const MAX_DEPTH: u8 = 20;

#[cfg(test)]
mod tests;
