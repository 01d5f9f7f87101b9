//! A forced job reads now, and leaves a pass that is due later as it is.

use spanlift_model::{ImportJob, PlatformError, Status};

use crate::world::{SIMULATION, World, noon, seconds, span};

fn forced() -> ImportJob {
    ImportJob { force: true, ..World::job(SIMULATION) }
}

#[tokio::test(start_paused = true)]
async fn beside_a_pass_that_is_due_it_reads_at_once_and_sends_nothing() {
    for late in [5, 100, 400] {
        let world = World::new(vec![
            span("a", "root", None, 0).tagged(SIMULATION),
            span("b", "late", None, 1).tagged(SIMULATION).arriving(seconds(late)),
        ]);
        world.send(World::job(SIMULATION)).await;
        world.step().await;
        let due = world.conclusion().next;
        assert_eq!(due.map(|(pass, _)| pass), Some(3));
        tokio::time::sleep(seconds(150)).await;
        world.deliver_as("forced", &forced(), 1).await;
        assert_eq!(world.stored().len(), if late < 150 { 2 } else { 1 });
        assert_eq!(world.conclusion().next, due, "the pass that is due stays as it is");
        assert_eq!(world.importer.queue.messages.lock().unwrap().len(), 1, "with the message that it has");
        world.run().await;
        assert_eq!(world.story().last().unwrap(), if late < 300 { "3 imported 2" } else { "3 imported 1" });
    }
}

#[tokio::test(start_paused = true)]
async fn beside_a_pass_that_is_due_it_is_never_the_last() {
    // Its root never ends: only the last pass stores it.
    let mut pending = span("a", "root", None, 0).tagged(SIMULATION);
    pending.ended_at = None;
    let world = World::new(vec![pending]);
    world.send(World::job(SIMULATION)).await;
    world.step().await;
    let forced = ImportJob { pass: 4, ..forced() };
    world.deliver_as("forced", &forced, 1).await;
    assert!(world.stored().is_empty());
    world.run().await;
    assert_eq!(world.stored(), ["root"]);
}

#[tokio::test(start_paused = true)]
async fn its_failure_says_what_went_wrong_and_changes_nothing_else() {
    let advice = || "replace the key".to_owned();
    let errors = [
        PlatformError::Unauthorized { advice: advice() },
        PlatformError::unavailable(503),
        PlatformError::RateLimited { retry_after: None },
        PlatformError::NotFound { advice: advice() },
    ];
    for spans in [vec![], vec![span("a", "root", None, 0).tagged(SIMULATION)]] {
        for error in errors.clone() {
            let world = World::new(spans.clone());
            world.send(World::job(SIMULATION)).await;
            world.step().await;
            let before = world.conclusion();
            let began = noon().plus(seconds(5));
            *world.importer.platform.fault.lock().unwrap() =
                Box::new(move |now, _| (now > began && now < began.plus(seconds(10))).then(|| error.clone()));
            tokio::time::sleep(seconds(8)).await;
            let report = world.deliver_as("forced", &forced(), 1).await;
            assert!(report.outcome.unwrap().error.is_some());
            assert_eq!(world.item(&forced()), (before.status, before.next));
            assert!(world.dead().is_empty());
            world.run().await;
            assert_eq!(world.stored().len(), spans.len());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn rows_that_were_deleted_are_written_again_by_a_new_schedule() {
    let world = World::new(vec![span("a", "root", None, 0).tagged(SIMULATION)]);
    world.import().await;
    world.importer.store.rows.lock().unwrap().clear();
    world.deliver_as("forced", &forced(), 1).await;
    assert_eq!(world.stored(), ["root"], "under another token than before");
    assert_eq!(world.conclusion().status, Status::Imported);
}
