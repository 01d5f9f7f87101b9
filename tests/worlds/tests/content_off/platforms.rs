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
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PROJECT: &str = "voice-agent";
const SECRET: &str = "sk-lf-content-off";

/// Where a conversation is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Platform {
    Arize,
    Langfuse,
    Langsmith,
}

impl Platform {
    pub(crate) const ALL: [Self; 3] = [Self::Arize, Self::Langfuse, Self::Langsmith];
}

/// The rows that are stored of a conversation, in the order of their starts.
pub(crate) fn import(platform: Platform, conversation: &Conversation, settings: &Value) -> Vec<Span> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let mut rows = runtime.block_on(async {
        // Long after the call, so that all of it has ended.
        let clock = VirtualClock::starting_at(began().plus(Duration::from_mins(30)));
        let client = PlatformClient::new("http://127.0.0.1".parse().unwrap()).unwrap();
        match platform {
            Platform::Arize => {
                let server = stand_in_phoenix::StandIn::start(on_phoenix(conversation)).await.unwrap();
                let connection = json!({"host": server.url(), "project_name": PROJECT});
                run(arize::Arize::new(client, clock), connection, settings, clock, arize::CAP).await
            }
            Platform::Langfuse => {
                let server = stand_in_langfuse::StandIn::start(on_langfuse(conversation)).await.unwrap();
                let connection =
                    json!({"host": server.host(), "public_key": "pk-lf-content-off", "secret_key": SECRET});
                run(langfuse::Langfuse::new(client, clock), connection, settings, clock, langfuse::CAP).await
            }
            Platform::Langsmith => {
                let server = stand_in_langsmith::StandIn::start(on_langsmith(conversation)).await.unwrap();
                let connection =
                    json!({"host": server.url(), "project_name": PROJECT, "api_key": "lsv2_pt_content_off"});
                run(langsmith::LangSmith::new(client, clock), connection, settings, clock, langsmith::CAP).await
            }
        }
    });
    rows.sort_by_key(|row| (row.started_at, row.span_id.to_string()));
    assert_eq!(
        rows.len(),
        conversation.spans.len() + 1,
        "{} on {platform:?}: every span is stored",
        conversation.whose
    );
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

fn spans(conversation: &Conversation) -> Vec<Said> {
    std::iter::once(root()).chain(conversation.spans.iter().cloned()).collect()
}

fn on_phoenix(conversation: &Conversation) -> stand_in_phoenix::Scenario {
    use stand_in_phoenix::{Event, Scenario, Span, StatusCode};
    let event = |at: Timestamp| {
        move |(name, attributes): (&str, Value)| Event {
            name: name.to_owned(),
            timestamp: at,
            attributes: attributes.as_object().cloned().unwrap(),
        }
    };
    let span = |(place, said): (usize, Said)| {
        let (start_time, end_time) = times(place);
        let exception = said.error.as_ref().map(|error| {
            (
                "exception",
                json!({"exception.type": "ValueError", "exception.message": error, "exception.stacktrace": error}),
            )
        });
        Span {
            project: PROJECT.to_owned(),
            trace_id: TRACE.to_owned(),
            span_id: format!("{:016x}", place + 1),
            parent_id: (place > 0).then(|| format!("{:016x}", 1)),
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
    let spans = spans(conversation).into_iter().enumerate().map(span).collect();
    Scenario { projects: vec![PROJECT.to_owned()], spans, ..Scenario::default() }
}

fn on_langfuse(conversation: &Conversation) -> stand_in_langfuse::Scenario {
    use stand_in_langfuse::{Edition, Ingestion, Observation, Project, Scenario, Trace};
    let observation = |(place, said): (usize, Said)| {
        let (start, end) = times(place);
        let mut row = Observation::new(TRACE, format!("{:016x}", place + 1), start);
        row.end = Some(end);
        row.parent = (place > 0).then(|| format!("{:016x}", 1));
        row.kind = match said.kind {
            "llm" => "GENERATION",
            "tool" => "TOOL",
            "retriever" => "RETRIEVER",
            _ => "SPAN",
        }
        .to_owned();
        row.name = said.name;
        row.input = marked_json();
        row.output = json!(MARK);
        row.metadata = object(&json!({"note": MARK, "nested": {"zanzibar": MARK}, "user_id": MARK}));
        if place == 0 {
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
            row.level = "ERROR".to_owned();
        }
        row
    };
    let trace = Trace {
        id: TRACE.to_owned(),
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
        traces: vec![trace],
        observations: spans(conversation).into_iter().enumerate().map(observation).collect(),
        ..Project::default()
    };
    // One that tells traces too.
    Scenario { edition: Edition::V3, projects: vec![project], ..Scenario::default() }
}

fn on_langsmith(conversation: &Conversation) -> stand_in_langsmith::Scenario {
    use stand_in_langsmith::{Endpoint, Key, Project, Run, Scenario, Tenant};
    let id = |place: usize| format!("00000001-0000-4000-8000-0001{place:08x}");
    let run = |(place, said): (usize, Said)| {
        let (start_time, end_time) = times(place);
        let mut metadata = said.attributes;
        metadata.extend(object(&json!({"note": MARK, "zanzibar": 7, "user_id": MARK, "ls_provider": "openai"})));
        let extra = json!({
            "metadata": metadata, "runtime": {"platform": MARK}, "zanzibar": MARK,
            "invocation_params": {"model": "gpt-4.1", "temperature": 0.2, "stop": ["a zanzibar"], "user": MARK, "tools": [{"name": MARK}]},
        });
        Run {
            id: id(place),
            parent_run_id: (place > 0).then(|| id(0)),
            trace_id: Some(id(0)),
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
    let runs = spans(conversation).into_iter().enumerate().map(run).collect();
    let tenant = Tenant {
        id: "7c1b6f0e-52a4-4d0e-9a55-0d7d2a4f8b11".to_owned(),
        keys: vec![Key { key: "lsv2_pt_content_off".to_owned(), ..Key::default() }],
        projects: vec![Project {
            id: "3f0a1d52-8a6e-4c1b-b7a9-6d1c2e9f4a10".to_owned(),
            name: PROJECT.to_owned(),
            runs,
        }],
    };
    Scenario { tenants: vec![tenant], v2: Endpoint::NotFound, ..Scenario::default() }
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}
