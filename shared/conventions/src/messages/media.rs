//! Sound, images, video and files: what they are is told, their bytes never.
//!
//! The GenAI conventions have three parts for them: `blob` for data that stands in the message, `uri` for an address, `file` for
//! an id that the model's API gave. Here a `blob` has no `content`, but the `size` of its data in bytes.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::part::{Part, text};

/// A kind of media.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// A picture.
    Image,
    /// Sound.
    Audio,
    /// Film.
    Video,
    /// Of which only its own type says more.
    File,
}

/// Types of parts that are media, of what kind, and who writes them.
pub const MEDIA: &[(&str, Media, &str)] = &[
    ("image_url", Media::Image, "OpenAI"),
    ("input_image", Media::Image, "OpenAI Responses"),
    ("image", Media::Image, "Anthropic, AI SDK, OpenInference"),
    ("image_content", Media::Image, "LiveKit"),
    ("image-url", Media::Image, "Pydantic AI"),
    ("input_audio", Media::Audio, "OpenAI"),
    ("output_audio", Media::Audio, "OpenAI Realtime"),
    ("audio", Media::Audio, "OpenAI, OpenInference"),
    ("audio_content", Media::Audio, "LiveKit"),
    ("audio_url", Media::Audio, "vLLM"),
    ("audio-url", Media::Audio, "Pydantic AI"),
    ("video", Media::Video, "OpenInference, LangChain"),
    ("video_url", Media::Video, "vLLM"),
    ("video-url", Media::Video, "Pydantic AI"),
    ("file", Media::File, "OpenAI, AI SDK"),
    ("input_file", Media::File, "OpenAI Responses"),
    ("document", Media::File, "Anthropic, OpenInference"),
    ("document-url", Media::File, "Pydantic AI"),
    ("binary", Media::File, "Pydantic AI"),
    ("media", Media::File, "LangChain with Gemini"),
    ("blob", Media::File, "OpenTelemetry GenAI"),
    ("uri", Media::File, "OpenTelemetry GenAI"),
];

/// Members in which the rest of a part stands: `{"type": "image_url", "image_url": {"url": …}}`.
const HOLDERS: &[&str] =
    &["image_url", "input_audio", "image", "audio", "video", "file", "document", "source", "audio_url", "video_url"];
const ADDRESSES: &[&str] = &["url", "uri", "file_uri", "fileUri", "file_url"];
const DATA: &[&str] = &["data", "bytes", "base64", "file_data", "content"];
const FILE_IDS: &[&str] = &["file_id", "fileId"];
const TYPES: &[&str] = &["mime_type", "mimeType", "media_type", "mediaType"];
/// Members within members that are looked into.
const DEEPEST: usize = 3;
/// So much base64 in one piece is no text.
const LEAST_DATA: usize = 512;
/// No type of data is longer.
const LONGEST_TYPE: usize = 128;

/// What kind of media a type of part is, if it is one.
pub(super) fn kind(part_type: &str) -> Option<Media> {
    MEDIA.iter().find(|(known, ..)| *known == part_type).map(|(_, kind, _)| *kind)
}

/// A part that is media, as its place holder; `None` where nothing says where the media is.
pub(super) fn part(members: &Map<String, Value>, kind: Media) -> Option<Part<'_>> {
    let mut found = Found::default();
    found.look_into(members, 0);
    let mime_type = found.mime_type.map(Cow::Borrowed);
    match found.place? {
        Place::Text(place) => Some(of_text(place, kind, mime_type)),
        Place::Bytes(size) => Some(blob(kind, mime_type, Some(size))),
        Place::File(id) => {
            Some(Part::File { modality: modality(kind, mime_type.as_deref()), mime_type, file_id: Cow::Borrowed(id) })
        }
    }
}

/// Media that stands in one text: data, or an address.
pub(super) fn of_text<'a>(place: &'a str, kind: Media, mime_type: Option<Cow<'a, str>>) -> Part<'a> {
    if let Some(data) = DataUri::read(place) {
        let mime_type = mime_type.or_else(|| (!data.mime_type.is_empty()).then_some(Cow::Borrowed(data.mime_type)));
        return blob(kind, mime_type, Some(data.size));
    }
    let is_address = place.split_once("://").is_some_and(|(scheme, _)| scheme.len() < 16);
    let modality = modality(kind, mime_type.as_deref());
    if is_address {
        Part::Uri { modality, mime_type, uri: Cow::Borrowed(place) }
    } else {
        blob(kind, mime_type, Some(decoded(place)))
    }
}

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

#[derive(Default)]
struct Found<'a> {
    mime_type: Option<&'a str>,
    place: Option<Place<'a>>,
}

enum Place<'a> {
    /// Data or an address.
    Text(&'a str),
    Bytes(usize),
    File(&'a str),
}

impl<'a> Found<'a> {
    fn look_into(&mut self, members: &'a Map<String, Value>, depth: usize) {
        let first = |names: &[&str]| names.iter().find_map(|name| text(members, name));
        self.mime_type = self.mime_type.or_else(|| first(TYPES));
        if self.place.is_none() {
            self.place = first(ADDRESSES).or_else(|| first(DATA)).map(Place::Text).or_else(|| {
                let bytes = DATA.iter().find_map(|name| members.get(*name)?.as_array());
                bytes.map(|bytes| Place::Bytes(bytes.len())).or_else(|| first(FILE_IDS).map(Place::File))
            });
        }
        for holder in HOLDERS.iter().filter_map(|name| members.get(*name)) {
            match holder {
                Value::String(place) if self.place.is_none() => self.place = Some(Place::Text(place)),
                Value::Object(inner) if depth < DEEPEST => self.look_into(inner, depth + 1),
                _ => {}
            }
        }
    }
}

fn blob(kind: Media, mime_type: Option<Cow<'_, str>>, size: Option<usize>) -> Part<'_> {
    Part::Blob { modality: modality(kind, mime_type.as_deref()), mime_type, size }
}

/// What the conventions call the kind of media: `image`, `audio`, `video`. They have no word for others.
fn modality(kind: Media, mime_type: Option<&str>) -> Option<&'static str> {
    let of_type = mime_type
        .and_then(|mime_type| mime_type.split_once('/'))
        .and_then(|(kind, _)| ["image", "audio", "video"].into_iter().find(|known| known.eq_ignore_ascii_case(kind)));
    of_type.or(match kind {
        Media::Image => Some("image"),
        Media::Audio => Some("audio"),
        Media::Video => Some("video"),
        Media::File => None,
    })
}

/// `data:image/png;base64,AAAA`.
struct DataUri<'a> {
    mime_type: &'a str,
    is_base64: bool,
    size: usize,
    /// What follows the data.
    rest: &'a str,
}

impl<'a> DataUri<'a> {
    fn read(text: &'a str) -> Option<Self> {
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
fn decoded(base64: &str) -> usize {
    let digits = base64.trim_end_matches('=').len();
    digits / 4 * 3 + (digits % 4 * 3) / 4
}

fn place_holder(mime_type: &str, size: usize) -> String {
    let mime_type = if mime_type.is_empty() { "data" } else { mime_type };
    format!("[{mime_type}, {size} bytes]")
}
