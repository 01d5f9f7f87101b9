use std::sync::atomic::Ordering;

use spanlift_model::Status;

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
        world.import().await;
        let rows = world.importer.store.rows.lock().unwrap();
        assert_eq!(rows[0].attributes.iter().map(|(name, _)| name).collect::<Vec<_>>(), expected);
    }
}
