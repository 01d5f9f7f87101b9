//! Spans around one another for one call are one call, whatever arrives when (docs/adr/0019-one-call-one-canonical-span.md).

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use spanlift_importer::LATE_IN_CALL;
use spanlift_model::Span;

use crate::world::{FakeSpan, SIMULATION, World, seconds, span};

/// The last turn of LiveKit in a call, of ten seconds: a call of a model, and speech made of its answer.
fn turn() -> Vec<FakeSpan> {
    let counts = [("lk.retry_count", "0"), ("gen_ai.usage.input_tokens", "12"), ("gen_ai.usage.output_tokens", "3")];
    let spans = vec![
        span("a", "root", None, 50),
        span("a", "turn", Some("root"), 51).named("agent_turn", &[("lk.e2e_latency", "1.2")]),
        span("a", "node", Some("turn"), 52).named("llm_node", &[("lk.response.ttft", "0.5"), ("lk.retry_count", "0")]),
        span("a", "request", Some("node"), 53).named("llm_request", &counts),
        span("a", "run", Some("request"), 54).named("llm_request_run", &[("lk.retry_count", "0")]),
        span("a", "speech", Some("turn"), 55).named("tts_node", &[("lk.response.ttfb", "0.25")]),
        span("a", "synthesis", Some("speech"), 56).named("tts_request", &[("lk.tts.label", "x")]),
    ];
    // Whose they are is known at once: what waits, waits for its call.
    spans.into_iter().map(|span| span.tagged(SIMULATION)).collect()
}

/// The rows by the names that spans have on the platform.
fn rows(world: &World) -> BTreeMap<String, Span> {
    let rows = world.importer.store.rows.lock().unwrap();
    let name = |row: &Span| row.attributes.get("import.source_name").unwrap_or_default().to_owned();
    rows.iter().map(|row| (name(row), row.clone())).collect()
}

fn names(world: &World) -> Vec<(String, String)> {
    rows(world).into_iter().map(|(source, row)| (source, row.name)).collect()
}

fn late(world: &World) -> u64 {
    world.conclusion().counts.map_or(0, |counts| counts.rejected.get(LATE_IN_CALL).copied().unwrap_or(0))
}

#[tokio::test(start_paused = true)]
async fn one_span_stands_for_a_call_and_has_what_its_wrappers_know() {
    let world = World::new(turn());
    world.import().await;
    let own = |name: &str| (name.to_owned(), name.to_owned());
    let called = |name: &str, canonical: &str| (name.to_owned(), canonical.to_owned());
    assert_eq!(
        names(&world),
        [
            own("agent_turn"),
            own("llm_node"),
            called("llm_request", "llm"),
            own("llm_request_run"),
            own("root"),
            called("tts_node", "tts"),
            own("tts_request"),
        ]
    );
    let rows = rows(&world);
    assert_eq!(rows["llm_request"].attributes.get("metrics.ttfb"), Some("0.5"));
    assert_eq!(rows["llm_node"].attributes.get("metrics.ttfb"), None);
    assert_eq!(rows["tts_node"].attributes.get("metrics.ttfb"), Some("0.25"));
}

#[tokio::test(start_paused = true)]
async fn a_call_waits_for_what_is_around_it() {
    let mut spans = turn();
    spans.retain(|span| span.id != "node");
    let node = turn().remove(2).arriving(seconds(200));
    spans.push(node);
    let world = World::new(spans);
    world.import().await;
    assert_eq!(world.story(), ["0 imported 2", "1 imported 2", "2 imported 4", "3 imported 7"]);
    assert_eq!(rows(&world)["llm_request"].attributes.get("metrics.ttfb"), Some("0.5"));
    assert_eq!(late(&world), 0);
}

/// A speech call that has settled when its reading ends had not when it began: a part of it came meanwhile and was not told.
#[tokio::test(start_paused = true)]
async fn a_call_is_whole_as_of_when_it_was_read() {
    let mut spans = turn();
    spans.retain(|span| span.id != "synthesis");
    let world = World::new(spans);
    *world.importer.platform.takes.lock().unwrap() = seconds(70);
    world.deliver(&World::job(SIMULATION), 1).await;
    assert!(!names(&world).iter().any(|(_, name)| name == "tts"), "{:?}", names(&world));
}

/// A wrapper of which it is not known yet whose it is may be of the call.
#[tokio::test(start_paused = true)]
async fn a_call_waits_until_all_of_it_is_decided() {
    let counts = [("lk.retry_count", "0"), ("gen_ai.usage.input_tokens", "12")];
    let world = World::new(vec![
        span("a", "root", None, 50).tagged(SIMULATION).arriving(seconds(100)),
        span("a", "node", Some("root"), 52).named("llm_node", &[("lk.response.ttft", "0.5")]),
        span("a", "request", Some("node"), 53).named("llm_request", &counts).tagged(SIMULATION),
    ]);
    world.import().await;
    assert_eq!(world.story()[0], "0 deferred/unfinished 0");
    assert_eq!(rows(&world)["llm_request"].attributes.get("metrics.ttfb"), Some("0.5"));
    assert_eq!(late(&world), 0);
}

#[tokio::test(start_paused = true)]
async fn what_comes_when_its_call_is_stored_keeps_its_name_and_is_counted() {
    let counts = [("lk.retry_count", "1"), ("gen_ai.usage.input_tokens", "50"), ("gen_ai.usage.output_tokens", "5")];
    let mut spans = turn();
    let again = span("a", "again", Some("node"), 54).named("llm_request", &counts);
    spans.push(again.tagged(SIMULATION).arriving(seconds(100)));
    let world = World::new(spans);
    world.import().await;
    let rows = world.importer.store.rows.lock().unwrap().clone();
    let late_row = rows.iter().find(|row| row.attributes.get("gen_ai.usage.input_tokens") == Some("50")).unwrap();
    assert_eq!((late_row.name.as_str(), late(&world)), ("llm_request", 1));
}

#[tokio::test(start_paused = true)]
async fn calls_whose_counts_differ_are_two() {
    let counts = [("lk.retry_count", "1"), ("gen_ai.usage.input_tokens", "50"), ("gen_ai.usage.output_tokens", "5")];
    let mut spans = turn();
    spans.push(span("a", "again", Some("node"), 54).named("llm_request", &counts));
    let world = World::new(spans);
    world.import().await;
    let rows = world.importer.store.rows.lock().unwrap().clone();
    let calls: Vec<&Span> = rows.iter().filter(|row| row.name == "llm").collect();
    assert_eq!(calls.len(), 2);
    assert!(calls.iter().all(|call| call.attributes.get("metrics.ttfb").is_none()), "nobody knows whose it was");
}

#[tokio::test(start_paused = true)]
async fn bare_names_say_nothing() {
    let spans = turn().into_iter().map(|mut span| {
        span.attributes.clear();
        span
    });
    let world = World::new(spans.collect());
    world.import().await;
    assert!(names(&world).iter().all(|(source, stored)| source == stored));
}

fn imported(spans: Vec<FakeSpan>) -> (BTreeMap<String, Span>, u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let world = World::new(spans);
        world.import().await;
        (rows(&world), late(&world))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever arrives when, what is stored is the same as in one pass, but for what comes over a minute after the end of a
    /// call, when something of that is stored.
    #[test]
    fn every_split_over_the_passes_stores_the_same(arrivals in vec(prop::sample::select(vec![0_u64, 0, 2, 30, 100, 250]), 7)) {
        let (whole, _) = imported(turn());
        let spans = turn().into_iter().zip(&arrivals).map(|(span, after)| span.arriving(Duration::from_secs(*after)));
        let (split, late) = imported(spans.collect());
        prop_assert!(split.keys().eq(whole.keys()));
        let called = |name: &str| split.values().filter(|row| row.name == name).count();
        prop_assert!(called("llm") <= 1 && called("tts") <= 1);
        if late == 0 || arrivals.iter().all(|after| *after <= 30) {
            prop_assert!(split == whole);
        }
    }
}
