//! A world on Phoenix: tags are attributes, members of `metadata`, or members of a JSON text that is the metadata.

use arize::{Arize, CAP};
use serde_json::{Map, Value, json};
use spanlift_model::MatchedCap;
use spanlift_platform_client::PlatformClient;

use crate::langsmith::written;
use crate::phoenix_server::PhoenixServer;
use crate::run::WorldClock;
use crate::world::{Place, Span};

pub(crate) const MATCHED: MatchedCap = CAP;

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
    for tag in &span.tags {
        let (name, value) = (tag.key.text().to_owned(), written(tag));
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
        let text = Value::Object(metadata).to_string();
        attributes.push(("metadata".to_owned(), json!(if is_text { json!(text).to_string() } else { text })));
    }
    attributes
}
