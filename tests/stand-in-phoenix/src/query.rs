//! What a request for spans asks for. What a release does not know of is passed over in silence.

use serde_json::Value;
use spanlift_model::Timestamp;

use crate::answer::Answer;
use crate::asked::Asked;
use crate::relay;
use crate::table::{KINDS, Row};
use crate::version::Version;

pub(crate) struct Query<'a> {
    pub(crate) limit: usize,
    pub(crate) is_by_start: bool,
    pub(crate) is_ascending: bool,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    trace_ids: Vec<&'a str>,
    span_ids: Vec<&'a str>,
    /// `null` asks for roots.
    parent_id: Option<&'a str>,
    names: Vec<&'a str>,
    kinds: Vec<String>,
    statuses: Vec<String>,
    attributes: Vec<(&'a str, Value)>,
}

impl<'a> Query<'a> {
    pub(crate) fn of(asked: &'a Asked, version: Version, is_plain: bool) -> Result<Self, Answer> {
        let list = |name, since| -> Vec<&str> { asked.values(name).filter(|_| version >= since).collect() };
        let has_order = is_plain && version >= Version::ORDER;
        let one_of = |name, usual, other| match asked.value(name).filter(|_| has_order) {
            None => Ok(false),
            Some(value) if value == usual => Ok(false),
            Some(value) if value == other => Ok(true),
            Some(value) => {
                let message = format!("Input should be '{usual}' or '{other}'");
                Err(Answer::invalid(name, "literal_error", &message, value))
            }
        };
        let kinds_since = if is_plain { Version::NAME } else { Version::NEVER };
        Ok(Self {
            limit: limit(asked)?,
            is_by_start: one_of("sort", "id", "start_time")?,
            is_ascending: one_of("order", "desc", "asc")?,
            from: time(asked, "start_time")?,
            to: time(asked, "end_time")?,
            trace_ids: list("trace_id", Version::TRACE_ID),
            span_ids: list("span_id", Version::SPAN_ID),
            parent_id: asked.value("parent_id").filter(|_| version >= Version::PARENT_ID),
            names: list("name", Version::NAME),
            kinds: enumerated("span_kind", &list("span_kind", kinds_since), &KINDS)?,
            statuses: enumerated("status_code", &list("status_code", Version::NAME), &["UNSET", "OK", "ERROR"])?,
            attributes: list("attribute", Version::ATTRIBUTE).into_iter().map(attribute).collect::<Result<_, _>>()?,
        })
    }

    pub(crate) fn takes(&self, row: &Row) -> bool {
        let span = &row.span;
        let holds = |asked: &[&str], value: &str| asked.is_empty() || asked.contains(&value);
        let is_one_of = |asked: &[String], value: &str| asked.is_empty() || asked.iter().any(|known| known == value);
        let is_below = |asked| if asked == "null" { None } else { Some(asked) } == span.parent_id.as_deref();
        self.from.is_none_or(|from| from <= span.start_time)
            && self.to.is_none_or(|to| span.start_time < to)
            && holds(&self.trace_ids, &span.trace_id)
            && holds(&self.span_ids, &span.span_id)
            && holds(&self.names, &span.name)
            && self.parent_id.is_none_or(is_below)
            && is_one_of(&self.kinds, row.kind())
            && is_one_of(&self.statuses, span.status_code.as_str())
            && self.attributes.iter().all(|(path, value)| row.has(path, value))
    }
}

/// Pages: a cursor names the first row of the next one.
impl Query<'_> {
    /// Where a page begins. The start counts only where rows are sorted by it.
    pub(crate) fn begin(&self, cursor: &str) -> Result<(Timestamp, i64), Answer> {
        if self.is_by_start { relay::start(cursor) } else { Ok((Timestamp::EPOCH, relay::row(cursor)?)) }
    }

    pub(crate) fn is_behind(&self, row: &Row, begin: (Timestamp, i64)) -> bool {
        let place = (if self.is_by_start { row.span.start_time } else { Timestamp::EPOCH }, row.id);
        if self.is_ascending { place >= begin } else { place <= begin }
    }

    pub(crate) fn cursor_at(&self, row: &Row) -> String {
        if self.is_by_start { relay::start_cursor(row.span.start_time, row.id) } else { relay::id("Span", row.id) }
    }
}

/// A whole number from 1 to 1000.
fn limit(asked: &Asked) -> Result<usize, Answer> {
    let Some(text) = asked.value("limit") else { return Ok(100) };
    let invalid = |kind, message| Err(Answer::invalid("limit", kind, message, text));
    match text.parse::<i64>() {
        Ok(limit) if limit > 1_000 => invalid("less_than_equal", "Input should be less than or equal to 1000"),
        Ok(limit) if limit < 1 => invalid("greater_than", "Input should be greater than 0"),
        Ok(limit) => Ok(usize::try_from(limit).unwrap_or_default()),
        Err(_) => invalid("int_parsing", "Input should be a valid integer, unable to parse string as an integer"),
    }
}

fn time(asked: &Asked, name: &str) -> Result<Option<Timestamp>, Answer> {
    let Some(text) = asked.value(name) else { return Ok(None) };
    let message = "Input should be a valid datetime or date";
    let invalid = || Answer::invalid(name, "datetime_from_date_parsing", message, text);
    let time = parse_time(text).ok_or_else(invalid)?;
    // Whatever is below a microsecond is cut.
    Ok(Some(Timestamp::from_nanos(time.nanos().div_euclid(1_000).saturating_mul(1_000))))
}

/// RFC 3339, with or without a zone, seconds, or a time; seconds or milliseconds since the epoch.
fn parse_time(text: &str) -> Option<Timestamp> {
    if let Ok(number) = text.parse::<i64>() {
        return match number {
            0..20_000_000_000 => Some(Timestamp::from_millis(number * 1_000)),
            20_000_000_000..20_000_000_000_000 => Some(Timestamp::from_millis(number)),
            _ => None,
        };
    }
    ["", ":00", "T00:00:00"].iter().find_map(|rest| Timestamp::parse_platform(&format!("{text}{rest}")).ok())
}

/// In upper case, whatever the case.
fn enumerated(name: &str, asked: &[&str], known: &[&str]) -> Result<Vec<String>, Answer> {
    let asked: Vec<String> = asked.iter().map(|value| value.to_ascii_uppercase()).collect();
    let odd: Vec<String> =
        asked.iter().filter(|value| !known.contains(&value.as_str())).map(|value| format!("'{value}'")).collect();
    if odd.is_empty() {
        return Ok(asked);
    }
    Err(Answer::text(422, &format!("Invalid {name} values: [{}]", odd.join(", "))))
}

/// `key:value`, the value being JSON where it can be.
fn attribute(text: &str) -> Result<(&str, Value), Answer> {
    let refuse = || Answer::text(422, &format!("Invalid attribute '{text}': expected format 'key:value'"));
    let (path, value) = text.split_once(':').filter(|(path, _)| !path.is_empty()).ok_or_else(refuse)?;
    match serde_json::from_str(value) {
        Ok(Value::Null | Value::Array(_) | Value::Object(_)) => Err(refuse()),
        Ok(value) => Ok((path, value)),
        Err(_) => Ok((path, Value::from(value))),
    }
}
