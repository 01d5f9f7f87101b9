//! What needs no server. What needs one is in `tests/engine.rs`.

use std::sync::Arc;
use std::time::Duration;

use clickhouse::error::Error;
use clickhouse::test::{Mock, handlers};
use spanlift_importer::PortError;
use spanlift_importer::ports::TraceStore;
use spanlift_model::{
    Attempts, Attributes, ImportId, ImportJob, Span, SpanEvent, SpanId, SpanKind, StatusCode, Timestamp, TraceId,
};

use crate::exceptions::{self, Verdict, port_error, verdict};
use crate::queries::Queries;
use crate::row::SpanRow;
use crate::token::token;
use crate::{ClickHouse, SettingsError, TraceStoreSettings};

fn settings(url: &str) -> TraceStoreSettings {
    TraceStoreSettings {
        url: url.to_owned(),
        database: "otel".to_owned(),
        table: "otel_traces".to_owned(),
        user: "importer".to_owned(),
        password: "secret".into(),
        organization_attribute: "tenant.id".to_owned(),
        simulation_attribute: "call.id".to_owned(),
    }
}

/// When the schedule began that the inserts are of.
const SCHEDULE: Timestamp = Timestamp::from_millis(1_795_000_000_000);

fn attempts() -> Attempts {
    Attempts::new(job().event.this_attempt(), [])
}

fn job() -> ImportJob {
    ImportJob::parse(
        r#"{"version": "1", "organization_id": "org-1", "simulation_output_id": "sim-1", "status": "COMPLETED",
            "started_at": "2026-11-20T15:00:00Z", "ended_at": "2026-11-20T15:04:41.25Z", "provider": "langfuse"}"#,
    )
    .unwrap()
}

fn span(raw_id: &str) -> Span {
    let started_at = Timestamp::parse("2026-11-20T15:00:01.000000001Z").unwrap();
    Span {
        trace_id: TraceId::from_source("trace"),
        span_id: SpanId::from_source("trace", raw_id),
        parent_span_id: None,
        name: "llm".to_owned(),
        kind: SpanKind::Client,
        started_at,
        ended_at: Some(started_at.plus(Duration::from_millis(1500))),
        status: StatusCode::Error,
        status_message: "no \"quota\"\0".to_owned(),
        attributes: Attributes::from_iter([("output", "hallo 👋"), ("input", "hello")]),
        events: vec![SpanEvent {
            name: "first token".to_owned(),
            at: started_at.plus(Duration::from_millis(7)),
            attributes: Attributes::from_iter([("n", "1")]),
        }],
        resource: Arc::new(Attributes::from_iter([("service.name", "langfuse"), ("coval.attempt", "1")])),
    }
}

#[test]
fn a_row_has_the_exporters_columns() {
    let parent = span("parent").span_id;
    let rows =
        [span("whole"), Span { parent_span_id: Some(parent), ended_at: None, events: Vec::new(), ..span("bare") }];
    insta::assert_json_snapshot!(rows.iter().map(SpanRow::new).collect::<Vec<_>>());
}

#[test]
fn the_queries() {
    let queries = Queries::new(&settings("http://localhost"));
    insta::assert_snapshot!(format!("{}\n;\n{}\n;\n{}", queries.look_up, queries.count, queries.spans));
}

#[test]
fn a_token_is_one_import_and_its_rows() {
    let import = job().import_id();
    let other = ImportId::from_hex("00000000000000000000000000000001").unwrap();
    let (one, two) = (span("1"), span("2"));
    let of = |import, rows: &[&Span]| {
        token(import, SCHEDULE, &rows.iter().map(|row| (*row).clone()).collect::<Vec<_>>()).unwrap()
    };

    // Written down: a new release must repeat the insert of the one before as the same insert.
    assert_eq!(of(import, &[&one]), "958b113dd9b7c31524f5eddbc7f80c26cfa639d520f2caf1a799a16bcea0b4a1");
    assert_eq!(of(import, &[&one, &two]), of(import, &[&one, &two]));
    assert_ne!(of(import, &[&one, &two]), of(import, &[&two, &one]));
    assert_ne!(of(import, &[&one, &two]), of(import, &[&one]));
    assert_ne!(of(import, &[&one]), of(other, &[&one]));
    let later = SCHEDULE.plus(Duration::from_millis(1));
    assert_ne!(token(import, SCHEDULE, &[span("1")]).unwrap(), token(import, later, &[span("1")]).unwrap());
}

#[test]
fn exceptions_are_told_apart_by_their_code() {
    let response = |code: u16| Error::BadResponse(format!("Code: {code}. DB::Exception: row 'secret' (version 26.5)"));
    for (code, name, expected) in exceptions::EXCEPTIONS {
        let error = response(*code);
        assert_eq!(verdict(&error), *expected, "{name}");
        let text = port_error("insert", &error).to_string();
        assert!(text.contains(&format!("code {code}, {name}")), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }
    assert_eq!(verdict(&response(10_000)), Verdict::Busy);
    assert_eq!(verdict(&Error::BadResponse("<html>502</html>".to_owned())), Verdict::Lost);
    assert_eq!(verdict(&Error::TimedOut), Verdict::Lost);
    assert_eq!(verdict(&Error::SchemaMismatch("x".to_owned())), Verdict::Setup);
}

#[test]
fn a_code_is_read_from_anything() {
    for (text, expected) in [
        ("Code: 252. DB::Exception: Code: 60.", Some(252)),
        ("Code: 252", Some(252)),
        ("bad gateway", None),
        ("Code: ", None),
        ("Code: 99999999", None),
    ] {
        assert_eq!(exceptions::code(text), expected, "{text}");
    }
}

#[test]
fn settings_that_would_need_escaping_are_refused() {
    let good = settings("https://h.example:8443");
    let store = |settings| ClickHouse::new(&settings).map(drop);
    assert_eq!(store(good.clone()), Ok(()));
    let identifier = |table: &str| store(TraceStoreSettings { table: table.to_owned(), ..good.clone() });
    for bad in ["", "otel.traces", "1st", "t`", "t;DROP"] {
        assert_eq!(identifier(bad), Err(SettingsError::Identifier("table")), "{bad}");
    }
    let attribute = |name: &str| store(TraceStoreSettings { organization_attribute: name.to_owned(), ..good.clone() });
    for bad in ["", "a'b", "a b", "a\\"] {
        assert_eq!(attribute(bad), Err(SettingsError::Attribute("the organization attribute")), "{bad}");
    }
    for bad in ["", "localhost:8123", "https://", "https://user:key@h", "http://h?database=x"] {
        assert_eq!(store(TraceStoreSettings { url: bad.to_owned(), ..good.clone() }), Err(SettingsError::Url), "{bad}");
    }
}

/// The answer to an insert that was done. The mock panics at the end of a test whose answers were not all asked for.
fn done() -> impl clickhouse::test::Handler {
    #[derive(clickhouse::Row, serde::Serialize)]
    struct Nothing {
        number: u8,
    }
    handlers::provide(Vec::<Nothing>::new())
}

#[tokio::test]
async fn no_rows_are_no_insert() {
    let mock = Mock::new();
    let store = ClickHouse::new(&settings(mock.url())).unwrap();
    store.insert(&job(), SCHEDULE, &[]).await.unwrap();
}

#[tokio::test]
async fn a_lost_answer_is_the_same_insert_once_more() {
    let mock = Mock::new();
    let store = ClickHouse::new(&settings(mock.url())).unwrap();
    // SOCKET_TIMEOUT
    mock.add(handlers::exception(209));
    mock.add(done());
    store.insert(&job(), SCHEDULE, &[span("1")]).await.unwrap();

    mock.add(handlers::exception(209));
    // TOO_MANY_PARTS
    mock.add(handlers::exception(252));
    let error = store.insert(&job(), SCHEDULE, &[span("1")]).await.unwrap_err();
    assert!(matches!(error, PortError::Uncertain { .. }), "the first may have been done: {error}");
}

#[tokio::test]
async fn a_refused_insert_is_not_repeated() {
    let mock = Mock::new();
    let store = ClickHouse::new(&settings(mock.url())).unwrap();
    mock.add(handlers::exception(252));
    let error = store.insert(&job(), SCHEDULE, &[span("1")]).await.unwrap_err();
    assert!(matches!(error, PortError::Unavailable { .. }), "{error}");
    assert_eq!(error.to_string(), "trace store is unavailable: insert: code 252, TOO_MANY_PARTS");
}

#[tokio::test]
async fn nobody_there_is_unavailable() {
    let store = ClickHouse::new(&settings("http://127.0.0.1:9")).unwrap();
    let error = store.look_up(&job(), &attempts()).await.unwrap_err();
    assert_eq!(error.to_string(), "trace store is unavailable: look-up: no connection");
}
