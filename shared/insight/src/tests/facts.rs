use proptest::prelude::*;

use crate::Facts;
use crate::rows::OutlineRow;

use super::{source, subject};

fn row(id: &str, parent: &str, from: i64, to: i64) -> OutlineRow {
    OutlineRow {
        trace_id: "trace".to_owned(),
        span_id: id.to_owned(),
        parent_span_id: parent.to_owned(),
        label: "llm".to_owned(),
        service: "arize".to_owned(),
        import: "import".to_owned(),
        status: "Unset".to_owned(),
        started_at: from,
        duration: to.abs_diff(from),
    }
}

fn facts(rows: Vec<OutlineRow>, limit: usize) -> Facts {
    Facts::of(&subject(), rows, Vec::new(), vec![source("arize", "import", &["sim-1"])], limit)
}

#[test]
fn spans_are_counted_by_what_they_are() {
    let failed = OutlineRow { status: "Error".to_owned(), label: "turn".to_owned(), ..row("d", "a", 95, 101) };
    let rows = vec![
        row("a", "", 0, 100),
        row("b", "a", 10, 20),
        row("b", "a", 10, 20),
        row("c", "gone", 30, 40),
        failed,
        // The same ids, and of another import: neither a double nor anybody's child.
        OutlineRow { import: "other".to_owned(), ..row("b", "a", 10, 20) },
    ];
    let facts = facts(rows, 10);

    assert_eq!((facts.total_spans, facts.unique_spans, facts.duplicate_spans), (6, 5, 1));
    assert_eq!((facts.traces, facts.root_spans, facts.orphan_spans), (1, 1, 2));
    assert_eq!(facts.child_timing_violations, 1);
    assert_eq!((facts.status.unset, facts.status.ok, facts.status.error), (4, 0, 1));
    assert_eq!(facts.ended_at.unwrap().nanos(), 101);
    assert_eq!(
        facts.groups.iter().map(|group| (&*group.label, group.spans)).collect::<Vec<_>>(),
        [("llm", 4), ("turn", 1)]
    );
    assert!(!facts.is_truncated);
}

#[test]
fn more_rows_than_are_looked_at_are_told() {
    let facts = facts(vec![row("a", "", 0, 1), row("b", "a", 0, 1), row("c", "a", 0, 1)], 2);
    assert_eq!(facts.total_spans, 2);
    assert!(facts.is_truncated);
    assert_eq!(facts.notes, ["There are more than 2 rows; the first 2 were looked at."]);
}

proptest! {
    #[test]
    fn the_counts_add_up(edges in prop::collection::vec((0_u8..12, 0_u8..16, any::<i64>(), any::<u64>()), 0..40)) {
        let rows: Vec<_> = edges
            .iter()
            .map(|(id, parent, from, took)| {
                let parent = if *parent == 0 { String::new() } else { parent.to_string() };
                OutlineRow { started_at: *from, duration: *took, ..row(&id.to_string(), &parent, 0, 0) }
            })
            .collect();
        let facts = facts(rows.clone(), 100);

        prop_assert_eq!(facts.unique_spans + facts.duplicate_spans, facts.total_spans);
        prop_assert_eq!(facts.status.unset, facts.unique_spans);
        prop_assert_eq!(facts.groups.iter().map(|group| group.spans).sum::<u64>(), facts.unique_spans);
        prop_assert!(facts.root_spans + facts.orphan_spans + facts.child_timing_violations <= facts.unique_spans);
        prop_assert!(facts.started_at <= facts.ended_at);
    }
}
