//! Cursors: opaque, and bound to the query that produced them (docs/platforms/langsmith.md#43-times-and-cursors).

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde_json::{Value, json};
use spanlift_model::Timestamp;

use crate::answer::{Answer, unprocessable};
use crate::store::Seen;

/// Where a page begins: behind this run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    start: Timestamp,
    id: String,
}

/// The members of a body that may change from page to page.
const OF_A_PAGE: [&str; 3] = ["cursor", "limit", "page_size"];

/// The rows of a page of runs that are in order, and the cursor to the next.
pub(crate) fn page<'s, 'a>(
    runs: &'s [Seen<'a>],
    body: &Value,
    newest_first: bool,
    limit: usize,
) -> Result<(&'s [Seen<'a>], Option<String>), Answer> {
    let begin = match body.get("cursor").and_then(Value::as_str) {
        None => 0,
        Some(cursor) => {
            let position = read(cursor, body).ok_or_else(|| {
                unprocessable(&[json!("cursor")], "the cursor is not one of this query", &json!(cursor))
            })?;
            runs.partition_point(|seen| {
                let order = key(seen).cmp(&(position.start, position.id.as_str()));
                order.is_eq() || (order.is_lt() != newest_first)
            })
        }
    };
    let rest = runs.get(begin..).unwrap_or_default();
    let rows = rest.get(..limit).unwrap_or(rest);
    let next = rows.last().filter(|_| rest.len() > rows.len()).map(|last| write(last, body));
    Ok((rows, next))
}

/// The order of runs.
pub(crate) fn key<'a>(seen: &Seen<'a>) -> (Timestamp, &'a str) {
    (seen.stored.run.start_time, seen.stored.run.id.as_str())
}

fn write(last: &Seen<'_>, body: &Value) -> String {
    let (start, id) = key(last);
    format!("{:016x}*{}*{id}", query_hash(body), start.nanos())
}

fn read(cursor: &str, body: &Value) -> Option<Position> {
    let mut parts = cursor.splitn(3, '*');
    let hash = u64::from_str_radix(parts.next()?, 16).ok()?;
    let start = Timestamp::from_nanos(parts.next()?.parse().ok()?);
    let id = parts.next()?.to_owned();
    (hash == query_hash(body)).then_some(Position { start, id })
}

fn query_hash(body: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    for (name, value) in body.as_object().into_iter().flatten() {
        if !OF_A_PAGE.contains(&name.as_str()) {
            (name, value.to_string()).hash(&mut hasher);
        }
    }
    hasher.finish()
}
