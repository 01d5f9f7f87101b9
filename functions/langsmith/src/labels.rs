//! The correlation keys of a run's metadata, read from the whole text whatever its size: only their values are kept.

use serde_json::Value;
use spanlift_model::canonical_text;
use spanlift_model::correlation::{Key, Label, may_hold_a_tag};
use spanlift_model::json::{Room, mended};

use crate::members::{each_member, text_of};

/// Stands where a byte of the answer was no UTF-8.
pub(crate) const BAD_BYTE: char = '\u{FFFF}';
/// No hint is longer, so that a longer value is another's whatever its end is.
const LONGEST_VALUE: usize = 1_024;
/// No run has more, in two places and under five names.
const MOST_LABELS: usize = 32;

/// What a run says of whose it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tags {
    pub(crate) labels: Vec<Label>,
    /// Something that may be a tag could not be read.
    pub(crate) is_unknown: bool,
}

impl Tags {
    /// Adds those of the member `extra`, whose metadata v1 tells.
    pub(crate) fn add_extra(&mut self, extra: &str) {
        self.is_unknown |= extra.contains(BAD_BYTE);
        let is_object = each_member(extra, |name, value| {
            if name == "metadata" {
                self.add_metadata(value);
            }
        });
        self.is_unknown |= !is_object && may_hold_a_tag(extra);
    }

    /// Adds those of the member `metadata`, which v2 tells beside `extra`. Where both say something of a key, both count.
    pub(crate) fn add_metadata(&mut self, metadata: &str) {
        self.is_unknown |= metadata.contains(BAD_BYTE);
        let text = text_of(metadata);
        let metadata = text.as_deref().unwrap_or(metadata);
        let is_object = each_member(metadata, |name, value| {
            let label = Key::parse(name).and_then(|key| Label::new(key, value_of(value)?));
            let label = label.filter(|label| !self.labels.contains(label));
            self.is_unknown |= label.is_some() && self.labels.len() == MOST_LABELS;
            self.labels.extend(label.filter(|_| self.labels.len() < MOST_LABELS));
        });
        self.is_unknown |= !is_object && may_hold_a_tag(metadata);
    }
}

/// A scalar as canonical text, cut where no hint is as long.
fn value_of(json: &str) -> Option<String> {
    let is_whole_number = json.bytes().skip(usize::from(json.starts_with('-'))).all(|byte| byte.is_ascii_digit());
    let text = match json.as_bytes().first()? {
        // Not as a number: it may have more digits than one can hold.
        b'-' | b'0'..=b'9' if is_whole_number => json.to_owned(),
        b'[' | b'{' => return None,
        _ => canonical_text(&serde_json::from_str::<Value>(&mended(json, &mut { Room::ENDLESS })).ok()?)?,
    };
    let text = text.trim();
    Some(text.get(..text.floor_char_boundary(LONGEST_VALUE)).unwrap_or(text).to_owned())
}
