//! From the rows of a trace to its spans: what is said of the trace goes to its root, and what stands for the trace is
//! none of its spans.

use std::collections::HashSet;
use std::sync::Arc;

use spanlift_importer::Query;
use spanlift_model::Timestamp;
use spanlift_model::correlation::{Label, Outline, says_ours};

use crate::row::{Outlined, Row, is_synthetic};
use crate::trace_row::TraceRow;

use super::kept::KeptTrace;

/// A trace, ready for correlation.
pub(super) struct Assembled {
    pub(super) spans: Vec<Row>,
    pub(super) outlines: Vec<Outline>,
}

/// The spans of a trace, with what is said of all of it.
pub(super) fn assemble(
    trace_id: &str,
    trace: KeptTrace,
    told: Option<TraceRow>,
    is_partial: bool,
    query: &Query,
) -> Assembled {
    let synthetic_id = format!("t-{trace_id}");
    let mut rows = trace.rows;
    let mut outlines = trace.outlines;
    let of_row = rows.remove(&synthetic_id).map(Row::into_trace);
    let of_outline = outlines.remove(&synthetic_id).map(|outlined| TraceRow::of_outline(&outlined.outline));
    let mut tree = Tree { rows: rows.into_values().collect(), outlines: outlines.into_values().collect() };
    // In the order of time, so that the same rows are the same spans whatever order they came in.
    tree.rows.sort_by(|a, b| (a.started_at, &a.id).cmp(&(b.started_at, &b.id)));
    tree.outlines.sort_by(|a, b| a.outline.span_id.cmp(&b.outline.span_id));
    let is_merged = of_row.is_some() || of_outline.is_some() || tree.has_parent(&synthetic_id);
    let record = of_row.or(of_outline).or(told);
    tree.make_roots();
    if is_merged {
        tree.take_back(record.as_ref().filter(|record| !record.is_tag_unknown), query);
    }
    if let Some(record) = record {
        tree.hand_down(&record, is_partial, query);
        let record = Arc::new(record);
        tree.rows.iter_mut().for_each(|row| row.trace = Some(Arc::clone(&record)));
    }
    Assembled { spans: tree.rows, outlines: tree.outlines.into_iter().map(|outlined| outlined.outline).collect() }
}

/// The rows of a trace, and the outlines of those that are none.
struct Tree {
    rows: Vec<Row>,
    outlines: Vec<Outlined>,
}

/// Any of them, to be read and to be changed.
struct Node<'t> {
    id: &'t str,
    at: Option<Timestamp>,
    is_root: bool,
    labels: &'t mut Vec<Label>,
    is_tag_unknown: &'t mut bool,
}

impl Tree {
    fn nodes(&mut self) -> impl Iterator<Item = Node<'_>> {
        let rows = self.rows.iter_mut().map(|row| Node {
            id: &row.id,
            at: Some(row.started_at),
            is_root: row.parent_id.is_none(),
            labels: &mut row.labels,
            is_tag_unknown: &mut row.is_tag_unknown,
        });
        let outlines = self.outlines.iter_mut().map(|Outlined { outline, .. }| Node {
            id: &outline.span_id,
            at: outline.started_at,
            is_root: outline.parent_id.is_none(),
            labels: &mut outline.labels,
            is_tag_unknown: &mut outline.is_tag_unknown,
        });
        rows.chain(outlines)
    }

    fn has_parent(&self, id: &str) -> bool {
        let of_rows = self.rows.iter().map(|row| &row.parent_id);
        let mut parents = of_rows.chain(self.outlines.iter().map(|outlined| &outlined.outline.parent_id));
        parents.any(|parent| parent.as_deref() == Some(id))
    }

    /// What hangs below the synthetic row, or is a root by Langfuse's own word and has no parent here, is a root.
    fn make_roots(&mut self) {
        let of_rows = self.rows.iter().map(|row| &row.id);
        let ids: HashSet<String> =
            of_rows.chain(self.outlines.iter().map(|outlined| &outlined.outline.span_id)).cloned().collect();
        let is_none = |parent: &str, id: &str, trace_id: &str, is_root: bool| {
            is_synthetic(parent, trace_id) || parent == id || (is_root && !ids.contains(parent))
        };
        for row in &mut self.rows {
            let is_none = |parent: &String| is_none(parent, &row.id, &row.trace_id, row.is_root);
            row.parent_id = row.parent_id.take().filter(|parent| !is_none(parent));
        }
        for Outlined { outline, is_root, .. } in &mut self.outlines {
            let is_none = |parent: &String| is_none(parent, &outline.span_id, &outline.trace_id, *is_root);
            outline.parent_id = outline.parent_id.take().filter(|parent| !is_none(parent));
        }
    }

    /// The legacy path copies a trace's metadata to each of its rows, also to those of somebody else's call. What is
    /// said of the trace is no word of the row. Where nobody knows what is said of it, and the rows name several
    /// simulations, none of them is known to be ours.
    fn take_back(&mut self, record: Option<&TraceRow>, query: &Query) {
        let Some(record) = record else {
            if self.names_another(query) {
                let is_ours = |node: &Node<'_>| says_ours(node.labels, &query.hints);
                self.nodes().filter(is_ours).for_each(|node| *node.is_tag_unknown = true);
            }
            return;
        };
        let copied: HashSet<(_, &str)> = record.labels.iter().map(|label| (label.key(), label.value())).collect();
        self.nodes().for_each(|node| node.labels.retain(|label| !copied.contains(&(label.key(), label.value()))));
    }

    /// Does a row name another simulation than ours?
    fn names_another(&mut self, query: &Query) -> bool {
        let is_another =
            |label: &Label| label.key().is_specific() && !says_ours(std::slice::from_ref(label), &query.hints);
        self.nodes().any(|node| node.labels.iter().any(is_another))
    }

    /// What is said of the trace alone is said by its earliest root. A row's own word stands: where rows name another
    /// simulation, two calls share the trace, and that the trace is said to be ours is then said of nobody.
    fn hand_down(&mut self, record: &TraceRow, is_partial: bool, query: &Query) {
        let mut said: HashSet<(_, String)> = HashSet::new();
        for node in self.nodes() {
            said.extend(node.labels.iter().map(|label| (label.key(), label.value().to_owned())));
        }
        let is_new = |label: &&Label| !said.contains(&(label.key(), label.value().to_owned()));
        let new: Vec<Label> = record.labels.iter().filter(is_new).cloned().collect();
        let is_ours = says_ours(&new, &query.hints);
        if (new.is_empty() && !record.is_tag_unknown) || (is_ours && self.names_another(query)) {
            return;
        }
        let is_specific = record.is_tag_unknown || new.iter().any(|label| label.key().is_specific());
        let bearer = if is_ours { self.bearer_of_ours(is_partial, query) } else { self.bearer_of_others(is_specific) };
        if let Some(node) = bearer.and_then(|id| self.nodes().find(|node| node.id == id)) {
            node.labels.extend(new);
            *node.is_tag_unknown |= record.is_tag_unknown;
        }
    }

    /// Tags count in the discovery window only: a root before it leaves that to a span in it. Where a part of the trace
    /// is lost, and its root perhaps with it, nobody else speaks for it.
    fn bearer_of_ours(&mut self, is_partial: bool, query: &Query) -> Option<String> {
        let discovery = query.window.discovery();
        if is_partial && !self.nodes().any(|node| node.is_root) {
            return None;
        }
        let rank = |node: &Node<'_>| {
            let is_inside = node.at.is_some_and(|at| discovery.contains(at));
            (!is_inside, !node.is_root, node.at, node.id.to_owned())
        };
        self.nodes().map(|node| rank(&node)).min().map(|(.., id)| id)
    }

    /// The earliest root, else the earliest span. Not one that names a simulation itself, if this names one.
    fn bearer_of_others(&mut self, is_specific: bool) -> Option<String> {
        let rank = |node: &Node<'_>| (!node.is_root, node.at, node.id.to_owned());
        let has_own_word = |node: &Node<'_>| node.labels.iter().any(|label| label.key().is_specific());
        let ranked: Vec<_> = self.nodes().map(|node| (rank(&node), has_own_word(&node))).collect();
        let has_root = ranked.iter().any(|((is_below, ..), _)| !is_below);
        let may_bear = |((is_below, ..), has_own_word): &((bool, _, _), bool)| {
            !(is_specific && *has_own_word || has_root && *is_below)
        };
        ranked.into_iter().filter(may_bear).map(|(rank, _)| rank).min().map(|(.., id)| id)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap};

    use serde_json::json;
    use spanlift_model::{Attempt, Attempts, Window};

    use super::*;
    use crate::fields::Sought;
    use crate::row::{Detail, Entry};

    fn row(id: &str, parent: Option<&str>, metadata: &serde_json::Value) -> Row {
        let row = json!({
            "traceId": "T", "id": id, "parentObservationId": parent, "startTime": "2026-11-20T15:00:00Z", "metadata": metadata,
        });
        match Entry::read(&row.to_string(), &Sought::new(&[], None), Detail::Whole) {
            Ok(Entry::Row(row)) => row,
            other => panic!("{other:?}"),
        }
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
            newest: None,
        }
    }

    /// Also where all begin at the same moment.
    #[test]
    fn what_is_said_of_the_trace_is_said_by_one_root() {
        let tag = json!({"simulation_output_id": "so_1"});
        let rows = [
            row("t-T", None, &tag),
            row("b", Some("t-T"), &tag),
            row("a", Some("t-T"), &tag),
            row("c", Some("a"), &tag),
        ];
        let rows: HashMap<String, Row> = rows.into_iter().map(|row| (row.id.clone(), row)).collect();
        let trace = KeptTrace { rows, outlines: HashMap::new() };
        let Assembled { spans, .. } = assemble("T", trace, None, false, &query("so_1"));
        let tagged: Vec<&str> =
            spans.iter().filter(|span| !span.labels.is_empty()).map(|span| span.id.as_str()).collect();
        assert_eq!((spans.len(), tagged), (3, vec!["a"]));
    }
}
