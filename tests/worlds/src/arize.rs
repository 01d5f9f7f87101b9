//! A world on Phoenix: tags are attributes, members of `metadata`, or members of a JSON text that is the metadata.

use arize::{Arize, CAP};
use serde_json::{Map, Value, json};
use spanlift_model::MatchedCap;
use spanlift_platform_client::PlatformClient;
use stand_in_phoenix::{Breaks, RAW, Scenario, Span as Row, StandIn};

use crate::langfuse::text_inside;
use crate::langsmith::written;
use crate::phoenix_server::PhoenixServer;
use crate::run::WorldClock;
use crate::world::{Flaw, Place, Row as Told, Span, World};

const PROJECT: &str = "voice-agent";

pub(crate) const MATCHED: MatchedCap = CAP;

/// Phoenix's own reading code on a stand-in that holds the world, and the connection to it.
pub(crate) async fn start(world: &World, client: PlatformClient, clock: WorldClock) -> (Arize<WorldClock>, Value) {
    let server = StandIn::start(scenario(world)).await.unwrap();
    (Arize::new(client, clock), connection(&server.url()))
}

/// The connection to a world's project at a host.
pub(crate) fn connection(host: &str) -> Value {
    json!({"host": host, "project_name": PROJECT})
}

pub(crate) fn scenario(world: &World) -> Scenario {
    Scenario {
        page_rows: world.server.page_rows,
        projects: vec![PROJECT.to_owned()],
        spans: world.spans.iter().map(row).collect(),
        ..Scenario::default()
    }
}

fn row(span: &Span) -> Row {
    let mut row = Row {
        project: PROJECT.to_owned(),
        trace_id: span.trace.clone(),
        span_id: span.id.clone(),
        parent_id: span.parent.clone(),
        name: span.name.clone(),
        start_time: span.started_at,
        end_time: span.ended_at,
        attributes: attributes(span).into_iter().collect(),
        arrives_after: span.arrives.as_secs_f64(),
        deleted_after: span.deleted.map(|deleted| deleted.as_secs_f64()),
        ..Row::default()
    };
    let mut note = |raw: usize| row.attributes.insert("note".to_owned(), json!(RAW[raw]));
    match span.row {
        Told::Unreadable(Flaw::Number) => _ = note(0),
        Told::Unreadable(Flaw::Surrogate) => _ = note(1),
        Told::Unreadable(Flaw::Depth) => _ = note(2),
        Told::Unreadable(Flaw::Start) => row.start_told_as = Some("at noon".to_owned()),
        Told::WithoutIds => row.raw = Some(json!({"name": span.name}).to_string()),
        Told::NeverTold => row.breaks = Breaks::Both,
        Told::Unreadable(Flaw::Tag | Flaw::Cut) | Told::Sound => {}
    }
    row
}

/// Phoenix's own reading code on a real server, and the connection to it.
pub(crate) fn on_server(
    url: &str,
    server: &PhoenixServer,
    client: PlatformClient,
    clock: WorldClock,
) -> (Arize<WorldClock>, Value) {
    (Arize::new(client, clock), json!({"host": url, "project_name": server.project()}))
}

/// A span's attributes as an agent's exporter sends them: metadata is JSON, as text.
pub(crate) fn attributes(span: &Span) -> Vec<(String, Value)> {
    let mut attributes = vec![("openinference.span.kind".to_owned(), json!("CHAIN"))];
    let mut metadata = Map::new();
    let mut is_text = false;
    attributes.extend(span.says.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
    for tag in &span.tags {
        let (name, value) = (tag.key.text().to_owned(), written(span, tag));
        let filling = (tag.behind > 0).then(|| ("a_note".to_owned(), json!("x".repeat(tag.behind))));
        match tag.place {
            Place::Attribute => {
                attributes.extend(filling);
                attributes.push((name, value));
            }
            Place::Metadata | Place::MetadataText => {
                is_text |= tag.place == Place::MetadataText;
                metadata.extend(filling);
                metadata.insert(name, value);
            }
            Place::Nested => {
                metadata.insert("session".to_owned(), json!({"id": value}));
            }
            // Other platforms' places.
            Place::Session | Place::Trace => {}
        }
    }
    if !metadata.is_empty() {
        let metadata = Value::Object(metadata);
        let text = match (is_text, span.row) {
            (false, _) => metadata.to_string(),
            // What is no JSON stays a text.
            (true, Told::Unreadable(Flaw::Cut)) => text_inside(span, &metadata),
            // A text that holds JSON stays one if it is itself JSON.
            (true, _) => json!(text_inside(span, &metadata)).to_string(),
        };
        attributes.push(("metadata".to_owned(), json!(text)));
    }
    attributes
}
