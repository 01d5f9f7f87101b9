//! Where metadata lands, and what becomes of its values on the way (docs/platforms/langfuse.md#6-metadata-and-tags).

use serde_json::{Map, Value};

use crate::scenario::Observation;

/// What v2 cuts values to.
const CUT: usize = 200;
/// JavaScript reads no larger whole number exactly; the server hands such ones on as text.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_991.0;

type Members = Map<String, Value>;

/// Observation metadata with the catch-alls beside it, nested.
pub(crate) fn nested(observation: &Observation) -> Members {
    let mut metadata = observation.metadata.clone();
    let catch_alls = [
        ("attributes", &observation.attributes),
        ("resourceAttributes", &observation.resource_attributes),
        ("scope", &observation.scope),
    ];
    for (name, members) in catch_alls.into_iter().filter(|(_, members)| !members.is_empty()) {
        metadata.insert(name.to_owned(), Value::Object(members.clone()));
    }
    metadata
}

/// A row of the direct path: everything on this span, flattened to dotted keys.
pub(crate) fn direct(observation: &Observation) -> Members {
    let mut whole = nested(observation);
    whole.extend(observation.trace_metadata.clone());
    let mut flat = Members::new();
    for (name, value) in whole {
        flatten(name, value, &mut flat);
    }
    flat
}

/// A row of the dual path: observation metadata over trace metadata, nested.
pub(crate) fn dual(observation: &Observation, trace: &Members) -> Members {
    let mut metadata = trace.clone();
    metadata.extend(nested(observation));
    metadata
}

fn flatten(name: String, value: Value, flat: &mut Members) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (member, value) in members {
                flatten(format!("{name}.{member}"), value, flat);
            }
        }
        value => {
            flat.insert(name, value);
        }
    }
}

/// The text as which a value is stored.
pub(crate) fn stored_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Every value as it is read back: its stored text through `JSON.parse`, cut before if asked for.
pub(crate) fn read_back(stored: &Members, is_cut: bool) -> Value {
    let read = |value: &Value| {
        let mut text = stored_text(value);
        if is_cut {
            text = text.chars().take(CUT).collect();
        }
        parse(text)
    };
    Value::Object(stored.iter().map(|(name, value)| (name.clone(), read(value))).collect())
}

/// `JSON.parse`, or the text itself.
pub(crate) fn parse(text: String) -> Value {
    match serde_json::from_str::<Value>(&text) {
        Ok(Value::Number(number)) if number.as_f64().is_none_or(|float| float.abs() > LARGEST_WHOLE) => {
            Value::String(text)
        }
        Ok(Value::Number(number)) => match number.as_f64() {
            // JavaScript has one kind of number: 1.0 is 1.
            Some(float) if !number.is_i64() && !number.is_u64() && float.fract() == 0.0 => {
                serde_json::from_str(&format!("{float:.0}")).unwrap_or(Value::Number(number))
            }
            _ => Value::Number(number),
        },
        Ok(value) => value,
        Err(_) => Value::String(text),
    }
}
