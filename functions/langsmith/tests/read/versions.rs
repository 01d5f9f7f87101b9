//! Two versions of the API: the same runs, and one in place of the other.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use serde_json::json;
use spanlift_model::Span;
use stand_in_langsmith::{Endpoint, Fault, Limits, Run, Scenario};

use crate::reader::Reader;
use crate::runs::{RunExt as _, holding, id, on_v1, on_v2, root, run};

const V1: &str = "/api/v1/runs/query";
const V2: &str = "/api/v2/runs/query";

/// Of everything something.
fn conversation() -> Vec<Run> {
    let chat =
        json!({"choices": [{"finish_reason": "stop"}], "usage_metadata": {"input_tokens": 50, "output_tokens": 7}});
    vec![
        root(1).named("conversation").with(|run| run.tags = vec!["voice".to_owned()]),
        run(1, 1).named("stt").kind("llm").outputs(json!({"messages": [{"role": "assistant", "content": "hello"}]})),
        run(1, 2).named("ChatOpenAI").kind("llm").outputs(chat).tokens(50, 7).with(|run| {
            run.first_token_time = Some(run.start_time.plus(std::time::Duration::from_millis(250)));
            run.costs = Some((0.000_12, 0.5));
            run.extra.insert("invocation_params".to_owned(), json!({"model": "gpt-4.1", "temperature": 0.3}));
        }),
        run(1, 3).named("wrapper").kind("llm").tokens(0, 0).outputs(json!({"output": "x"})),
        run(1, 4).under(3).named("inner").kind("llm").tokens(30, 3).with(|run| {
            run.prompt_token_details = Some(json!({"cache_read": 20}));
            run.first_token_time = Some(run.start_time.plus(std::time::Duration::from_millis(125)));
        }),
        run(1, 5).named("lookup").kind("tool").with(|run| {
            run.error = Some("TimeoutError('late')Traceback (most recent call last):\n".to_owned());
        }),
        run(1, 6).named("embed").kind("embedding").tokens(9, 0),
        run(1, 7).named("pending").with(|run| run.end_time = None),
        run(1, 8).kind("retriever").metadata("nested", json!({"b": 1, "a": [true, null]})),
    ]
}

async fn spans(scenario: Scenario) -> Vec<Span> {
    Reader::of(scenario).await.spans().await
}

#[tokio::test]
async fn both_versions_give_the_same_spans_row_by_row() {
    let (v1, v2) = (spans(on_v1(holding(conversation()))).await, spans(on_v2(holding(conversation()))).await);
    assert_eq!(v1.len(), 9);
    for (v1, v2) in v1.iter().zip(&v2) {
        assert_eq!(v1, v2);
    }
    assert_eq!(v1.len(), v2.len());
    // A server that tells more than was selected tells nothing else.
    let untrimmed = Scenario { select_trims: false, ..on_v1(holding(conversation())) };
    assert_eq!(spans(untrimmed).await, v1);
}

#[tokio::test]
async fn v2_takes_three_requests_and_two_when_the_project_is_known() {
    let reader = Reader::of(holding(conversation())).await;
    assert_eq!(reader.read().await.unwrap().requests, 3);
    assert_eq!(reader.read().await.unwrap().requests, 2);
    assert_eq!(reader.paths(), ["/api/v1/sessions", V2, V2, V2, V2]);
    let asked = reader.stand_in.requests();
    let (around, rows): (Vec<_>, Vec<_>) =
        asked[1..3].iter().partition(|asked| asked.body.get("trace_filter").is_some());
    // All runs of a small window, and what begins outside of it in traces that begin in it.
    assert!(rows[0].body.get("filter").is_none() && rows[0].body.get("end_time").is_none());
    let bounds = [rows[0], around[0]].map(|asked| (&asked.body["min_start_time"], &asked.body["max_start_time"]));
    let text = |text: &str| json!(format!("2026-11-{text}Z"));
    let expected = [
        (text("20T14:54:00.000000"), text("20T15:11:00.000001")),
        (text("19T15:00:00.000000"), text("20T16:11:00.000001")),
    ];
    assert_eq!(bounds, expected.each_ref().map(|(from, to)| (from, to)));
    assert_eq!(rows[0].headers["user-agent"].split('/').next(), Some("spanlift"));
}

#[tokio::test]
async fn v1_where_v2_is_not_and_that_is_remembered() {
    for missing in [Endpoint::NotFound, Endpoint::MethodNotAllowed, Endpoint::NotImplemented] {
        let reader = Reader::of(Scenario { v2: missing, ..holding(conversation()) }).await;
        assert_eq!(reader.owned().await.len(), 9);
        assert_eq!(reader.paths(), ["/api/v1/sessions", V2, V2, V1, V1]);
        reader.read().await.unwrap();
        assert_eq!(reader.paths()[5..], [V1, V1]);
        // v1 goes, v2 comes.
        reader.stand_in.set(on_v2(holding(conversation())));
        assert_eq!(reader.owned().await.len(), 9);
        assert_eq!(reader.paths(), [V1, V1, V2, V2]);
    }
}

#[tokio::test]
async fn v1_is_asked_within_bounds_on_both_sides() {
    let reader = Reader::of(on_v1(holding(conversation()))).await;
    reader.read().await.unwrap();
    let asked = reader.stand_in.requests();
    for body in asked.iter().filter(|asked| asked.path == V1).map(|asked| &asked.body) {
        assert!(body["start_time"].is_string() && body.get("end_time").is_none(), "{body}");
        assert!(body["filter"].as_str().unwrap().contains("lt(start_time, \"2026-11-20T1"), "{body}");
        // The oldest first where runs that arrive meanwhile are to be told too.
        let order = if body["filter"].as_str().unwrap().contains("trace_id") { "asc" } else { "desc" };
        assert_eq!((&body["order"], &body["limit"]), (&json!(order), &json!(100)));
    }
}

/// An older server of one's own may have its user interface answer where v2 would be.
#[tokio::test]
async fn v1_where_a_page_for_people_answers() {
    let reader = Reader::of(Scenario {
        faults: vec![Fault {
            path: V2.to_owned(),
            status: 200,
            headers: [("content-type".to_owned(), "text/html".to_owned())].into(),
            body: "<!doctype html>".to_owned(),
            ..Fault::default()
        }],
        ..holding(conversation())
    })
    .await;
    assert_eq!(reader.owned().await.len(), 9);
}

#[tokio::test]
async fn v1_once_where_v2_does_not_take_the_query() {
    for status in [400, 422] {
        let reader = Reader::of(Scenario {
            faults: vec![Fault {
                path: V2.to_owned(),
                times: Some(1),
                status,
                body: json!({"detail": "unknown attribute"}).to_string(),
                ..Fault::default()
            }],
            ..holding(conversation())
        })
        .await;
        assert_eq!(reader.owned().await.len(), 9);
        assert_eq!(reader.paths(), ["/api/v1/sessions", V2, V2, V1, V1]);
        reader.read().await.unwrap();
        assert_eq!(reader.paths()[5..], [V2, V2]);
    }
}

#[tokio::test]
async fn v1_without_fields_that_it_does_not_know() {
    let refuses_fields = Fault {
        path: V1.to_owned(),
        body_holds: "\"select\"".to_owned(),
        status: 422,
        body: json!({"detail": [{"loc": ["body", "select", 6], "msg": "Input should be …", "type": "enum"}]})
            .to_string(),
        ..Fault::default()
    };
    let reader = Reader::of(Scenario { faults: vec![refuses_fields], ..on_v1(holding(conversation())) }).await;
    assert_eq!(reader.owned().await.len(), 9);
}

#[tokio::test]
async fn v1_without_filters_on_metadata_still_fails_closed() {
    let refuses_metadata = Fault {
        path: V1.to_owned(),
        body_holds: "metadata_key".to_owned(),
        status: 400,
        body: json!({"detail": "Invalid filter: metadata_key"}).to_string(),
        ..Fault::default()
    };
    let mut runs = conversation();
    runs.extend([run(2, 0), run(3, 0).tagged("simulation_output_id", "another")]);
    let scenario = Scenario {
        faults: vec![refuses_metadata],
        limits: Limits { v1: 100, ..Limits::default() },
        ..on_v1(holding(runs))
    };
    let reader = Reader::of(scenario.clone()).await;
    assert_eq!(reader.owned().await.len(), 9);
    let reader = Reader::of(scenario).await.hints(&["another"]);
    assert_eq!(reader.owned().await, [id(3, 0)].into());
}

#[tokio::test]
async fn v1_with_another_largest_page() {
    let mut runs = vec![root(1)];
    runs.extend((1..30).map(|index| run(1, index)));
    let reader =
        Reader::of(Scenario { limits: Limits { v1_page: 20, ..Limits::default() }, ..on_v1(holding(runs)) }).await;
    assert_eq!(reader.owned().await.len(), 30);
}

#[tokio::test]
async fn v1_where_v2_is_gone() {
    let gone = Fault { path: V2.to_owned(), status: 410, ..Fault::default() };
    let reader = Reader::of(Scenario { faults: vec![gone], ..holding(conversation()) }).await;
    assert_eq!(reader.owned().await.len(), 9);
    assert_eq!(reader.paths(), ["/api/v1/sessions", V2, V2, V1, V1]);
}

/// The only version there is: all tags are looked at, and what is not ours stays away.
#[tokio::test]
async fn v2_without_filters_on_metadata_still_fails_closed() {
    let mut runs = conversation();
    runs.extend([run(2, 0), run(3, 0).tagged("simulation_output_id", "another")]);
    for status in [400, 422] {
        let refuses_metadata = Fault {
            path: V2.to_owned(),
            body_holds: "metadata_key".to_owned(),
            status,
            body: json!({"detail": "Invalid filter: metadata_key"}).to_string(),
            ..Fault::default()
        };
        let scenario = Scenario { faults: vec![refuses_metadata], ..on_v2(holding(runs.clone())) };
        let reader = Reader::of(scenario).await;
        assert_eq!(reader.owned().await.len(), 9);
        assert_eq!(reader.paths(), ["/api/v1/sessions", V2, V2]);
        let reader = reader.hints(&["another"]);
        assert_eq!(reader.owned().await, [id(3, 0)].into());
        let reader = reader.hints(&["nobody"]);
        let reading = reader.read().await.unwrap();
        assert_eq!((reading.spans.len(), reading.sightings.is_tagged()), (0, true));
    }
}

/// What the process logs, as text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Once a process, in our own words: the day, and nothing else that a header says.
#[tokio::test]
async fn the_end_of_an_api_is_announced_once() {
    // While there is just one subscriber, tests on other threads switch off lines that they meet first.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    for (version, headers, told) in [
        (on_v1 as fn(Scenario) -> Scenario, &[][..], Some("sunset=2027-01-31")),
        (on_v2, &[], None),
        (on_v2, &[("sunset", "Tue, 02 Feb 2027 10:00:00 GMT")], Some("sunset=2027-02-02")),
        (on_v2, &[("deprecation", "@1785456000")], Some("sunset=unknown")),
        (on_v2, &[("deprecation", "true"), ("sunset", "lsv2_pt_secret")], Some("sunset=unknown")),
        (on_v2, &[("sunset", "Fri, 31 Dec 9999 23:59:59 GMT")], Some("sunset=unknown")),
    ] {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        let headers: BTreeMap<String, String> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let body = json!({"items": []}).to_string();
        let announcing = Fault { path: V2.to_owned(), status: 200, headers: headers.clone(), body, ..Fault::default() };
        let faults = if headers.is_empty() { Vec::new() } else { vec![announcing] };
        let reader = Reader::of(Scenario { faults, ..version(holding(conversation())) }).await;
        for _ in 0..2 {
            reader.read().await.unwrap();
        }
        let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<&str> = log.lines().filter(|line| line.contains("LangSmith will remove")).collect();
        assert_eq!(lines.len(), usize::from(told.is_some()), "{log}");
        assert!(lines.iter().all(|line| line.contains("WARN") && line.ends_with(told.unwrap())), "{log}");
        assert!(!log.contains("secret") && !log.contains("GMT"), "{log}");
    }
}
