//! What Langfuse says, under Langfuse's names; what it collected from plain OpenTelemetry, under the names that it had
//! (docs/platforms/langfuse.md#82-attribute-names).

use serde_json::{Map, Value};
use spanlift_conventions::tool::payload_attribute;
use spanlift_model::Attributes;
use spanlift_model::json::{Sorted, text_of, to_text};
use spanlift_model::names;

use super::json::set_flat;
use crate::names as langfuse;
use crate::record::{Observation, TraceRecord};

/// Where the server keeps a span's own attributes, nested or in front of dotted names.
const ATTRIBUTES: &str = "attributes";
/// What else it keeps of a span: of a trace they are copies.
const CATCH_ALLS: [&str; 3] = [ATTRIBUTES, "resourceAttributes", "scope"];
/// Half of a credential, which SDKs put into the scope.
const PUBLIC_KEY: &str = "langfuse.observation.metadata.scope.attributes.public_key";

/// Levels of JSON that are put together again: a name of nothing but dots must not use the stack up.
const DEEPEST: usize = 32;

pub(super) fn attributes(observation: &Observation) -> Attributes {
    let mut attributes = Attributes::default();
    let (collected, metadata) = split(&observation.metadata);
    set_flat("", &whole_again(collected), &mut attributes);
    set_flat(langfuse::OBSERVATION_METADATA, &metadata, &mut attributes);
    attributes.remove(PUBLIC_KEY);
    attributes.set(langfuse::OBSERVATION_TYPE, observation.kind.to_ascii_lowercase());
    set_texts(observation, &mut attributes);
    set_json(observation, &mut attributes);
    if let Some(record) = &observation.record {
        set_record(record, &mut attributes);
    }
    attributes
}

/// Attributes of JSON text that v2 took apart, as text again (docs/platforms/langfuse.md#62-where-metadata-lands).
fn whole_again(collected: Map<String, Value>) -> Map<String, Value> {
    let (mut whole, mut parts) = (Map::new(), Map::new());
    let mut part = |known, path: &str, depth, value| {
        put(parts.entry(known).or_insert_with(|| Value::Object(Map::new())), path, depth, value);
    };
    for (name, value) in collected {
        match (payload_attribute(&name), value) {
            (Some(known), value) if name != known => {
                part(known, name.get(known.len() + 1..).unwrap_or_default(), DEEPEST, value);
            }
            (Some(known), Value::Object(members)) => {
                members.into_iter().for_each(|(name, value)| part(known, &name, 0, value));
            }
            (_, value) => _ = whole.insert(name, value),
        }
    }
    for (name, value) in parts {
        whole.entry(name).or_insert_with(|| Value::from(to_text(&Sorted(&value))));
    }
    whole
}

/// Puts a value where a dotted path leads to; what is deeper than `depth` keeps its dots.
fn put(object: &mut Value, path: &str, depth: usize, value: Value) {
    let Value::Object(members) = object else { return };
    match path.split_once('.').filter(|_| depth > 0) {
        Some((first, rest)) => {
            put(members.entry(first).or_insert_with(|| Value::Object(Map::new())), rest, depth - 1, value);
        }
        None => _ = members.insert(path.to_owned(), value),
    }
}

fn set_texts(observation: &Observation, attributes: &mut Attributes) {
    let trace = &observation.trace;
    let texts = [
        (langfuse::TRACE_NAME, &trace.name),
        (names::USER_ID, &trace.user_id),
        (names::SESSION_ID, &trace.session_id),
        (langfuse::RELEASE, &trace.release),
        (langfuse::VERSION, &observation.version),
        (langfuse::ENVIRONMENT, &observation.environment),
        (langfuse::PROJECT_ID, &observation.project_id),
        (langfuse::OBSERVATION_STATUS_MESSAGE, &observation.status_message),
        (langfuse::OBSERVATION_INPUT, &observation.input),
        (langfuse::OBSERVATION_OUTPUT, &observation.output),
        (langfuse::OBSERVATION_MODEL, &observation.model),
        (langfuse::OBSERVATION_PROMPT_NAME, &observation.prompt_name),
        (langfuse::OBSERVATION_PARENT_ID, &observation.parent_id),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            attributes.set(name, text.as_str());
        }
    }
    if !observation.level.is_empty() {
        attributes.set(langfuse::OBSERVATION_LEVEL, observation.level.as_str());
    }
    if let Some(version) = observation.prompt_version {
        attributes.set(langfuse::OBSERVATION_PROMPT_VERSION, version.to_string());
    }
    if let Some(cost) = observation.total_cost {
        attributes.set(langfuse::OBSERVATION_TOTAL_COST, cost.to_string());
    }
    if let Some(at) = observation.completion_started_at {
        attributes.set(langfuse::OBSERVATION_COMPLETION_START_TIME, at.to_string());
    }
}

fn set_json(observation: &Observation, attributes: &mut Attributes) {
    if !observation.trace.tags.is_empty() {
        attributes.set(langfuse::TRACE_TAGS, to_text(&observation.trace.tags));
    }
    if !observation.usage.is_empty() {
        attributes.set(langfuse::OBSERVATION_USAGE_DETAILS, to_text(&observation.usage));
    }
    let objects = [
        (langfuse::OBSERVATION_MODEL_PARAMETERS, &observation.model_parameters),
        (langfuse::OBSERVATION_COST_DETAILS, &observation.cost),
    ];
    for (name, members) in objects.into_iter().filter(|(_, members)| !members.is_empty()) {
        attributes.set(name, to_text(&Sorted(&Value::Object(members.clone()))));
    }
}

fn set_record(record: &TraceRecord, attributes: &mut Attributes) {
    let is_of_a_span = |name: &str| CATCH_ALLS.iter().any(|catch_all| names::is_within(name, catch_all));
    let own = record.metadata.iter().filter(|(name, _)| !is_of_a_span(name));
    let own: Map<String, Value> = own.map(|(name, value)| (name.clone(), value.clone())).collect();
    set_flat(langfuse::TRACE_METADATA, &own, attributes);
    for (name, text) in [(langfuse::TRACE_INPUT, &record.input), (langfuse::TRACE_OUTPUT, &record.output)] {
        if let Some(text) = text {
            attributes.set(name, text.as_str());
        }
    }
}

/// The span's own attributes, and all other metadata.
fn split(metadata: &Map<String, Value>) -> (Map<String, Value>, Map<String, Value>) {
    let (mut collected, mut rest) = (Map::new(), Map::new());
    for (name, value) in metadata {
        let dotted = name.strip_prefix(ATTRIBUTES).and_then(|rest| rest.strip_prefix('.'));
        match (dotted, value) {
            (Some(own), value) if !own.is_empty() => {
                collected.insert(own.to_owned(), value.clone());
            }
            (_, Value::Object(inner)) if name == ATTRIBUTES => {
                collected.extend(inner.iter().map(|(own, value)| (own.clone(), value.clone())));
            }
            (_, value) => {
                if text_of(value).is_some() {
                    rest.insert(name.clone(), value.clone());
                }
            }
        }
    }
    (collected, rest)
}
