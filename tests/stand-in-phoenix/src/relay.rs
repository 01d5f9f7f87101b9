//! Relay ids, which name projects, spans and where a page begins.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use spanlift_model::Timestamp;

use crate::answer::Answer;
use crate::form::plain_time;

pub(crate) fn id(kind: &str, number: i64) -> String {
    STANDARD.encode(format!("{kind}:{number}"))
}

/// The number in a project's id, if the text is one. Python's decoder passes over whatever is not of its alphabet, and
/// a number that the database cannot hold breaks the server.
pub(crate) fn project(text: &str) -> Option<Result<i64, Answer>> {
    let letters: String =
        text.chars().filter(|letter| letter.is_ascii_alphanumeric() || "+/=".contains(*letter)).collect();
    let decoded = decode(&letters)?;
    number(decoded.strip_prefix("Project:")?)
}

/// The number in a cursor, whatever kind of node it names.
pub(crate) fn row(cursor: &str) -> Result<i64, Answer> {
    let decoded = decode(cursor).ok_or_else(no_cursor)?;
    let (_, row) = decoded.split_once(':').ok_or_else(no_cursor)?;
    number(row).unwrap_or_else(|| Err(no_cursor()))
}

/// Where a page begins that is sorted by start.
pub(crate) fn start(cursor: &str) -> Result<(Timestamp, i64), Answer> {
    let read = || {
        let decoded = decode(cursor)?;
        let (row, time) = decoded.split_once(":DATETIME:")?;
        Some((Timestamp::parse_platform(time).ok()?, row.parse().ok()?))
    };
    read().ok_or_else(no_cursor)
}

pub(crate) fn start_cursor(start: Timestamp, row: i64) -> String {
    STANDARD.encode(format!("{row}:DATETIME:{}", plain_time(start)))
}

fn decode(text: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(text).ok()?).ok()
}

fn number(text: &str) -> Option<Result<i64, Answer>> {
    let number: i128 = text.trim().parse().ok()?;
    Some(i64::try_from(number).map_err(|_| Answer::broken()))
}

fn no_cursor() -> Answer {
    Answer::text(422, "Invalid cursor")
}
