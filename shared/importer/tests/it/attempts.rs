use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use serde_json::json;
use spanlift_model::{ImportJob, Span, Status};

use crate::world::{SIMULATION, World, seconds, span};

/// The second run begins so long after the first: with six minutes of padding, each sees the other's traces.
const LATER: u64 = 200;

#[tokio::test(start_paused = true)]
async fn each_attempt_has_its_own_traces_and_the_first_ends_superseded() {
    let world = World::new(vec![
        span("a", "first-early", None, 0).tagged(SIMULATION),
        span("b", "first-late", None, 50).tagged(SIMULATION),
        span("c", "second", None, LATER + 1).tagged(SIMULATION).arriving(seconds(LATER)),
        // Clocks differ: it began a little before its attempt.
        span("d", "second-early", None, LATER - 20).tagged(SIMULATION).arriving(seconds(LATER)),
    ]);
    world.send(World::job(SIMULATION)).await;
    tokio::time::sleep(seconds(1)).await;
    let first = World::job(SIMULATION);
    world.deliver(&first, 1).await;
    assert_eq!(world.stored(), ["first-early", "first-late"]);
    tokio::time::sleep(seconds(LATER)).await;
    world.send(World::second_attempt(seconds(LATER))).await;
    world.run().await;
    assert_eq!(world.stored(), ["first-early", "first-late", "second", "second-early"]);
    let ids: Vec<_> =
        [first, World::second_attempt(seconds(LATER))].iter().map(|job| job.import_id().to_string()).collect();
    let rows = world.importer.store.rows.lock().unwrap();
    for row in rows.iter() {
        let expected = if row.name.starts_with("first") { &ids[0] } else { &ids[1] };
        assert_eq!(row.resource.get("import.id"), Some(expected.as_str()), "{}", row.name);
    }
    let items = world.importer.ledger.items.lock().unwrap();
    assert_eq!([items[&ids[0]].status, items[&ids[1]].status], [Status::Superseded, Status::Imported]);
}

#[tokio::test(start_paused = true)]
async fn a_superseded_pass_reads_nothing() {
    let world = World::new(vec![span("a", "root", None, 0).tagged(SIMULATION)]);
    world.deliver(&World::second_attempt(seconds(LATER)), 1).await;
    let readings = world.importer.platform.readings.load(Ordering::SeqCst);
    world.deliver(&World::job(SIMULATION), 1).await;
    assert_eq!(world.conclusion().status, Status::Superseded);
    assert_eq!(world.importer.platform.readings.load(Ordering::SeqCst), readings);
}

#[tokio::test(start_paused = true)]
async fn a_trace_whose_beginning_is_not_known_yet_waits_for_its_root() {
    // Its root began with the first attempt; what is seen of it at first looks like the second's.
    let world = World::new(vec![
        span("a", "root", None, 0).tagged(SIMULATION).arriving(seconds(LATER + 200)),
        span("a", "slow", Some("root"), LATER + 5).tagged(SIMULATION).arriving(seconds(LATER)),
        span("b", "second", None, LATER + 1).tagged(SIMULATION).arriving(seconds(LATER)),
    ]);
    world.deliver(&World::job(SIMULATION), 1).await;
    tokio::time::sleep(seconds(LATER + 1)).await;
    world.deliver(&World::second_attempt(seconds(LATER)), 1).await;
    assert_eq!(world.stored(), ["second"]);
}

#[tokio::test(start_paused = true)]
async fn content_is_dropped_where_it_is_not_wanted() {
    for (capture_content, expected) in [(true, vec!["fake.model", "fake.said", "input"]), (false, vec!["fake.model"])] {
        let world = World::new(vec![span("a", "root", None, 0).tagged(SIMULATION)]);
        world.importer.credentials.set("capture_content", capture_content);
        world.importer.credentials.set("keep_attributes", json!(["fake.model"]));
        world.import().await;
        let rows = world.importer.store.rows.lock().unwrap();
        let names = rows[0].attributes.iter().map(|(name, _)| name).filter(|name| !name.starts_with("import."));
        assert_eq!(names.collect::<Vec<_>>(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_trace_that_two_attempts_share_is_split_between_them() {
    let world = World::new(vec![
        span("a", "worker", None, 0),
        span("a", "first", Some("worker"), 1).tagged(SIMULATION),
        span("a", "first-llm", Some("first"), LATER + 3),
        span("a", "second", Some("worker"), LATER + 1).tagged(SIMULATION).arriving(seconds(LATER)),
        span("a", "second-llm", Some("second"), LATER + 2).arriving(seconds(LATER)),
    ]);
    let (first, second) = (World::job(SIMULATION), World::second_attempt(seconds(LATER)));
    world.deliver(&first, 1).await;
    tokio::time::sleep(seconds(LATER + 1)).await;
    world.deliver(&second, 1).await;
    let rows = world.importer.store.rows.lock().unwrap();
    let of = |job: &ImportJob| {
        let id = job.import_id().to_string();
        let is_its = |row: &&Span| row.resource.get("import.id") == Some(id.as_str());
        rows.iter().filter(is_its).map(|row| row.name.clone()).collect::<BTreeSet<_>>()
    };
    assert_eq!(of(&first), ["first", "first-llm", "worker"].map(str::to_owned).into());
    assert_eq!(of(&second), ["second", "second-llm"].map(str::to_owned).into());
}

#[tokio::test(start_paused = true)]
async fn what_matches_and_is_all_another_attempts_is_said_so() {
    let world = World::new(vec![span("a", "late", None, LATER + 1).tagged(SIMULATION)]);
    let (first, second) = (World::job(SIMULATION), World::second_attempt(seconds(LATER)));
    world.deliver(&second, 1).await;
    assert_eq!(world.stored(), ["late"]);
    world.importer.platform.spans.lock().unwrap()[0].started_at = first.event.started_at;
    world.importer.store.rows.lock().unwrap().clear();
    let mut attempt = second.clone();
    attempt.force = true;
    // The first attempt is known by then, and ends superseded.
    world.deliver(&first, 1).await;
    assert_eq!(world.conclusion().status, Status::Superseded);
    world.run().await;
    world.deliver(&attempt, 1).await;
    world.run().await;
    let conclusion = world.conclusion_on(&attempt);
    assert_eq!((conclusion.status, conclusion.reason), (Status::Empty, Some("other_attempt")));
}

#[tokio::test(start_paused = true)]
async fn native_rows_count_for_the_attempt_that_had_begun() {
    for (at, native) in [(1, false), (LATER - 70, false), (LATER - 50, true), (LATER + 5, true)] {
        let world = World::new(vec![]);
        let (first, second) = (World::job(SIMULATION), World::second_attempt(seconds(LATER)));
        world.deliver(&first, 1).await;
        world.importer.store.add_native(&first, None, first.event.started_at.plus(seconds(at)));
        world.deliver(&second, 1).await;
        let is_skipped = world.conclusion_on(&second).status == Status::SkippedNative;
        assert_eq!(is_skipped, native, "{at} s after the first attempt began");
    }
}
