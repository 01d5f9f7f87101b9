//! Rules that hold for all traces.

use proptest::prelude::*;
use spanlift_model::correlation::{Key, Label, Ownership, says_ours};

use super::drawing::{Drawn, Reading, hints, minute, only_attempt, window};

fn owners_of(spans: &[Drawn]) -> Vec<Ownership> {
    Reading { is_partial: false, is_last_pass: false, attempts: &only_attempt() }.owners(spans, &[]).spans
}

fn any_span() -> impl Strategy<Value = Drawn> {
    let label = (0..5_usize, prop_oneof!["SIM", "hint-2", "else", "own"]);
    let labels = proptest::collection::vec(label, 0..3);
    (0..3_u8, 0..12_u8, proptest::option::of(0..14_u8), 55..75_u64, labels).prop_map(
        |(trace, id, parent, at, labels)| Drawn {
            trace: trace.to_string(),
            id: id.to_string(),
            parent: parent.map(|parent| parent.to_string()),
            started_at: minute(at),
            has_ended: at % 5 > 0,
            labels: labels.into_iter().filter_map(|(key, value)| Label::new(Key::ALL[key], value)).collect(),
        },
    )
}

proptest! {
    /// Whatever the traces: a span is ours only in a trace with a tag of ours in the window, and never where a
    /// specific key on the span or the nearest labelled span above names somebody else.
    #[test]
    fn nobody_elses_span_is_ours(mut spans in proptest::collection::vec(any_span(), 0..40)) {
        spans.sort_by(|a, b| (&a.trace, &a.id).cmp(&(&b.trace, &b.id)));
        spans.dedup_by(|a, b| (&a.trace, &a.id) == (&b.trace, &b.id));
        let owners = owners_of(&spans);
        for (span, owner) in spans.iter().zip(&owners) {
            if !owner.is_candidate() {
                continue;
            }
            let tagged = spans.iter().filter(|other| other.trace == span.trace && window().contains(other.started_at));
            prop_assert!(tagged.clone().any(|other| says_ours(&other.labels, &hints())));
            let names_other = |label: &&Label| {
                [Key::SimulationOutputId, Key::CovalSimulationOutputId].iter().any(|key| {
                    ["else", "own"].iter().any(|value| Label::new(*key, *value).as_ref() == Some(*label))
                })
            };
            prop_assert!(span.labels.iter().find(names_other).is_none());
        }
    }

    /// The order in which a platform tells its spans says nothing.
    #[test]
    fn order_does_not_matter(mut spans in proptest::collection::vec(any_span(), 0..30), seed in any::<u64>()) {
        spans.sort_by(|a, b| (&a.trace, &a.id).cmp(&(&b.trace, &b.id)));
        spans.dedup_by(|a, b| (&a.trace, &a.id) == (&b.trace, &b.id));
        let told = |spans: &[Drawn]| {
            let owners = owners_of(spans);
            let mut told: Vec<_> = spans.iter().map(|span| (span.trace.clone(), span.id.clone())).zip(owners).collect();
            told.sort_by(|a, b| a.0.cmp(&b.0));
            told
        };
        let before = told(&spans);
        let turn = usize::try_from(seed % 31).unwrap() % spans.len().max(1);
        spans.rotate_left(turn);
        spans.reverse();
        prop_assert_eq!(before, told(&spans));
    }
}
