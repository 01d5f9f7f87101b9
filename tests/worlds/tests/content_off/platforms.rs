//! A conversation on each platform, and its whole import with a connection that does not capture content.

use std::time::Duration;

use serde_json::{Map, Value, json};
use spanlift_fakes::{VirtualClock, World};
use spanlift_importer::ports::Platform as Port;
use spanlift_model::{Clock as _, ImportJob, MatchedCap, Passes, SimulationCompleted, Span, Timestamp};
use spanlift_platform_client::PlatformClient;

use crate::conversations::{Conversation, MARK, Said};
use crate::marked_json;
use crate::virtual_time::ticking;

/// The simulation of every conversation.
const SIM: &str = "3zfmuDbVQsi4GaseDtiVcS";
const PROJECT: &str = "voice-agent";
const SECRET: &str = "sk-lf-content-off";

/// Where a conversation is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Platform {
    Arize,
    Langfuse,
    /// By its older API, which tells traces too.
    LangfuseV1,
    Langsmith,
    LangsmithV1,
}

impl Platform {
    pub(crate) const ALL: [Self; 5] =
        [Self::Arize, Self::Langfuse, Self::LangfuseV1, Self::Langsmith, Self::LangsmithV1];
}

/// The rows that are stored of conversations, each a trace, in the order of their traces and starts.
pub(crate) fn import(platform: Platform, conversations: &[Conversation], settings: &Value) -> Vec<Span> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let mut rows = runtime.block_on(async {
        // Long after the call, so that all of it has ended.
        let clock = VirtualClock::starting_at(began().plus(Duration::from_mins(30)));
        let client = PlatformClient::new("http://127.0.0.1".parse().unwrap());
        match platform {
            Platform::Arize => {
                let server = stand_in_phoenix::StandIn::start(on_phoenix(conversations)).await.unwrap();
                let connection = json!({"host": server.url(), "project_name": PROJECT});
                Box::pin(run(arize::Arize::new(client, clock), connection, settings, clock, arize::CAP)).await
            }
            Platform::Langfuse | Platform::LangfuseV1 => {
                let server = stand_in_langfuse::StandIn::start(on_langfuse(platform, conversations)).await.unwrap();
                let connection =
                    json!({"host": server.host(), "public_key": "pk-lf-content-off", "secret_key": SECRET});
                Box::pin(run(langfuse::Langfuse::new(client, clock), connection, settings, clock, langfuse::CAP)).await
            }
            Platform::Langsmith | Platform::LangsmithV1 => {
                let server = stand_in_langsmith::StandIn::start(on_langsmith(platform, conversations)).await.unwrap();
                let connection =
                    json!({"host": server.url(), "project_name": PROJECT, "api_key": "lsv2_pt_content_off"});
                Box::pin(run(langsmith::LangSmith::new(client, clock), connection, settings, clock, langsmith::CAP))
                    .await
            }
        }
    });
    rows.sort_by_key(|row| (row.trace_id.to_string(), row.started_at, row.span_id.to_string()));
    assert_eq!(rows.len(), placed(conversations).count(), "{platform:?}: every span is stored");
    rows
}

async fn run<P: Port>(
    platform: P,
    mut connection: Value,
    settings: &Value,
    clock: VirtualClock,
    cap: MatchedCap,
) -> Vec<Span> {
    for (name, value) in settings.as_object().unwrap() {
        connection[name] = value.clone();
    }
    let passes = Passes::new(vec![Duration::ZERO, Duration::from_mins(2)], Duration::from_mins(2));
    let world = World::of(platform, connection, clock, passes, cap);
    let event = json!({
        "version": "1", "organization_id": "acme", "simulation_output_id": SIM, "status": "COMPLETED",
        "started_at": began().to_string(), "ended_at": began().plus(Duration::from_mins(5)).to_string(),
    });
    let job = ImportJob::first(SimulationCompleted::parse(&event.to_string()).unwrap(), P::PROVIDER.parse().unwrap());
    world.send(job).await;
    ticking(world.run()).await;
    assert!(clock.now() > began());
    world.importer.store.rows.lock().unwrap().clone()
}

fn began() -> Timestamp {
    Timestamp::parse("2026-11-28T09:00:00Z").unwrap()
}

/// The start and the end of the span at a place; the root is at 0.
fn times(place: usize) -> (Timestamp, Timestamp) {
    let start = began().plus(Duration::from_secs(10) * u32::try_from(place).unwrap());
    let length = if place == 0 { Duration::from_mins(4) } else { Duration::from_secs(5) };
    (start, start.plus(length))
}

fn root() -> Said {
    let input = marked_json().to_string();
    Said::new(
        "conversation",
        &json!({"simulation_output_id": SIM, "input.value": input, "output.value": MARK, "user.id": MARK}),
    )
}

/// A span, in the conversation at a place of the list, at a place in that; the root is at 0.
struct Placed<'a> {
    trace: usize,
    place: usize,
    conversation: &'a Conversation,
    said: Said,
}

impl Placed<'_> {
    fn trace_id(&self) -> String {
        format!("4bf92f3577b34da6a3ce929d0e0e{:04x}", self.trace)
    }

    fn parent<T>(&self, id: impl FnOnce(usize) -> T) -> Option<T> {
        (self.place > 0).then(|| id(0))
    }

    fn span_id(&self, place: usize) -> String {
        format!("00f067aa{:04x}{:04x}", self.trace, place + 1)
    }
}

fn placed(conversations: &[Conversation]) -> impl Iterator<Item = Placed<'_>> {
    conversations.iter().enumerate().flat_map(|(trace, conversation)| {
        let spans = std::iter::once(root()).chain(conversation.spans.iter().cloned()).enumerate();
        spans.map(move |(place, said)| Placed { trace, place, conversation, said })
    })
}

fn on_phoenix(conversations: &[Conversation]) -> stand_in_phoenix::Scenario {
    use stand_in_phoenix::{Event, Scenario, Span, StatusCode};
    let event = |at: Timestamp| {
        move |(name, attributes): (&str, Value)| Event {
            name: name.to_owned(),
            timestamp: at,
            attributes: attributes.as_object().cloned().unwrap(),
        }
    };
    let span = |placed: Placed<'_>| {
        let (start_time, end_time) = times(placed.place);
        let (trace_id, span_id) = (placed.trace_id(), placed.span_id(placed.place));
        let parent_id = placed.parent(|root| placed.span_id(root));
        let said = placed.said;
        let exception = said.error.as_ref().map(|error| {
            (
                "exception",
                json!({"exception.type": "ValueError", "exception.message": error, "exception.stacktrace": error}),
            )
        });
        Span {
            project: PROJECT.to_owned(),
            trace_id,
            span_id,
            parent_id,
            name: said.name,
            kind: said.attributes.get("openinference.span.kind").cloned().unwrap_or_default(),
            start_time,
            end_time: Some(end_time),
            status_code: if said.error.is_some() { StatusCode::Error } else { StatusCode::Ok },
            status_message: said.error.unwrap_or_default(),
            attributes: said.attributes,
            events: said.events.into_iter().chain(exception).map(event(start_time)).collect(),
            ..Span::default()
        }
    };
    let spans = placed(conversations).map(span).collect();
    Scenario { projects: vec![PROJECT.to_owned()], spans, ..Scenario::default() }
}

fn on_langfuse(platform: Platform, conversations: &[Conversation]) -> stand_in_langfuse::Scenario {
    use stand_in_langfuse::{Edition, Ingestion, Observation, Project, Scenario, Trace};
    let observation = |placed: Placed<'_>| {
        let (start, end) = times(placed.place);
        let mut row = Observation::new(placed.trace_id(), placed.span_id(placed.place), start);
        row.end = Some(end);
        row.parent = placed.parent(|root| placed.span_id(root));
        let (conversation, said) = (placed.conversation, placed.said);
        let kind = match said.kind {
            "llm" => "GENERATION",
            "tool" => "TOOL",
            "retriever" => "RETRIEVER",
            _ => "SPAN",
        };
        kind.clone_into(&mut row.kind);
        row.name = said.name;
        row.input = marked_json();
        row.output = json!(MARK);
        row.metadata = object(&json!({"note": MARK, "nested": {"zanzibar": MARK}, "user_id": MARK}));
        if row.parent.is_none() {
            row.metadata.insert("simulation_output_id".to_owned(), json!(SIM));
        }
        row.trace_metadata = object(&json!({"of_trace": MARK, "zanzibar_too": 7}));
        row.attributes = said.attributes;
        row.scope = object(&json!({"name": conversation.scope}));
        row.user_id = Some(MARK.to_owned());
        row.session_id = Some(MARK.to_owned());
        if said.kind == "llm" {
            row.model = Some("gpt-4.1".to_owned());
            row.model_parameters = json!({"temperature": 0.2, "stop": MARK, "zanzibar": 7});
            row.usage = object(&json!({"input": 8, "output": 3, "zanzibar": 4}));
            row.cost = object(&json!({"input": 0.1, "zanzibar": 0.2}));
        }
        // Also where nothing failed.
        row.status_message = Some(said.error.clone().unwrap_or_else(|| format!("{MARK} is fine")));
        if said.error.is_some() {
            "ERROR".clone_into(&mut row.level);
        }
        row
    };
    let trace = |root: Placed<'_>| Trace {
        id: root.trace_id(),
        name: Some(MARK.to_owned()),
        ingestion: Ingestion::Dual,
        session_id: Some(MARK.to_owned()),
        user_id: Some(MARK.to_owned()),
        tags: vec![MARK.to_owned(), SIM.to_owned()],
        metadata: object(&json!({"note": MARK, "zanzibar": 7})),
        input: marked_json(),
        output: json!(MARK),
        ..Trace::default()
    };
    let project = Project {
        id: "content-off".to_owned(),
        secret_key: SECRET.to_owned(),
        traces: placed(conversations).filter(|placed| placed.place == 0).map(trace).collect(),
        observations: placed(conversations).map(observation).collect(),
        ..Project::default()
    };
    let edition = if matches!(platform, Platform::LangfuseV1) { Edition::V3 } else { Edition::V4 };
    Scenario { edition, projects: vec![project], ..Scenario::default() }
}

fn on_langsmith(platform: Platform, conversations: &[Conversation]) -> stand_in_langsmith::Scenario {
    use stand_in_langsmith::{Endpoint, Key, Project, Run, Scenario, Tenant};
    let run = |placed: Placed<'_>| {
        let id = |place: usize| format!("{:08x}-0000-4000-8000-{:04x}{place:08x}", placed.trace, placed.trace);
        let (start_time, end_time) = times(placed.place);
        let (run_id, parent_run_id, trace_id) = (id(placed.place), placed.parent(id), id(0));
        let said = placed.said;
        let mut metadata = said.attributes;
        metadata.extend(object(&json!({"note": MARK, "zanzibar": 7, "user_id": MARK, "ls_provider": "openai"})));
        let extra = json!({
            "metadata": metadata, "runtime": {"platform": MARK}, "zanzibar": MARK,
            "invocation_params": {"model": "gpt-4.1", "temperature": 0.2, "stop": ["a zanzibar"], "user": MARK, "tools": [{"name": MARK}]},
        });
        Run {
            id: run_id,
            parent_run_id,
            trace_id: Some(trace_id),
            name: said.name,
            run_type: said.kind.to_owned(),
            start_time,
            end_time: Some(end_time),
            error: said.error,
            inputs: marked_json(),
            outputs: json!({"output": MARK, "usage_metadata": {"input_tokens": 8, "output_tokens": 3}, MARK: MARK}),
            extra: object(&extra),
            tags: vec![MARK.to_owned(), "seq:step:1".to_owned()],
            ..Run::default()
        }
    };
    let runs = placed(conversations).map(run).collect();
    let tenant = Tenant {
        id: "7c1b6f0e-52a4-4d0e-9a55-0d7d2a4f8b11".to_owned(),
        keys: vec![Key { key: "lsv2_pt_content_off".to_owned(), ..Key::default() }],
        projects: vec![Project {
            id: "3f0a1d52-8a6e-4c1b-b7a9-6d1c2e9f4a10".to_owned(),
            name: PROJECT.to_owned(),
            runs,
        }],
    };
    let v2 = if matches!(platform, Platform::LangsmithV1) { Endpoint::NotFound } else { Endpoint::Served };
    Scenario { tenants: vec![tenant], v2, ..Scenario::default() }
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}
