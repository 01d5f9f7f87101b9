//! Holds what is stored of a recording against its oracle.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use spanlift_model::{Span, Timestamp};

use crate::export::{Sent, sent};
use crate::messages;
use crate::oracle::{CANONICAL, Expected, Oracle, oracle};
use crate::replay::{Column, Imported, replay};

/// Platforms keep times in milliseconds at least, so that a duration may be off by one at both ends.
const TOLERANCE: f64 = 0.002;

/// What a platform's import differs in from the oracle.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// The span's label.
    pub span: String,
    /// What: an attribute's name, or `name`, `status`, `parent`, `span`.
    pub what: String,
    /// What the oracle says.
    pub expected: String,
    /// What is stored.
    pub found: String,
}

/// What became of one SDK on one platform.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    /// What the platform itself does not hold: why, of which spans, and what.
    pub not_held: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
    /// What is wrong.
    pub wrong: Vec<String>,
}

/// Imports a recording from a platform and compares.
#[must_use]
pub fn cell(name: &str, column: Column) -> Cell {
    judge(&sent(name), &oracle(name), column, &replay(name, column))
}

/// Compares what is stored with what an oracle says.
#[must_use]
pub fn judge(sent: &BTreeMap<String, Sent>, oracle: &Oracle, column: Column, imported: &Imported) -> Cell {
    let reasons =
        || [column.platform(), column.name()].into_iter().filter_map(|name| oracle.not_held.get(name)).flatten();
    let mut cell = Cell::default();
    let mut used = vec![false; reasons().count()];
    for difference in differences(sent, oracle, imported) {
        let reason = reasons().enumerate().find(|(_, reason)| reason.speaks_of(&difference.span, &difference.what));
        let Some((place, reason)) = reason else {
            cell.wrong.push(format!("{difference:?}"));
            continue;
        };
        used[place] = true;
        // What stands on a call alone is absent where the span is not known as one.
        let is_known = !reason.what.iter().any(|what| what == "name");
        if is_known && is_held(&difference, &sent[&difference.span], imported) {
            cell.wrong.push(format!("the platform does hold it: {difference:?}"));
        }
        let span = difference.span.split('#').next().unwrap_or_default().to_owned();
        cell.not_held.entry(reason.why.clone()).or_default().entry(span).or_default().insert(difference.what);
    }
    let unused = reasons().zip(&used).filter(|(_, used)| !**used);
    cell.wrong.extend(unused.map(|(reason, _)| format!("nothing is missing here: {reason:?}")));
    cell
}

/// Every way in which the stored spans are not what the oracle says. Spans that it does not name keep their names and have none of the
/// canonical ones; every span is there, below the one that it was sent below.
fn differences(sent: &BTreeMap<String, Sent>, oracle: &Oracle, imported: &Imported) -> Vec<Difference> {
    let stored: BTreeMap<String, &Span> = imported.spans.iter().map(|span| (span.span_id.to_string(), span)).collect();
    let mut differences = Vec::new();
    for label in oracle.spans.keys().filter(|label| !sent.contains_key(*label)) {
        differences.push(difference(label, "span", "exported", "not in the export"));
    }
    for (label, exported) in sent {
        let Some(span) = stored.get(&exported.id) else {
            differences.push(difference(label, "span", "stored", "absent"));
            continue;
        };
        let expected = oracle.spans.get(label);
        let parent = span.parent_span_id.map(|parent| parent.to_string());
        let parent = parent.map(|id| label_of(sent, &id));
        let wanted = match expected {
            Some(expected) => expected.parent.clone(),
            None => exported.parent.as_ref().map(|id| label_of(sent, id)),
        };
        if parent != wanted {
            differences.push(difference(label, "parent", &format!("{wanted:?}"), &format!("{parent:?}")));
        }
        match expected {
            Some(expected) => differences.extend(of_span(label, exported, expected, span, sent)),
            None if CANONICAL.contains(&span.name.as_str()) => {
                differences.push(difference(label, "name", &exported.name, &span.name));
            }
            None => {}
        }
    }
    differences
}

fn difference(span: &str, what: &str, expected: &str, found: &str) -> Difference {
    let [span, what, expected, found] = [span, what, expected, found].map(str::to_owned);
    Difference { span, what, expected, found }
}

fn label_of(sent: &BTreeMap<String, Sent>, id: &str) -> String {
    sent.values().find(|span| span.id == id).map_or_else(|| id.to_owned(), |span| span.label.clone())
}

fn of_span(
    label: &str,
    exported: &Sent,
    expected: &Expected,
    span: &Span,
    sent: &BTreeMap<String, Sent>,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    if span.name != expected.name {
        differences.push(difference(label, "name", &expected.name, &span.name));
    }
    let status = span.status.as_str();
    let is_wanted = |wanted: &str| wanted == status || (wanted == "Fine" && status != "Error");
    if !is_wanted(&expected.status) {
        differences.push(difference(label, "status", &expected.status, status));
    }
    for (name, wanted) in &expected.has {
        let found = span.attributes.get(name);
        if let Some(wanted) = contradiction(wanted, found, exported, sent) {
            differences.push(difference(label, name, &wanted, found.unwrap_or("absent")));
        }
    }
    differences
}

/// What was wanted, if that is not what was found.
fn contradiction(
    wanted: &Value,
    found: Option<&str>,
    exported: &Sent,
    sent: &BTreeMap<String, Sent>,
) -> Option<String> {
    let (wanted, is_equal) = match wanted {
        Value::Null => ("absent".to_owned(), found.is_none()),
        Value::String(text) => (text.clone(), found == Some(text)),
        Value::Object(rule) if rule.contains_key("any") => ("anything".to_owned(), found.is_some()),
        Value::Object(rule) if rule.contains_key("messages") => {
            let wanted: Vec<String> = serde_json::from_value(rule["messages"].clone()).unwrap();
            let found = found.and_then(|found| messages::lines(found, messages::has_instructions(&wanted)));
            (rule["messages"].to_string(), found.is_some_and(|found| messages::are(&found, &wanted)))
        }
        Value::Object(rule) if rule.contains_key("json") => {
            let json = found.and_then(|found| serde_json::from_str::<Value>(found).ok());
            (rule["json"].to_string(), json.as_ref() == Some(&rule["json"]))
        }
        Value::Object(rule) if rule.contains_key("first_byte") || rule.contains_key("event") => {
            let seconds = first_byte(rule, exported).to_string();
            let is_equal = found.is_some_and(|found| is_near(found, &seconds));
            (seconds, is_equal)
        }
        Value::Object(rule) => {
            let of = rule.get("of").and_then(Value::as_str).map_or(exported, |label| &sent[label]);
            let name = rule["sent"].as_str().unwrap();
            let value = of.attributes.get(name).unwrap_or_else(|| panic!("{} has no {name}", of.label));
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            // Some stand inside JSON.
            let member = |name: &str| serde_json::from_str::<Value>(&text).unwrap()[name].to_string();
            let text = rule.get("member").and_then(Value::as_str).map_or(text.clone(), member);
            // Some SDKs write milliseconds.
            let scaled = rule.get("scale").and_then(Value::as_f64).zip(text.parse::<f64>().ok());
            let text = scaled.map_or(text, |(scale, number)| (number * scale).to_string());
            let is_equal = found.is_some_and(|found| {
                let is_alone = rule.get("alone_in").is_some_and(|member| is_alone(found, member, &text));
                is_alone || found == text || is_near(found, &text) || is_same_json(found, &text)
            });
            (text, is_equal)
        }
        other => panic!("{other}: an oracle says a text, null, or a rule"),
    };
    (!is_equal).then_some(wanted)
}

/// Seconds from the start of a span to the moment that an attribute names, or to the first event of this name.
fn first_byte(rule: &Map<String, Value>, exported: &Sent) -> f64 {
    let moment = if let Some(name) = rule.get("event") {
        let events = exported.attributes["events"].as_array().unwrap();
        events.iter().find(|event| event["name"] == *name).unwrap()["time"].as_str().unwrap().to_owned()
    } else {
        let text = exported.attributes[rule["first_byte"].as_str().unwrap()].as_str().unwrap();
        text.trim_matches('"').to_owned()
    };
    Timestamp::parse_platform(&moment).unwrap().since(exported.started_at).as_secs_f64()
}

/// The same JSON, whatever blanks and order of members. Instructions are no part of a comparison of messages: OpenTelemetry keeps them beside the
/// messages, and Langfuse puts them in front.
fn is_same_json(one: &str, other: &str) -> bool {
    let read = |text: &str| {
        let mut json = serde_json::from_str::<Value>(text).ok().filter(|json| json.is_object() || json.is_array())?;
        if let Value::Array(messages) = &mut json {
            messages.retain(|message| message["role"] != "system");
            for part in messages.iter_mut().filter_map(|message| message.get_mut("parts")?.as_array_mut()).flatten() {
                // The conventions' answer of a tool has an id and no name.
                if part["type"] == "tool_call_response" {
                    part.as_object_mut().unwrap().remove("name");
                }
            }
        }
        Some(json)
    };
    read(one).is_some_and(|json| Some(json) == read(other))
}

/// An object with this text alone, as JSON or as it is: a platform may keep nothing but objects.
fn is_alone(found: &str, member: &Value, text: &str) -> bool {
    let value = serde_json::from_str::<Value>(text).unwrap_or_else(|_| Value::from(text));
    let object: Map<String, Value> = [(member.as_str().unwrap().to_owned(), value)].into_iter().collect();
    serde_json::from_str::<Value>(found).is_ok_and(|found| found == Value::Object(object))
}

fn is_near(one: &str, other: &str) -> bool {
    matches!((one.parse::<f64>(), other.parse::<f64>()), (Ok(one), Ok(other)) if (one - other).abs() <= TOLERANCE)
}

/// Is what is missing in the platform's row after all? It is looked for as text: a value of one or two signs may stand there by chance,
/// so that of those only the attribute's own name counts.
fn is_held(difference: &Difference, exported: &Sent, imported: &Imported) -> bool {
    let Difference { what, expected, .. } = difference;
    if matches!(what.as_str(), "name" | "status" | "parent" | "span") || expected == "absent" || expected == "anything"
    {
        return false;
    }
    let is_row = |row: &&Value| {
        let ids = [row.get("id"), row.pointer("/context/span_id")];
        let ids = ids.into_iter().flatten().filter_map(Value::as_str).map(|id| id.replace('-', ""));
        ids.into_iter().any(|id| id.ends_with(&exported.id))
    };
    let Some(mut row) = imported.rows.iter().find(is_row).cloned() else { return false };
    // What an error says is no value of its own.
    for error in ["error", "statusMessage", "status_message"] {
        row[error] = Value::Null;
    }
    if expected.len() <= 2 {
        return row.to_string().contains(&format!("\"{what}\""));
    }
    let structured = serde_json::from_str::<Value>(expected).ok().filter(|json| json.is_object() || json.is_array());
    holds(&row, expected, structured.as_ref())
}

/// Is a text somewhere in JSON, or in JSON that is a text in it, as a whole value?
fn holds(json: &Value, text: &str, structured: Option<&Value>) -> bool {
    if structured.is_some_and(|structured| structured == json) {
        return true;
    }
    match json {
        Value::Object(members) => members.values().any(|member| holds(member, text, structured)),
        Value::Array(items) => items.iter().any(|item| holds(item, text, structured)),
        Value::String(inner) => {
            let read = || serde_json::from_str::<Value>(inner).ok().filter(|json| json.is_object() || json.is_array());
            inner.trim() == text || read().is_some_and(|json| holds(&json, text, structured))
        }
        scalar => {
            let written = scalar.to_string();
            written == text
        }
    }
}
