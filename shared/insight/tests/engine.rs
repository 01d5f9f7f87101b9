//! The questions on the real engine, over our table and over the exporter's own.
//!
//! `CLICKHOUSE_URL=http://127.0.0.1:8123 cargo test -p spanlift-insight -- --ignored`, with `CLICKHOUSE_USER` and
//! `CLICKHOUSE_PASSWORD` where the server asks for them. Every test makes a database and drops it.

#![expect(clippy::unwrap_used, reason = "clippy's test exemptions do not reach helpers in integration tests")]

#[cfg(test)]
mod support;

use std::collections::BTreeMap;

use spanlift_insight::{Aggregation, CustomMetric, Statement, Subject, TextLimits, ValueSource};
use support::{Database, Row, Schema, plan, row, run, simulation, within};

/// A turn with a tool that fails, sent by the agent itself.
fn call() -> Vec<Row> {
    vec![
        row("a", "", "conversation", 0, 40_000),
        row("b", "a", "stt", 100, 900).with("metrics.ttfb", &0.2).with("transcript", "Friday, please."),
        row("c", "a", "llm", 1000, 2000)
            .with("metrics.ttfb", &0.4)
            .with("gen_ai.usage.input_tokens", &400)
            .with("gen_ai.usage.output_tokens", &30),
        row("d", "a", "llm_tool_call", 2100, 2400).with("function.name", "book").failed(),
        row("e", "a", "llm", 2500, 3500).with("metrics.ttfb", &0.8).with("gen_ai.usage.input_tokens", &500),
        row("f", "a", "tts", 3600, 4600).with("metrics.ttfb", "not a number"),
    ]
}

async fn error_counts(database: &Database, subject: &Subject) -> (u64, u64) {
    let metrics = database.insight.metrics(subject, within()).await.unwrap();
    (metrics.all.spans, metrics.all.errors)
}

#[tokio::test]
#[ignore = "needs CLICKHOUSE_URL; run by make test"]
async fn metrics_are_made_of_the_spans_that_have_their_numbers() {
    for schema in Schema::BOTH {
        let database = Database::make(schema).await;
        database.insert(&call()).await;
        let metrics = database.insight.metrics(&simulation("sim-1"), within()).await.unwrap();

        let all = &metrics.all;
        assert_eq!((all.spans, all.errors), (6, 1), "{schema:?}");
        let first_byte = all.llm_time_to_first_byte.statistics.unwrap();
        assert_eq!((first_byte.min, first_byte.max), (0.4, 0.8));
        assert!((first_byte.median - 0.6).abs() < 1e-9 && (first_byte.p90 - 0.76).abs() < 1e-9);
        assert_eq!(all.llm_input_tokens.statistics.map(|of| of.sum), Some(900.0));
        assert_eq!((all.llm_output_tokens.spans, all.llm_output_tokens.measured), (2, 1));
        assert_eq!(all.llm_total_tokens.statistics.map(|of| of.sum), Some(930.0));
        assert_eq!(all.stt_time_to_first_byte.statistics.map(|of| of.average), Some(0.2));
        assert_eq!(
            all.tts_time_to_first_byte.missing.as_deref(),
            Some("One span is named 'tts', and it has no number in 'metrics.ttfb'.")
        );
        assert_eq!((all.tool_calls.count, all.tool_calls.by_tool[0].tool.as_str()), (1, "book"));
        assert_eq!(metrics.simulations["sim-1"], metrics.all);
        database.drop().await;
    }
}

#[tokio::test]
#[ignore = "needs CLICKHOUSE_URL; run by make test"]
async fn names_that_ingestion_accepts_beside_the_canonical_ones_count_the_same() {
    let database = Database::make(Schema::Ours).await;
    let tool = |id: &str, name: &str, attribute: &str| row(id, "", name, 0, 10).with(attribute, "book");
    let marker = row("m", "", "llm", 0, 10).with("metrics.ttfb", &9).with("trace.timing", "metadata_marker");
    let broken =
        ["nan", "inf", "-inf", "", " 1", "1,5"].map(|value| row(value, "", "llm", 0, 1).with("metrics.ttfb", value));
    let mut rows = vec![tool("a", "llm_tool_call", "function.name"), tool("b", "tool_call", "tool.name"), marker];
    rows.extend(broken);
    database.insert(&rows).await;

    let metrics = database.insight.metrics(&simulation("sim-1"), within()).await.unwrap();

    let tools: Vec<_> = metrics.all.tool_calls.by_tool.iter().map(|tool| (&*tool.tool, tool.count)).collect();
    assert_eq!(tools, [("book", 2)]);
    assert_eq!((metrics.all.llm_time_to_first_byte.spans, metrics.all.llm_time_to_first_byte.measured), (7, 0));
    database.drop().await;
}

#[tokio::test]
#[ignore = "needs CLICKHOUSE_URL; run by make test"]
async fn each_span_of_the_highest_attempt_counts_once_and_a_service_can_be_chosen() {
    for schema in Schema::BOTH {
        let database = Database::make(schema).await;
        let imported = |provider, attempt| call().into_iter().map(move |row| row.imported(provider, attempt));
        for attempt in [1, 9, 10] {
            database.insert(&imported("arize", attempt).collect::<Vec<_>>()).await;
        }
        database.insert(&imported("arize", 10).take(3).collect::<Vec<_>>()).await;
        assert_eq!(error_counts(&database, &simulation("sim-1")).await, (6, 1), "{schema:?}");
        let facts = database.insight.facts(&simulation("sim-1"), within()).await.unwrap();
        assert_eq!((facts.total_spans, facts.unique_spans, facts.duplicate_spans), (9, 6, 3));
        assert_eq!(facts.sources[0].attempt, Some(10));

        database.insert(&imported("langfuse", 10).collect::<Vec<_>>()).await;
        let both = database.insight.metrics(&simulation("sim-1"), within()).await.unwrap();
        assert_eq!(both.all.spans, 12, "{schema:?}");
        assert!(both.notes[0].contains("arize and langfuse"));
        let of_one = Subject { service: Some("langfuse".to_owned()), ..simulation("sim-1") };
        assert_eq!(error_counts(&database, &of_one).await, (6, 1));
        database.drop().await;
    }
}

#[tokio::test]
#[ignore = "needs CLICKHOUSE_URL; run by make test"]
async fn a_run_has_the_figures_of_each_simulation_and_of_all() {
    for schema in Schema::BOTH {
        let database = Database::make(schema).await;
        database.insert(&call()).await;
        database.insert(&call().into_iter().map(|row| row.of("sim-2")).take(3).collect::<Vec<_>>()).await;
        database
            .insert(
                &call().into_iter().map(|row| row.of("sim-3").resource("coval.run_id", "run-2")).collect::<Vec<_>>(),
            )
            .await;
        let metrics = database.insight.metrics(&run("run-1"), within()).await.unwrap();

        let spans: BTreeMap<_, _> = metrics.simulations.iter().map(|(id, of)| (id.as_str(), of.spans)).collect();
        assert_eq!(spans, BTreeMap::from([("sim-1", 6), ("sim-2", 3)]), "{schema:?}");
        assert_eq!((metrics.all.spans, metrics.all.llm_time_to_first_byte.measured), (9, 3));

        let slowest = CustomMetric::new("llm".to_owned(), ValueSource::Duration, None, Aggregation::Max, None).unwrap();
        let custom = database.insight.custom(&run("run-1"), within(), &slowest).await.unwrap();
        assert_eq!((custom.all.value, custom.all.spans, custom.simulations.len()), (Some(1.0), 3, 2));
        let told = Some("gen_ai.usage.input_tokens".to_owned());
        let sum = CustomMetric::new("llm".to_owned(), ValueSource::Attribute, told, Aggregation::Sum, None).unwrap();
        assert_eq!(database.insight.custom(&run("run-1"), within(), &sum).await.unwrap().all.value, Some(1300.0));
        database.drop().await;
    }
}

#[tokio::test]
#[ignore = "needs CLICKHOUSE_URL; run by make test"]
async fn transitions_go_from_each_span_to_the_next() {
    for schema in Schema::BOTH {
        let database = Database::make(schema).await;
        let mut rows = call();
        // Begins with its child and lasts longer, so it comes first; its id would put it last.
        rows.push(row("z", "", "turn", 100, 1000));
        database.insert(&rows).await;
        database.insert(&call().into_iter().map(|row| row.of("sim-2").imported("arize", 1)).collect::<Vec<_>>()).await;
        let answer = database.insight.transitions(&run("run-1"), within()).await.unwrap();

        let told: Vec<_> =
            answer.transitions.iter().map(|of| (&*of.from, &*of.to, of.count, of.simulations, of.failures)).collect();
        assert_eq!(
            told,
            [
                ("llm", "llm_tool_call: book", 2, 2, 2),
                ("llm", "tts", 2, 2, 0),
                ("llm_tool_call: book", "llm", 2, 2, 0),
                ("stt", "llm", 2, 2, 0),
                ("conversation", "stt", 1, 1, 0),
                ("conversation", "turn", 1, 1, 0),
                ("turn", "stt", 1, 1, 0),
            ],
            "{schema:?}"
        );
        assert_eq!(answer.transitions[0].failed_in, ["sim-1", "sim-2"]);
        assert!(answer.definition.contains("failures / count"));
        database.drop().await;
    }
}

#[tokio::test]
#[ignore = "needs CLICKHOUSE_URL; run by make test"]
async fn no_transition_goes_from_one_import_to_another() {
    let database = Database::make(Schema::Ours).await;
    let pair = |provider| {
        let of = |id, name, from| row(id, "", name, from, from + 50).imported(provider, 1);
        [of("a", "stt", 100), of("b", "llm", 1000)]
    };
    database.insert(&[pair("arize"), pair("langfuse")].concat()).await;

    let answer = database.insight.transitions(&run("run-1"), within()).await.unwrap();

    let told: Vec<_> = answer.transitions.iter().map(|of| (&*of.from, &*of.to, of.count, of.simulations)).collect();
    assert_eq!(told, [("stt", "llm", 2, 1)]);
    assert!(answer.notes[0].contains("arize and langfuse"));
    database.drop().await;
}

#[tokio::test]
#[ignore = "needs CLICKHOUSE_URL; run by make test"]
async fn spans_come_back_whole_and_a_text_says_what_was_said() {
    for schema in Schema::BOTH {
        let database = Database::make(schema).await;
        let mut rows = call();
        rows[2] = rows[2].clone().with("input", &"a\u{1F600}".repeat(5000)).with("gen_ai.request.model", "gpt-5");
        database.insert(&rows).await;

        let spans = database.insight.spans(&simulation("sim-1"), within(), 5).await.unwrap();
        assert_eq!((spans.spans.len(), spans.is_truncated), (5, true), "{schema:?}");
        assert_eq!(spans.spans[1].attributes.len(), 2);
        assert!(spans.spans[0].is_native && spans.spans[0].parent_span_id.is_none());

        let text = database.insight.text(&simulation("sim-1"), within(), TextLimits::default()).await.unwrap();
        assert!(text.text.contains("stt (first byte after 0.20 s) | in: Friday, please."), "{}", text.text);
        assert!(text.text.contains("… [cut, 10000 characters]"));
        assert_eq!(text.cut_values, 1);
        let facts = database.insight.facts(&simulation("sim-1"), within()).await.unwrap();
        let json = serde_json::to_string(&facts).unwrap();
        assert!(json.contains("transcript") && !json.contains("Friday"), "names of attributes, and no value");
        database.drop().await;
    }
}

#[tokio::test]
#[ignore = "needs CLICKHOUSE_URL; run by make test"]
async fn where_there_is_nothing_every_answer_says_so() {
    let database = Database::make(Schema::Ours).await;
    let insight = &database.insight;
    for subject in [simulation("sim-1"), run("run-1")] {
        assert!(insight.spans(&subject, within(), 10).await.unwrap().spans.is_empty());
        assert_eq!(insight.facts(&subject, within()).await.unwrap().total_spans, 0);
        let metrics = insight.metrics(&subject, within()).await.unwrap();
        assert_eq!(metrics.all.llm_time_to_first_byte.missing.as_deref(), Some("There are no spans."));
        let transitions = insight.transitions(&subject, within()).await.unwrap();
        assert_eq!(transitions.missing.as_deref(), Some("There are no spans."));
    }
    database.drop().await;
}

#[tokio::test]
#[ignore = "needs CLICKHOUSE_URL; run by make test"]
async fn native_spans_may_bear_other_attributes() {
    for schema in Schema::BOTH {
        let database = Database::with_attributes(schema, "tenant.id", "call.id").await;
        let native = |id: &str, simulation: &str| {
            row(id, "", "llm", 0, 10)
                .resource("coval.organization_id", "")
                .resource("coval.simulation_output_id", "")
                .resource("tenant.id", "org-1")
                .resource("call.id", simulation)
        };
        // Attempt 1 of one simulation says nothing of another's second.
        let rows = [
            native("a", "sim-1"),
            native("b", "sim-2").resource("coval.attempt", "2"),
            native("c", "sim-3").resource("coval.attempt", "1"),
            row("d", "", "llm", 0, 10).of("sim-1").imported("arize", 1),
            row("e", "", "llm", 0, 10).resource("coval.organization_id", "org-2").resource("tenant.id", "org-2"),
        ];
        database.insert(&rows).await;
        for (id, spans) in [("sim-1", 2), ("sim-2", 1), ("sim-3", 1), ("sim-4", 0)] {
            assert_eq!(error_counts(&database, &simulation(id)).await.0, spans, "{schema:?} {id}");
        }
        assert_eq!(error_counts(&database, &run("run-1")).await.0, 4, "{schema:?}");
        database.drop().await;
    }
}

#[tokio::test]
#[ignore = "needs CLICKHOUSE_URL; run by make test"]
async fn ids_with_any_character_find_their_own_and_nothing_else() {
    let database = Database::make(Schema::Ours).await;
    let ids = ["'", "\\", "{scope:String}", "?", "a\"b", "–👋", "\\N", "x' OR 1=1 --", "%", "\\x00"];
    database.insert(&ids.map(|id| row(id, "", "llm", 0, 10).of(id).resource("coval.run_id", id))).await;
    for id in ids {
        assert_eq!(error_counts(&database, &simulation(id)).await.0, 1, "{id}");
        assert_eq!(error_counts(&database, &run(id)).await.0, 1, "{id}");
        let named =
            CustomMetric::new(id.to_owned(), ValueSource::Attribute, Some(id.to_owned()), Aggregation::Sum, None);
        let custom = database.insight.custom(&simulation(id), within(), &named.unwrap()).await.unwrap();
        assert_eq!(custom.all.missing, Some(format!("No spans named '{id}'.")));
    }
    database.drop().await;
}

/// A table of a hundred granules, of which every statement reads a handful, though it is asked about ninety days: on our table by
/// the sort key (a run by its organization and the bloom filters), on the exporter's by the bloom filters.
#[tokio::test]
#[ignore = "needs CLICKHOUSE_URL; run by make test"]
async fn every_statement_reads_few_granules() {
    for schema in Schema::BOTH {
        let database = Database::make(schema).await;
        database.fill(800_000).await;
        database.insert(&call()).await;
        for statement in Statement::ALL {
            for subject in [simulation("sim-1"), run("run-1")] {
                let told = database.insight.explain(statement, &subject, within(), &[]).await.unwrap();
                let reads = plan::reads(&told);
                assert_eq!(reads.len(), 1, "{statement:?}: one table");
                for read in reads {
                    assert!(read.all > 90, "a table that shows something: {read:?}");
                    // Those of a run: run-1 is also the run of a hundred simulations of the filling.
                    let bound = if subject == run("run-1") { 20 } else { 8 };
                    assert!(read.in_the_end <= bound, "{schema:?} {statement:?} {:?}: {read:?}", subject.scope);
                    let is_by_key = schema == Schema::Ours;
                    assert!(!is_by_key || read.after_primary_key <= 20, "{statement:?}: {read:?}");
                }
            }
            // What every query of ours sets to 0 is there for a reason: without it the sort key is of no use.
            let rewritten = [("optimize_functions_to_subcolumns", "1")];
            let told = database.insight.explain(statement, &simulation("sim-1"), within(), &rewritten).await.unwrap();
            let read = plan::reads(&told)[0];
            assert!(schema == Schema::Exporter || read.after_primary_key > 90, "{statement:?}: {read:?}");
        }
        database.drop().await;
    }
}
