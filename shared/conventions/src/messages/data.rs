//! Data that stands in text: images and sound as base64.

use std::borrow::Cow;

/// So much base64 in one piece is no text.
const LEAST_DATA: usize = 512;
/// No type of data is longer.
const LONGEST_TYPE: usize = 128;

/// A text without the data that stands in it: `data:image/png;base64,…` becomes `[image/png, 3 bytes]`.
pub(super) fn without_data(text: &str) -> Cow<'_, str> {
    if !text.contains(";base64,") {
        return Cow::Borrowed(text);
    }
    let (mut clean, mut rest) = (String::new(), text);
    while let Some((before, from)) = rest.find("data:").and_then(|at| rest.split_at_checked(at)) {
        clean.push_str(before);
        if let Some(data) = DataUri::read(from).filter(|data| data.is_base64) {
            clean.push_str(&place_holder(data.mime_type, data.size));
            rest = data.rest;
        } else {
            let (word, after) = from.split_at_checked("data:".len()).unwrap_or((from, ""));
            clean.push_str(word);
            rest = after;
        }
    }
    clean.push_str(rest);
    Cow::Owned(clean)
}

/// Does it hold data that is no text?
pub(super) fn holds_data(text: &str) -> bool {
    text.contains(";base64,") || text.as_bytes().split(|byte| !is_base64(*byte)).any(|run| run.len() >= LEAST_DATA)
}

/// What a text becomes where it is no message's text: one that is nothing but data goes whole.
pub(super) fn cleaned(text: &str) -> Cow<'_, str> {
    let is_data = text.len() >= LEAST_DATA && text.bytes().all(is_base64);
    if is_data { Cow::Owned(place_holder("", decoded(text))) } else { without_data(text) }
}

/// `data:image/png;base64,AAAA`.
pub(super) struct DataUri<'a> {
    pub(super) mime_type: &'a str,
    is_base64: bool,
    pub(super) size: usize,
    /// What follows the data.
    rest: &'a str,
}

impl<'a> DataUri<'a> {
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let after = text.strip_prefix("data:")?;
        let near = after.get(..after.floor_char_boundary(LONGEST_TYPE))?;
        let (head, _) = near.split_once(',')?;
        let data = after.get(head.len() + 1..)?;
        let mime_type = head.split(';').next().unwrap_or_default();
        let is_type = |byte: u8| byte.is_ascii_alphanumeric() || b"/+.-".contains(&byte);
        let is_base64 = head.ends_with(";base64");
        let end = if is_base64 {
            data.bytes().position(|byte| !is_base64_byte(byte)).unwrap_or(data.len())
        } else {
            data.len()
        };
        let (data, rest) = data.split_at_checked(end)?;
        let size = if is_base64 { decoded(data) } else { data.len() };
        mime_type.bytes().all(is_type).then_some(Self { mime_type, is_base64, size, rest })
    }
}

/// Of the URL-safe alphabet too.
fn is_base64_byte(byte: u8) -> bool {
    is_base64(byte) || matches!(byte, b'-' | b'_')
}

const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// Bytes that base64 stands for.
pub(super) fn decoded(base64: &str) -> usize {
    let digits = base64.trim_end_matches('=').len();
    digits / 4 * 3 + (digits % 4 * 3) / 4
}

fn place_holder(mime_type: &str, size: usize) -> String {
    let mime_type = if mime_type.is_empty() { "data" } else { mime_type };
    format!("[{mime_type}, {size} bytes]")
}
