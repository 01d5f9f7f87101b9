//! What is lost is counted by cause, never holds an import up, and never goes in silence.

use spanlift_importer::{Discovery, Mark};
use spanlift_model::correlation::{Key, Label, Outline};
use spanlift_model::{CorrelationMode, Rejected, Status, Truncation};

use crate::world::{FakeSpan, SIMULATION, World, noon, seconds, span};

fn unreadable(id: &str, parent: Option<&str>, is_tag_unknown: bool) -> Outline {
    Outline {
        trace_id: "a".to_owned(),
        span_id: id.to_owned(),
        parent_id: parent.map(str::to_owned),
        started_at: Some(noon().minus(seconds(60))),
        has_ended: true,
        labels: Vec::new(),
        is_tag_unknown,
        cause: "malformed",
    }
}

/// A worker's trace: a call of ours, a call of another's, and what belongs to nobody.
fn worker() -> Vec<FakeSpan> {
    vec![
        span("a", "worker", None, 0),
        span("a", "ours", Some("worker"), 1).tagged(SIMULATION),
        span("a", "llm", Some("ours"), 2),
        span("a", "idle", Some("worker"), 3),
    ]
}

fn rejected(pairs: &[(&'static str, u64)]) -> Rejected {
    pairs.iter().copied().collect()
}

#[tokio::test(start_paused = true)]
async fn a_row_whose_tag_is_unknown_keeps_the_rest_of_its_trace_from_us_and_it_is_said() {
    let world = World::new(worker());
    *world.importer.platform.alter.lock().unwrap() =
        Box::new(|reading| reading.outlines.push(unreadable("lost", Some("worker"), true)));
    world.import().await;
    assert_eq!(world.stored(), ["llm", "ours"]);
    let conclusion = world.conclusion();
    assert_eq!(conclusion.counts.unwrap().rejected, rejected(&[("malformed", 1), ("partial_trace", 2)]));
    assert!(conclusion.incomplete);
    // Two passes agree on the loss: the one after the first, and then the last look that every import gets.
    assert_eq!(world.story(), ["0 imported 2", "1 imported 2", "3 imported 2"]);
}

#[tokio::test(start_paused = true)]
async fn one_unreadable_row_loses_neither_the_call_below_it_nor_the_import() {
    for place in [None, Some("ours")] {
        let mut spans = worker();
        spans.push(span("a", "below", Some("lost"), 4).tagged(SIMULATION));
        let world = World::new(spans);
        *world.importer.platform.alter.lock().unwrap() =
            Box::new(move |reading| reading.outlines.push(unreadable("lost", place.or(Some("worker")), false)));
        world.import().await;
        assert_eq!(world.stored(), ["below", "idle", "llm", "ours", "worker"]);
        assert_eq!(world.conclusion().status, Status::Imported);
        assert_eq!(world.conclusion().counts.unwrap().rejected, rejected(&[("malformed", 1)]));
    }
}

#[tokio::test(start_paused = true)]
async fn an_unreadable_row_of_a_trace_that_is_imported_by_time_is_counted() {
    let world = World::new(vec![span("a", "root", None, 0)]).correlating(CorrelationMode::Window);
    *world.importer.platform.alter.lock().unwrap() = Box::new(|reading| {
        reading.outlines.push(Outline { started_at: Some(noon()), ..unreadable("lost", Some("root"), false) });
    });
    world.import().await;
    assert_eq!(world.stored(), ["root"]);
    assert_eq!(world.conclusion().counts.unwrap().rejected, rejected(&[("malformed", 1)]));
}

#[tokio::test(start_paused = true)]
async fn a_tagged_ancestor_that_began_long_before_the_call_owns_what_is_below_it() {
    let world = World::new(vec![
        span("a", "ours", Some("worker"), 1).tagged(SIMULATION),
        span("a", "foreign", Some("old"), 2),
        span("a", "idle", Some("worker"), 3),
    ]);
    *world.importer.platform.alter.lock().unwrap() = Box::new(|reading| {
        let early = |id, parent, value: Option<&str>| Outline {
            started_at: Some(noon().minus(seconds(7_200))),
            labels: value.and_then(|value| Label::new(Key::SimulationOutputId, value)).into_iter().collect(),
            cause: Outline::BEFORE_CALL,
            ..unreadable(id, parent, false)
        };
        reading.outlines.push(early("worker", None, None));
        reading.outlines.push(early("old", Some("worker"), Some("another")));
    });
    world.import().await;
    assert_eq!(world.stored(), ["ours"]);
    assert_eq!(world.conclusion().counts.unwrap().rejected, rejected(&[("other_simulation", 1), ("unowned", 1)]));
}

#[tokio::test(start_paused = true)]
async fn what_is_left_of_a_matched_trace_is_counted_by_cause() {
    let world = World::new(
        [
            worker(),
            vec![
                span("a", "other", Some("worker"), 4).tagged("another"),
                span("a", "other-llm", Some("other"), 5),
                span("b", "nobody", None, 5).tagged("another"),
            ],
        ]
        .concat(),
    );
    world.import().await;
    assert_eq!(world.conclusion().counts.unwrap().rejected, rejected(&[("other_simulation", 2), ("unowned", 2)]));
}

#[tokio::test(start_paused = true)]
async fn found_by_a_search_is_not_whole() {
    let world = World::new(vec![span("a", "root", None, 0).tagged(SIMULATION)]);
    *world.importer.platform.alter.lock().unwrap() = Box::new(|reading| reading.discovery = Discovery::Searched);
    world.import().await;
    let conclusion = world.conclusion();
    assert_eq!(
        (conclusion.status, conclusion.discovery, conclusion.incomplete),
        (Status::Imported, Discovery::Searched, true)
    );
    assert_eq!(world.story().len(), 5, "it goes on in all the passes that it has");

    // And nothing found is not nothing there.
    let world = World::new(vec![]);
    *world.importer.platform.alter.lock().unwrap() = Box::new(|reading| reading.discovery = Discovery::Searched);
    world.import().await;
    assert_eq!((world.conclusion().status, world.conclusion().reason), (Status::Failed, Some("timeout")));
}

/// `last_error` of such an import points to `truncated`.
#[tokio::test(start_paused = true)]
async fn a_window_that_was_never_read_to_its_end_says_what_cut_it() {
    for (cut, truncated) in [(None, Truncation::Paging), (Some(Truncation::Budget), Truncation::Budget)] {
        let world = World::new(vec![span("a", "root", None, 0)]);
        *world.importer.platform.alter.lock().unwrap() = Box::new(move |reading| {
            reading.discovery = Discovery::Unfinished;
            reading.cut = cut;
        });
        world.import().await;
        let conclusion = world.conclusion();
        assert_eq!((conclusion.status, conclusion.reason), (Status::Failed, Some("timeout")));
        assert_eq!(conclusion.truncated, Some(truncated));
    }
}

#[tokio::test(start_paused = true)]
async fn a_pass_goes_on_where_time_cut_the_one_before_it() {
    let world = World::new(vec![span("a", "root", None, 0).tagged(SIMULATION)]);
    let mark = Mark { api: "v2".to_owned(), seen_from: noon().minus(seconds(30)) };
    let cut_at = mark.clone();
    *world.importer.platform.alter.lock().unwrap() = Box::new(move |reading| {
        (reading.cut, reading.mark) = (Some(Truncation::Budget), Some(cut_at.clone()));
    });
    world.send(World::job(SIMULATION)).await;
    world.step().await;
    let resumed = || world.importer.platform.queries.lock().unwrap().last().unwrap().resume.clone();
    assert_eq!(resumed(), None);
    world.step().await;
    assert_eq!(resumed(), Some(mark));
    let query = world.importer.platform.queries.lock().unwrap().last().unwrap().clone();
    assert_eq!(query.stored_traces.len(), 1, "what is stored is read again");
    // Another version of the secret may name another project.
    world.importer.credentials.set("key", "k2");
    world.step().await;
    // The secret that is cached is the old one still.
    world.importer.credentials.forget();
    world.step().await;
    assert_eq!(resumed(), None);
}

#[tokio::test(start_paused = true)]
async fn counts_never_shrink_while_what_they_count_is_stored() {
    let world =
        World::new(vec![span("a", "root", None, 0).tagged(SIMULATION), span("b", "turn", None, 1).tagged(SIMULATION)]);
    world.send(World::job(SIMULATION)).await;
    world.step().await;
    world.importer.platform.spans.lock().unwrap().clear();
    world.run().await;
    let counts = world.conclusion().counts.unwrap();
    assert_eq!((counts.stored, counts.matched_spans, counts.matched_traces), (2, 2, 2));
}
