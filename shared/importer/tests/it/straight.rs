use std::sync::atomic::Ordering;

use spanlift_importer::Disposition;
use spanlift_model::{Attributes, Status, Truncation, names};

use crate::world::{SIMULATION, World, noon, seconds, span};

#[tokio::test(start_paused = true)]
async fn a_tagged_trace_is_imported_once_with_its_names() {
    let world = World::new(vec![
        span("a", "root", None, 0).tagged(SIMULATION),
        span("a", "llm", Some("root"), 1),
        span("b", "else", None, 2).tagged("other"),
        span("c", "untagged", None, 3),
    ]);
    world.import().await;
    assert_eq!(world.stored(), ["llm", "root"]);
    assert_eq!(world.story(), ["0 imported 2", "3 imported 2"]);
    let conclusion = world.conclusion();
    assert_eq!((conclusion.next, conclusion.truncated, conclusion.incomplete), (None, None, false));
    assert_eq!(conclusion.matched_by.into_iter().collect::<Vec<_>>(), ["simulation_output_id"]);
    let resource: Attributes = (*world.importer.store.rows.lock().unwrap()[0].resource).clone();
    let expected: Attributes = [
        (names::resource::SERVICE_NAME, "fake"),
        (names::resource::ORGANIZATION_ID, "org"),
        (names::resource::SIMULATION_OUTPUT_ID, SIMULATION),
        (names::resource::ATTEMPT, "1"),
        (names::resource::CORRELATION_METHOD, "simulation_output_id"),
        (names::resource::IMPORT_ID, &World::job(SIMULATION).import_id().to_string()),
        (names::resource::IMPORT_SOURCE_HOST, "fake.example"),
    ]
    .into_iter()
    .collect();
    assert_eq!(resource, expected);
}

#[tokio::test(start_paused = true)]
async fn the_same_event_ten_times_at_once_is_one_import() {
    let world = World::new(vec![span("a", "root", None, 0).tagged(SIMULATION)]);
    let job = World::job(SIMULATION);
    let deliveries = futures_util::future::join_all((0..10).map(|_| world.deliver(&job, 1))).await;
    let run = deliveries.iter().filter(|report| report.outcome.is_some()).count();
    let returned = deliveries.iter().filter(|report| matches!(report.disposition, Disposition::Return(_))).count();
    assert_eq!((run, returned), (1, 9));
    world.run().await;
    assert_eq!(world.stored(), ["root"]);
    assert_eq!(world.importer.store.inserts.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_replayed_event_adds_nothing_and_a_forced_one_reads_again() {
    let world = World::new(vec![span("a", "root", None, 0).tagged(SIMULATION)]);
    world.import().await;
    world.import().await;
    assert_eq!(world.story().len(), 2);
    let late = span("b", "late", None, 1).tagged(SIMULATION).arriving(seconds(3_000));
    world.importer.platform.spans.lock().unwrap().push(late);
    tokio::time::sleep(seconds(4_000)).await;
    let mut job = World::job(SIMULATION);
    job.force = true;
    world.send(job).await;
    world.run().await;
    assert_eq!(world.stored(), ["late", "root"]);
}

#[tokio::test(start_paused = true)]
async fn native_spans_end_the_reading_at_once() {
    let world = World::new(vec![span("a", "root", None, 0).tagged(SIMULATION)]);
    world.importer.store.add_native(&World::job(SIMULATION), None, noon());
    *world.importer.platform.takes.lock().unwrap() = seconds(60);
    world.import().await;
    assert_eq!(world.story(), ["0 skipped_native"]);
    assert!(world.stored().is_empty());
    assert!(world.executions.lock().unwrap()[0] < seconds(1));
}

#[tokio::test(start_paused = true)]
async fn native_spans_that_come_after_the_import_end_it_and_are_told() {
    let world = World::new(vec![span("a", "root", None, 0).tagged(SIMULATION)]);
    world.deliver(&World::job(SIMULATION), 1).await;
    world.importer.store.add_native(&World::job(SIMULATION), None, noon());
    world.run().await;
    assert_eq!(world.story(), ["0 imported 1", "3 imported"]);
    assert!(world.conclusion().last_error.is_some_and(|text| text.contains("native")));
}

#[tokio::test(start_paused = true)]
async fn no_secret_is_not_connected() {
    let world = World::new(vec![]);
    world.importer.credentials.disconnect();
    world.import().await;
    assert_eq!(world.story(), ["0 not_connected"]);
}

#[tokio::test(start_paused = true)]
async fn at_the_cap_the_earliest_are_stored_and_it_is_said() {
    let mut spans: Vec<_> = (1..6_000).map(|n| span("a", &format!("{n:04}"), Some("0000"), 1)).collect();
    spans.push(span("a", "0000", None, 0).tagged(SIMULATION));
    let world = World::new(spans);
    world.import().await;
    assert_eq!(world.story(), ["0 imported 5000"]);
    assert_eq!(world.conclusion().truncated, Some(Truncation::Cap));
    assert_eq!(world.conclusion().next, None);
    assert!(world.stored().contains(&"0000".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn five_thousand_foreign_spans_around_three_of_ours_cut_nothing() {
    let mut spans: Vec<_> = (0..5_000).map(|n| span(&format!("t{n}"), "else", None, 1).tagged("other")).collect();
    spans.push(span("a", "root", None, 0).tagged(SIMULATION));
    spans.extend(["x", "y"].map(|id| span("a", id, Some("root"), 1)));
    let world = World::new(spans);
    world.import().await;
    assert_eq!(world.stored(), ["root", "x", "y"]);
    assert_eq!(world.conclusion().truncated, None);
}

#[tokio::test(start_paused = true)]
async fn one_bad_span_never_fails_an_import() {
    let mut hostile: Vec<_> = (0..200)
        .map(|day| {
            let mut span = span("a", &format!("day{day}"), Some("root"), 0);
            span.started_at = span.started_at.minus(seconds(86_400 * (8 + day)));
            span
        })
        .collect();
    hostile.push(span("a", "bad", Some("root"), 1));
    hostile.push(span("a", "root", None, 0).tagged(SIMULATION));
    let world = World::new(hostile);
    world.import().await;
    assert_eq!(world.stored(), ["root"]);
    let rejected = world.conclusion().counts.unwrap().rejected;
    assert_eq!(rejected, [("far_outside_window", 200), ("malformed", 1)].into());
    assert_eq!(world.conclusion().status, Status::Imported);
}
