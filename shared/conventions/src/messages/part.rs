//! Messages as the GenAI conventions write them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use spanlift_model::json::text_of;
use spanlift_model::look_up;

use super::data::{cleaned, holds_data, without_data};

/// A message: who says it, and what.
#[derive(serde::Serialize)]
pub(crate) struct Message<'a> {
    pub(crate) role: Cow<'a, str>,
    pub(crate) parts: Vec<Part<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<Cow<'a, str>>,
    /// As the source has it; in JSON in the conventions' word.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "in_the_conventions_word")]
    pub(crate) finish_reason: Option<Cow<'a, str>>,
}

/// A part of a message.
#[derive(serde::Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Part<'a> {
    Text {
        content: Cow<'a, str>,
    },
    Reasoning {
        content: Cow<'a, str>,
    },
    Refusal {
        content: Cow<'a, str>,
    },
    ToolCall {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<Cow<'a, str>>,
        name: Cow<'a, str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        arguments: Option<Embedded<'a>>,
    },
    ToolCallResponse {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<Cow<'a, str>>,
        response: Embedded<'a>,
    },
    Blob {
        #[serde(skip_serializing_if = "Option::is_none")]
        modality: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        mime_type: Option<Cow<'a, str>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        size: Option<usize>,
    },
    Uri {
        #[serde(skip_serializing_if = "Option::is_none")]
        modality: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        mime_type: Option<Cow<'a, str>>,
        uri: Cow<'a, str>,
    },
    File {
        #[serde(skip_serializing_if = "Option::is_none")]
        modality: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        mime_type: Option<Cow<'a, str>>,
        file_id: Cow<'a, str>,
    },
    /// Whatever else it is, it stays what it is, without data.
    #[serde(untagged)]
    Other(Clean<'a>),
}

/// Who speaks, by the names that APIs and SDKs have for them, and the conventions' name.
pub const ROLES: &[(&str, &str)] = &[
    ("agent", "assistant"),
    ("ai", "assistant"),
    ("aimessage", "assistant"),
    ("aimessagechunk", "assistant"),
    ("bot", "assistant"),
    ("function", "tool"),
    ("functionmessage", "tool"),
    ("human", "user"),
    ("humanmessage", "user"),
    ("humanmessagechunk", "user"),
    ("model", "assistant"),
    ("systemmessage", "system"),
    ("toolmessage", "tool"),
];

/// Why a model stopped, by the names that are spellings of one of the conventions' own.
pub const FINISH_REASONS: &[(&str, &str)] = &[
    ("tool_calls", "tool_call"),
    ("tool-calls", "tool_call"),
    ("function_call", "tool_call"),
    ("content-filter", "content_filter"),
];

/// A role in the conventions' word.
pub(crate) fn role(name: Cow<'_, str>) -> Cow<'_, str> {
    let lower = name.trim().to_lowercase();
    match look_up(ROLES, &lower) {
        Some(known) => Cow::Borrowed(known),
        None if lower == name => name,
        None => Cow::Owned(lower),
    }
}

/// A finish reason in the conventions' word.
pub(crate) fn finish_reason(reason: &str) -> String {
    let lower = reason.trim().to_lowercase();
    look_up(FINISH_REASONS, &lower).map_or(lower, str::to_owned)
}

impl<'a> Part<'a> {
    /// Text, without data that stands in it.
    pub(crate) fn text(content: impl Into<Cow<'a, str>>) -> Self {
        Part::Text { content: plain(content.into()) }
    }

    /// Is it text that says nothing?
    pub(crate) fn is_blank(&self) -> bool {
        matches!(self, Part::Text { content } if content.is_empty())
    }

    /// The id of the call that it is.
    pub(crate) fn call_id(&self) -> Option<&str> {
        match self {
            Part::ToolCall { id, .. } => id.as_deref(),
            _ => None,
        }
    }

    /// A call that borrows nothing.
    pub(crate) fn into_owned_call(self) -> Option<Part<'static>> {
        let Part::ToolCall { id, name, arguments } = self else { return None };
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Some(Part::ToolCall {
            id: id.map(owned),
            name: owned(name),
            arguments: arguments.map(|arguments| match arguments {
                Embedded::Json(json) => Embedded::Parsed(serde_json::from_str(json.get()).unwrap_or_default()),
                Embedded::Text(text) => Embedded::Text(owned(text)),
                Embedded::Parsed(value) => Embedded::Parsed(value),
                Embedded::Value(value) => Embedded::Parsed(value.clone()),
            }),
        })
    }

    /// What a model thought.
    pub(crate) fn reasoning(content: impl Into<Cow<'a, str>>) -> Self {
        Part::Reasoning { content: plain(content.into()) }
    }
}

fn plain(content: Cow<'_, str>) -> Cow<'_, str> {
    match content {
        Cow::Borrowed(text) => without_data(text),
        Cow::Owned(text) => Cow::Owned(without_data(&text).into_owned()),
    }
}

/// JSON inside JSON: text that is JSON of an object, a list or a text becomes part of it, untouched. Any other text stays text: a tool that answers
/// `17` may well have said it.
pub(crate) enum Embedded<'a> {
    Json(&'a RawValue),
    Text(Cow<'a, str>),
    Parsed(Value),
    Value(&'a Value),
}

impl<'a> Embedded<'a> {
    pub(crate) fn new(value: &'a Value) -> Self {
        match value {
            Value::String(text) => Self::of_text(text),
            value => Self::Value(value),
        }
    }

    pub(crate) fn of_text(text: &'a str) -> Self {
        if !text.trim_start().starts_with(['{', '[', '"']) {
            return Self::Text(cleaned(text));
        }
        if holds_data(text) {
            return serde_json::from_str(text).map_or_else(|_| Self::Text(cleaned(text)), Self::Parsed);
        }
        serde_json::from_str(text).map_or(Self::Text(Cow::Borrowed(text)), Self::Json)
    }
}

impl Serialize for Embedded<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Json(json) => json.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Parsed(value) => Clean(value).serialize(serializer),
            Self::Value(value) => Clean(value).serialize(serializer),
        }
    }
}

/// JSON without data, members by name.
#[derive(Clone, Copy)]
pub(crate) struct Clean<'a>(pub(crate) &'a Value);

impl Serialize for Clean<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::String(text) => serializer.serialize_str(&cleaned(text)),
            Value::Array(items) => serializer.collect_seq(items.iter().map(Clean)),
            Value::Object(members) => {
                let members: BTreeMap<&String, Clean<'_>> =
                    members.iter().map(|(name, value)| (name, Clean(value))).collect();
                serializer.collect_map(members)
            }
            scalar => scalar.serialize(serializer),
        }
    }
}

/// A member that is text and says something.
pub(crate) fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name)?.as_str().filter(|text| !text.trim().is_empty())
}

/// The first member of `names` that says something, as text.
pub(crate) fn first_text<'a>(members: &'a Map<String, Value>, names: &[&str]) -> Option<Cow<'a, str>> {
    names.iter().find_map(|name| members.get(*name).and_then(text_of).filter(|text| !text.trim().is_empty()))
}

/// The first member of `names` that is there.
pub(crate) fn first<'a>(members: &'a Map<String, Value>, names: &[&str]) -> Option<&'a Value> {
    names.iter().find_map(|name| members.get(*name)).filter(|value| !value.is_null())
}

#[expect(clippy::ref_option, reason = "serde hands fields over by reference")]
fn in_the_conventions_word<S: Serializer>(reason: &Option<Cow<'_, str>>, serializer: S) -> Result<S::Ok, S::Error> {
    reason.as_deref().map(finish_reason).serialize(serializer)
}
