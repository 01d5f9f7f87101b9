use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use spanlift_importer::Disposition;
use spanlift_model::{FailureReason, ImportJob, PlatformError, Status, Truncation};

use crate::world::{ELSEWHERE, SIMULATION, World, noon, seconds, span};

fn one_root() -> World {
    World::new(vec![span("a", "root", None, 0).tagged(SIMULATION)])
}

#[tokio::test(start_paused = true)]
async fn a_wrong_key_fails_at_once_and_a_replaced_one_works_at_the_next_event() {
    let world =
        World::new(vec![span("a", "root", None, 0).tagged(SIMULATION), span("b", "next", None, 0).tagged("SIM-2")]);
    *world.importer.platform.key.lock().unwrap() = Some("k2".to_owned());
    world.import().await;
    assert_eq!(world.story(), ["0 failed/unauthorized"]);
    assert_eq!(world.conclusion().last_error.as_deref(), Some("replace the key"));
    world.importer.credentials.set("key", "k2");
    world.send(World::job("SIM-2")).await;
    world.run().await;
    assert_eq!(world.stored(), ["next"]);
}

#[tokio::test(start_paused = true)]
async fn a_pass_whose_key_is_replaced_while_it_reads_goes_on_with_the_new_one() {
    let world = one_root();
    let readings = || world.importer.platform.readings.load(Ordering::SeqCst);
    let replace = async {
        while readings() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        *world.importer.platform.key.lock().unwrap() = Some("k2".to_owned());
        world.importer.credentials.set("key", "k2");
    };
    tokio::join!(world.import(), replace);
    assert_eq!(world.story().first().map(String::as_str), Some("0 imported 1"));
    assert_eq!(world.stored(), ["root"]);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_was_read_afresh_and_is_refused_is_not_tried_twice() {
    let world = one_root();
    *world.importer.platform.key.lock().unwrap() = Some("k2".to_owned());
    world.import().await;
    assert_eq!(world.importer.platform.readings.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn faults_that_a_person_must_mend_are_final_and_leave_the_queue() {
    let advice = || "do this".to_owned();
    for error in [
        PlatformError::Forbidden { advice: advice() },
        PlatformError::Refused { reason: FailureReason::WrongHost, advice: advice() },
        PlatformError::Refused { reason: FailureReason::HostRefused, advice: advice() },
        PlatformError::Refused { reason: FailureReason::UnsupportedVersion, advice: advice() },
    ] {
        let world = one_root();
        let reason = error.reason().as_str();
        *world.importer.platform.fault.lock().unwrap() = Box::new(move |_, _| Some(error.clone()));
        world.import().await;
        assert_eq!(world.story(), [format!("0 failed/{reason}")]);
        assert!(world.dead().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn names_to_keep_that_break_a_rule_are_told_by_their_field_alone() {
    let many = |count: usize, length: usize| json!(vec!["n".repeat(length); count]);
    for (names, is_good) in [
        (json!([]), true),
        (json!(null), true),
        (many(50, 256), true),
        (json!(["ü".repeat(256)]), true),
        (many(51, 1), false),
        (many(1, 257), false),
        (json!(["desk.queue", " "]), false),
        (json!(["desk.queue", 7]), false),
        (json!("desk.queue"), false),
        (json!({"desk.queue": true}), false),
    ] {
        let world = one_root();
        world.importer.credentials.set("keep_attributes", names.clone());
        world.import().await;
        assert_eq!(world.story()[0].starts_with("0 failed/bad_connection"), !is_good, "{names}: {:?}", world.story());
        if !is_good {
            let expected = "the connection's secret has a field \"keep_attributes\" that is no list of at most 50 names of \
                attributes, each of 1 to 256 characters: make it anew as the README shows";
            assert_eq!(world.conclusion().last_error.as_deref(), Some(expected));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_may_pass_is_tried_until_the_last_try_and_goes_to_the_dead_letter_queue() {
    for (error, reason) in [
        (PlatformError::Unreachable { host: "h".to_owned() }, "unreachable"),
        (PlatformError::Timeout, "timeout"),
        (PlatformError::unavailable(502), "platform_error"),
    ] {
        let world = one_root();
        *world.importer.platform.fault.lock().unwrap() = Box::new(move |_, _| Some(error.clone()));
        world.import().await;
        let retrying = format!("0 retrying/{reason}");
        assert_eq!(world.story(), [vec![retrying; 4], vec![format!("0 failed/{reason}")]].concat());
        assert_eq!(world.dead().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_was_mended_works_at_the_next_try_and_by_force() {
    let (world, job) = (one_root(), World::job(SIMULATION));
    let connect = |key: &str| world.importer.credentials.set("key", key);
    connect(ELSEWHERE);
    world.deliver(&job, 1).await;
    connect("k1");
    tokio::time::sleep(seconds(20)).await;
    world.deliver(&job, 2).await;
    assert_eq!(world.story(), ["0 retrying/unreachable", "0 imported 1"]);

    let world = one_root();
    let connect = |key: &str| world.importer.credentials.set("key", key);
    connect(ELSEWHERE);
    world.import().await;
    assert_eq!(world.conclusion().status, Status::Failed);
    connect("k1");
    world.deliver(&ImportJob { force: true, ..job }, 1).await;
    assert_eq!(world.stored(), ["root"]);
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_passes_leaves_no_trace() {
    let world = one_root();
    *world.importer.platform.fault.lock().unwrap() =
        Box::new(|_, reading| (reading < 3).then_some(PlatformError::unavailable(503)));
    world.import().await;
    assert_eq!(world.stored(), ["root"]);
    assert_eq!(world.conclusion().status, Status::Imported);
    assert!(world.dead().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_is_down_is_not_asked_before_it_says() {
    let retry_after = Some(seconds(120));
    for (error, at_least) in [
        (PlatformError::Unavailable { status: 503, retry_after }, seconds(121)),
        (PlatformError::unavailable(503), seconds(1)),
    ] {
        let world = one_root();
        *world.importer.platform.fault.lock().unwrap() = Box::new(move |_, _| Some(error.clone()));
        let report = world.deliver(&World::job(SIMULATION), 1).await;
        let Disposition::Return(delay) = report.disposition else { panic!("it comes back") };
        assert!(delay >= at_least && delay <= at_least + seconds(10), "{delay:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_later_pass_that_fails_never_lowers_imported() {
    for (error, passes) in [
        (PlatformError::Unauthorized { advice: "replace the key".to_owned() }, 2),
        (PlatformError::unavailable(500), 6),
    ] {
        let world = one_root();
        *world.importer.platform.fault.lock().unwrap() =
            Box::new(move |_, reading| (reading > 1).then(|| error.clone()));
        world.import().await;
        let conclusion = world.conclusion();
        assert_eq!((conclusion.status, conclusion.reason, conclusion.next), (Status::Imported, None, None));
        assert!(conclusion.last_error.is_some());
        assert_eq!(world.story().len(), passes);
    }
}

#[tokio::test(start_paused = true)]
async fn a_crash_between_write_and_send_is_repaired_by_the_next_delivery() {
    let world = World::new(vec![
        span("a", "turn-1", None, 0).tagged(SIMULATION),
        span("b", "turn-2", None, 5).tagged(SIMULATION).arriving(seconds(120)),
    ]);
    let job = World::job(SIMULATION);
    world.importer.queue.failing_sends.store(1, Ordering::SeqCst);
    assert!(matches!(world.deliver(&job, 1).await.disposition, Disposition::Return(_)));
    assert_eq!(world.story(), ["0 imported 1"]);
    assert_eq!(world.deliver(&job, 2).await.disposition, Disposition::Acknowledge);
    world.run().await;
    assert_eq!(world.stored(), ["turn-1", "turn-2"]);
    assert_eq!(world.story(), ["0 imported 1", "3 imported 2"]);
}

#[tokio::test(start_paused = true)]
async fn a_killed_execution_holds_the_lease_until_it_ends_and_then_somebody_else_goes_on() {
    let world = one_root();
    *world.importer.platform.takes.lock().unwrap() = seconds(60);
    let job = World::job(SIMULATION);
    assert!(tokio::time::timeout(seconds(10), world.deliver(&job, 1)).await.is_err());
    let Disposition::Return(delay) = world.deliver(&job, 2).await.disposition else { panic!("the lease is live") };
    assert!(delay > seconds(125) && delay <= seconds(130), "{delay:?}");
    *world.importer.platform.takes.lock().unwrap() = Duration::ZERO;
    tokio::time::sleep(delay).await;
    world.deliver(&job, 3).await;
    assert_eq!(world.stored(), ["root"]);
}

#[tokio::test(start_paused = true)]
async fn an_insert_whose_answer_was_lost_is_not_repeated_by_the_next_delivery() {
    let world = one_root();
    world.importer.store.lost_answers.store(1, Ordering::SeqCst);
    world.import().await;
    assert_eq!(world.stored(), ["root"]);
    assert_eq!(world.story(), ["0 retrying/store_unavailable", "0 imported 1", "3 imported 1"]);
}

#[tokio::test(start_paused = true)]
async fn while_an_insert_whose_answer_was_lost_may_still_run_nobody_inserts_again() {
    let world = World::new(vec![span("a", "root", None, 0).tagged(SIMULATION), span("a", "next", Some("root"), 1)]);
    let job = World::job(SIMULATION);
    world.importer.store.lost_answers.store(1, Ordering::SeqCst);
    let Disposition::Return(delay) = world.deliver(&job, 1).await.disposition else { panic!("it is not done") };
    assert!(delay >= seconds(15), "{delay:?}");
    // The same job by another message, at once.
    world.send(job.clone()).await;
    assert_eq!(world.step().await.unwrap().outcome, None);
    world.run().await;
    assert_eq!(world.stored(), ["next", "root"]);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_removed_after_the_import_lowers_nothing() {
    let world = one_root();
    world.deliver(&World::job(SIMULATION), 1).await;
    world.importer.credentials.disconnect();
    world.run().await;
    assert_eq!(world.story(), ["0 imported 1", "3 imported"]);
    assert_eq!(world.conclusion().last_error.as_deref(), Some("the connection was removed after the import"));
}

#[tokio::test(start_paused = true)]
async fn a_reading_that_was_cut_never_says_that_nothing_matched() {
    for (cut, status, reason) in [
        (Truncation::Budget, Status::Failed, "timeout"),
        (Truncation::Paging, Status::Failed, "timeout"),
        (Truncation::Size, Status::Failed, "timeout"),
        (Truncation::Cap, Status::Empty, "others_tagged"),
    ] {
        let world = World::new(vec![span("a", "root", None, 0).tagged("other")]);
        *world.importer.platform.alter.lock().unwrap() = Box::new(move |reading| reading.cut = Some(cut));
        world.import().await;
        let conclusion = world.conclusion();
        assert_eq!((conclusion.status, conclusion.reason, conclusion.truncated), (status, Some(reason), Some(cut)));
        assert_eq!(conclusion.last_error.is_some(), status == Status::Failed);
    }
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_cannot_be_written_costs_a_delivery_and_no_row() {
    let world = one_root();
    let job = World::job(SIMULATION);
    *world.importer.ledger.is_down.lock().unwrap() = true;
    assert!(matches!(world.deliver(&job, 1).await.disposition, Disposition::Return(_)));
    *world.importer.ledger.is_down.lock().unwrap() = false;
    tokio::time::sleep(seconds(200)).await;
    world.deliver(&job, 2).await;
    assert_eq!(world.stored(), ["root"]);
    assert_eq!(world.story(), ["0 imported 1"]);
}

#[tokio::test(start_paused = true)]
async fn who_lost_the_lease_writes_nothing_more() {
    let world = one_root();
    let job = World::job(SIMULATION);
    let (first, ()) = tokio::join!(world.deliver(&job, 1), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.importer.ledger.items.lock().unwrap().clear();
        world.importer.platform.spans.lock().unwrap().clear();
        world.deliver(&job, 1).await;
    });
    assert!(matches!(first.disposition, Disposition::Return(_)));
    assert_eq!(first.outcome, None);
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_hangs_is_left_in_time() {
    let world = one_root();
    *world.importer.platform.takes.lock().unwrap() = seconds(600);
    world.deliver(&World::job(SIMULATION), 1).await;
    assert_eq!(world.story(), ["0 retrying/timeout"]);
    assert!(world.executions.lock().unwrap()[0] <= seconds(90));
}

#[tokio::test(start_paused = true)]
async fn a_job_before_its_time_sends_itself_again_with_the_delay_left() {
    let world = one_root();
    let job = World::job(SIMULATION).later(0, noon().plus(seconds(4_000)));
    world.send(job).await;
    world.run().await;
    assert_eq!(world.stored(), ["root"]);
    // Five links of 900 s at most, and the pass itself; then the last look.
    assert_eq!(world.executions.lock().unwrap().len(), 7);
}

#[tokio::test(start_paused = true)]
async fn an_outcome_that_was_not_announced_is_announced_by_the_same_messages_next_delivery() {
    let world = one_root();
    let job = World::job(SIMULATION);
    world.importer.queue.failing_announcements.store(1, Ordering::SeqCst);
    assert!(matches!(world.deliver(&job, 1).await.disposition, Disposition::Return(_)));
    assert!(world.importer.queue.outcomes.lock().unwrap().is_empty());
    assert_eq!(world.deliver(&job, 2).await.disposition, Disposition::Acknowledge);
    let outcomes = world.importer.queue.outcomes.lock().unwrap().clone();
    assert_eq!(outcomes.len(), 1);
    assert_eq!((outcomes[0].status.as_str(), outcomes[0].stored, outcomes[0].pass), ("imported", Some(1), 0));
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_the_store_is_waited_out() {
    let world = one_root();
    world.importer.store.is_down.store(true, Ordering::SeqCst);
    tokio::join!(world.import(), async {
        tokio::time::sleep(seconds(3_600)).await;
        world.importer.store.is_down.store(false, Ordering::SeqCst);
    });
    assert_eq!(world.stored(), ["root"]);
    assert!(world.dead().is_empty());
    assert!(world.story().contains(&"0 deferred/store_unavailable".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_stays_away_fails_the_import_after_six_hours_and_leaves_its_message() {
    let world = one_root();
    world.importer.store.is_down.store(true, Ordering::SeqCst);
    world.import().await;
    let conclusion = world.conclusion();
    assert_eq!((conclusion.status, conclusion.reason), (Status::Failed, Some("store_unavailable")));
    assert!(conclusion.at.since(noon()) > seconds(5 * 3_600));
    assert_eq!(world.dead().len(), 1);
}
