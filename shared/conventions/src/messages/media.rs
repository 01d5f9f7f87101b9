//! Sound, images, video and files: what they are is told, their bytes never.
//!
//! The GenAI conventions have three parts for them: `blob` for data that stands in the message, `uri` for an address, `file` for
//! an id that the model's API gave. Here a `blob` has no `content`, but the `size` of its data in bytes.

use std::borrow::Cow;

use spanlift_model::json::{Map, Value};

use super::data::{DataUri, decoded};
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
/// What kind of media a type of part is, if it is one.
pub(super) fn kind(part_type: &str) -> Option<Media> {
    MEDIA.iter().find(|(known, ..)| *known == part_type).map(|(_, kind, _)| *kind)
}

/// A part that is media, as its place holder; `None` where nothing says where the media is.
pub(super) fn part(members: &Map, kind: Media) -> Option<Part<'_>> {
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
    fn look_into(&mut self, members: &'a Map, depth: usize) {
        let first = |names: &[&str]| names.iter().find_map(|name| text(members, name));
        self.mime_type = self.mime_type.or_else(|| first(TYPES));
        if self.place.is_none() {
            self.place = first(ADDRESSES).or_else(|| first(DATA)).map(Place::Text).or_else(|| {
                let bytes = DATA.iter().find_map(|name| members.get(name)?.as_array());
                bytes.map(|bytes| Place::Bytes(bytes.len())).or_else(|| first(FILE_IDS).map(Place::File))
            });
        }
        for holder in HOLDERS.iter().filter_map(|name| members.get(name)) {
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
