//! Direct requests: they judge as an import does, and write nothing.

use std::sync::atomic::Ordering;

use serde_json::json;
use spanlift_importer::direct::{KeyFound, PreviewAnswer, Previewed, Refused, Verified, VerifyAnswer, VerifyRequest};
use spanlift_importer::{Discovery, Mark};
use spanlift_model::{
    Clock as _, CorrelationMode, Habit, PlatformError, SourceSpan as _, Status, Timestamp, Truncation,
};

use crate::world::{ELSEWHERE, FakeSpan, SIMULATION, World, noon, seconds, span};

const PENDING: &str = "0f9e0cf4-6a3b-4d20-9a4e-2f1b7c3d5e6f";

fn request() -> VerifyRequest {
    VerifyRequest { organization_id: "org".parse().unwrap(), version: None, learn: false }
}

async fn verify(world: &World, request: &VerifyRequest) -> Result<Verified, Refused> {
    world.importer.verify(request, world.importer.clock.now().plus(seconds(120))).await
}

async fn preview(world: &World) -> Result<Previewed, Refused> {
    let deadline = world.importer.clock.now().plus(seconds(120));
    world.importer.preview(World::job(SIMULATION).event, deadline).await
}

/// Nothing was claimed, written, sent or stored.
fn assert_nothing_written(world: &World) {
    assert!(world.importer.ledger.items.lock().unwrap().is_empty());
    assert!(world.story().is_empty() && world.stored().is_empty() && world.dead().is_empty());
    assert_eq!(world.importer.store.inserts.load(Ordering::SeqCst), 0);
    assert!(world.importer.queue.take().is_none());
    assert_eq!(world.habit(), None);
}

fn call() -> Vec<FakeSpan> {
    vec![
        span("a", "root", None, 0).tagged(SIMULATION),
        span("a", "llm", Some("root"), 1),
        span("a", "theirs", Some("root"), 2).tagged("other"),
        span("b", "else", None, 3).tagged("other"),
    ]
}

#[tokio::test(start_paused = true)]
async fn verify_says_what_the_connection_reaches() {
    let world = World::new(call());
    let verified = verify(&world, &request()).await.unwrap();
    assert_eq!((verified.rows, verified.traces, verified.is_whole_day), (4, 2, true));
    assert_eq!(verified.keys, [KeyFound { key: "simulation_output_id".to_owned(), rows: 3, traces: 2 }]);
    assert_eq!((verified.finding, verified.version.as_str()), (None, "version-1"));
    assert_eq!((verified.host.as_str(), verified.requests), ("fake.example", 1));
    assert_eq!(world.importer.platform.queries.lock().unwrap()[0].newest, Some(1_000));
    assert_nothing_written(&world);
}

#[tokio::test(start_paused = true)]
async fn verify_names_what_an_import_would_find_wrong() {
    let world = World::new(vec![]);
    assert_eq!(verify(&world, &request()).await.unwrap().finding.as_deref(), Some("nothing_in_window"));
    // Of a day that was not seen whole nobody knows that there is nothing.
    *world.importer.platform.alter.lock().unwrap() = Box::new(|reading| reading.discovery = Discovery::Unfinished);
    assert_eq!(verify(&world, &request()).await.unwrap().finding, None);
    let world = World::new(vec![span("a", "root", None, 0)]);
    let verified = verify(&world, &request()).await.unwrap();
    assert_eq!(verified.finding.as_deref(), Some("untagged"));
    assert!(verified.advice.unwrap().contains("simulation_output_id"));
}

type Break = Box<dyn Fn(&World)>;

/// By verify and by an import alike: the same word, and the same sentence.
#[tokio::test(start_paused = true)]
async fn what_is_refused_is_said_as_an_import_says_it() {
    let fault = |error: PlatformError| {
        move |world: &World| {
            let error = error.clone();
            *world.importer.platform.fault.lock().unwrap() = Box::new(move |_, _| Some(error.clone()));
        }
    };
    let breaks: [(&str, Break); 7] = [
        ("unauthorized", Box::new(|world| *world.importer.platform.key.lock().unwrap() = Some("k2".to_owned()))),
        ("unreachable", Box::new(|world| world.importer.credentials.set("key", ELSEWHERE))),
        ("bad_connection", Box::new(|world| world.importer.credentials.set("key", 7))),
        ("not_connected", Box::new(|world| world.importer.credentials.disconnect())),
        ("project_not_found", Box::new(fault(PlatformError::NotFound { advice: "no such project".to_owned() }))),
        ("forbidden", Box::new(fault(PlatformError::Forbidden { advice: "may not read".to_owned() }))),
        ("platform_error", Box::new(fault(PlatformError::unavailable(500)))),
    ];
    for (reason, break_it) in breaks {
        let world = World::new(call());
        break_it(&world);
        let verified = verify(&world, &request()).await.unwrap_err();
        let previewed = preview(&world).await.unwrap_err();
        assert_eq!((verified.reason.as_str(), previewed.reason.as_str()), (reason, reason));
        assert_eq!(verified.advice, previewed.advice, "{reason}");
        assert_nothing_written(&world);
        world.import().await;
        if reason == "not_connected" {
            assert_eq!(world.conclusion().status, Status::NotConnected);
        } else {
            assert_eq!(world.conclusion().reason, Some(reason));
            assert_eq!(world.conclusion().last_error, Some(verified.advice));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_pending_version_is_tried_and_nobody_else_reads_it() {
    let world = World::new(call());
    *world.importer.platform.key.lock().unwrap() = Some("k1".to_owned());
    let pending = VerifyRequest { version: Some(PENDING.to_owned()), ..request() };
    assert_eq!(verify(&world, &pending).await.unwrap_err().reason, "not_connected");
    world.importer.credentials.put_pending(PENDING, json!({"key": "wrong"}));
    assert_eq!(verify(&world, &pending).await.unwrap_err().reason, "unauthorized");
    // The key that works went on working, cached or not.
    world.import().await;
    assert_eq!(world.conclusion().status, Status::Imported);
    world.importer.credentials.put_pending(PENDING, json!({"key": "k1"}));
    assert_eq!(verify(&world, &pending).await.unwrap().version, PENDING);
}

#[tokio::test(start_paused = true)]
async fn verify_learns_that_traces_are_tagged_if_it_is_told_to_and_nothing_else() {
    let learning = VerifyRequest { learn: true, ..request() };
    let world = World::new(vec![span("a", "root", None, 0)]);
    assert!(!verify(&world, &learning).await.unwrap().learned);
    assert_eq!(world.habit(), None);
    let world = World::new(call());
    assert!(!verify(&world, &request()).await.unwrap().learned);
    assert_eq!(world.habit(), None);
    assert!(verify(&world, &learning).await.unwrap().learned);
    assert_eq!(world.habit(), Some(Habit::Tagged));
}

#[tokio::test(start_paused = true)]
async fn verify_ends_within_ten_seconds() {
    let world = World::new(call());
    *world.importer.platform.takes.lock().unwrap() = seconds(60);
    let began = tokio::time::Instant::now();
    assert_eq!(verify(&world, &request()).await.unwrap_err().reason, "timeout");
    assert!(began.elapsed() < seconds(10));
    let began = tokio::time::Instant::now();
    assert_eq!(preview(&world).await.unwrap_err().reason, "timeout");
    assert!(began.elapsed() <= seconds(25));
}

#[tokio::test(start_paused = true)]
async fn preview_is_what_the_import_then_does() {
    let world = World::new(call());
    let previewed = preview(&world).await.unwrap();
    assert_nothing_written(&world);
    assert_eq!((previewed.status.as_str(), previewed.would_insert, previewed.stored), ("imported", 2, 0));
    assert_eq!(previewed.matched_by, ["simulation_output_id"]);
    let decisions: Vec<_> = previewed.traces.iter().map(|trace| (trace.trace_id.as_str(), &trace.spans)).collect();
    assert_eq!(
        decisions,
        [
            ("a", &[("other_simulation".to_owned(), 1), ("simulation_output_id".to_owned(), 2)].into()),
            ("b", &[("unmatched".to_owned(), 1)].into()),
        ]
    );
    assert_eq!(previewed.traces[0].root.as_deref(), Some("root"));
    world.import().await;
    let conclusion = world.conclusion();
    assert_eq!(conclusion.status.as_str(), previewed.status);
    let counts = conclusion.counts.unwrap();
    assert_eq!((counts.stored, counts.matched_spans), (previewed.would_insert, previewed.matched_spans));
    let rejected = counts.rejected.iter().map(|(cause, count)| ((*cause).to_owned(), *count)).collect();
    assert_eq!(previewed.rejected, rejected);
    // Once more, when all is stored.
    let again = preview(&world).await.unwrap();
    assert_eq!((again.status.as_str(), again.would_insert, again.stored), ("imported", 0, 2));
}

/// What earlier passes inserted takes up room, also where it is not in the store any more.
#[tokio::test(start_paused = true)]
async fn preview_counts_the_bytes_of_earlier_passes() {
    let spans = || vec![span("a", "turn-1", None, 0), span("b", "turn-2", None, 5).arriving(seconds(10))].into_iter();
    for (room, would_insert, truncated) in [(2, 1, None), (1, 0, Some("size"))] {
        let mut world = World::new(spans().map(|span| span.tagged(SIMULATION)).collect());
        world.import().await;
        let of_one = world.importer.store.rows.lock().unwrap()[0].size();
        world = World::new(spans().map(|span| span.tagged(SIMULATION)).collect());
        world.importer.policy.caps.bytes = of_one * room;
        world.send(World::job(SIMULATION)).await;
        world.step().await;
        assert_eq!(world.stored(), ["turn-1"]);
        tokio::time::sleep(seconds(20)).await;
        let previewed = preview(&world).await.unwrap();
        assert_eq!((previewed.would_insert, previewed.truncated.as_deref()), (would_insert, truncated));
        // And so does the import.
        world.run().await;
        let counts = world.conclusion().counts.unwrap();
        assert_eq!(counts.stored, previewed.stored + previewed.would_insert);
        assert_eq!(world.conclusion().truncated.map(|truncated| truncated.to_string()), previewed.truncated);
    }
}

/// As the import's next pass will, with the same version of the secret.
#[tokio::test(start_paused = true)]
async fn preview_goes_on_where_time_cut_the_pass_before_it() {
    let world = World::new(call());
    let mark = Mark { api: "v2".to_owned(), seen_from: noon().minus(seconds(30)) };
    let cut_at = mark.clone();
    *world.importer.platform.alter.lock().unwrap() = Box::new(move |reading| {
        (reading.cut, reading.mark) = (Some(Truncation::Budget), Some(cut_at.clone()));
    });
    let resumed = || world.importer.platform.queries.lock().unwrap().last().unwrap().resume.clone();
    preview(&world).await.unwrap();
    assert_eq!(resumed(), None);
    world.send(World::job(SIMULATION)).await;
    world.step().await;
    let stands = world.item(&World::job(SIMULATION));
    preview(&world).await.unwrap();
    assert_eq!(resumed(), Some(mark));
    assert_eq!(world.item(&World::job(SIMULATION)), stands, "the import is as it was");
}

/// A key that is refused is said to be, though something is imported.
#[tokio::test(start_paused = true)]
async fn preview_of_an_import_says_that_its_key_is_refused() {
    let world = World::new(call());
    world.import().await;
    assert_eq!(world.conclusion().status, Status::Imported);
    *world.importer.platform.key.lock().unwrap() = Some("k2".to_owned());
    assert_eq!(preview(&world).await.unwrap_err().reason, "unauthorized");
}

#[tokio::test(start_paused = true)]
async fn preview_says_why_nothing_would_be_imported() {
    let others = || vec![span("b", "else", None, 3).tagged("other")];
    for (spans, correlation, status, reason) in [
        (vec![], CorrelationMode::Strict, "empty", Some("nothing_in_window")),
        (others(), CorrelationMode::Strict, "empty", Some("others_tagged")),
        (others(), CorrelationMode::Window, "empty", Some("others_tagged")),
        (vec![span("a", "root", None, 1)], CorrelationMode::Strict, "empty", Some("untagged")),
        // The last pass falls back.
        (vec![span("a", "root", None, 1)], CorrelationMode::Auto, "imported", None),
    ] {
        let world = World::new(spans).correlating(correlation);
        let previewed = preview(&world).await.unwrap();
        assert_eq!((previewed.status.as_str(), previewed.reason.as_deref()), (status, reason), "{correlation:?}");
        assert_nothing_written(&world);
    }
    let world = World::new(call());
    world.importer.store.add_native(&World::job(SIMULATION), None, noon());
    assert_eq!(preview(&world).await.unwrap().status, "skipped_native");
    let world = World::new(call());
    world.importer.ledger.fanouts.lock().unwrap().push(World::second_attempt(seconds(600)).event);
    assert_eq!(preview(&world).await.unwrap().status, "superseded");
}

/// However much there is, and however long it is written.
#[tokio::test(start_paused = true)]
async fn an_answer_is_small() {
    let long = "ü".repeat(1_000);
    let spans = (0..3_000).map(|number| {
        let mut span = span(&format!("{long}{number}"), "root", None, 1).tagged(&long).named(&long, &[]);
        span.started_at = Timestamp::from_nanos(span.started_at().nanos() + number);
        span
    });
    let world = World::new(spans.collect());
    let answer = PreviewAnswer::from(preview(&world).await);
    let PreviewAnswer::Previewed(previewed) = &answer else { panic!("{answer:?}") };
    assert_eq!((previewed.traces.len(), previewed.traces_not_listed), (500, 2_500));
    let text = serde_json::to_string(&answer).unwrap();
    assert!(text.len() < 1 << 20, "{}", text.len());
    assert_eq!(serde_json::from_str::<PreviewAnswer>(&text).unwrap(), answer);
    let answer = VerifyAnswer::from(verify(&world, &request()).await);
    let text = serde_json::to_string(&answer).unwrap();
    assert!(text.len() < 10_000 && !text.contains(&long), "no value of a key");
    assert_eq!(serde_json::from_str::<VerifyAnswer>(&text).unwrap(), answer);
}
