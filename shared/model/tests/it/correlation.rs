//! Traces drawn as trees: a line a span, indented below its parent, `key=value` for its labels, and after `=>` whose
//! it is: `ours`, `?` (undecided) or `-` (not ours). `…` stands for a span that was not read. `SIM` is our simulation.

use std::time::Duration;

use proptest::prelude::*;
use spanlift_model::correlation::{Key, Label, Ownership, Sightings, by_window, correlate, says_ours};
use spanlift_model::{EmptyReason, Hint, SourceSpan, Timestamp, Window};

#[derive(Clone, Debug)]
struct Drawn {
    trace: String,
    id: String,
    parent: Option<String>,
    started_at: Timestamp,
    labels: Vec<Label>,
}

impl SourceSpan for Drawn {
    fn trace_id(&self) -> &str {
        &self.trace
    }
    fn span_id(&self) -> &str {
        &self.id
    }
    fn parent_id(&self) -> Option<&str> {
        self.parent.as_deref()
    }
    fn started_at(&self) -> Timestamp {
        self.started_at
    }
    fn ended_at(&self) -> Option<Timestamp> {
        None
    }
    fn labels(&self) -> &[Label] {
        &self.labels
    }
}

fn minute(minute: u64) -> Timestamp {
    Timestamp::parse("2026-11-20T12:00:00Z").unwrap().plus(Duration::from_secs(60 * minute))
}

/// The discovery window: minutes 60 to 70 of the drawing.
fn window() -> Window {
    Window { from: minute(60), to: minute(70) }
}

fn hints() -> Vec<Hint> {
    vec!["SIM".parse().unwrap(), "hint-2".parse().unwrap()]
}

/// A span a line; `@5` puts it at minute 5, else it is in the window.
fn draw(drawing: &str) -> Vec<(Drawn, String)> {
    let mut spans = Vec::new();
    let mut above: Vec<(usize, String)> = Vec::new();
    for (number, line) in drawing.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let (span, expected) = line.split_once("=>").unwrap_or((line, ""));
        let depth = span.len() - span.trim_start().len();
        above.retain(|(indent, _)| *indent < depth);
        let mut words = span.split_whitespace();
        let name = words.next().unwrap();
        let id = format!("{number}");
        let mut drawn = Drawn {
            trace: "t".to_owned(),
            parent: above.last().map(|(_, id)| id.clone()),
            id: id.clone(),
            started_at: minute(65),
            labels: Vec::new(),
        };
        for word in words {
            match (word.strip_prefix('@'), word.split_once('=')) {
                (Some(at), _) => drawn.started_at = minute(at.parse().unwrap()),
                (None, Some((key, value))) => drawn.labels.extend(Label::new(Key::parse(key).unwrap(), value)),
                (None, None) => panic!("{word}?"),
            }
        }
        above.push((depth, id));
        if name != "…" {
            spans.push((drawn, expected.trim().to_owned()));
        }
    }
    spans
}

#[track_caller]
fn check_read(drawing: &str, is_partial: bool) {
    let (spans, expected): (Vec<_>, Vec<_>) = draw(drawing).into_iter().unzip();
    let owners = correlate(&spans, &hints(), window(), |_| is_partial);
    let told: Vec<_> = owners
        .iter()
        .map(|owner| match owner {
            Ownership::Ours(_) => "ours",
            Ownership::Undecided(_) => "?",
            Ownership::InWindow => "window",
            Ownership::NotOurs => "-",
        })
        .collect();
    assert_eq!(told, expected, "{drawing}");
}

#[track_caller]
fn check(drawing: &str) {
    check_read(drawing, false);
}

#[test]
fn one_tagged_root_brings_its_trace() {
    check(
        "root simulation_output_id=SIM => ours
           turn                        => ours
             llm                       => ours",
    );
}

#[test]
fn every_key_and_every_hint_counts() {
    for key in Key::ALL {
        check(&format!("root {}=SIM => ours", key.as_str()));
        check(&format!("root {}=hint-2 => ours", key.as_str()));
        check(&format!("root {}=SIM-2 => -", key.as_str()));
    }
}

#[test]
fn a_tagged_child_brings_its_trace_when_nothing_in_it_is_others() {
    check(
        "root        => ours
           turn session.id=SIM => ours
           turn      => ours",
    );
}

#[test]
fn a_trace_that_two_calls_share_is_split_and_nobody_gets_the_rest() {
    check(
        "worker                           => -
           call simulation_output_id=SIM  => ours
             llm                          => ours
           call simulation_output_id=else => -
             llm                          => -
           idle                           => -",
    );
}

#[test]
fn the_nearest_label_owns() {
    check(
        "root simulation_output_id=SIM      => ours
           sub simulation_output_id=else    => -
             back simulation_output_id=SIM  => ours
               leaf                         => ours
             leaf                           => -",
    );
}

#[test]
fn another_value_of_a_specific_key_beats_a_session_that_matches() {
    check("root session.id=SIM simulation_output_id=else => -");
    check("root session.id=SIM coval_simulation_output_id=else => -");
}

#[test]
fn an_agents_own_session_beside_our_tag_says_nothing() {
    check("root session.id=own simulation_output_id=SIM => ours");
    check(
        "root session.id=own               => ours
           turn simulation_output_id=SIM   => ours
             llm session.id=own            => ours",
    );
}

#[test]
fn another_session_beside_ours_is_others() {
    check(
        "worker                            => -
           call simulation_output_id=SIM   => ours
           call session.id=own             => -
             llm                           => -",
    );
}

#[test]
fn another_value_of_the_session_key_that_matched_is_others_wherever_it_stands() {
    check(
        "root session.id=own               => -
           turn session.id=SIM             => ours
             llm session.id=own            => -
           turn                            => -",
    );
    // Also where a specific key matched beside it.
    check(
        "root session.id=own                                  => -
           turn session.id=SIM simulation_output_id=SIM       => ours",
    );
}

#[test]
fn a_blank_value_is_no_value() {
    assert_eq!(Label::new(Key::SimulationOutputId, " \t"), None);
    assert_eq!(Label::new(Key::SimulationOutputId, ""), None);
}

#[test]
fn a_trace_tagged_outside_the_window_only_is_not_matched() {
    check(
        "root simulation_output_id=SIM @50 => -
           turn @65                        => -",
    );
    check(
        "root simulation_output_id=SIM @50   => ours
           turn simulation_output_id=SIM @65 => ours
           turn @50                          => ours",
    );
}

#[test]
fn what_hangs_in_the_air_is_undecided() {
    check(
        "…
           turn simulation_output_id=SIM => ours
             llm                         => ours
           turn                          => ?",
    );
    check(
        "…
           turn simulation_output_id=SIM  => ours
           turn                           => -
           turn simulation_output_id=else => -",
    );
}

#[test]
fn of_a_trace_read_in_part_only_what_a_tag_decides_is_ours() {
    check_read(
        "root                             => -
           call simulation_output_id=SIM  => ours
             llm                          => ours
           idle                           => -",
        true,
    );
}

#[test]
fn cycles_end() {
    let span = |id: &str, parent: &str, labels| Drawn {
        trace: "t".to_owned(),
        id: id.to_owned(),
        parent: Some(parent.to_owned()),
        started_at: minute(65),
        labels,
    };
    let tag = Label::new(Key::SimulationOutputId, "SIM").into_iter().collect();
    let spans = [span("a", "b", vec![]), span("b", "a", vec![]), span("c", "c", tag)];
    let owners = correlate(&spans, &hints(), window(), |_| false);
    let key = Key::SimulationOutputId;
    assert_eq!(owners, [Ownership::Undecided(key), Ownership::Undecided(key), Ownership::Ours(key)]);
}

#[test]
fn the_more_telling_key_is_the_method() {
    let (spans, _): (Vec<_>, Vec<_>) = draw("root session.id=SIM simulation_output_id=SIM\n  leaf").into_iter().unzip();
    let owners = correlate(&spans, &hints(), window(), |_| false);
    assert_eq!(owners, [Ownership::Ours(Key::SimulationOutputId); 2]);
}

#[test]
fn sightings_say_why_nothing_matched() {
    let label = |value| Label::new(Key::SessionId, value).into_iter().collect::<Vec<_>>();
    for (seen, reason) in [
        (vec![], EmptyReason::NothingInWindow),
        (vec![vec![]], EmptyReason::Untagged),
        (vec![vec![], label("else")], EmptyReason::OthersTagged),
    ] {
        let mut sightings = Sightings::default();
        for labels in &seen {
            sightings.add(labels);
        }
        assert_eq!(sightings.empty_reason(), reason);
    }
}

#[test]
fn by_time_alone_a_trace_is_ours_when_it_begins_in_the_window() {
    let told = |drawing: &str| {
        let (spans, _): (Vec<_>, Vec<_>) = draw(drawing).into_iter().unzip();
        by_window(&spans, window())
    };
    let ours = Some(vec![Ownership::InWindow, Ownership::InWindow]);
    assert_eq!(told("root @60\n  llm @90"), ours);
    assert_eq!(told("root @61\n  early @59"), Some(vec![Ownership::NotOurs, Ownership::NotOurs]));
    assert_eq!(told("root @71\n  llm @72"), Some(vec![Ownership::NotOurs, Ownership::NotOurs]));
    // The tag may be on the root, which has not come.
    assert_eq!(told("… @61\n  llm @62"), None);
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
        let owners = correlate(&spans, &hints(), window(), |_| false);
        for (span, owner) in spans.iter().zip(&owners) {
            if *owner == Ownership::NotOurs {
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
        let owners_of = |spans: &[Drawn]| {
            let owners = correlate(spans, &hints(), window(), |_| false);
            let mut told: Vec<_> = spans.iter().map(|span| (span.trace.clone(), span.id.clone())).zip(owners).collect();
            told.sort_by(|a, b| a.0.cmp(&b.0));
            told
        };
        let before = owners_of(&spans);
        let turn = usize::try_from(seed % 31).unwrap() % spans.len().max(1);
        spans.rotate_left(turn);
        spans.reverse();
        prop_assert_eq!(before, owners_of(&spans));
    }
}
