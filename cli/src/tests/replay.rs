use std::time::Duration;

use spanlift_aws::{Entries, FanoutEntry, ImportEntry};
use spanlift_model::Status;

use super::made_up::{
    Deployment, EVENT, VirtualClock, at, because, claimed, entries, fanout, import, imported, next, view,
};
use crate::input::messages;
use crate::progress::Progress;
use crate::replay::{Plan, replay};

const PLAN: Plan = Plan { is_forced: false, patience: Some(Duration::from_mins(1)) };
const FORCED: Plan = Plan { is_forced: true, ..PLAN };

struct Replayed {
    is_well: bool,
    out: String,
    progress: String,
    seconds: u64,
}

async fn run(deployment: &Deployment, text: &str, plan: Plan) -> Replayed {
    let clock = VirtualClock::start();
    let (mut out, mut progress) = (Vec::new(), Vec::new());
    let messages = messages(text).unwrap();
    let mut telling = Progress::new(&mut progress, None);
    let is_well = replay(deployment, &clock, &messages, plan, &view(), &mut telling, &mut out).await.unwrap();
    Replayed {
        is_well,
        out: String::from_utf8(out).unwrap(),
        progress: String::from_utf8(progress).unwrap(),
        seconds: clock.0.elapsed().as_secs(),
    }
}

/// fanout's entry as it is written again by the replay.
fn again() -> FanoutEntry {
    FanoutEntry { updated_at: Some(at("15:10:01")), ..fanout(&["arize"], &["langfuse"]) }
}

fn before(import: ImportEntry) -> Entries {
    entries(Some(fanout(&["arize"], &["langfuse"])), &[import])
}

#[tokio::test(start_paused = true)]
async fn a_first_import_is_followed_to_its_end() {
    let deployment = Deployment::new(vec![
        (1, entries(Some(again()), &[])),
        (3, entries(Some(again()), &[claimed(import("arize", Status::InProgress), "15:10:02")])),
        (5, entries(Some(again()), &[next(claimed(imported("arize"), "15:10:02"), 3, "15:15:02")])),
    ]);

    let replayed = run(&deployment, EVENT, PLAN).await;

    assert!(replayed.is_well);
    assert_eq!(*deployment.sent.borrow(), ["event sim-1"]);
    assert!((5..8).contains(&replayed.seconds), "{}", replayed.seconds);
    insta::assert_snapshot!(replayed.out);
    insta::assert_snapshot!(replayed.progress, @r"
    sent; waiting for fanout
    arize: waiting for the function to begin
    arize: reading
    ");
}

#[tokio::test(start_paused = true)]
async fn what_ended_long_ago_is_said_to_be_done() {
    let done = before(imported("arize"));
    let deployment = Deployment::new(vec![(0, done), (1, entries(Some(again()), &[imported("arize")]))]);

    let replayed = run(&deployment, EVENT, PLAN).await;

    assert!(replayed.is_well);
    assert!(replayed.seconds < 3, "{}", replayed.seconds);
    assert!(
        replayed.out.contains("arize: already imported, nothing to do; --force reads again.\n"),
        "{}",
        replayed.out
    );
}

#[tokio::test(start_paused = true)]
async fn what_failed_long_ago_is_no_success() {
    let failed = because(import("arize", Status::Failed), "unauthorized");
    let deployment = Deployment::new(vec![(0, before(failed.clone())), (1, entries(Some(again()), &[failed]))]);

    let replayed = run(&deployment, EVENT, PLAN).await;

    assert!(!replayed.is_well);
    assert!(replayed.out.contains("already failed (unauthorized), nothing to do; --force reads again."));
}

#[tokio::test(start_paused = true)]
async fn force_sends_jobs_to_the_connected_and_waits_for_a_new_claim() {
    let deployment = Deployment::new(vec![
        (0, before(imported("arize"))),
        (2, before(claimed(import("arize", Status::InProgress), "15:10:02"))),
        (4, before(claimed(imported("arize"), "15:10:02"))),
    ]);

    let replayed = run(&deployment, EVENT, FORCED).await;

    assert!(replayed.is_well);
    assert_eq!(*deployment.sent.borrow(), ["job arize pass 0 force true"]);
    assert!((4..7).contains(&replayed.seconds), "{}", replayed.seconds);
    assert!(replayed.out.contains("langfuse  not_connected"), "{}", replayed.out);
    assert!(!replayed.out.contains("already"), "{}", replayed.out);
}

#[tokio::test(start_paused = true)]
async fn force_reads_now_beside_a_further_look_that_is_due_later() {
    let due = |entry| before(next(entry, 3, "15:14:43"));
    let deployment = Deployment::new(vec![
        (0, due(imported("arize"))),
        (2, due(claimed(import("arize", Status::InProgress), "15:10:02"))),
        (4, due(claimed(imported("arize"), "15:10:02"))),
    ]);

    let replayed = run(&deployment, EVENT, FORCED).await;

    assert!(replayed.is_well);
    assert!((4..7).contains(&replayed.seconds), "{}", replayed.seconds);
    assert!(!replayed.out.contains("already"), "{}", replayed.out);
}

#[tokio::test(start_paused = true)]
async fn a_forced_look_that_found_nothing_says_when_the_next_one_is_due() {
    let due = |entry| before(next(because(entry, "empty"), 3, "15:14:43"));
    let deployment = Deployment::new(vec![
        (0, due(import("arize", Status::Deferred))),
        (4, due(claimed(import("arize", Status::Deferred), "15:10:02"))),
    ]);

    let replayed = run(&deployment, EVENT, FORCED).await;

    assert!(
        replayed.out.contains("looked again, and now deferred (empty): the next look is in 4 min"),
        "{}",
        replayed.out
    );
}

#[tokio::test(start_paused = true)]
async fn force_with_nobody_connected_says_so() {
    let mut deployment = Deployment::new(vec![]);
    deployment.connected.clear();

    let replayed = run(&deployment, EVENT, FORCED).await;

    assert!(deployment.sent.borrow().is_empty());
    assert!(replayed.out.contains("The organization has connected no provider"), "{}", replayed.out);
}

#[tokio::test(start_paused = true)]
async fn at_the_timeout_it_says_what_is_still_due_and_when() {
    let deferred = because(claimed(import("arize", Status::Deferred), "15:10:02"), "empty");
    let deployment = Deployment::new(vec![
        (1, entries(Some(again()), &[next(deferred.clone(), 1, "15:10:22")])),
        (24, entries(Some(again()), &[next(deferred, 2, "15:11:02")])),
    ]);

    let replayed = run(&deployment, EVENT, PLAN).await;

    assert!(replayed.is_well);
    // The second look is due after the timeout: there is nothing to wait for.
    assert!((24..27).contains(&replayed.seconds), "{}", replayed.seconds);
    insta::assert_snapshot!(replayed.out);
}

#[tokio::test(start_paused = true)]
async fn a_fanout_that_does_not_run_is_said_to_be_silent() {
    let deployment = Deployment::new(vec![]);

    let replayed = run(&deployment, EVENT, PLAN).await;

    assert!(!replayed.is_well);
    assert_eq!(replayed.seconds, 60);
    assert!(replayed.out.contains("fanout has not taken it"), "{}", replayed.out);
    let looks = deployment.looks.borrow();
    assert!(looks.len() < 45, "the ledger was asked {} times in a minute", looks.len());
}

#[tokio::test(start_paused = true)]
async fn a_function_that_does_not_run_is_said_to_be_silent() {
    let deployment = Deployment::new(vec![(1, entries(Some(again()), &[]))]);

    let replayed = run(&deployment, EVENT, PLAN).await;

    assert!(!replayed.is_well);
    assert!(replayed.out.contains("arize: still due: the function has not begun."), "{}", replayed.out);
    assert!(replayed.out.contains("arize     queued"), "{}", replayed.out);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_reads_as_in_the_dead_letter_queue_and_spoils_nothing() {
    let bad = EVENT.replace("15:04:41.25Z", "14:00:00Z");
    let batch = serde_json::json!({"Records": [{"body": bad}, {"body": EVENT}]}).to_string();
    let plan = Plan { patience: None, ..PLAN };
    let deployment = Deployment::new(vec![]);

    let replayed = run(&deployment, &batch, plan).await;

    assert!(!replayed.is_well);
    assert_eq!(*deployment.sent.borrow(), ["event sim-1"]);
    insta::assert_snapshot!(replayed.out);
}

#[tokio::test(start_paused = true)]
async fn a_simulation_that_did_not_take_place_is_nothing_wrong() {
    let deployment = Deployment::new(vec![]);

    let replayed = run(&deployment, &EVENT.replace("COMPLETED", "CANCELLED"), PLAN).await;

    assert!(replayed.is_well);
    assert!(deployment.sent.borrow().is_empty());
    assert!(replayed.out.starts_with("ignored: "));
}

fn job() -> String {
    EVENT.replacen('{', r#"{"provider": "arize", "pass": 2, "#, 1)
}

#[tokio::test(start_paused = true)]
async fn a_job_goes_to_its_own_provider_and_only_that_one_is_followed() {
    let langfuse = import("langfuse", Status::Deferred);
    let deployment = Deployment::new(vec![
        (0, entries(None, std::slice::from_ref(&langfuse))),
        (2, entries(None, &[claimed(imported("arize"), "15:10:02"), langfuse])),
    ]);

    let replayed = run(&deployment, &job(), PLAN).await;

    assert!(replayed.is_well);
    assert_eq!(*deployment.sent.borrow(), ["job arize pass 2 force false"]);
    assert!((2..4).contains(&replayed.seconds), "{}", replayed.seconds);
    assert!(replayed.out.contains("arize     imported"), "{}", replayed.out);
    assert!(!replayed.out.contains("langfuse"), "{}", replayed.out);
}

#[tokio::test(start_paused = true)]
async fn a_job_whose_import_has_ended_does_nothing_unless_it_is_forced() {
    let done = entries(None, &[imported("arize")]);

    let deployment = Deployment::new(vec![(0, done.clone())]);
    let replayed = run(&deployment, &job(), PLAN).await;
    assert!(replayed.is_well);
    assert!(
        replayed.out.contains("arize: already imported, nothing to do; --force reads again.\n"),
        "{}",
        replayed.out
    );

    for (text, plan) in [(job(), FORCED), (job().replacen('{', r#"{"force": true, "#, 1), PLAN)] {
        let again = entries(None, &[claimed(imported("arize"), "15:10:02")]);
        let deployment = Deployment::new(vec![(0, done.clone()), (2, again)]);
        let replayed = run(&deployment, &text, plan).await;
        assert!(replayed.is_well);
        assert_eq!(*deployment.sent.borrow(), ["job arize pass 2 force true"]);
        assert!((2..4).contains(&replayed.seconds), "{}", replayed.seconds);
        assert!(!replayed.out.contains("already"), "{}", replayed.out);
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_that_is_not_waited_for_is_said_to_be_sent() {
    let deployment = Deployment::new(vec![]);

    let replayed = run(&deployment, &job(), Plan { patience: None, ..PLAN }).await;

    assert!(replayed.out.starts_with("sent to arize: simulation sim-1, attempt 1\n"), "{}", replayed.out);
}
