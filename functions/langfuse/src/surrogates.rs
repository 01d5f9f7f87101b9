//! JavaScript cuts text in the middle of a character and writes what is left of it, which is no JSON.

use std::borrow::Cow;

/// The bytes of an escape: `\ud83d`.
const LENGTH: usize = 6;

/// The JSON with U+FFFD for every surrogate that stands alone.
pub(crate) fn mended(json: &str) -> Cow<'_, str> {
    if !json.contains("\\ud") && !json.contains("\\uD") {
        return Cow::Borrowed(json);
    }
    let mut mended = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let (text, escape) = rest.split_at(at);
        mended.push_str(text);
        let next = escape.get(LENGTH..).unwrap_or_default();
        let (kept, length) = match (surrogate(escape), surrogate(next)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..)) => (None, 2 * LENGTH),
            (Some(_), _) => (Some("\\ufffd"), LENGTH),
            // The backslash, and what it escapes.
            (None, _) => (None, 2),
        };
        let (escape, behind) = escape.split_at_checked(length).unwrap_or((escape, ""));
        mended.push_str(kept.unwrap_or(escape));
        rest = behind;
    }
    mended.push_str(rest);
    Cow::Owned(mended)
}

/// The surrogate that the text begins with.
fn surrogate(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok().filter(|unit| (0xD800..=0xDFFF).contains(unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mends_what_stands_alone_and_nothing_else() {
        for (json, expected) in [
            (r#""\ud83d""#, "\u{fffd}"),
            (r#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"),
            (r#""\uD83D\uDE00""#, "\u{1f600}"),
            (r#""\ud83d\ud83d\ude00x""#, "\u{fffd}\u{1f600}x"),
            (r#""a\\ud83d \" \n\u00e9é""#, "a\\ud83d \" \né\u{e9}"),
        ] {
            assert_eq!(serde_json::from_str::<String>(&mended(json)).unwrap(), expected, "{json}");
        }
        for broken in [r"\ud83", r"\", r"\ud8é3", r"x\ud83d\"] {
            assert!(!mended(broken).is_empty());
        }
    }
}
