//! What holds for stored rows, whatever a platform said.

use std::collections::{HashMap, HashSet};

use spanlift_model::{Attributes, CUT_MARKER, ImportJob, Span, names::resource};

/// Bytes of a name.
const LONGEST_NAME: usize = 1 << 10;
/// Bytes of a value and of a message.
const LONGEST_VALUE: usize = 64 << 10;
/// A span stands in no more attributes than so many times what it was told in, and some of a fixed size.
const MOST_TIMES: usize = 24;
const BESIDE: usize = 16 << 10;
/// Attributes that are JSON where we make them. A name that a source set keeps its value.
const JSON: [&str; 2] = ["gen_ai.input.messages", "gen_ai.output.messages"];

/// Checks the rows of one import of `told` bytes.
pub(crate) fn check(rows: &[Span], job: &ImportJob, told: &[u8]) {
    let ids: HashSet<_> = rows.iter().map(|row| (row.trace_id, row.span_id)).collect();
    assert_eq!(ids.len(), rows.len(), "each span once");
    rows.iter().for_each(|row| check_row(row, job, told));
    check_trees(rows);
    let size: usize = rows
        .iter()
        .map(|row| size(&row.attributes) + row.events.iter().map(|event| size(&event.attributes)).sum::<usize>())
        .sum();
    let most = MOST_TIMES * told.len() + BESIDE * rows.len();
    assert!(size <= most, "{} bytes became {size}", told.len());
}

fn check_row(row: &Span, job: &ImportJob, told: &[u8]) {
    let window = job.event.window().storable();
    assert!(window.contains(row.started_at), "starts within limits: {:?}", row.started_at);
    if let Some(end) = row.ended_at {
        assert!(row.started_at <= end && end <= window.to, "ends within limits: {end:?}");
    }
    assert!(row.name.len() <= LONGEST_NAME, "a name of {}", row.name.len());
    assert!(row.status_message.len() <= LONGEST_VALUE, "a message of {}", row.status_message.len());
    check_attributes(&row.attributes, told);
    for event in &row.events {
        assert!(event.name.len() <= LONGEST_NAME, "an event's name of {}", event.name.len());
        check_attributes(&event.attributes, told);
    }
    let named = |name| row.resource.get(name);
    assert_eq!(named(resource::ORGANIZATION_ID), Some(job.event.organization_id.as_str()));
    assert_eq!(named(resource::SIMULATION_OUTPUT_ID), Some(job.event.simulation_output_id.as_str()));
    assert_eq!(named(resource::SERVICE_NAME), Some(job.provider.as_str()));
    assert!(named(resource::CORRELATION_METHOD).is_some(), "it says why it is here");
}

fn check_attributes(attributes: &Attributes, told: &[u8]) {
    for (name, value) in attributes.iter() {
        assert!(name.len() <= LONGEST_NAME, "an attribute's name of {}", name.len());
        assert!(value.len() <= LONGEST_VALUE, "{name} of {}", value.len());
    }
    let is_told = told.windows(6).any(|window| window == b"gen_ai");
    for name in JSON.into_iter().filter(|_| !is_told) {
        let Some(value) = attributes.get(name).filter(|value| !value.ends_with(CUT_MARKER)) else { continue };
        assert!(serde_json::from_str::<serde_json::Value>(value).is_ok(), "{name} is JSON: {value}");
    }
}

/// Parents lead to an end.
fn check_trees(rows: &[Span]) {
    let parents: HashMap<_, _> = rows.iter().map(|row| ((row.trace_id, row.span_id), row.parent_span_id)).collect();
    for row in rows {
        let mut at = Some(row.span_id);
        let mut steps = 0;
        while let Some(span) = at {
            at = parents.get(&(row.trace_id, span)).copied().flatten();
            steps += 1;
            assert!(steps <= rows.len() + 1, "parents go round");
        }
    }
}

fn size(attributes: &Attributes) -> usize {
    attributes.iter().map(|(name, value)| name.len() + value.len()).sum()
}
