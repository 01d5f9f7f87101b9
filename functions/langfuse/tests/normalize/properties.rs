//! Any JSON at all.

use langfuse::record::{Observation, TraceRecord};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::{normalized, row};

const FIELDS: &[&str] = &[
    "parentObservationId",
    "isRootObservation",
    "type",
    "name",
    "endTime",
    "completionStartTime",
    "updatedAt",
    "level",
    "statusMessage",
    "input",
    "output",
    "metadata",
    "model",
    "providedModelName",
    "modelParameters",
    "usageDetails",
    "costDetails",
    "totalCost",
    "timeToFirstToken",
    "promptName",
    "promptVersion",
    "version",
    "environment",
    "projectId",
    "traceName",
    "sessionId",
    "userId",
    "tags",
    "release",
    "unheardOf",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_anywhere(
        fields in prop::collection::vec((proptest::sample::select(FIELDS), a_value()), 0..10),
        kind in proptest::sample::select(vec!["SPAN", "GENERATION", "TOOL", "RETRIEVER", "EVENT", "AGENT"]),
        name in proptest::sample::select(vec!["stt", "tts", "llm", "", "x"]),
        metadata in an_object(),
        trace in "[0-9a-fA-F]{1,40}|.{1,9}",
        id in "[0-9a-fA-F]{1,20}|.{1,9}",
    ) {
        let mut whole = json!({"traceId": trace, "id": id, "type": kind, "name": name, "metadata": metadata});
        whole.as_object_mut().unwrap().extend(fields.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let text = row(whole).to_string();
        let read = Observation::from_json(&text).unwrap();
        let span = normalized(read.clone());
        prop_assert_eq!(&span, &normalized(Observation::from_json(&text).unwrap()));
        prop_assert_eq!((span.trace_id.to_string().len(), span.span_id.to_string().len()), (32, 16));
        prop_assert!(span.parent_span_id != Some(span.span_id));
        prop_assert_eq!(span.attributes.get("import.source_trace_id"), Some(trace.as_str()));
        for (name, value) in span.attributes.iter().filter(|(name, _)| name.starts_with("gen_ai.usage.")) {
            prop_assert!(value.parse::<u64>().is_ok(), "{} = {}", name, value);
        }
        let _is_trace = TraceRecord::from_json(&text).is_ok();
    }
}

/// Names that mean something, so that junk is found where it hurts.
fn a_name() -> impl Strategy<Value = String> {
    let known = [
        "attributes",
        "resourceAttributes",
        "scope",
        "metadata",
        "simulation_output_id",
        "session_id",
        "session",
        "id",
        "attributes.gen_ai.operation.name",
        "attributes.gen_ai.system",
        "attributes.gen_ai.tool.name",
        "attributes.",
        "metrics",
        "metrics.ttfb",
        "input",
        "output",
        "total",
        "input_cached_tokens",
        "temperature",
        "stop",
        "messages",
        "role",
        "content",
        "tool_calls",
        "function",
        "arguments",
        "choices",
        "message",
        "finish_reason",
        "query",
        "text",
        "name",
    ];
    prop_oneof![4 => proptest::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => any::<String>()]
}

fn a_value() -> impl Strategy<Value = Value> {
    let texts = vec![
        "",
        " ",
        "user",
        "{}",
        "[[",
        "\"",
        "\"\"",
        "\"x",
        "[{\"role\":\"user\",\"content\":null}]",
        "null",
        "1e400",
        "{\"messages\":[{}]}",
        "{\"choices\":[{\"message\":{\"role\":\"a\"}}]}",
        "2026-11-20T15:00:00Z",
        "0000-00-00",
        "@@@langfuseMedia:type=audio/wav|id=5f3c|source=bytes@@@",
        "ERROR",
        "99999999999999999999",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        Just(json!(1e300)),
        Just(json!(-0.0)),
        any::<String>().prop_map(Value::from),
        proptest::sample::select(texts).prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((a_name(), inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn an_object() -> impl Strategy<Value = Value> {
    prop::collection::vec((a_name(), a_value()), 0..8)
        .prop_map(|members| Value::Object(members.into_iter().collect::<Map<String, Value>>()))
}
