//! Whatever it is: no panic, nothing slow, the source's own names stay.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use spanlift_model::Role;

use crate::derived;

/// Far more than any of them takes; a quadratic one takes minutes.
const SOON: Duration = Duration::from_mins(1);

fn roles() -> impl Strategy<Value = Role> {
    prop::sample::select(vec![
        Role::ModelCall,
        Role::Agent,
        Role::Workflow,
        Role::Other,
        Role::ToolCall,
        Role::SpeechToText,
        Role::Speech,
        Role::TextToSpeech,
        Role::Embedding,
        Role::Retrieval,
    ])
}

fn words() -> impl Strategy<Value = String> {
    let known = [
        "role",
        "content",
        "parts",
        "type",
        "text",
        "messages",
        "choices",
        "generations",
        "message",
        "kwargs",
        "lc",
        "tool_calls",
        "function",
        "name",
        "arguments",
        "input",
        "output",
        "image",
        "source",
        "data",
        "toolUse",
        "event.name",
        "gen_ai.choice",
        "assistant",
        "tool",
        "human",
        "id",
        "data:image/png;base64,AAAA",
        "[",
        "{\"role\":\"user\",\"content\":\"x\"}",
    ];
    prop_oneof![4 => prop::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => ".{0,8}"]
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        words().prop_map(Value::from)
    ];
    leaf.prop_recursive(6, 60, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((words(), inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn names() -> impl Strategy<Value = String> {
    let known = [
        "gen_ai.input.messages",
        "gen_ai.prompt",
        "gen_ai.prompt.0.role",
        "gen_ai.prompt.0.content",
        "ai.prompt.messages",
        "ai.prompt",
        "ai.response.toolCalls",
        "lk.pii.chat_ctx",
        "gcp.vertex.agent.llm_request",
        "gcp.vertex.agent.llm_response",
        "pydantic_ai.all_messages",
        "events",
        "llm.input_messages.0.message.role",
        "llm.input_messages.0.message.contents.0.message_content.type",
        "llm.prompts",
        "input.value",
        "output.value",
        "output",
        "input",
        "traceloop.entity.output",
        "tools",
        "llm.tools.0.tool.json_schema",
        "retrieval.documents.0.document.metadata.a",
        "embedding.vector",
        "llm.finish_reason",
        "transcript",
    ];
    prop_oneof![4 => prop::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => "[a-z.0-9]{0,20}"]
}

proptest! {
    #[test]
    fn nothing_breaks_and_nothing_of_the_source_is_replaced(
        role in roles(),
        attributes in prop::collection::vec((names(), values()), 0..8),
        (input, output) in (values(), values()),
        inherited in any::<bool>(),
    ) {
        let attributes: Map<String, Value> = attributes.into_iter().collect();
        let mut fields = json!({"attributes": attributes, "input": input, "output": output, "events": [
            {"name": "gen_ai.user.message", "attributes": {"content": input.to_string()}},
            {"name": "gen_ai.choice", "attributes": {"message": output.to_string()}}]});
        if inherited {
            fields["inherited"] = json!(true);
        }
        let found = derived(role, &fields);
        for (name, value) in crate::sent(&fields).attributes.iter() {
            let name = if inherited { format!("langsmith.metadata.{name}") } else { name.to_owned() };
            let is_vector = name.ends_with("embedding.vector");
            prop_assert!(is_vector || found.get(&name) == Some(value), "{}", name);
        }
        for name in ["gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.tool.definitions", "gen_ai.retrieval.documents"] {
            let own = fields["attributes"].get(name).is_some();
            if let Some(text) = found.get(name).filter(|_| !own) {
                prop_assert!(serde_json::from_str::<Vec<Value>>(text).is_ok(), "{name}: {text}");
            }
        }
    }

    /// Messages as they are stored are read as themselves.
    #[test]
    fn messages_are_stable(input in values()) {
        let first = derived(Role::ModelCall, &json!({"input": input}));
        if let Some(messages) = first.get("gen_ai.input.messages") {
            let again = derived(Role::ModelCall, &json!({"input": messages}));
            prop_assert_eq!(again.get("gen_ai.input.messages"), Some(messages));
        }
    }
}

#[test]
fn large_inputs_take_no_time() {
    let started = Instant::now();
    let mut attributes = Map::new();
    for index in 0..20_000 {
        attributes.insert(format!("llm.input_messages.{index}.message.role"), json!("user"));
        attributes.insert(format!("llm.input_messages.{index}.message.content"), json!("hi"));
        attributes
            .insert(format!("llm.output_messages.0.message.tool_calls.{index}.tool_call.function.name"), json!("f"));
    }
    attributes.insert("llm.output_messages.0.message.role".to_owned(), json!("assistant"));
    attributes.insert(format!("gen_ai.prompt.0{}", ".".repeat(1_000_000)), json!("x"));
    attributes.insert(format!("retrieval.documents.0.document{}", ".a".repeat(500_000)), json!("x"));
    let found = derived(Role::ModelCall, &json!({"attributes": attributes}));
    assert!(found.get("gen_ai.input.messages").unwrap().len() > 20_000 * 40);
    let messages: Vec<Value> =
        (0..20_000).map(|_| json!({"role": "user", "content": "data:data:;base64,hi"})).collect();
    let calls: Vec<Value> =
        (0..20_000).map(|index| json!({"type": "tool_use", "id": index.to_string(), "name": "f"})).collect();
    let again: Vec<Value> = (0..20_000).map(|index| json!({"id": index.to_string(), "name": "f"})).collect();
    derived(
        Role::ModelCall,
        &json!({"input": {"messages": messages}, "output": {"role": "assistant", "content": calls, "tool_calls": again}}),
    );
    let text = format!("{}{}", "data:,;base64,".repeat(100_000), "data:".repeat(200_000));
    derived(Role::ModelCall, &json!({"input": [{"role": "user", "content": text}]}));
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
}

#[test]
fn deep_inputs_use_no_stack_up() {
    for (open, close) in
        [("[", "]"), ("{\"messages\":", "}"), ("{\"input\":", "}"), ("[{\"role\":\"user\",\"content\":", "}]")]
    {
        for depth in [100, 100_000] {
            let text = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let attributes = json!({"gen_ai.prompt": text, "llm.prompts": text, "lk.pii.chat_ctx": text, "tools": text,
                "llm.output_messages.0.message.role": "assistant",
                "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "f",
                "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": text});
            derived(Role::ModelCall, &json!({"attributes": attributes, "input": text, "output": text}));
        }
    }
}
