//! Two organizations on one host, in one warm process, at the same time, with one whose imports fail between them: nothing
//! of the one is in what is stored, announced, written down or logged of the other.

use std::time::Duration;

use serde_json::{Value, json};
use spanlift_importer::ports::Platform;
use spanlift_model::{ImportJob, MatchedCap, Span, names};

use crate::connections::{PROVIDERS, began, client, clock, in_virtual_time, job};
use crate::said::{Engine, Log, Secrets, deliver, engine};

/// An organization: every id of its own has its letter in it, over and over.
struct Tenant {
    id: String,
    simulation: String,
    trace: String,
    span: String,
    key: String,
    project: String,
    said: String,
}

impl Tenant {
    fn new(letter: char) -> Self {
        let word = |length: usize| letter.to_string().repeat(length);
        Self {
            id: format!("org-{}", word(6)),
            simulation: format!("sim-{}", word(6)),
            trace: word(32),
            span: word(16),
            key: format!("sk-{}", word(20)),
            project: format!("project-{}", word(6)),
            said: format!("said by {}", word(8)),
        }
    }

    /// What must not stand in anything of another's.
    fn own(&self) -> [&str; 7] {
        [&self.id, &self.simulation, &self.trace, &self.span, &self.key, &self.project, &self.said]
    }

    fn uuid(&self) -> String {
        let part = |from: usize, to: usize| &self.trace[from..to];
        [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
    }

    fn connection(&self, provider: &'static str, host: &str) -> String {
        match provider {
            "langfuse" => json!({"host": host, "public_key": format!("pk-{}", self.id), "secret_key": self.key}),
            _ => json!({"host": host, "project_name": self.project, "api_key": self.key}),
        }
        .to_string()
    }

    fn metadata(&self) -> Value {
        json!({"simulation_output_id": self.simulation, "note": self.said})
    }
}

/// A and B have a call each; C's connection is refused.
fn tenants() -> [Tenant; 3] {
    ['a', 'b', 'c'].map(Tenant::new)
}

async fn on_phoenix(tenants: &[Tenant]) -> String {
    let span = |tenant: &Tenant| stand_in_phoenix::Span {
        project: tenant.project.clone(),
        trace_id: tenant.trace.clone(),
        span_id: tenant.span.clone(),
        name: tenant.said.clone(),
        start_time: began().plus(Duration::from_secs(10)),
        end_time: Some(began().plus(Duration::from_secs(20))),
        attributes: [("metadata".to_owned(), json!(tenant.metadata().to_string()))].into_iter().collect(),
        ..stand_in_phoenix::Span::default()
    };
    let scenario = stand_in_phoenix::Scenario {
        projects: tenants[..2].iter().map(|tenant| tenant.project.clone()).collect(),
        spans: tenants[..2].iter().map(span).collect(),
        ..stand_in_phoenix::Scenario::default()
    };
    stand_in_phoenix::StandIn::start(scenario).await.unwrap().url()
}

async fn on_langfuse(tenants: &[Tenant]) -> String {
    let project = |tenant: &Tenant| {
        let at = began().plus(Duration::from_secs(10));
        let mut row = stand_in_langfuse::Observation::new(tenant.trace.clone(), tenant.span.clone(), at);
        row.name.clone_from(&tenant.said);
        row.end = Some(at.plus(Duration::from_secs(10)));
        row.metadata.extend(tenant.metadata().as_object().unwrap().clone());
        stand_in_langfuse::Project {
            id: tenant.project.clone(),
            secret_key: tenant.key.clone(),
            observations: vec![row],
            ..stand_in_langfuse::Project::default()
        }
    };
    let projects = tenants[..2].iter().map(project).collect();
    let scenario = stand_in_langfuse::Scenario { projects, ..stand_in_langfuse::Scenario::default() };
    stand_in_langfuse::StandIn::start(scenario).await.unwrap().host()
}

async fn on_langsmith(tenants: &[Tenant]) -> String {
    let tenant = |tenant: &Tenant| stand_in_langsmith::Tenant {
        id: tenant.uuid(),
        keys: vec![stand_in_langsmith::Key { key: tenant.key.clone(), ..stand_in_langsmith::Key::default() }],
        projects: vec![stand_in_langsmith::Project {
            id: tenant.uuid(),
            name: tenant.project.clone(),
            runs: vec![stand_in_langsmith::Run {
                id: tenant.uuid(),
                trace_id: Some(tenant.uuid()),
                name: tenant.said.clone(),
                start_time: began().plus(Duration::from_secs(10)),
                end_time: Some(began().plus(Duration::from_secs(20))),
                extra: [("metadata".to_owned(), tenant.metadata())].into_iter().collect(),
                ..stand_in_langsmith::Run::default()
            }],
        }],
    };
    let tenants = tenants[..2].iter().map(tenant).collect();
    let scenario = stand_in_langsmith::Scenario { tenants, ..stand_in_langsmith::Scenario::default() };
    stand_in_langsmith::StandIn::start(scenario).await.unwrap().url()
}

/// A, C, B one after the other, then all of them by force at the same time, all by one engine.
async fn run<P: Platform>(
    platform: P,
    cap: MatchedCap,
    provider: &'static str,
    host: &str,
    tenants: &[Tenant],
) -> (Engine<P>, String) {
    let log = Log::default();
    let logging = log.start(provider);
    let secrets = tenants.iter().map(|tenant| (tenant.id.clone(), tenant.connection(provider, host))).collect();
    let engine = engine(platform, Secrets(secrets), clock(), cap);
    let jobs: Vec<ImportJob> = tenants.iter().map(|tenant| job(provider, &tenant.id, &tenant.simulation)).collect();
    for tenant in [0, 2, 1] {
        Box::pin(deliver(&engine, &jobs[tenant], 1)).await;
    }
    let again: Vec<ImportJob> = jobs.iter().map(|job| ImportJob { force: true, ..job.clone() }).collect();
    let all = async {
        tokio::join!(deliver(&engine, &again[0], 2), deliver(&engine, &again[2], 2), deliver(&engine, &again[1], 2))
    };
    Box::pin(all).await;
    drop(logging);
    (engine, log.text())
}

fn assert_apart<P: Platform>(provider: &'static str, tenants: &[Tenant], engine: &Engine<P>, log: &str) {
    let rows = engine.store.rows.lock().unwrap();
    let (items, outcomes) = (engine.ledger.items.lock().unwrap(), engine.queue.outcomes.lock().unwrap());
    let dead = engine.queue.dead.lock().unwrap();
    for (number, tenant) in tenants.iter().enumerate() {
        let id = tenant.id.as_str();
        let is_its = |row: &&Span| row.resource.get(names::resource::ORGANIZATION_ID) == Some(id);
        let its_rows: Vec<String> = rows.iter().filter(is_its).map(|row| format!("{row:?}")).collect();
        assert_eq!(its_rows.len(), usize::from(number < 2), "{provider} {id}: its span is stored once");
        let its_item = format!("{:?}", items[&job(provider, id, &tenant.simulation).import_id().to_string()]);
        let its_outcomes: Vec<String> = outcomes
            .iter()
            .map(|outcome| serde_json::to_string(outcome).unwrap())
            .filter(|text| text.contains(id))
            .collect();
        assert_eq!(its_outcomes.len(), 2, "{provider} {id}: each delivery was announced");
        let its_dead: Vec<String> =
            dead.iter().map(|letter| format!("{letter:?}")).filter(|text| text.contains(id)).collect();
        let its_lines: Vec<&str> = log.lines().filter(|line| is_of(line, id)).collect();
        assert!(its_lines.len() > 1, "{provider} {id}: its lines are known");
        let its = [its_rows.join("\n"), its_item, its_outcomes.join("\n"), its_dead.join("\n"), its_lines.join("\n")]
            .join("\n");
        for other in tenants.iter().filter(|other| other.id != tenant.id) {
            for own in other.own().into_iter().chain([other.uuid().as_str()]) {
                let at = its.find(own).map(|at| &its[its.floor_char_boundary(at.saturating_sub(200))..at + own.len()]);
                assert_eq!(at, None, "{provider}: of {} in what is {id}'s", other.id);
            }
        }
    }
}

/// Is it a line of this organization's import?
fn is_of(line: &str, organization: &str) -> bool {
    let line: Value = serde_json::from_str(line).unwrap();
    line["span"]["organization_id"] == organization
}

#[test]
fn nothing_of_one_organization_reaches_another() {
    let tenants = tenants();
    for provider in PROVIDERS {
        in_virtual_time(async {
            match provider {
                "arize" => {
                    let host = on_phoenix(&tenants).await;
                    let platform = arize::Arize::new(client(), clock());
                    let (engine, log) = run(platform, arize::CAP, provider, &host, &tenants).await;
                    assert_apart(provider, &tenants, &engine, &log);
                }
                "langfuse" => {
                    let host = on_langfuse(&tenants).await;
                    let platform = langfuse::Langfuse::new(client(), clock());
                    let (engine, log) = run(platform, langfuse::CAP, provider, &host, &tenants).await;
                    assert_apart(provider, &tenants, &engine, &log);
                }
                _ => {
                    let host = on_langsmith(&tenants).await;
                    let platform = langsmith::LangSmith::new(client(), clock());
                    let (engine, log) = run(platform, langsmith::CAP, provider, &host, &tenants).await;
                    assert_apart(provider, &tenants, &engine, &log);
                }
            }
        });
    }
}
