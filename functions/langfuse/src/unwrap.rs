//! An observation as the agent's SDK sent it: the attributes that Langfuse collected have their own names and texts again
//! (docs/platforms/langfuse.md#62-where-metadata-lands), beside what Langfuse says under its official names
//! (docs/platforms/langfuse.md#82-attribute-names).

use std::collections::BTreeMap;

use spanlift_conventions::{
    Payload, PlatformWords, SentSpan, Told, Usage, is_first_byte, json_attribute, measured_first_byte, moved,
    name_as_sent, names_a_model, put_together, tells_of_control_flow,
};
use spanlift_model::json::{Map, Sorted, Value, into_text, to_text};
use spanlift_model::names::{self, gen_ai};
use spanlift_model::{Attributes, Role, SpanKind, StatusCode, look_up};

use crate::names as langfuse;
use crate::record::{Observation, TraceRecord};

/// Types that say what an observation stands for. `SPAN` is not here: it says nothing.
const TYPES: &[(&str, Role)] = &[
    ("GENERATION", Role::ModelCall),
    ("TOOL", Role::ToolCall),
    ("EMBEDDING", Role::Embedding),
    ("RETRIEVER", Role::Retrieval),
    ("AGENT", Role::Agent),
    ("CHAIN", Role::Workflow),
    ("EVENT", Role::Other),
    ("GUARDRAIL", Role::Other),
    ("EVALUATOR", Role::Other),
];

/// Where the server keeps a span's own attributes, nested or in front of dotted names.
const ATTRIBUTES: &str = "attributes";
/// What else it keeps of a span: of a trace they are copies.
const CATCH_ALLS: [&str; 3] = [ATTRIBUTES, "resourceAttributes", "scope"];
/// Where it keeps the name of the instrumentation scope.
const SCOPE: &str = "langfuse.observation.metadata.scope.name";
/// Half of a credential, which SDKs put into the scope.
const PUBLIC_KEY: &str = "langfuse.observation.metadata.scope.attributes.public_key";

/// The span as it was sent. Langfuse keeps no events, and no kind of OpenTelemetry.
#[must_use]
pub fn unwrap(mut observation: Observation) -> SentSpan {
    let stored = stored(&observation);
    let (collected, metadata) = split(std::mem::take(&mut observation.metadata));
    let mut attributes = whole_again(collected);
    attributes.extend(flat(langfuse::OBSERVATION_METADATA, metadata));
    attributes.remove(PUBLIC_KEY);
    let scope = attributes.get(SCOPE).unwrap_or_default();
    let name = name_as_sent(scope, &observation.name, &attributes).to_owned();
    move_back(&observation, &name, &mut attributes);
    attributes.derive_some(gen_ai::PROMPT_NAME, observation.prompt_name);
    let is_model = matches!(observation.kind.as_str(), "GENERATION" | "EMBEDDING");
    let is_error = observation.level == "ERROR";
    let first_byte = observation
        .completion_started_at
        .and_then(|at| measured_first_byte(observation.started_at, at))
        .or(observation.time_to_first_token.filter(|seconds| is_first_byte(*seconds)));
    let sent = SentSpan::new(
        &observation.trace_id,
        &observation.id,
        observation.parent_id.as_deref(),
        &name,
        observation.started_at,
    );
    SentSpan {
        scope: attributes.get(SCOPE).map(str::to_owned),
        kind: if is_model { SpanKind::Client } else { SpanKind::Internal },
        ended_at: observation.ended_at,
        status: if is_error { StatusCode::Error } else { StatusCode::Unset },
        status_message: observation.status_message.filter(|_| is_error).unwrap_or_default(),
        platform: PlatformWords {
            told: told(&observation.kind, &attributes),
            input: observation.input.map(Payload::of_text),
            output: observation.output.map(Payload::of_text),
            usage: Usage::of_details(&observation.usage),
            model: observation.model,
            parameters: observation.model_parameters,
            conversation_id: observation.trace.session_id,
            first_byte,
            stored,
        },
        attributes,
        ..sent
    }
}

/// The server moves some attributes out of the metadata and makes them the input or output.
fn move_back(observation: &Observation, name: &str, attributes: &mut Attributes) {
    let scope = attributes.get(SCOPE).unwrap_or_default().to_owned();
    for (moved, text) in moved(&scope, name, observation.input.as_deref(), observation.output.as_deref()) {
        attributes.derive_some(moved, Some(text));
    }
}

/// The server makes a generation of whatever names a model and states no operation.
fn told(kind: &str, attributes: &Attributes) -> Told {
    let is_stated = attributes.get(gen_ai::OPERATION_NAME).is_some();
    match look_up(TYPES, kind) {
        Some(role @ Role::ModelCall) if !is_stated && names_a_model(attributes) => Told::Guess(role),
        Some(role) => Told::ByAgent(role),
        None => Told::Nothing,
    }
}

/// Members of an object; of several of one name the last counts.
type Members = Vec<(String, Value)>;

/// The span's own attributes, and all other metadata.
fn split(metadata: Map) -> (Members, Members) {
    let (mut collected, mut rest) = (Members::new(), Members::new());
    for (name, value) in metadata {
        let dotted = name.strip_prefix(ATTRIBUTES).and_then(|rest| rest.strip_prefix('.'));
        match (dotted, value) {
            (Some(own), value) if !own.is_empty() => collected.push((own.to_owned(), value)),
            (_, Value::Object(inner)) if name == ATTRIBUTES => collected.extend(inner),
            (_, value) => rest.push((name, value)),
        }
    }
    (collected, rest)
}

/// Attributes with their texts: those of JSON text, which v2 took apart, as text again.
fn whole_again(collected: Members) -> Attributes {
    let is_part = |name: &str| json_attribute(name).is_some_and(|known| known != name);
    let (parts, whole): (Vec<_>, Vec<_>) = collected.into_iter().partition(|(name, _)| is_part(name));
    let mut whole: Attributes = whole.into_iter().filter_map(|(name, value)| Some((name, into_text(value)?))).collect();
    let mut by_name: BTreeMap<&str, Vec<(&str, &Value)>> = BTreeMap::new();
    for (part, value) in &parts {
        let name = json_attribute(part).unwrap_or_default();
        by_name.entry(name).or_default().push((part.get(name.len() + 1..).unwrap_or_default(), value));
    }
    by_name.retain(|name, _| whole.get(name).is_none());
    whole.extend(by_name.into_iter().filter_map(|(name, parts)| Some((name.to_owned(), put_together(parts)?))));
    whole
}

/// Every value below `members`, objects flattened to dotted names as v2 does it itself
/// (docs/platforms/langfuse.md#62-where-metadata-lands).
fn flat(prefix: &str, members: impl IntoIterator<Item = (String, Value)>) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for (name, value) in members {
        let path = [prefix, &name].concat();
        match value {
            Value::Object(inner) if !inner.is_empty() => pairs.append(&mut flat(&(path + "."), inner)),
            value => pairs.extend(into_text(value).map(|text| (path, text))),
        }
    }
    pairs
}

/// What Langfuse says, under its own names.
fn stored(observation: &Observation) -> Attributes {
    let mut attributes = Attributes::default();
    attributes.set(langfuse::OBSERVATION_TYPE, observation.kind.to_ascii_lowercase());
    set_texts(observation, &mut attributes);
    set_json(observation, &mut attributes);
    if let Some(record) = &observation.record {
        set_record(record, &mut attributes);
    }
    // The control flow of a framework is no failure, and may hold the whole dialogue.
    if observation.status_message.as_deref().is_some_and(tells_of_control_flow) {
        attributes.remove(langfuse::OBSERVATION_STATUS_MESSAGE);
    }
    attributes
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
    let own = own.map(|(name, value)| (name.clone(), value.clone()));
    attributes.extend(flat(langfuse::TRACE_METADATA, own));
    for (name, text) in [(langfuse::TRACE_INPUT, &record.input), (langfuse::TRACE_OUTPUT, &record.output)] {
        if let Some(text) = text {
            attributes.set(name, text.as_str());
        }
    }
}
