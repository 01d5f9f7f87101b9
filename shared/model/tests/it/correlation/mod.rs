//! Whose a span is, on traces that are drawn as trees.

mod attempts;
mod drawing;
mod losses;
mod properties;
mod sessions;

use spanlift_model::correlation::{Key, Label, Ownership, Rootless, Sightings, by_window};
use spanlift_model::{Attempts, EmptyReason, Timestamp};

use self::drawing::{Drawn, Reading, check, check_last, draw, minute, only_attempt, window};

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
        // As a platform may have padded it.
        assert_eq!(Label::new(key, " SIM\n").unwrap().value(), "SIM");
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
        "worker                           => unowned
           call simulation_output_id=SIM  => ours
             llm                          => ours
           call simulation_output_id=else => other_simulation
             llm                          => other_simulation
           idle                           => unowned",
    );
}

#[test]
fn the_nearest_label_owns() {
    check(
        "root simulation_output_id=SIM      => ours
           sub simulation_output_id=else    => other_simulation
             back simulation_output_id=SIM  => ours
               leaf                         => ours
             leaf                           => other_simulation",
    );
}

#[test]
fn another_value_of_a_specific_key_beats_a_session_that_matches() {
    check("root session.id=SIM simulation_output_id=else => -");
    check("root session.id=SIM coval_simulation_output_id=else => -");
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
fn what_hangs_in_the_air_is_undecided_until_the_last_pass() {
    let trace = |owner| {
        format!(
            "…
               turn simulation_output_id=SIM => ours
                 llm                         => ours
               turn                          => {owner}"
        )
    };
    check(&trace("?"));
    check_last(&trace("ours"));
    for check in [check, check_last] {
        check(
            "…
               turn simulation_output_id=SIM  => ours
               turn                           => unowned
               turn simulation_output_id=else => other_simulation",
        );
    }
}

#[test]
fn until_the_root_has_ended_only_tags_decide() {
    let trace = |owner| {
        format!(
            "root pending                      => {owner}
               call simulation_output_id=SIM   => ours
                 llm pending                   => ours
               idle                            => {owner}"
        )
    };
    check(&trace("?"));
    check_last(&trace("ours"));
    check(
        "root pending simulation_output_id=SIM => ours
           turn                                => ours",
    );
    // Of several roots each may bring a tag below it.
    let second_root = |owner| {
        format!(
            "root                              => {owner}
               call simulation_output_id=SIM   => ours
             root pending                      => {owner}"
        )
    };
    check(&second_root("?").replace("             root", "root"));
}

#[test]
fn cycles_are_decided_at_once() {
    let span = |id: &str, parent: &str, labels| Drawn {
        trace: "t".to_owned(),
        id: id.to_owned(),
        parent: Some(parent.to_owned()),
        started_at: minute(65),
        has_ended: true,
        labels,
    };
    let tag = |value| Label::new(Key::SimulationOutputId, value).into_iter().collect::<Vec<_>>();
    let attempts = only_attempt();
    let owners = |spans: &[Drawn]| {
        Reading { is_partial: false, is_last_pass: false, attempts: &attempts }.owners(spans, &[]).spans
    };
    let ours = Ownership::Ours(Key::SimulationOutputId);
    // A cycle without a tag, a self-parent with one, and a leaf below the cycle.
    let spans = [span("a", "b", vec![]), span("b", "a", vec![]), span("c", "c", tag("SIM")), span("d", "a", vec![])];
    assert_eq!(owners(&spans), [ours; 4]);
    // The nearest tag is found all around a cycle.
    for turn in 0..4 {
        let mut spans: Vec<Drawn> = (0..4).map(|n| span(&n.to_string(), &((n + 1) % 4).to_string(), vec![])).collect();
        spans[turn].labels = tag("SIM");
        spans[(turn + 2) % 4].labels = tag("else");
        let told: Vec<bool> = owners(&spans).iter().map(|owner| owner.is_candidate()).collect();
        let expected = |n: usize| n == turn || n == (turn + 3) % 4;
        assert_eq!(told, (0..4).map(expected).collect::<Vec<_>>(), "{turn}");
    }
}

#[test]
fn the_more_telling_key_is_the_method() {
    let drawing = draw("root session.id=SIM simulation_output_id=SIM\n  leaf");
    let attempts = only_attempt();
    let reading = Reading { is_partial: false, is_last_pass: false, attempts: &attempts };
    assert_eq!(reading.owners(&drawing.spans, &[]).spans, [Ownership::Ours(Key::SimulationOutputId); 2]);
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
        assert_eq!(sightings.is_untagged(), reason == EmptyReason::Untagged);
        sightings.add_unknown();
        assert!(!sightings.is_untagged(), "what could not be read may be a tag");
    }
}

#[test]
fn by_time_alone_a_trace_is_ours_when_it_begins_in_the_window() {
    let told = |drawing: &str, rootless| {
        let drawing = draw(drawing);
        by_window(&drawing.spans, &drawing.outlines, window(), &only_attempt(), rootless).map(|told| told.spans)
    };
    let blocks = |drawing: &str| told(drawing, Rootless::Blocks);
    let ours = Some(vec![Ownership::InWindow, Ownership::InWindow]);
    let unmatched = Some(vec![Ownership::Unmatched, Ownership::Unmatched]);
    assert_eq!(blocks("root @60\n  llm @90"), ours);
    assert_eq!(blocks("root @61\n  early @59"), unmatched);
    assert_eq!(blocks("root @71\n  llm @72"), unmatched);
    assert_eq!(blocks("root unreadable @59\n  llm @61\n  llm @62"), unmatched);
    // What of such a trace can't be stored is ours too, so that it is counted.
    let drawing = draw("root @60\n  llm unreadable @61");
    let all = by_window(&drawing.spans, &drawing.outlines, window(), &only_attempt(), Rootless::Blocks).unwrap();
    assert_eq!((all.spans, all.outlines), (vec![Ownership::InWindow], vec![Ownership::InWindow]));
    // The tag may be on the root, which has not come.
    assert_eq!(blocks("… @61\n  llm @62"), None);
    let quiet_since = |at| told("… @61\n  llm @62", Rootless::TakenIfQuietSince(minute(at)));
    assert_eq!(quiet_since(62), Some(vec![Ownership::InWindow]));
    assert_eq!(quiet_since(61), None);
}

#[test]
fn attempts_have_bounds() {
    let attempt = |number, from, to| spanlift_model::Attempt { number, started_at: minute(from), ended_at: minute(to) };
    let all = [attempt(1, 60, 62), attempt(2, 62, 70), attempt(3, 80, 90)];
    let bounds = |index: usize| Attempts::new(all[index], all).bounds();
    assert_eq!(bounds(0), (None, Some(minute(62))));
    assert_eq!(bounds(1), (Some(minute(62)), Some(minute(79))));
    assert_eq!(bounds(2), (Some(minute(79)), None));
    assert_eq!(Attempts::new(all[2], []).bounds(), (None, None));
    for at in 50..100 {
        let owners: Vec<u32> =
            (1..=3).filter(|n| Attempts::new(all[*n as usize - 1], all).is_ours(minute(at))).collect();
        assert_eq!(owners.len(), 1, "minute {at} belongs to one attempt");
        let (from, before) = bounds(owners[0] as usize - 1);
        let at: Timestamp = minute(at);
        assert!(from.is_none_or(|from| from <= at) && before.is_none_or(|before| at < before));
    }
}
