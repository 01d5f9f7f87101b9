//! Any JSON at all.

use std::time::Instant;

use arize::record::PhoenixSpan;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use spanlift_conventions::tool;
use spanlift_model::json::Value as Told;

use crate::{normalized, parsed, plain};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_anywhere(
        attributes in an_object(),
        event in an_object(),
        kind in a_value(),
        name in a_value(),
        parent in a_value(),
        trace in "[0-9a-fA-F]{0,40}|.{1,9}",
        id in "[0-9a-fA-F]{0,20}|.{1,9}",
        status in prop_oneof![Just(json!("ERROR")), a_value()],
        end in a_value(),
        junk in a_value(),
    ) {
        let fields = json!({
            "context": {"trace_id": trace, "span_id": id}, "span_kind": kind, "name": name, "parent_id": parent, "status_code": status,
            "end_time": end, "attributes": attributes, "events": [{"name": "exception", "attributes": event}, junk],
        });
        let Ok(read) = PhoenixSpan::from_plain(&plain(fields.clone()).to_string()) else {
            prop_assert!(trace.is_empty() || id.is_empty());
            return Ok(());
        };
        let span = normalized(read.clone());
        prop_assert_eq!(&span, &normalized(read.clone()));
        prop_assert_eq!((span.trace_id.to_string().len(), span.span_id.to_string().len()), (32, 16));
        prop_assert!(span.parent_span_id != Some(span.span_id));
        // Another order of the same members is the same span.
        let mut reversed: Vec<_> = read.attributes.clone().into_iter().collect();
        reversed.reverse();
        let mut other = read.clone();
        other.attributes = reversed.into_iter().collect();
        prop_assert_eq!(&span, &normalized(other.clone()));
        let ours = ["openinference.span.kind", "import.source_name", "import.source_trace_id", "import.source_span_id"];
        let is_taken_apart = |name: &str| ["tool.parameters.", "llm.prompt_template.variables."].iter().any(|prefix| name.starts_with(prefix));
        let as_sent = read.attributes.iter().filter(|(name, _)| !ours.contains(&name.as_str()) && !is_taken_apart(name));
        for (name, value) in as_sent {
            let kept = span.attributes.get(name);
            match value {
                Told::String(text) if !name.ends_with("embedding.vector") => prop_assert_eq!(kept, Some(text.as_str())),
                Told::Array(_) | Told::Object(_) if !name.ends_with("embedding.vector") => {
                    prop_assert_eq!(Told::from(parsed(kept.unwrap())), value.clone());
                }
                Told::Number(_) | Told::Bool(_) => prop_assert!(kept.is_some()),
                _ => {}
            }
        }
    }
}

#[test]
fn ten_thousand_messages_take_no_time_to_speak_of() {
    let names = |index: u32| {
        [
            (format!("llm.input_messages.{index}.message.role"), json!("user")),
            (format!("llm.input_messages.{index}.message.content"), json!("hello")),
            (format!("llm.input_messages.0.message.contents.{index}.message_content.text"), json!("part")),
            (format!("tool.parameters.{}{index}", "a.".repeat(200)), json!(index)),
        ]
    };
    let attributes: Map<String, Value> = (0..10_000).flat_map(names).collect();
    for kind in ["LLM", "TOOL"] {
        let fields = json!({"span_kind": kind, "attributes": attributes});
        let span = PhoenixSpan::from_plain(&plain(fields).to_string()).unwrap();
        let began = Instant::now();
        let span = normalized(span);
        // Quadratic it would take minutes.
        assert!(began.elapsed().as_secs() < 30, "{kind} {:?}", began.elapsed());
        let messages = span.attributes.get("gen_ai.input.messages").map(|said| parsed(said).as_array().unwrap().len());
        assert_eq!(messages, (kind == "LLM").then_some(10_000));
        assert_eq!(span.attributes.get("function.arguments").is_some(), kind == "TOOL");
    }
}

/// Names that mean something, so that junk is found where it hurts.
fn a_name() -> impl Strategy<Value = String> {
    let known: Vec<String> = [tool::NAMES, tool::IDS, tool::ARGUMENTS, tool::RESULTS]
        .iter()
        .flat_map(|table| table.iter().flat_map(|(source, target)| [(*source).to_owned(), (*target).to_owned()]))
        .chain(
            [
                "llm.invocation_parameters",
                "llm.provider",
                "llm.system",
                "llm.finish_reason",
                "llm.prompts",
                "llm.choices",
                "output.mime_type",
                "service.type",
                "service.ttfb_seconds",
                "gen_ai.operation.name",
                "transcript",
                "metadata",
                "openinference.span.kind",
                "embedding.embeddings.0.embedding.vector",
                "tool.parameters.a",
                "tool.parameters.a.0.b",
                "llm.tools.0.tool.json_schema",
                "llm.tools.0.tool.name",
                "retrieval.documents.0.document.id",
                "retrieval.documents.0.document.metadata.a.b",
                "llm.input_messages.0.message.role",
                "llm.input_messages.0.message.content",
                "llm.input_messages.0.message.tool_call_id",
                "llm.output_messages.1.message.role",
                "llm.output_messages.1.message.contents.0.message_content.text",
                "llm.output_messages.1.message.tool_calls.0.tool_call.function.name",
                "llm.prompts.0.prompt.text",
                "llm.output_messages.1.message.tool_calls.0.tool_call.function.arguments",
                "import.source_name",
            ]
            .map(str::to_owned),
        )
        .collect();
    prop_oneof![
        4 => proptest::sample::select(known),
        1 => "(llm\\.input_messages|tool\\.parameters|retrieval\\.documents)(\\.[a-z0-9]{0,3}){0,4}",
        1 => any::<String>(),
    ]
}

fn a_value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>().prop_map(Value::from),
        proptest::sample::select(vec![
            "",
            " ",
            "LLM",
            "tool",
            "user",
            "stt",
            "application/json",
            "{}",
            "[[",
            r#"{"id":1,"model":{}}"#,
            r#"{"function":{"name":null}}"#,
            r#"{"n":1e999,"stop":[null],"response_format":{"type":3}}"#,
            "1e400",
            "-0",
            "NaN",
            "99999999999999999999",
        ])
        .prop_map(Value::from),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i32>().prop_map(|number| Value::from(f64::from(number) / 8.0)),
        Just(json!(1e300)),
        Just(json!(-1e-300)),
        text,
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
    prop::collection::vec((a_name(), a_value()), 0..12).prop_map(|members| Value::Object(members.into_iter().collect()))
}
