use std::cmp::Ordering;

use serde_json::Value;
use spanlift_model::Timestamp;

use super::{Expression, Field, Operator};
use crate::store::{Seen, text_of};

/// Does an expression hold of a run?
pub(crate) fn holds(expression: &Expression, seen: &Seen<'_>) -> bool {
    match expression {
        Expression::And(all) => all.iter().all(|one| holds(one, seen)),
        Expression::Or(all) => all.iter().any(|one| holds(one, seen)),
        Expression::Not(one) => !holds(one, seen),
        Expression::Compare(Operator::NotEqual, field, literal) => !compare(Operator::Equal, *field, literal, seen),
        Expression::Compare(operator, field, literal) => compare(*operator, *field, literal, seen),
    }
}

/// Keys and values of metadata are compared each for itself: nothing says that they must be of one entry.
fn compare(operator: Operator, field: Field, literal: &Value, seen: &Seen<'_>) -> bool {
    if let (Operator::Has, Field::Metadata, Value::String(json)) = (operator, field, literal) {
        return has_metadata(json, seen);
    }
    if field.is_time() {
        let wanted = literal.as_str().and_then(|text| Timestamp::parse_platform(text).ok());
        let time = if field == Field::StartTime { Some(seen.stored.run.start_time) } else { seen.end_time() };
        return time.zip(wanted).is_some_and(|(time, wanted)| is_so(operator, time.cmp(&wanted)));
    }
    values(field, seen).iter().any(|value| match (operator, literal) {
        (Operator::In, Value::Array(items)) => items.iter().any(|item| text_of(item).as_ref() == Some(value)),
        (Operator::Search, Value::String(text)) => value.contains(text.as_str()),
        (Operator::Has | Operator::Equal, literal) => text_of(literal).as_ref() == Some(value),
        (operator, literal) => {
            let numbers = value.parse::<f64>().ok().zip(literal.as_f64());
            let order = numbers.map_or_else(
                || text_of(literal).map(|text| value.cmp(&text)),
                |(value, literal)| value.partial_cmp(&literal),
            );
            order.is_some_and(|order| is_so(operator, order))
        }
    })
}

fn is_so(operator: Operator, order: Ordering) -> bool {
    match operator {
        Operator::Equal => order.is_eq(),
        Operator::Greater => order.is_gt(),
        Operator::GreaterOrEqual => order.is_ge(),
        Operator::Less => order.is_lt(),
        Operator::LessOrEqual => order.is_le(),
        Operator::NotEqual | Operator::Has | Operator::In | Operator::Search => false,
    }
}

fn has_metadata(json: &str, seen: &Seen<'_>) -> bool {
    let Ok(Value::Object(wanted)) = serde_json::from_str(json) else {
        return false;
    };
    let metadata = seen.stored.metadata();
    wanted.iter().all(|(key, value)| {
        let text = text_of(value);
        metadata.iter().any(|(known, its)| known == key && Some(its) == text.as_ref())
    })
}

fn values(field: Field, seen: &Seen<'_>) -> Vec<String> {
    let run = &seen.stored.run;
    let keys = |value: &Value| value.as_object().map(|object| object.keys().cloned().collect()).unwrap_or_default();
    let scalars = |value: &Value| {
        let object = value.as_object();
        object.map(|object| object.values().filter_map(text_of).collect()).unwrap_or_default()
    };
    match field {
        Field::Id => vec![run.id.clone()],
        Field::Name => vec![run.name.clone()],
        Field::RunType => vec![run.run_type.clone()],
        Field::Status => vec![seen.status().to_owned()],
        Field::Error => vec![seen.error().is_some().to_string()],
        Field::IsRoot => vec![seen.is_root().to_string()],
        Field::Latency => {
            let latency = seen.end_time().map(|end| end.since(run.start_time).as_secs_f64().to_string());
            latency.into_iter().collect()
        }
        Field::ExecutionOrder => vec!["1".to_owned()],
        Field::ParentRunId => run.parent_run_id.iter().cloned().collect(),
        Field::TraceId => vec![seen.stored.trace_id.clone()],
        Field::ThreadId => seen.stored.thread_id().into_iter().collect(),
        Field::Tags => run.tags.clone(),
        Field::MetadataKey => seen.stored.metadata().into_iter().map(|(key, _)| key).collect(),
        Field::MetadataValue => seen.stored.metadata().into_iter().map(|(_, value)| value).collect(),
        Field::InputKey => keys(&run.inputs),
        Field::InputValue => scalars(&run.inputs),
        Field::OutputKey => keys(seen.outputs()),
        Field::OutputValue => scalars(seen.outputs()),
        Field::StartTime | Field::EndTime | Field::Metadata => Vec::new(),
    }
}
