//! From rows to spans: what belongs to a trace goes to its roots, and what stands for one is none (contract §3.1, §5).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use spanlift_importer::Query;
use spanlift_model::{Hint, Window};

use crate::labels::Tag;
use crate::observation::{Observation, TraceContext, TraceRecord};

/// The rows as spans, trace by trace.
pub(super) fn assemble(
    rows: Vec<Observation>,
    mut records: HashMap<String, TraceRecord>,
    query: &Query,
) -> Vec<Observation> {
    let mut traces: BTreeMap<String, Vec<Observation>> = BTreeMap::new();
    for row in rows {
        traces.entry(row.trace_id.clone()).or_default().push(row);
    }
    let mut spans = Vec::new();
    for (trace_id, rows) in traces {
        spans.extend(assemble_trace(rows, records.remove(&trace_id), query));
    }
    spans
}

fn assemble_trace(rows: Vec<Observation>, told: Option<TraceRecord>, query: &Query) -> Vec<Observation> {
    let (synthetic, mut spans): (Vec<_>, Vec<_>) = rows.into_iter().partition(Observation::is_synthetic);
    // In the order of time, so that the same rows are the same spans whatever order they came in.
    spans.sort_by(|a, b| (a.started_at, &a.id).cmp(&(b.started_at, &b.id)));
    let is_merged = !synthetic.is_empty();
    let record = synthetic.into_iter().next().map(Observation::into_record).or(told);
    make_roots(&mut spans);
    if let Some(record) = record {
        if is_merged {
            take_back(&mut spans, &record.tags);
        }
        hand_down(&mut spans, &record.tags, query.window.discovery());
        let record = Arc::new(record);
        for span in &mut spans {
            fill_context(&mut span.trace, &record.context);
            if span.parent_id.is_none() {
                span.record = Some(Arc::clone(&record));
            }
        }
    }
    settle_sessions(&mut spans, &query.hints);
    spans
}

/// What hangs below the synthetic row, or is a root by Langfuse's own word and has no parent here, is a root.
fn make_roots(spans: &mut [Observation]) {
    let ids: BTreeSet<String> = spans.iter().map(|span| span.id.clone()).collect();
    for span in spans {
        let Some(parent) = &span.parent_id else { continue };
        let is_synthetic = parent.strip_prefix("t-") == Some(span.trace_id.as_str());
        if is_synthetic || *parent == span.id || (span.is_root && !ids.contains(parent)) {
            span.parent_id = None;
        }
    }
}

/// The legacy path copies a trace's metadata to each of its rows, also to those of somebody else's call. What is said
/// of the trace is no word of the row.
fn take_back(spans: &mut [Observation], tags: &[Tag]) {
    for span in spans {
        let own = span.tags().iter().filter(|tag| !tags.contains(tag)).cloned().collect();
        span.set_tags(own);
    }
}

/// What is said of the trace alone is said by its earliest root; before a root is there, by its earliest span. Tags
/// count in the discovery window only: a root before it leaves that to a span in it, where none has a word of its own.
fn hand_down(spans: &mut [Observation], tags: &[Tag], discovery: Window) {
    let missing: Vec<Tag> =
        tags.iter().filter(|tag| !spans.iter().any(|span| span.tags().contains(tag))).cloned().collect();
    if missing.is_empty() {
        return;
    }
    // A row's own word stands: it is not to be contradicted by one about the whole trace.
    let is_free = |span: &Observation| !span.tags().iter().any(|tag| tag.key.is_specific());
    let is_root = |span: &Observation| span.parent_id.is_none() && is_free(span);
    let is_inside = |span: &Observation| discovery.contains(span.started_at);
    let none_speaks = spans.iter().all(|span| span.tags().is_empty());
    let first = |is_it: &dyn Fn(&Observation) -> bool| spans.iter().position(is_it);
    let bearer = first(&|span| is_root(span) && is_inside(span))
        .or_else(|| first(&is_inside).filter(|_| none_speaks))
        .or_else(|| first(&is_root))
        .or_else(|| first(&is_free));
    if let Some(bearer) = bearer.and_then(|index| spans.get_mut(index)) {
        let all = bearer.tags().iter().cloned().chain(missing).collect();
        bearer.set_tags(all);
    }
}

/// Langfuse hands a session on to every span. The one that stands beside our own tag is the agent's own, and says
/// nothing against the spans beside it; any other keeps telling calls apart.
fn settle_sessions(spans: &mut [Observation], hints: &[Hint]) {
    let is_hint = |tag: &Tag| hints.iter().any(|hint| hint.as_str() == tag.value);
    let is_ours = |span: &&Observation| {
        span.tags().iter().any(is_hint) && !span.tags().iter().any(|tag| tag.key.is_specific() && !is_hint(tag))
    };
    let ours: Vec<Tag> = spans
        .iter()
        .filter(is_ours)
        .flat_map(|span| span.tags().iter().filter(|tag| tag.is_session() && !is_hint(tag)).cloned())
        .collect();
    if ours.is_empty() {
        return;
    }
    for span in spans {
        let kept = span.tags().iter().filter(|tag| !ours.contains(tag)).cloned().collect();
        span.set_tags(kept);
    }
}

/// v1's rows say nothing of these.
fn fill_context(context: &mut TraceContext, of_trace: &TraceContext) {
    let fill = |place: &mut Option<String>, value: &Option<String>| {
        if place.is_none() {
            place.clone_from(value);
        }
    };
    fill(&mut context.name, &of_trace.name);
    fill(&mut context.session_id, &of_trace.session_id);
    fill(&mut context.user_id, &of_trace.user_id);
    fill(&mut context.release, &of_trace.release);
    if context.tags.is_empty() {
        context.tags.clone_from(&of_trace.tags);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use spanlift_model::{Attempt, Attempts, Timestamp};

    use super::*;

    fn row(id: &str, parent: Option<&str>, metadata: &serde_json::Value) -> Observation {
        let row = json!({
            "traceId": "T", "id": id, "parentObservationId": parent, "startTime": "2026-11-20T15:00:00Z", "metadata": metadata,
        });
        Observation::from_json(&row.to_string()).unwrap()
    }

    fn query(hint: &str) -> Query {
        let at = Timestamp::parse("2026-11-20T15:00:00Z").unwrap();
        Query {
            window: Window { from: at, to: at },
            hints: vec![hint.parse().unwrap()],
            attempts: Attempts::new(Attempt { number: 1, started_at: at, ended_at: at }, []),
            now: at,
            read_until: at,
            most_spans: 1,
            most_bytes: 64 << 20,
            is_last_pass: false,
            may_fall_back: false,
            stored_traces: BTreeSet::new(),
            resume: None,
        }
    }

    /// Also where all begin at the same moment.
    #[test]
    fn the_order_in_which_rows_are_told_does_not_matter() {
        let tag = json!({"simulation_output_id": "so_1"});
        let rows = vec![
            row("t-T", None, &tag),
            row("b", Some("t-T"), &tag),
            row("a", Some("t-T"), &tag),
            row("c", Some("a"), &tag),
        ];
        let query = query("so_1");
        let spans = assemble(rows.clone(), HashMap::new(), &query);
        let tagged: Vec<&str> =
            spans.iter().filter(|span| !span.tags().is_empty()).map(|span| span.id.as_str()).collect();
        assert_eq!((spans.len(), tagged), (3, vec!["a"]));
        for turn in 1..rows.len() {
            let mut turned = rows.clone();
            turned.rotate_left(turn);
            assert_eq!(assemble(turned, HashMap::new(), &query), spans);
        }
    }
}
