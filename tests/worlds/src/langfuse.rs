//! A world on Langfuse: tags stand in an observation's metadata, among its other attributes, in a JSON text there, or are
//! the platform's own session.

use langfuse::{CAP, Langfuse};
use serde_json::{Map, Value, json};
use spanlift_model::MatchedCap;
use spanlift_platform_client::PlatformClient;
use stand_in_langfuse::{Edition, Ingestion, Observation, Project, RAW, Scenario, StandIn, Trace};

use crate::langsmith::written;
use crate::run::WorldClock;
use crate::world::{Flaw, Key, Place, Row, Span, World};

const SECRET_KEY: &str = "sk-lf-worlds";

pub(crate) const MATCHED: MatchedCap = CAP;

/// Langfuse's own reading code on a stand-in that holds the world, and the connection to it.
pub(crate) async fn start(world: &World, client: PlatformClient, clock: WorldClock) -> (Langfuse<WorldClock>, Value) {
    let server = StandIn::start(scenario(world)).await.unwrap();
    (Langfuse::new(client, clock), connection(world, &server.host()))
}

/// The connection to a world's project at a host.
pub(crate) fn connection(world: &World, host: &str) -> Value {
    json!({"host": host, "public_key": "pk-lf-worlds", "secret_key": SECRET_KEY, "correlation": world.correlation})
}

pub(crate) fn scenario(world: &World) -> Scenario {
    let edition = match world.server.edition {
        0 => Edition::V4,
        1 => Edition::V4Dual,
        _ => Edition::V3,
    };
    let project = Project {
        id: "worlds".to_owned(),
        secret_key: SECRET_KEY.to_owned(),
        traces: world.spans.iter().filter_map(|span| tagged_trace(world, span)).collect(),
        observations: world.spans.iter().flat_map(rows).collect(),
        ..Project::default()
    };
    Scenario { edition, page_rows: Some(world.server.page_rows), projects: vec![project], ..Scenario::default() }
}

/// The trace of a root, if the trace itself bears a tag.
fn tagged_trace(world: &World, span: &Span) -> Option<Trace> {
    let tag = span.tags.iter().find(|tag| tag.place == Place::Trace).filter(|_| span.parent.is_none())?;
    let mut trace = Trace { id: span.trace.clone(), ..Trace::default() };
    if world.server.edition == 1 {
        trace.ingestion = Ingestion::Dual;
    }
    if tag.key == Key::SessionDotted {
        trace.session_id = Some(tag.value.clone());
    } else {
        trace.metadata.insert(tag.key.text().to_owned(), written(span, tag));
    }
    Some(trace)
}

/// A row for each time that the platform writes it: as it began, and as it ended.
fn rows(span: &Span) -> Vec<Observation> {
    let ended = row(span);
    let copies = usize::try_from(span.copies).unwrap_or(1);
    if span.end_arrives == span.arrives {
        return vec![ended; copies];
    }
    let begun = Observation { end: None, updated: Some(span.started_at), ..ended.clone() };
    let update = Observation { arrives_after_ms: millis(span.end_arrives), ..ended };
    let update = span.ended_at.is_some().then_some(update);
    std::iter::repeat_n(begun, copies).chain(update).collect()
}

fn row(span: &Span) -> Observation {
    let mut row = Observation::new(span.trace.clone(), span.id.clone(), span.started_at);
    row.name.clone_from(&span.name);
    row.parent.clone_from(&span.parent);
    row.end = span.ended_at;
    row.arrives_after_ms = millis(span.arrives);
    row.deleted_after_ms = span.deleted.map(millis);
    row.attributes.extend(span.says.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
    for tag in &span.tags {
        let (name, value) = (tag.key.text().to_owned(), written(span, tag));
        let filling = (tag.behind > 0).then(|| json!("x".repeat(tag.behind)));
        match tag.place {
            Place::Metadata => {
                row.metadata.extend(filling.map(|filling| ("a_note".to_owned(), filling)));
                row.metadata.insert(name, value);
            }
            Place::Nested => {
                row.metadata.insert("session".to_owned(), json!({"id": value}));
            }
            Place::Attribute => {
                row.attributes.extend(filling.map(|filling| ("a_note".to_owned(), filling)));
                row.attributes.insert(name, value);
            }
            Place::MetadataText => {
                let known = row.attributes.get("metadata").and_then(Value::as_str).unwrap_or("{}");
                let mut inner: Map<String, Value> = serde_json::from_str(known).unwrap_or_default();
                inner.extend(filling.map(|filling| ("a_note".to_owned(), filling)));
                inner.insert(name, value);
                row.attributes.insert("metadata".to_owned(), json!(text_inside(span, &Value::Object(inner))));
            }
            Place::Session => row.session_id = Some(tag.value.clone()),
            // It is not the span that bears it.
            Place::Trace => {}
        }
    }
    let mut note = |raw: usize| row.metadata.insert("note".to_owned(), json!(RAW[raw]));
    match span.row {
        Row::Unreadable(Flaw::Number) => _ = note(0),
        Row::Unreadable(Flaw::Surrogate) => _ = note(1),
        Row::Unreadable(Flaw::Depth) => _ = note(2),
        Row::Unreadable(Flaw::Start) => _ = row.told.insert("startTime".to_owned(), json!("at noon")),
        Row::WithoutIds => row.told_as = Some(json!({"name": span.name})),
        Row::NeverTold => row.breaks_its_page = true,
        Row::Unreadable(Flaw::Tag | Flaw::Cut) | Row::Sound => {}
    }
    row
}

/// JSON as a text, with what is wrong in it.
pub(crate) fn text_inside(span: &Span, value: &Value) -> String {
    let mut text = value.to_string().replace(&json!(RAW[0]).to_string(), "1e400");
    if span.row == Row::Unreadable(Flaw::Cut) {
        text.truncate(text.len() - 5);
    }
    text
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
