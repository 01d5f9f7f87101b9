use std::sync::atomic::Ordering;
use std::time::Duration;

use spanlift_model::{PlatformError, Status, Truncation};

use crate::world::{SIMULATION, World, noon, seconds, span};

#[tokio::test(start_paused = true)]
async fn what_comes_late_is_stored_once_with_its_root_last() {
    let world = World::new(vec![
        span("a", "root", None, 0).tagged(SIMULATION).arriving(seconds(14 * 60)),
        span("a", "turn-1", Some("root"), 1).tagged(SIMULATION).arriving(seconds(40)),
        span("a", "turn-2", Some("root"), 2).tagged(SIMULATION).arriving(seconds(4 * 60)),
        span("a", "untagged", Some("root"), 3).arriving(seconds(4 * 60)),
    ]);
    world.import().await;
    assert_eq!(world.stored(), ["root", "turn-1", "turn-2", "untagged"]);
    assert_eq!(
        world.story(),
        ["0 deferred/empty 0", "1 deferred/empty 0", "2 imported 1", "3 imported 2", "4 imported 4"]
    );
    assert!(!world.conclusion().incomplete);
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_comes_after_the_import_looked_whole_is_found_by_the_last_look() {
    let world = World::new(vec![
        span("a", "turn-1", None, 0).tagged(SIMULATION),
        span("b", "turn-2", None, 5).tagged(SIMULATION).arriving(seconds(120)),
    ]);
    world.import().await;
    assert_eq!(world.stored(), ["turn-1", "turn-2"]);
    assert_eq!(world.story(), ["0 imported 1", "3 imported 2"]);
}

#[tokio::test(start_paused = true)]
async fn a_span_without_an_end_is_held_back_until_it_has_its_last_values() {
    let mut pending = span("a", "slow", Some("root"), 1);
    pending.ended_at = None;
    let ended = span("a", "slow", Some("root"), 1).arriving(seconds(30));
    let end = ended.ended_at;
    let world = World::new(vec![span("a", "root", None, 0).tagged(SIMULATION), pending, ended]);
    world.import().await;
    assert_eq!(world.stored(), ["root", "slow"]);
    assert_eq!(world.importer.store.rows.lock().unwrap()[1].ended_at, end);
}

#[tokio::test(start_paused = true)]
async fn the_cap_on_bytes_counts_over_all_passes() {
    let spans = || vec![span("a", "turn-1", None, 0), span("b", "turn-2", None, 5).arriving(seconds(120))].into_iter();
    for (room, stored, truncated) in [(2, 2, None), (1, 1, Some(Truncation::Size))] {
        let mut world = World::new(spans().map(|span| span.tagged(SIMULATION)).collect());
        world.import().await;
        let of_one = world.importer.store.rows.lock().unwrap()[0].size();
        world = World::new(spans().map(|span| span.tagged(SIMULATION)).collect());
        world.importer.policy.caps.bytes = of_one * room;
        world.import().await;
        assert_eq!((world.stored().len(), world.conclusion().truncated), (stored, truncated));
    }
}

#[tokio::test(start_paused = true)]
async fn a_span_that_never_ends_is_stored_by_the_last_pass() {
    let mut pending = span("a", "root", None, 0).tagged(SIMULATION);
    pending.ended_at = None;
    let world = World::new(vec![pending, span("a", "llm", Some("root"), 7)]);
    world.import().await;
    assert_eq!(world.stored(), ["llm", "root"]);
    let rows = world.importer.store.rows.lock().unwrap();
    assert_eq!(rows[1].ended_at, rows[0].ended_at);
}

#[tokio::test(start_paused = true)]
async fn what_hangs_in_the_air_waits_for_the_last_pass() {
    let world = World::new(vec![
        span("a", "call", Some("never"), 0).tagged(SIMULATION),
        span("a", "sibling", Some("never"), 1),
    ]);
    world.import().await;
    assert_eq!(world.story(), ["0 imported 1", "1 imported 1", "2 imported 1", "3 imported 1", "4 imported 2"]);
    assert!(world.conclusion().incomplete);
}

#[tokio::test(start_paused = true)]
async fn a_root_that_comes_in_seconds_is_waited_for_inside_the_pass() {
    let world = World::new(vec![
        span("a", "root", None, 0).tagged(SIMULATION).arriving(seconds(3)),
        span("a", "turn", Some("root"), 1).tagged(SIMULATION),
    ]);
    world.import().await;
    assert_eq!(world.story(), ["0 imported 2", "3 imported 2"]);
}

#[tokio::test(start_paused = true)]
async fn nothing_ever_arrives_and_nobody_waits_for_it() {
    for (spans, reason) in [
        (vec![], "nothing_in_window"),
        (vec![span("a", "root", None, 0)], "untagged"),
        (vec![span("a", "root", None, 0).tagged("other")], "others_tagged"),
    ] {
        let world = World::new(spans);
        world.import().await;
        let conclusion = world.conclusion();
        assert_eq!((conclusion.status, conclusion.reason), (Status::Empty, Some(reason)));
        assert_eq!(world.story().len(), 5);
        assert!(world.executions.lock().unwrap().iter().all(|took| *took < seconds(15)));
        let outcomes = world.importer.queue.outcomes.lock().unwrap();
        assert_eq!(
            outcomes.iter().map(|outcome| outcome.is_final).collect::<Vec<_>>(),
            [false, false, false, false, true]
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_hundred_simulations_against_29_requests_a_minute_are_all_imported() {
    let name = |n: u32| format!("sim-{n}");
    let spans = (0..100).map(|n| span(&format!("t{n}"), "root", None, 0).tagged(&name(n))).collect();
    let world = World::new(spans);
    let taken = std::sync::Mutex::new((0_i64, 0_u32));
    *world.importer.platform.fault.lock().unwrap() = Box::new(move |now, _| {
        let mut taken = taken.lock().unwrap();
        let minute = now.seconds() / 60;
        *taken = if taken.0 == minute { (minute, taken.1 + 1) } else { (minute, 1) };
        let retry_after = Some(seconds(60 - u64::try_from(now.seconds() % 60).unwrap()));
        (taken.1 > 29).then_some(PlatformError::RateLimited { retry_after })
    });
    *world.importer.platform.takes.lock().unwrap() = Duration::from_millis(50);
    for n in 0..100 {
        world.send(World::job(&name(n))).await;
    }
    world.run().await;
    assert_eq!(world.stored().len(), 100);
    assert!(world.dead().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_never_lets_us_is_given_up_after_six_hours() {
    let world = World::new(vec![]);
    *world.importer.platform.fault.lock().unwrap() =
        Box::new(|_, _| Some(PlatformError::RateLimited { retry_after: Some(seconds(600)) }));
    world.import().await;
    let conclusion = world.conclusion();
    assert_eq!((conclusion.status, conclusion.reason), (Status::Failed, Some("rate_limited")));
    let took = conclusion.at.since(noon());
    assert!(took > seconds(5 * 3_600) && took <= seconds(6 * 3_600 + 90), "{took:?}");
    assert!(world.dead().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_project_that_comes_with_its_first_span_is_waited_for_a_minute() {
    let missing = || PlatformError::NotFound { advice: "check the project's name".to_owned() };
    let world = World::new(vec![span("a", "root", None, 0).tagged(SIMULATION)]);
    *world.importer.platform.fault.lock().unwrap() =
        Box::new(move |now, _| (now < noon().plus(seconds(30))).then(missing));
    world.import().await;
    assert_eq!(world.story()[..3], ["0 deferred/not_yet", "1 deferred/not_yet", "2 imported 1"]);

    let world = World::new(vec![]);
    *world.importer.platform.fault.lock().unwrap() = Box::new(move |_, _| Some(missing()));
    world.import().await;
    assert_eq!(world.story(), ["0 deferred/not_yet", "1 deferred/not_yet", "2 failed/project_not_found"]);
    // Each with a fresh secret beside the cached one, but for the first, which was fresh.
    assert_eq!(world.importer.platform.readings.load(Ordering::SeqCst), 5);
}

#[tokio::test(start_paused = true)]
async fn a_cycle_of_parents_is_stored_at_once_and_is_whole() {
    for length in [1, 2, 5] {
        let ring = |n: u64| span("a", &n.to_string(), Some(&((n + 1) % length).to_string()), n);
        let mut spans: Vec<_> = (0..length).map(ring).collect();
        spans.push(span("a", "leaf", Some("0"), 7).tagged(SIMULATION));
        let world = World::new(spans);
        world.import().await;
        assert_eq!(world.stored().len(), usize::try_from(length).unwrap() + 1);
        assert_eq!(world.story().len(), 2, "at once, and a last look: {:?}", world.story());
        assert!(!world.conclusion().incomplete);
    }
}
