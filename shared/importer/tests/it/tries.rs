//! Tries are counted by the claim, whichever message brings the job and however it ends.

use std::sync::atomic::Ordering;
use std::time::Duration;

use spanlift_fakes::MAX_TRIES;
use spanlift_importer::Disposition;
use spanlift_model::{PlatformError, Status};

use crate::world::{SIMULATION, World, noon, seconds, span};

fn failing(error: impl Fn() -> PlatformError + Send + Sync + 'static) -> World {
    let world = World::new(vec![span("a", "root", None, 0).tagged(SIMULATION)]);
    *world.importer.platform.fault.lock().unwrap() = Box::new(move |_, _| Some(error()));
    world
}

/// Before, two deliveries kept each other alive for ever: each found the other's rest and sent the job again.
#[tokio::test(start_paused = true)]
async fn however_many_deliveries_there_are_an_import_that_fails_comes_to_its_end() {
    let errors: [fn() -> PlatformError; 4] = [
        || PlatformError::Unavailable { status: 503, retry_after: Some(seconds(120)) },
        || PlatformError::unavailable(502),
        || PlatformError::Timeout,
        || PlatformError::BrokenOff { host: "fake.example".to_owned() },
    ];
    for error in errors {
        for deliveries in 1..=4 {
            let world = failing(error);
            for _ in 0..deliveries {
                world.send(World::job(SIMULATION)).await;
            }
            world.run().await;
            let reason = error().reason().to_string();
            assert_eq!(world.story().len(), usize::try_from(MAX_TRIES).unwrap(), "{:?}", world.story());
            assert_eq!(
                (world.conclusion().status, world.conclusion().reason),
                (Status::Failed, Some(error().reason().as_str()))
            );
            assert_eq!(world.dead(), [(SIMULATION.to_owned(), reason)], "{deliveries} deliveries");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_answer_is_waited_out_by_any_number_of_deliveries() {
    for deliveries in 1..=3 {
        let world = World::new(vec![span("a", "root", None, 0).tagged(SIMULATION)]);
        world.importer.store.is_down.store(true, Ordering::SeqCst);
        for _ in 0..deliveries {
            world.send(World::job(SIMULATION)).await;
        }
        world.run().await;
        let conclusion = world.conclusion();
        assert_eq!((conclusion.status, conclusion.reason), (Status::Failed, Some("store_unavailable")));
        let took = conclusion.at.since(noon());
        assert!(took > seconds(5 * 3_600) && took < seconds(7 * 3_600), "{took:?}");
        assert_eq!(world.dead().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn who_finds_the_item_resting_sends_nothing_and_comes_back_for_the_rest() {
    let world = failing(|| PlatformError::Unavailable { status: 503, retry_after: Some(seconds(120)) });
    let job = World::job(SIMULATION);
    world.deliver_as("first", &job, 1).await;
    let second = world.deliver_as("second", &job, 1).await;
    let Disposition::Return(rest) = second.disposition else { panic!("{second:?}") };
    assert!(rest > seconds(118) && rest < seconds(125), "{rest:?}");
    assert!(world.importer.queue.messages.lock().unwrap().is_empty());
}

/// A process that is killed writes nothing: only its claim is there.
#[tokio::test(start_paused = true)]
async fn a_pass_that_is_killed_every_time_fails_and_is_heard_of() {
    let world = World::new(vec![span("a", "root", None, 0).tagged(SIMULATION)]);
    *world.importer.platform.takes.lock().unwrap() = seconds(60);
    let job = World::job(SIMULATION);
    for _ in 0..MAX_TRIES {
        let killed = tokio::time::timeout(seconds(10), world.deliver(&job, 1)).await;
        assert!(killed.is_err());
        tokio::time::sleep(seconds(200)).await;
    }
    let readings = world.importer.platform.readings.load(Ordering::SeqCst);
    world.deliver(&job, 1).await;
    let conclusion = world.conclusion();
    assert_eq!((conclusion.status, conclusion.reason), (Status::Failed, Some("timeout")));
    assert!(conclusion.last_error.unwrap().contains("out of memory"));
    assert_eq!(world.dead().len(), 1);
    assert_eq!(world.importer.platform.readings.load(Ordering::SeqCst), readings, "it is not tried again");
}

/// Two deliveries use up the tries of an outage twice as fast. If the last of them then dies, or its completion is lost, that is no
/// import that was killed every time: it said `failed`, with its rows in the store.
#[tokio::test(start_paused = true)]
async fn a_last_try_that_dies_after_an_outage_is_not_the_end() {
    let world = World::new(vec![span("a", "root", None, 0).tagged(SIMULATION)]);
    let job = World::job(SIMULATION);
    world.importer.store.is_down.store(true, Ordering::SeqCst);
    for receive in 1..MAX_TRIES {
        world.deliver(&job, receive).await;
        tokio::time::sleep(seconds(200)).await;
    }
    world.importer.store.is_down.store(false, Ordering::SeqCst);
    *world.importer.platform.takes.lock().unwrap() = seconds(60);
    let killed = tokio::time::timeout(seconds(10), world.deliver(&job, MAX_TRIES)).await;
    assert!(killed.is_err());
    *world.importer.platform.takes.lock().unwrap() = Duration::ZERO;
    tokio::time::sleep(seconds(200)).await;
    world.deliver(&job, MAX_TRIES + 1).await;
    assert_eq!(world.story().last().unwrap(), "0 imported 1");
    assert!(world.dead().is_empty());
}

/// That is granted as often as there are tries, and no more.
#[tokio::test(start_paused = true)]
async fn an_import_that_is_killed_again_and_again_after_an_outage_comes_to_its_end() {
    let world = World::new(vec![span("a", "root", None, 0).tagged(SIMULATION)]);
    let job = World::job(SIMULATION);
    world.importer.store.is_down.store(true, Ordering::SeqCst);
    world.deliver(&job, 1).await;
    world.importer.store.is_down.store(false, Ordering::SeqCst);
    *world.importer.platform.takes.lock().unwrap() = seconds(60);
    for _ in 1..2 * MAX_TRIES {
        tokio::time::sleep(seconds(200)).await;
        let killed = tokio::time::timeout(seconds(10), world.deliver(&job, 1)).await;
        assert!(killed.is_err());
    }
    tokio::time::sleep(seconds(200)).await;
    world.deliver(&job, 1).await;
    assert_eq!((world.conclusion().status, world.conclusion().reason), (Status::Failed, Some("timeout")));
    assert_eq!(world.dead().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn tries_count_anew_after_a_pass_that_ended_well() {
    let world = World::new(vec![span("a", "root", None, 0).tagged(SIMULATION)]);
    // Four failures before each pass that succeeds.
    *world.importer.platform.fault.lock().unwrap() =
        Box::new(|_, reading| (reading % MAX_TRIES != 0).then_some(PlatformError::unavailable(502)));
    world.import().await;
    assert_eq!(world.conclusion().status, Status::Imported);
    assert!(world.dead().is_empty(), "{:?}", world.story());
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_that_was_not_sent_is_sent_by_the_next_delivery() {
    let world = failing(|| PlatformError::unavailable(502));
    let job = World::job(SIMULATION);
    let mut wait = Duration::ZERO;
    for receive in 1..MAX_TRIES {
        tokio::time::sleep(wait).await;
        let Disposition::Return(delay) = world.deliver(&job, receive).await.disposition else { panic!("it fails") };
        wait = delay;
    }
    tokio::time::sleep(wait).await;
    world.importer.queue.failing_sends.store(1, Ordering::SeqCst);
    assert!(matches!(world.deliver(&job, MAX_TRIES).await.disposition, Disposition::Return(_)));
    assert!(world.dead().is_empty() && world.conclusion().status == Status::Failed);
    assert_eq!(world.deliver(&job, MAX_TRIES + 1).await.disposition, Disposition::Acknowledge);
    assert_eq!(world.dead().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_broken_answer_is_tried_again_and_a_wrong_host_is_not() {
    let malformed = || PlatformError::Malformed { problem: "no page".to_owned() };
    let world = World::new(vec![span("a", "root", None, 0).tagged(SIMULATION)]);
    *world.importer.platform.fault.lock().unwrap() = Box::new(move |_, reading| (reading < 3).then(malformed));
    world.import().await;
    assert_eq!(world.story()[..3], ["0 retrying/malformed", "0 retrying/malformed", "0 imported 1"]);

    let world = failing(malformed);
    world.import().await;
    assert_eq!(world.conclusion().reason, Some("malformed"));
    assert_eq!(world.story().len(), usize::try_from(MAX_TRIES).unwrap());
}

/// Six hours count from when the pass fell due, not from the call; and no date of a platform ends an import.
#[tokio::test(start_paused = true)]
async fn a_rate_limit_is_waited_out_from_when_the_pass_fell_due() {
    for (age, retry_after) in [(0, 10), (7 * 3_600, 10), (20 * 3_600, 600), (0, 6 * 3_600), (7 * 3_600, 6 * 3_600)] {
        let ends_at = noon().plus(seconds(age + 3_000));
        let world = World::new(vec![]);
        tokio::time::sleep(seconds(age)).await;
        let retry_after = Some(seconds(retry_after));
        *world.importer.platform.fault.lock().unwrap() =
            Box::new(move |now, _| (now < ends_at).then_some(PlatformError::RateLimited { retry_after }));
        world.import().await;
        assert_eq!(world.story()[0], "0 deferred/rate_limited");
        assert_eq!(world.conclusion().status, Status::Empty, "{age} s after the call: {:?}", world.story());
        assert!(world.dead().is_empty());
    }
}
