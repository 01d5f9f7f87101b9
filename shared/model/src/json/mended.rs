//! JSON that any library reads, of JSON that only a lenient one wrote; and not more of it than is of use.

use std::borrow::Cow;

use memchr::memchr2;

use crate::{CUT_MARKER, cut};

/// How much of the JSON of one row is kept. What a row uses up is gone for the rest of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Bytes of one string, and of the text that stands for a list or an object that is too large.
    pub value_bytes: usize,
    /// Members and items of all lists and objects.
    pub nodes: usize,
}

impl Room {
    /// No bounds: what tags are read from.
    pub const ENDLESS: Self = Self { value_bytes: usize::MAX, nodes: usize::MAX };

    /// What one row may hold: values are cut at 64 KiB when they are stored, and no call has more nodes.
    pub const OF_ROW: Self = Self { value_bytes: 64 << 10, nodes: 50_000 };
}

/// Deeper than this, lists and objects become text: `serde_json` reads 128 levels, some of them around this value.
const MOST_LEVELS: usize = 96;
/// Numbers of more bytes are checked: no other can be too large for 64 bits of floating point.
const LONG_NUMBER: usize = 300;
/// Where there are too many nodes, what has so few members or items is looked through for the large one among them,
const FEW_ITEMS: usize = 64;
/// on so many levels.
const SORTED_LEVELS: usize = 4;

/// The same JSON as a text that `serde_json` reads into a `Value` of bounded size. `json` must be valid JSON but for:
///
/// - numbers out of range (`1e400`), which become strings;
/// - halves of surrogate pairs, which become U+FFFD;
/// - more than 96 levels, which become strings of their text.
///
/// Strings longer than the room, and lists and objects with more nodes, are cut and end with [`CUT_MARKER`].
#[must_use]
pub fn mended<'j>(json: &'j str, room: &mut Room) -> Cow<'j, str> {
    let mut mender = Mender { json, room, at: 0, copied: 0, out: String::new(), levels: 0 };
    mender.run();
    mender.end()
}

/// The same without bounds: what tags are read from.
#[must_use]
pub fn readable(json: &str) -> Cow<'_, str> {
    mended(json, &mut { Room::ENDLESS })
}

struct Mender<'j, 'r> {
    json: &'j str,
    room: &'r mut Room,
    /// Up to here it was looked at.
    at: usize,
    /// Up to here it was copied.
    copied: usize,
    out: String,
    levels: usize,
}

impl<'j> Mender<'j, '_> {
    fn run(&mut self) {
        let bytes = self.json.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b'"' => self.string(),
                b'-' | b'0'..=b'9' => self.number(),
                b'[' | b'{' => self.open(),
                b']' | b'}' => {
                    self.levels = self.levels.saturating_sub(1);
                    self.at += 1;
                }
                b',' => {
                    self.room.nodes = self.room.nodes.saturating_sub(1);
                    self.at += 1;
                }
                _ => self.at += 1,
            }
        }
    }

    fn end(mut self) -> Cow<'j, str> {
        if self.copied == 0 {
            return Cow::Borrowed(self.json);
        }
        self.out.push_str(self.json.get(self.copied..).unwrap_or_default());
        Cow::Owned(self.out)
    }

    /// Puts `text` in the place of what stands from here to `end`.
    fn replace(&mut self, end: usize, text: &str) {
        self.out.push_str(self.json.get(self.copied..self.at).unwrap_or_default());
        self.out.push_str(text);
        self.copied = end;
        self.at = end;
    }

    fn text(&self, end: usize) -> &'j str {
        self.json.get(self.at..end).unwrap_or_default()
    }

    fn string(&mut self) {
        let StringEnd { end, may_hold_surrogates } = string_end(self.json.as_bytes(), self.at);
        let cut = cut_string(self.text(end), self.room.value_bytes);
        let whole = if may_hold_surrogates { mend_surrogates(&cut) } else { Cow::Borrowed(cut.as_ref()) };
        if let Cow::Owned(mended) = &whole {
            self.replace(end, mended);
        } else if let Cow::Owned(cut) = &cut {
            self.replace(end, cut);
        } else {
            self.at = end;
        }
    }

    fn number(&mut self) {
        let bytes = self.json.as_bytes();
        let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let length = bytes.get(self.at..).unwrap_or_default().iter().take_while(|byte| is_part(byte)).count();
        let end = self.at + length;
        let text = self.text(end);
        let is_suspect = length > LONG_NUMBER || text.contains(['e', 'E']);
        if is_suspect && !text.parse().is_ok_and(f64::is_finite) {
            let kept = text.get(..self.room.value_bytes.min(length)).unwrap_or(text);
            let marker = if kept.len() < length { CUT_MARKER } else { "" };
            self.replace(end, &format!("\"{kept}{marker}\""));
        } else {
            self.at = end;
        }
    }

    fn open(&mut self) {
        let is_deep = self.levels >= MOST_LEVELS;
        // Nothing has more nodes than bytes.
        let may_be_large = self.levels < SORTED_LEVELS && self.json.len() - self.at > self.room.nodes;
        if is_deep || may_be_large {
            let size = Size::of(self.json.as_bytes(), self.at);
            let is_last_level = self.levels + 1 == SORTED_LEVELS;
            let is_large = size.nodes > self.room.nodes && (is_last_level || size.items > FEW_ITEMS);
            if is_deep || (may_be_large && is_large) {
                let end = size.end;
                let text = as_string(self.text(end), self.room.value_bytes);
                self.replace(end, &text);
                return;
            }
        }
        self.levels += 1;
        self.room.nodes = self.room.nodes.saturating_sub(1);
        self.at += 1;
    }
}

/// How much a list or an object holds.
struct Size {
    /// Behind its bracket.
    end: usize,
    /// Its own members or items, about.
    items: usize,
    /// Those of everything in it too.
    nodes: usize,
}

impl Size {
    fn of(bytes: &[u8], start: usize) -> Self {
        let (mut at, mut depth) = (start, 0_usize);
        let mut size = Self { end: bytes.len(), items: 1, nodes: 0 };
        while let Some(byte) = bytes.get(at) {
            at += 1;
            match byte {
                b'"' => at = string_end(bytes, at - 1).end,
                b'[' | b'{' => {
                    depth += 1;
                    size.nodes += 1;
                }
                b',' => {
                    size.nodes += 1;
                    size.items += usize::from(depth == 1);
                }
                b']' | b'}' => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        size.end = at;
                        return size;
                    }
                }
                _ => {}
            }
        }
        size
    }
}

/// What one look at a string tells.
struct StringEnd {
    /// Behind the quote that ends it.
    end: usize,
    /// There is an escape that begins as a surrogate's does.
    may_hold_surrogates: bool,
}

fn string_end(bytes: &[u8], start: usize) -> StringEnd {
    let mut at = start + 1;
    let mut may_hold_surrogates = false;
    while let Some(length) = bytes.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += length;
        match bytes.get(at..).unwrap_or_default() {
            [b'"', ..] => return StringEnd { end: at + 1, may_hold_surrogates },
            [_, b'u', b'd' | b'D', ..] => may_hold_surrogates = true,
            _ => {}
        }
        // The backslash, and what it escapes.
        at += 2;
    }
    StringEnd { end: bytes.len(), may_hold_surrogates }
}

/// A string's JSON, cut between two characters or escapes.
fn cut_string(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most.saturating_add(2) {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let limit = most.saturating_sub(CUT_MARKER.len());
    let mut at = 1;
    while at < limit {
        let length = match (bytes.get(at), bytes.get(at + 1)) {
            (Some(b'\\'), Some(b'u')) => 6,
            (Some(b'\\'), _) => 2,
            _ => 1,
        };
        if at + length > limit {
            break;
        }
        at += length;
    }
    let kept = text.get(..text.floor_char_boundary(at)).unwrap_or_default();
    Cow::Owned(format!("{kept}{CUT_MARKER}\""))
}

/// The beginning of a text, as a string's JSON.
fn as_string(text: &str, most: usize) -> String {
    let mut kept = text.to_owned();
    cut(&mut kept, most);
    super::to_text(&kept)
}

/// The bytes of an escape: `\ud83d`.
const ESCAPE: usize = 6;

/// The same with U+FFFD for every half of a surrogate pair that stands alone: JavaScript cuts texts within a character.
fn mend_surrogates(json: &str) -> Cow<'_, str> {
    let mut mended = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let (text, escape) = rest.split_at(at);
        mended.push_str(text);
        let next = escape.get(ESCAPE..).unwrap_or_default();
        let (kept, length) = match (surrogate(escape), surrogate(next)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..)) => (None, 2 * ESCAPE),
            (Some(_), _) => (Some("\\ufffd"), ESCAPE),
            // The backslash, and what it escapes.
            (None, _) => (None, 2),
        };
        let (escape, behind) = escape.split_at_checked(length).unwrap_or((escape, ""));
        mended.push_str(kept.unwrap_or(escape));
        rest = behind;
    }
    mended.push_str(rest);
    if mended == json { Cow::Borrowed(json) } else { Cow::Owned(mended) }
}

/// The surrogate that the text begins with.
fn surrogate(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok().filter(|unit| (0xD800..=0xDFFF).contains(unit))
}
