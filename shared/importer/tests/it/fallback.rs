use spanlift_model::{CorrelationMode, Habit, Status, Truncation};

use crate::world::{FakeSpan, SIMULATION, World, seconds, span};

/// Two untagged traces in the window, one that began before it.
fn untagged() -> Vec<FakeSpan> {
    let mut early = span("early", "early", None, 0);
    early.started_at = early.started_at.minus(seconds(1));
    vec![span("a", "root", None, 0), span("a", "llm", Some("root"), 1), span("b", "turn", None, 9), early]
}

#[tokio::test(start_paused = true)]
async fn the_window_is_imported_as_the_connection_says() {
    let everything = ["llm", "root", "turn"].map(str::to_owned).to_vec();
    for (mode, habit, passes_without, stored) in [
        (CorrelationMode::Strict, None, 5, vec![]),
        (CorrelationMode::Window, Some(Habit::Tagged), 0, everything.clone()),
        (CorrelationMode::Auto, Some(Habit::Untagged), 0, everything.clone()),
        (CorrelationMode::Auto, Some(Habit::Tagged), 5, vec![]),
        (CorrelationMode::Auto, None, 4, everything),
    ] {
        let world = World::new(untagged()).correlating(mode);
        world.set_habit(habit);
        world.import().await;
        assert_eq!(world.stored(), stored, "{mode:?} {habit:?}");
        let without = world.story().iter().filter(|line| !line.contains("imported")).count();
        assert_eq!(without, passes_without, "{:?}", world.story());
        let rows = world.importer.store.rows.lock().unwrap();
        assert!(rows.iter().all(|row| row.resource.get("coval.correlation.method") == Some("window")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_whole_schedule_without_a_key_makes_a_connection_untagged_and_one_key_makes_it_tagged() {
    let world = World::new(untagged()).correlating(CorrelationMode::Auto);
    world.import().await;
    assert_eq!(world.habit(), Some(Habit::Untagged));
    world.importer.platform.spans.lock().unwrap().push(span("c", "other", None, 3).tagged("other"));
    world.send(World::job("SIM-2")).await;
    world.run().await;
    assert_eq!(world.habit(), Some(Habit::Tagged));
    assert_eq!(world.stored().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_window_that_holds_more_than_an_import_is_imported_up_to_its_cap() {
    for (cut, stored) in [(Truncation::Cap, 3), (Truncation::Size, 0), (Truncation::Budget, 0)] {
        let world = World::new(untagged()).correlating(CorrelationMode::Window);
        *world.importer.platform.alter.lock().unwrap() = Box::new(move |reading| reading.cut = Some(cut));
        world.import().await;
        assert_eq!((world.stored().len(), world.conclusion().truncated), (stored, Some(cut)));
    }
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_tags_by_session_is_known_as_tagged() {
    let orphan = span("a", "orphan", Some("never"), 1).in_session(SIMULATION);
    let world =
        World::new(vec![span("a", "root", None, 0).in_session(SIMULATION), orphan]).correlating(CorrelationMode::Auto);
    world.import().await;
    assert_eq!(world.stored(), ["orphan", "root"]);
    assert_eq!(world.habit(), Some(Habit::Tagged));
}

#[tokio::test(start_paused = true)]
async fn one_foreign_tag_in_the_window_and_nothing_is_imported() {
    for mode in [CorrelationMode::Window, CorrelationMode::Auto] {
        let spans = [untagged(), vec![span("c", "other", None, 3).tagged("other")]].concat();
        let world = World::new(spans).correlating(mode);
        world.import().await;
        let conclusion = world.conclusion();
        assert_eq!((conclusion.status, conclusion.reason), (Status::Empty, Some("others_tagged")));
        assert!(world.stored().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_tagged_call_whose_root_comes_late_is_never_an_untagged_simulations() {
    for habit in [None, Some(Habit::Untagged)] {
        let world = World::new(vec![
            span("x", "root", None, 0).tagged("other").arriving(seconds(20)),
            span("x", "llm", Some("root"), 1),
        ])
        .correlating(CorrelationMode::Auto);
        world.set_habit(habit);
        world.import().await;
        assert!(world.stored().is_empty(), "{habit:?}");
        assert_eq!(world.conclusion().reason, Some("others_tagged"));
    }
}

#[tokio::test(start_paused = true)]
async fn two_readings_that_differ_are_no_window() {
    let late = span("b", "late", None, 9).arriving(seconds(1));
    let world = World::new(vec![span("a", "root", None, 0), late]).correlating(CorrelationMode::Window);
    *world.importer.platform.takes.lock().unwrap() = seconds(1);
    let report = world.deliver(&World::job(SIMULATION), 1).await;
    assert_eq!(report.outcome.unwrap().matched_spans, Some(2));

    let late = span("b", "late", None, 9).arriving(seconds(2));
    let world = World::new(vec![span("a", "root", None, 0), late]).correlating(CorrelationMode::Window);
    *world.importer.platform.takes.lock().unwrap() = seconds(1);
    let report = world.deliver(&World::job(SIMULATION), 1).await;
    assert_eq!(report.outcome.unwrap().matched_spans, Some(0));
}

#[tokio::test(start_paused = true)]
async fn a_trace_whose_root_never_comes_is_taken_only_where_nobody_tags_and_it_is_quiet() {
    let orphan = || span("a", "orphan", Some("never"), 1);
    for (mode, habit, stored) in [
        (CorrelationMode::Window, None, 1),
        (CorrelationMode::Window, Some(Habit::Tagged), 1),
        (CorrelationMode::Auto, Some(Habit::Untagged), 1),
        (CorrelationMode::Auto, None, 0),
    ] {
        let world = World::new(vec![orphan()]).correlating(mode);
        world.set_habit(habit);
        world.import().await;
        assert_eq!(world.stored().len(), stored, "{mode:?} {habit:?}");
        assert_eq!(world.story().len(), 5, "only the last pass decides: {:?}", world.story());
        if stored == 0 {
            assert_eq!(world.conclusion().reason, Some("rootless"));
        }
    }
    // Something of it ended less than five minutes before the last pass.
    let mut slow = orphan();
    slow.ended_at = Some(crate::world::noon().plus(seconds(700)));
    let world = World::new(vec![slow]).correlating(CorrelationMode::Window);
    world.import().await;
    assert_eq!((world.stored().len(), world.conclusion().reason), (0, Some("rootless")));
}

/// The last pass learns that nobody tags, and its completion is lost: its second try must not go by that.
#[tokio::test(start_paused = true)]
async fn a_last_pass_does_not_go_by_what_it_learned_itself() {
    let world = World::new(vec![span("a", "orphan", Some("never"), 1)]).correlating(CorrelationMode::Auto);
    world.send(World::job(SIMULATION)).await;
    for _ in 0..4 {
        world.step().await;
    }
    assert_eq!(world.habit(), None);
    *world.importer.ledger.is_down.lock().unwrap() = true;
    world.step().await;
    assert_eq!(world.habit(), Some(Habit::Untagged));
    *world.importer.ledger.is_down.lock().unwrap() = false;
    world.run().await;
    assert_eq!((world.stored().len(), world.conclusion().reason), (0, Some("rootless")));
}

#[tokio::test(start_paused = true)]
async fn a_window_seen_in_pieces_is_never_imported_by_time() {
    for mode in [CorrelationMode::Window, CorrelationMode::Auto] {
        let world = World::new(untagged()).correlating(mode);
        *world.importer.platform.alter.lock().unwrap() = Box::new(|reading| reading.is_one_look = false);
        world.import().await;
        assert!(world.stored().is_empty());
        assert_eq!((world.conclusion().status, world.conclusion().reason), (Status::Empty, Some("window_too_large")));
    }
}
