//! The trace store against the real engine, over our table and over the exporter's own.
//!
//! `CLICKHOUSE_URL=http://127.0.0.1:8123 cargo test -p spanlift-trace-store -- --ignored`, with `CLICKHOUSE_USER` and
//! `CLICKHOUSE_PASSWORD` where the server asks for them. Every test makes a database and drops it. The one that loses
//! answers stands between us and the server, so it wants an `http://` address.

#[cfg(test)]
mod support;

use std::time::Duration;

use spanlift_importer::ports::TraceStore;
use spanlift_model::{Attempts, ImportJob, Timestamp};

use spanlift_trace_store::HIGHEST_ATTEMPT;
use support::{Database, Schema, job, native, plan, span};

/// When the schedule began that the inserts are of.
const SCHEDULE: Timestamp = Timestamp::from_millis(1_795_000_000_000);
const DAY: Duration = Duration::from_hours(24);

/// No other attempt is known.
fn only(job: &ImportJob) -> Attempts {
    Attempts::new(job.event.this_attempt(), [])
}

/// The store keeps the contracts that its fake keeps, over both tables.
mod contracts {
    use super::support::{Bench, Database, Schema};

    async fn on_both_tables(contract: impl AsyncFn(&Bench<'_>)) {
        for schema in Schema::BOTH {
            let database = Database::make(schema).await;
            contract(&Bench::over(&database).await).await;
            database.drop().await;
        }
    }

    spanlift_contracts::store! { on_both_tables, #[tokio::test] #[ignore = "needs CLICKHOUSE_URL; run by make test"] }
}

#[tokio::test]
#[ignore = "needs CLICKHOUSE_URL; run by make test"]
async fn spans_come_back_as_they_went_in() {
    for schema in Schema::BOTH {
        let database = Database::make(schema).await;
        let job = job("sim-1", 1);
        let mut strange = span(&job, "strange", 1);
        strange.name = "naïve\0\u{1F600}\u{202E}".to_owned();
        strange.status_message = "' \\ \" ? {x:String} \n\r\t".to_owned();
        strange.attributes.set("input", "x".repeat(64 << 10));
        strange.attributes.set("", "no name");
        strange.attributes.set("ключ\0", "\u{FFFD}\u{10FFFF}");
        let rows = [span(&job, "plain", 0), strange];

        database.store.insert(&job, SCHEDULE, &rows).await.unwrap();

        let window = job.event.window();
        let stored =
            database.store.spans(&job.event.organization_id, &job.event.simulation_output_id, window).await.unwrap();
        assert_eq!(stored.len(), 2, "{schema:?}");
        for (stored, row) in stored.iter().zip(&rows) {
            let pairs = |attributes: &spanlift_model::Attributes| -> Vec<(String, String)> {
                attributes.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
            };
            assert_eq!(stored.trace_id, row.trace_id.to_string());
            assert_eq!(stored.span_id, row.span_id.to_string());
            assert_eq!(stored.name, row.name);
            assert_eq!(stored.service, "langfuse");
            assert_eq!((stored.started_at, Some(stored.ended_at)), (row.started_at, row.ended_at));
            assert_eq!(stored.status_message, row.status_message);
            assert_eq!(stored.attributes, pairs(&row.attributes));
            assert_eq!(stored.resource, pairs(&row.resource));
            assert_eq!(stored.import_id(), Some(job.import_id().to_string().as_str()));
        }
        assert_eq!(database.number("SELECT count() FROM otel_traces WHERE length(Events.Name) = 1").await, 2);
        database.drop().await;
    }
}

#[tokio::test]
#[ignore = "needs CLICKHOUSE_URL; run by make test"]
async fn ids_with_any_character_are_found_again() {
    let database = Database::make(Schema::Ours).await;
    for id in ["'", "\\", "{import:String}", "?", "a\"b", "–👋", "\\N", "x' OR 1=1 --", "--\r", "%", "\\x00"] {
        let Ok(job) = std::panic::catch_unwind(|| job(id, 1)) else {
            continue;
        };
        database.store.insert(&job, SCHEDULE, &[span(&job, "1", 0)]).await.unwrap();
        assert_eq!(database.store.look_up(&job, &only(&job)).await.unwrap().stored.len(), 1, "{id}");
        assert_eq!(database.store.count(&job).await.unwrap(), 1, "{id}");
    }
    database.drop().await;
}

#[tokio::test]
#[ignore = "needs CLICKHOUSE_URL; run by make test"]
async fn readers_take_the_highest_attempt() {
    for schema in Schema::BOTH {
        let database = Database::make(schema).await;
        // The tenth is higher than the ninth, though not as text; and one simulation says nothing of another's.
        for (simulation, attempt) in [("sim-1", 1), ("sim-1", 9), ("sim-1", 10), ("sim-2", 3)] {
            let job = job(simulation, attempt);
            database.store.insert(&job, SCHEDULE, &[span(&job, "1", 0), span(&job, "2", 1)]).await.unwrap();
        }
        let (first, second) = (job("sim-1", 1), job("sim-2", 1));
        let from = first.event.started_at;
        let native = [native(&first, None, from), native(&first, Some(9), from), native(&second, Some(4), from)];
        database.insert_native(&native).await;

        let read = |simulation: &str| {
            format!(
                "SELECT groupArray(attempt) FROM (
                    SELECT ResourceAttributes['coval.attempt'] AS attempt FROM otel_traces
                    WHERE ResourceAttributes['coval.organization_id'] = 'org-1' AND {simulation}
                    {HIGHEST_ATTEMPT} ORDER BY toUInt32OrZero(attempt))"
            )
        };
        let one = |id: &str| read(&format!("ResourceAttributes['coval.simulation_output_id'] = '{id}'"));
        assert_eq!(database.texts(&one("sim-1")).await, ["", "10", "10"], "{schema:?}");
        assert_eq!(database.texts(&one("sim-2")).await, ["4"], "{schema:?}");
        assert_eq!(database.texts(&read("true")).await, ["", "4", "10", "10"], "{schema:?}");
        database.drop().await;
    }
}

#[tokio::test]
#[ignore = "needs CLICKHOUSE_URL; run by make test"]
async fn native_spans_may_bear_other_attributes() {
    let database = Database::with_attributes(Schema::Ours, "tenant.id", "call.id").await;
    let job = job("sim-1", 1);
    database.insert_native(&[native(&job, None, job.event.started_at)]).await;
    database.store.insert(&job, SCHEDULE, &[span(&job, "1", 0)]).await.unwrap();
    let state = database.store.look_up(&job, &only(&job)).await.unwrap();
    assert_eq!((state.native, state.stored.len()), (1, 1));
    database.drop().await;
}

#[tokio::test]
#[ignore = "needs CLICKHOUSE_URL; run by make test"]
async fn many_spans_are_one_insert_and_the_same_again_is_none() {
    for schema in Schema::BOTH {
        let database = Database::make(schema).await;
        let job = job("sim-1", 1);
        let rows: Vec<_> = (0..20_000).map(|number| span(&job, &number.to_string(), number)).collect();
        database.store.insert(&job, SCHEDULE, &rows).await.unwrap();
        database.store.insert(&job, SCHEDULE, &rows).await.unwrap();
        assert_eq!(database.store.count(&job).await.unwrap(), 20_000, "{schema:?}");
        assert_eq!(database.store.look_up(&job, &only(&job)).await.unwrap().stored.len(), 20_000);
        database.drop().await;
    }
}

#[tokio::test]
#[ignore = "needs CLICKHOUSE_URL; run by make test"]
async fn an_insert_whose_answer_is_lost_is_done_once() {
    let database = Database::make(Schema::Ours).await;
    let job = job("sim-1", 1);
    let proxy = support::Proxy::before(&database).await;
    let store = database.store_at(&proxy.url);
    store.insert(&job, SCHEDULE, &[span(&job, "the schema is asked for once", 0)]).await.unwrap();

    proxy.lose_answers(1);
    let rows: Vec<_> = (0..500).map(|number| span(&job, &number.to_string(), number)).collect();
    store.insert(&job, SCHEDULE, &rows).await.unwrap();
    assert_eq!(proxy.lost(), 1);
    assert_eq!(database.store.count(&job).await.unwrap(), 501);
    database.drop().await;
}

#[tokio::test]
#[ignore = "needs CLICKHOUSE_URL; run by make test"]
async fn every_day_that_may_be_stored_fits_one_insert_and_two_hundred_do_not() {
    for schema in Schema::BOTH {
        let database = Database::make(schema).await;
        let job = job("sim-1", 1);
        let on_day = |day: i64| {
            let mut row = span(&job, &format!("day {day}"), 0);
            let shift = DAY.mul_f64(f64::from(i32::try_from(day.abs()).unwrap()));
            row.started_at = if day < 0 { row.started_at.minus(shift) } else { row.started_at.plus(shift) };
            row.ended_at = None;
            row
        };
        let rows: Vec<_> =
            (-7..=7).map(on_day).filter(|row| job.event.window().storable().contains(row.started_at)).collect();
        database.store.insert(&job, SCHEDULE, &rows).await.unwrap();
        assert_eq!(database.store.count(&job).await.unwrap(), rows.len() as u64, "{schema:?}");

        let hostile: Vec<_> = (-100..100).map(on_day).collect();
        let error = database.store.insert(&job, SCHEDULE, &hostile).await.unwrap_err();
        assert_eq!(error.to_string(), "trace store is unavailable: insert: code 252, TOO_MANY_PARTS");
        assert_eq!(database.store.count(&job).await.unwrap(), rows.len() as u64, "all or none");
        database.drop().await;
    }
}

#[tokio::test]
#[ignore = "needs CLICKHOUSE_URL; run by make test"]
async fn impossible_times_break_nothing() {
    for schema in Schema::BOTH {
        let database = Database::make(schema).await;
        let job = job("sim-1", 1);
        let mut rows = vec![span(&job, "sound", 0)];
        for nanos in [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX] {
            let mut row = span(&job, &nanos.to_string(), 0);
            row.started_at = Timestamp::from_nanos(nanos);
            row.ended_at = Some(Timestamp::from_nanos(i64::MAX));
            row.events[0].at = row.started_at;
            rows.push(row);
        }
        database.store.insert(&job, SCHEDULE, &rows).await.unwrap();
        assert_eq!(database.store.count(&job).await.unwrap(), 1, "{schema:?}: out of the window, out of sight");
        database.drop().await;
    }
}

/// A table of a hundred granules, of which a look-up reads a handful: on our table by the sort key, on the exporter's by
/// the bloom filters.
#[tokio::test]
#[ignore = "needs CLICKHOUSE_URL; run by make test"]
async fn a_look_up_reads_few_granules() {
    for schema in Schema::BOTH {
        let database = Database::make(schema).await;
        let job = job("sim-77", 1);
        database.fill(&job, 800_000).await;
        database.store.insert(&job, SCHEDULE, &[span(&job, "1", 0)]).await.unwrap();

        let reads = plan::reads(&database.store.explain_look_up(&job, &[]).await.unwrap());
        assert_eq!(reads.len(), 2, "two selects");
        for read in reads {
            assert!(read.all > 90, "a table that shows something: {read:?}");
            assert!(read.in_the_end <= 8, "{schema:?}: {read:?}");
            assert!(schema == Schema::Exporter || read.after_primary_key <= 8, "{read:?}");
        }

        // What every query of ours sets to 0 is there for a reason: without it the sort key is of no use.
        let rewritten = [("optimize_functions_to_subcolumns", "1")];
        for read in plan::reads(&database.store.explain_look_up(&job, &rewritten).await.unwrap()) {
            assert!(schema == Schema::Exporter || read.after_primary_key > 90, "{read:?}");
        }
        database.drop().await;
    }
}
