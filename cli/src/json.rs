use std::collections::BTreeMap;

use serde::Serialize;
use spanlift_aws::{FanoutEntry, ImportEntry};
use spanlift_model::{OrganizationId, SimulationOutputId, Timestamp};
use spanlift_trace_store::StoredSpan;

use crate::status::AttemptStatus;

/// What `show --json` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Document<'a> {
    organization_id: &'a OrganizationId,
    simulation_output_id: &'a SimulationOutputId,
    attempt: u32,
    fanout: Option<&'a FanoutEntry>,
    imports: &'a [ImportEntry],
    spans: Vec<SpanDocument<'a>>,
}

#[derive(Debug, Serialize)]
struct SpanDocument<'a> {
    trace_id: &'a str,
    span_id: &'a str,
    parent_span_id: Option<&'a str>,
    name: &'a str,
    service: &'a str,
    import_id: Option<&'a str>,
    is_native: bool,
    started_at: Timestamp,
    ended_at: Timestamp,
    status: &'a str,
    status_message: &'a str,
    resource: BTreeMap<&'a str, &'a str>,
    attributes: BTreeMap<&'a str, &'a str>,
}

impl<'a> Document<'a> {
    pub(crate) fn new(
        organization_id: &'a OrganizationId,
        simulation_output_id: &'a SimulationOutputId,
        attempt: u32,
        attempt_status: &'a AttemptStatus,
        spans: &'a [StoredSpan],
    ) -> Self {
        Self {
            organization_id,
            simulation_output_id,
            attempt,
            fanout: attempt_status.fanout.as_ref(),
            imports: &attempt_status.imports,
            spans: spans.iter().map(SpanDocument::new).collect(),
        }
    }
}

impl<'a> SpanDocument<'a> {
    fn new(span: &'a StoredSpan) -> Self {
        Self {
            trace_id: &span.trace_id,
            span_id: &span.span_id,
            parent_span_id: Some(span.parent_span_id.as_str()).filter(|parent| !parent.is_empty()),
            name: &span.name,
            service: &span.service,
            import_id: span.import_id(),
            is_native: span.import_id().is_none(),
            started_at: span.started_at,
            ended_at: span.ended_at,
            status: &span.status,
            status_message: &span.status_message,
            resource: map(&span.resource),
            attributes: map(&span.attributes),
        }
    }
}

fn map(attributes: &[(String, String)]) -> BTreeMap<&str, &str> {
    attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}
