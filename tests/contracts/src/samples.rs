//! Jobs, conclusions and spans to try a port with.

use std::sync::Arc;
use std::time::Duration;

use spanlift_importer::Conclusion;
use spanlift_model::{
    Attributes, ImportJob, Span, SpanEvent, SpanId, SpanKind, Status, StatusCode, Timestamp, TraceId, names,
    names::resource,
};

/// A job for an attempt at a simulation of `org-1`, a call of five minutes that begins at `started_at`.
#[must_use]
pub fn job(simulation_output_id: &str, attempt: u32, started_at: Timestamp) -> ImportJob {
    let event = serde_json::json!({
        "version": "1", "organization_id": "org-1", "simulation_output_id": simulation_output_id, "status": "COMPLETED",
        "attempt": attempt, "started_at": started_at, "ended_at": started_at.plus(Duration::from_mins(5)),
        "provider": "langfuse",
    });
    ImportJob::parse(&event.to_string()).expect("a job")
}

/// The job by force.
#[must_use]
pub fn forced(job: &ImportJob) -> ImportJob {
    ImportJob { force: true, ..job.clone() }
}

/// The same call, imported from another platform.
#[must_use]
pub fn of_provider(job: &ImportJob, provider: &str) -> ImportJob {
    ImportJob { provider: provider.parse().expect("a provider"), ..job.clone() }
}

/// A simulation of the same name that another organization ran.
#[must_use]
pub fn of_organization(job: &ImportJob, organization_id: &str) -> ImportJob {
    let mut job = job.clone();
    job.event.organization_id = organization_id.parse().expect("an organization");
    job
}

/// A pass that ended so, and the one that is due next.
#[must_use]
pub fn conclusion(status: Status, next: Option<(u32, Timestamp)>, at: Timestamp) -> Conclusion {
    Conclusion { next, due_since: next.map(|(_, at)| at), ..Conclusion::new(status, at) }
}

/// A span of the job's import, `offset` milliseconds into the simulation.
#[must_use]
pub fn span(job: &ImportJob, raw_id: &str, offset: u64) -> Span {
    let started_at = job.event.started_at.plus(Duration::from_millis(offset));
    let resource = Attributes::from_iter([
        (resource::SERVICE_NAME, job.provider.to_string()),
        (resource::ORGANIZATION_ID, job.event.organization_id.to_string()),
        (resource::SIMULATION_OUTPUT_ID, job.event.simulation_output_id.to_string()),
        (resource::ATTEMPT, job.event.attempt.to_string()),
        (resource::IMPORT_ID, job.import_id().to_string()),
    ]);
    Span {
        trace_id: TraceId::from_source("trace"),
        span_id: SpanId::from_source("trace", raw_id),
        parent_span_id: Some(SpanId::from_source("trace", "root")),
        name: "llm".to_owned(),
        kind: SpanKind::Client,
        started_at,
        ended_at: Some(started_at.plus(Duration::from_nanos(1_500_000_001))),
        status: StatusCode::Ok,
        status_message: String::new(),
        attributes: Attributes::from_iter([
            ("input", raw_id),
            ("gen_ai.request.model", "gpt-5"),
            (names::IMPORT_SOURCE_TRACE_ID, "trace"),
        ]),
        events: vec![SpanEvent { name: "first token".to_owned(), at: started_at, attributes: Attributes::default() }],
        resource: Arc::new(resource),
    }
}
