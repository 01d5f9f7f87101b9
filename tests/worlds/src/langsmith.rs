//! A world on `LangSmith`: all tags stand in runs' metadata.

use langsmith::{CAP, LangSmith};
use serde_json::{Map, Value, json};
use spanlift_model::MatchedCap;
use spanlift_platform_client::PlatformClient;
use stand_in_langsmith::{Endpoint, Key, Limits, Project, RAW, Run, Scenario, StandIn, Tenant};

use crate::run::WorldClock;
use crate::world::{Flaw, Row, Shape, Span, Tag, World};

const KEY: &str = "lsv2_pt_worlds";
const PROJECT: &str = "voice-agent";

pub(crate) const MATCHED: MatchedCap = CAP;

/// `LangSmith`'s own reading code on a stand-in that holds the world, and the connection to it.
pub(crate) async fn start(world: &World, client: PlatformClient, clock: WorldClock) -> (LangSmith<WorldClock>, Value) {
    let server = StandIn::start(scenario(world)).await.unwrap();
    (LangSmith::new(client, clock), connection(world, &server.url()))
}

/// The connection to a world's project at a host.
pub(crate) fn connection(world: &World, host: &str) -> Value {
    json!({"host": host, "project_name": PROJECT, "api_key": KEY, "correlation": world.correlation})
}

pub(crate) fn scenario(world: &World) -> Scenario {
    let runs = world.spans.iter().flat_map(|span| std::iter::repeat_n(run(span), copies(span)));
    let project = Project {
        id: "3f0a1d52-8a6e-4c1b-b7a9-6d1c2e9f4a10".to_owned(),
        name: PROJECT.to_owned(),
        runs: runs.collect(),
    };
    let tenant = Tenant {
        id: "7c1b6f0e-52a4-4d0e-9a55-0d7d2a4f8b11".to_owned(),
        keys: vec![Key { key: KEY.to_owned(), ..Key::default() }],
        projects: vec![project],
    };
    let (v1, v2) = match world.server.edition {
        0 => (Endpoint::NotImplemented, Endpoint::Served),
        1 => (Endpoint::Served, Endpoint::Served),
        _ => (Endpoint::Served, Endpoint::NotFound),
    };
    // How a server limits its clients is not what worlds are about.
    let limits = Limits {
        v1: 1_000_000,
        v1_large_window: 1_000_000,
        v2: 1_000_000,
        page_rows: Some(world.server.page_rows),
        ..Limits::default()
    };
    Scenario { tenants: vec![tenant], v1, v2, limits, ..Scenario::default() }
}

fn copies(span: &Span) -> usize {
    usize::try_from(span.copies).unwrap_or(1)
}

fn run(span: &Span) -> Run {
    let mut metadata: Map<String, Value> = span.tags.iter().flat_map(|tag| members(span, tag)).collect();
    metadata.extend(span.says.iter().map(|(name, value)| (name.replacen("lk.", "lk_", 1), json!(value))));
    let mut more = Map::new();
    match span.row {
        Row::Unreadable(Flaw::Number) => note(&mut metadata, 0),
        Row::Unreadable(Flaw::Surrogate) => note(&mut metadata, 1),
        Row::Unreadable(Flaw::Depth) => note(&mut metadata, 2),
        Row::Unreadable(Flaw::Start) => {
            more.insert("start_time".to_owned(), json!("at noon"));
        }
        Row::Unreadable(Flaw::Tag | Flaw::Cut) | Row::Sound | Row::WithoutIds | Row::NeverTold => {}
    }
    Run {
        id: span.id.clone(),
        parent_run_id: span.parent.clone(),
        trace_id: Some(span.trace.clone()),
        name: span.name.clone(),
        start_time: span.started_at,
        end_time: span.ended_at,
        extra: [("metadata".to_owned(), Value::Object(metadata))].into_iter().collect(),
        arrives_after: span.arrives.as_secs_f64(),
        ends_after: span.end_arrives.as_secs_f64(),
        deleted_after: span.deleted.map(|deleted| deleted.as_secs_f64()),
        more,
        told_as: (span.row == Row::WithoutIds).then(|| json!({"name": span.name})),
        breaks_its_page: span.row == Row::NeverTold,
        ..Run::default()
    }
}

/// A member that makes the row unreadable.
fn note(metadata: &mut Map<String, Value>, raw: usize) {
    metadata.insert("note".to_owned(), json!(RAW[raw]));
}

fn members(span: &Span, tag: &Tag) -> Vec<(String, Value)> {
    let filling = (tag.behind > 0).then(|| ("a_note".to_owned(), json!("x".repeat(tag.behind))));
    filling.into_iter().chain([(tag.key.text().to_owned(), written(span, tag))]).collect()
}

/// A tag's value as it is written. The raw texts of the stand-ins are the same.
pub(crate) fn written(span: &Span, tag: &Tag) -> Value {
    match tag.shape {
        _ if span.row == Row::Unreadable(Flaw::Tag) => json!(RAW[0]),
        Shape::Text => json!(tag.value),
        Shape::Number => serde_json::from_str(&tag.value).unwrap_or_else(|_| json!(tag.value)),
        Shape::Padded => json!(format!("  {} ", tag.value)),
        Shape::LineEnd => json!(format!("{}\n", tag.value)),
    }
}
