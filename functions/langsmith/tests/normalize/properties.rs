//! Any JSON at all.

use langsmith::Row;
use langsmith::attribution::mark;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::{json_of, normalized};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_anywhere(
        fields in proptest::collection::btree_map(a_field(), a_value(), 0..12),
        id in "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|.{1,12}",
        trace in "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|.{1,12}",
    ) {
        let mut row = json_of(Value::Object(fields.into_iter().collect()));
        row["id"] = json!(id);
        row["trace_id"] = json!(trace);
        let Ok(above) = Row::read(&row.to_string()) else {
            return Ok(());
        };
        row["parent_run_id"] = json!(id);
        row["id"] = json!("b");
        let mut rows = [above, Row::read(&row.to_string()).unwrap()];
        mark(&mut rows);
        for row in &rows {
            let run = row.run().unwrap();
            let span = normalized(run.clone());
            prop_assert_eq!(&span, &normalized(run.clone()));
            prop_assert_eq!((span.trace_id.to_string().len(), span.span_id.to_string().len()), (32, 16));
            prop_assert!(span.parent_span_id != Some(span.span_id));
            for name in ["gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.usage.total_tokens"] {
                prop_assert!(span.attributes.get(name).is_none_or(|count| count.parse::<u64>().is_ok()));
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,60}") {
        if let Ok(row) = Row::read(&text) {
            normalized(row.run().unwrap());
        }
    }

    /// Parents in circles, at any length.
    #[test]
    fn any_parents(parents in proptest::collection::vec(proptest::option::of(0_usize..12), 1..12)) {
        let run = |(index, parent): (usize, &Option<usize>)| {
            let fields = json!({"id": format!("r{index}"), "parent_run_ids": parent.map(|parent| vec![format!("r{parent}")]),
                "run_type": "LLM", "prompt_tokens": 5, "first_token_time": "2026-11-20T15:00:41Z"});
            Row::read(&json_of(fields).to_string()).unwrap()
        };
        let mut rows: Vec<Row> = parents.iter().enumerate().map(run).collect();
        mark(&mut rows);
        prop_assert!(rows.iter().all(|row| row.run().is_ok_and(|run| !normalized(run).name.is_empty())));
    }
}

fn a_field() -> impl Strategy<Value = String> {
    let known = [
        "parent_run_id",
        "parent_run_ids",
        "dotted_order",
        "name",
        "run_type",
        "status",
        "end_time",
        "first_token_time",
        "error",
        "inputs",
        "outputs",
        "extra",
        "metadata",
        "tags",
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        "prompt_token_details",
        "total_cost",
        "thread_id",
        "session_id",
        "inputs_s3_urls",
    ];
    proptest::sample::select(known.to_vec()).prop_map(str::to_owned)
}

fn a_value() -> impl Strategy<Value = Value> {
    let names = [
        "usage_metadata",
        "generations",
        "message",
        "kwargs",
        "llm_output",
        "token_usage",
        "usage",
        "output",
        "input_tokens",
        "output_tokens",
        "metadata",
        "invocation_params",
        "model",
        "ls_model_name",
        "choices",
        "finish_reason",
        "messages",
        "content",
        "ROOT",
        "presigned_url",
        "raw",
        "simulation_output_id",
        "tools",
        "é",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop_oneof![Just("llm".to_owned()), Just("tool".to_owned()), Just("stt".to_owned()), ".{0,8}"]
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            proptest::collection::btree_map(proptest::sample::select(names.to_vec()), inner, 0..4).prop_map(
                |members| {
                    let members = members.into_iter().map(|(name, value)| (name.to_owned(), value));
                    Value::Object(members.collect::<Map<String, Value>>())
                }
            ),
        ]
    })
}
