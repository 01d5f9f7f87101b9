//! Kinds of values that hold nothing of what was said (docs/adr/0020-content-off-is-an-allow-list.md).

use std::borrow::Cow;

use spanlift_model::json::{Map, Value};
use spanlift_model::{CUT_MARKER, Timestamp};

/// The most characters of a name or an identifier.
pub const LONGEST_NAME: usize = 256;
/// The most characters of identifiers joined by dots, one a level of the call tree.
const LONGEST_PATH: usize = 8 << 10;
/// The most digits of a number.
const LONGEST_NUMBER: usize = 40;
/// Levels of JSON that numbers are looked for in.
const DEEPEST: usize = 4;

/// Words that names of numbers are made of. A name with any other word may be somebody's text.
pub const NUMBER_WORDS: &[&str] = &[
    "1h",
    "5m",
    "accepted",
    "acquire",
    "audio",
    "avg",
    "base",
    "batch",
    "cache",
    "cached",
    "cancelled",
    "candidates",
    "character",
    "characters",
    "completion",
    "completions",
    "connection",
    "context",
    "cost",
    "count",
    "creation",
    "delay",
    "details",
    "diarization",
    "duration",
    "e2e",
    "embedding",
    "end",
    "ephemeral",
    "fee",
    "first",
    "frequency",
    "image",
    "input",
    "k",
    "latency",
    "length",
    "limit",
    "max",
    "message",
    "metrics",
    "min",
    "ms",
    "n",
    "new",
    "output",
    "p",
    "page",
    "penalty",
    "per",
    "prediction",
    "presence",
    "price",
    "priority",
    "prompt",
    "query",
    "read",
    "reasoning",
    "rejected",
    "request",
    "requests",
    "response",
    "reused",
    "search",
    "second",
    "seconds",
    "seed",
    "session",
    "speech",
    "speed",
    "stability",
    "step",
    "stream",
    "streamed",
    "temperature",
    "text",
    "thinking",
    "thoughts",
    "time",
    "timestamp",
    "to",
    "token",
    "tokens",
    "tool",
    "top",
    "total",
    "ttfb",
    "ttft",
    "units",
    "upcharge",
    "usage",
    "use",
    "vad",
    "video",
    "volume",
    "web",
    "window",
    "write",
];

/// Types of errors that are one plain word.
const PLAIN_ERROR_TYPES: &[&str] = &[
    "aborted",
    "cancelled",
    "canceled",
    "error",
    "exception",
    "interrupt",
    "interrupted",
    "panic",
    "timeout",
    "warning",
];

/// What a value that is kept may be. What does not fit is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ValueKind {
    /// A number.
    Number,
    /// True or false.
    Flag,
    /// Letters, digits and punctuation without white space, 256 characters at most: the name of a model, an id, a reason.
    Identifier,
    /// A JSON list of identifiers, or one.
    Identifiers,
    /// Identifiers joined by dots, 8,192 characters at most.
    Path,
    /// One line, 256 characters at most: the name of an agent or of a prompt.
    Name,
    /// The name of a tool or of a span, cut at 256 characters.
    CutName,
    /// A moment.
    Time,
    /// A JSON object: of it the numbers and flags whose names are made of [`NUMBER_WORDS`].
    Numbers,
    /// One of the simulation's hints.
    Hint,
    /// A JSON list: of it the simulation's hints.
    Hints,
}

impl ValueKind {
    /// What it is, for people.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Flag => "true or false",
            Self::Identifier => "an identifier",
            Self::Identifiers => "identifiers",
            Self::Path => "identifiers with dots between",
            Self::Name => "a name of one line",
            Self::CutName => "a name, cut",
            Self::Time => "a time",
            Self::Numbers => "JSON, its numbers",
            Self::Hint => "a hint of the simulation",
            Self::Hints => "a list, its hints of the simulation",
        }
    }

    /// What may be kept of a value: all, a part, or nothing.
    #[must_use]
    pub fn kept<'a>(self, value: &'a str, hints: &[String]) -> Option<Cow<'a, str>> {
        let whole = |fits: bool| fits.then_some(Cow::Borrowed(value));
        match self {
            Self::Number => whole(is_number(value)),
            Self::Flag => {
                whole(["true", "false"].iter().any(|flag| value.eq_ignore_ascii_case(flag)) || is_number(value))
            }
            Self::Identifier => whole(is_identifier(value)),
            Self::Identifiers => whole(are_identifiers(value)),
            Self::Path => whole(value.len() <= LONGEST_PATH && value.split('.').all(is_identifier)),
            Self::Name => whole(is_within(value, LONGEST_NAME) && !value.chars().any(char::is_control)),
            Self::CutName => Some(cut_name(value)),
            Self::Time => whole(Timestamp::parse_platform(value).is_ok()),
            Self::Numbers => numbers(value),
            Self::Hint => whole(is_hint(value, hints)),
            Self::Hints => hints_in(value, hints),
        }
    }
}

/// A name of at most 256 characters, the end cut and marked.
pub(crate) fn cut_name(name: &str) -> Cow<'_, str> {
    if is_within(name, LONGEST_NAME) {
        return Cow::Borrowed(name);
    }
    let left = LONGEST_NAME - CUT_MARKER.chars().count();
    Cow::Owned(name.chars().take(left).chain(CUT_MARKER.chars()).collect())
}

/// Letters, digits and what ids, models and types have between them; no address of a mailbox and no telephone number.
pub(crate) fn is_identifier(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/@+#|".contains(&byte);
    let is_mailbox = text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    let begins =
        text.starts_with(|first: char| first.is_ascii_alphanumeric() || matches!(first, '_' | '@' | '/' | '#'));
    begins && text.len() <= LONGEST_NAME && text.bytes().all(is_part) && !is_mailbox
}

/// The type of an error, as programs name it. A plain word may be the first of a text, as some platforms have errors as text only.
pub(crate) fn is_error_type(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:$-".contains(&byte);
    let is_joined = || text.bytes().any(|byte| !byte.is_ascii_alphabetic()) || humps(text).count() > 1;
    text.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_')
        && text.len() <= LONGEST_NAME
        && text.bytes().all(is_part)
        && (is_joined() || PLAIN_ERROR_TYPES.iter().any(|known| known.eq_ignore_ascii_case(text)))
}

/// Is a name made of [`NUMBER_WORDS`], with `_`, `.`, `-` or capitals between them?
pub(crate) fn names_a_number(name: &str) -> bool {
    name.len() <= LONGEST_NAME
        && !name.is_empty()
        && name
            .split(['_', '.', '-'])
            .flat_map(humps)
            .all(|word| NUMBER_WORDS.iter().any(|known| known.eq_ignore_ascii_case(word)))
}

/// The words of `cachedInputTokens`. A word in capitals is one.
fn humps(word: &str) -> impl Iterator<Item = &str> {
    let mut rest = word;
    let mut is_done = false;
    std::iter::from_fn(move || {
        if is_done {
            return None;
        }
        let mut before = '_';
        let next = rest.char_indices().find(|(_, character)| {
            let is_hump = character.is_ascii_uppercase() && before.is_ascii_lowercase();
            before = *character;
            is_hump
        });
        let (first, others) = next.and_then(|(at, _)| rest.split_at_checked(at)).unwrap_or((rest, ""));
        (rest, is_done) = (others, others.is_empty());
        Some(first)
    })
}

fn is_number(text: &str) -> bool {
    let text = text.trim();
    let is_part = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    text.len() <= LONGEST_NUMBER
        && !text.starts_with('+')
        && text.bytes().all(is_part)
        && text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// Counts characters no further than needed.
fn is_within(text: &str, limit: usize) -> bool {
    text.len() <= limit || text.chars().nth(limit).is_none()
}

fn are_identifiers(value: &str) -> bool {
    match serde_json::from_str::<Vec<Value>>(value) {
        Ok(list) => list.iter().all(|item| item.as_str().map_or(matches!(item, Value::Number(_)), is_identifier)),
        Err(_) => is_identifier(value),
    }
}

fn is_hint(value: &str, hints: &[String]) -> bool {
    hints.iter().any(|hint| hint == value.trim())
}

fn hints_in<'a>(value: &'a str, hints: &[String]) -> Option<Cow<'a, str>> {
    let Ok(list) = serde_json::from_str::<Vec<Value>>(value) else {
        return is_hint(value, hints).then_some(Cow::Borrowed(value));
    };
    let all = list.len();
    let is_hint = |item: &Value| item.as_str().is_some_and(|text| is_hint(text, hints));
    let ours: Vec<Value> = list.into_iter().filter(is_hint).collect();
    match ours.len() {
        0 => None,
        count if count == all => Some(Cow::Borrowed(value)),
        _ => Some(Cow::Owned(Value::Array(ours).to_string())),
    }
}

/// The value as it is where nothing had to go.
fn numbers(value: &str) -> Option<Cow<'_, str>> {
    let all: Value = serde_json::from_str(value).ok().filter(Value::is_object)?;
    let left = numbers_in(&all, DEEPEST)?;
    Some(if left == all { Cow::Borrowed(value) } else { Cow::Owned(left.to_string()) })
}

fn numbers_in(value: &Value, depth: usize) -> Option<Value> {
    match value {
        Value::Number(_) | Value::Bool(_) => Some(value.clone()),
        Value::Object(members) if depth > 0 => {
            let member = |(name, value): (&String, &Value)| {
                let kept = names_a_number(name).then(|| numbers_in(value, depth - 1)).flatten()?;
                Some((name.clone(), kept))
            };
            let kept: Map = members.iter().filter_map(member).collect();
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
        _ => None,
    }
}
