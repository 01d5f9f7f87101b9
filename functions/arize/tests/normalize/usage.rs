//! What a model was asked for, and what it used.

use serde_json::{Map, Value, json};

use crate::assert_attributes;

#[test]
fn usage_is_what_the_call_reported() {
    let count = |value: Value| json!({"llm.token_count.prompt": value});
    let input = |value: Value| json!({"gen_ai.usage.input_tokens": value});
    for (kind, reported, expected) in [
        ("LLM", json!(0), json!("0")),
        ("LLM", json!(412), json!("412")),
        ("LLM", json!(7.0), json!("7")),
        ("LLM", json!("12"), json!("12")),
        ("EMBEDDING", json!(3), json!("3")),
        ("LLM", json!(-5), json!(null)),
        ("LLM", json!(1.5), json!(null)),
        ("LLM", json!(1e300), json!(null)),
        ("LLM", json!("abc"), json!(null)),
        ("LLM", json!(true), json!(null)),
        ("LLM", json!([1]), json!(null)),
        ("LLM", json!(null), json!(null)),
        ("AGENT", json!(412), json!(null)),
        ("CHAIN", json!(412), json!(null)),
        ("TOOL", json!(412), json!(null)),
    ] {
        assert_attributes(json!({"span_kind": kind, "attributes": count(reported)}), input(expected));
    }
    assert_attributes(json!({"span_kind": "LLM"}), input(json!(null)));
    assert_attributes(
        json!({"span_kind": "LLM", "attributes": {"gen_ai.usage.input_tokens": 5, "llm.token_count.prompt": 9}}),
        input(json!("5")),
    );
    assert_attributes(
        json!({"span_kind": "AGENT", "attributes": {"gen_ai.usage.input_tokens": 5, "llm.token_count.prompt": 9}}),
        json!({"gen_ai.usage.input_tokens": "5", "llm.token_count.prompt": "9"}),
    );
    assert_attributes(
        json!({"span_kind": "LLM", "attributes": {
            "llm.token_count.prompt_details.cache_read": 1, "llm.token_count.prompt_details.cache_input": 2,
            "llm.token_count.prompt_details.cache_write": 3, "llm.token_count.completion_details.reasoning": 4,
            "llm.token_count.total": 9}}),
        json!({"gen_ai.usage.cache_read.input_tokens": "1", "gen_ai.usage.cache_creation.input_tokens": "3",
            "gen_ai.usage.reasoning.output_tokens": "4", "gen_ai.usage.total_tokens": "9",
            "gen_ai.usage.input_tokens": null, "gen_ai.usage.output_tokens": null}),
    );
}

#[test]
fn providers() {
    for (provider, system, expected) in [
        (json!("openai"), json!("openai"), json!("openai")),
        (json!("OpenAI"), json!(null), json!("openai")),
        (json!("azure"), json!("openai"), json!("azure.ai.openai")),
        (json!("azure"), json!(null), json!("azure.ai.inference")),
        (json!("aws"), json!("anthropic"), json!("aws.bedrock")),
        (json!("google"), json!("vertexai"), json!("gcp.vertex_ai")),
        (json!("google"), json!(null), json!("gcp.gen_ai")),
        (json!(null), json!("vertexai"), json!("gcp.vertex_ai")),
        (json!("mistralai"), json!("mistralai"), json!("mistral_ai")),
        (json!("xai"), json!(""), json!("x_ai")),
        (json!("together"), json!("openai"), json!("together")),
        (json!(" "), json!(null), json!(null)),
        (json!(null), json!(null), json!(null)),
    ] {
        let attributes = json!({"llm.provider": provider, "llm.system": system});
        assert_attributes(
            json!({"span_kind": "LLM", "attributes": attributes}),
            json!({"gen_ai.provider.name": expected}),
        );
    }
    assert_attributes(
        json!({"attributes": {"gen_ai.system": "vertex_ai"}}),
        json!({"gen_ai.provider.name": "gcp.vertex_ai"}),
    );
}

#[test]
fn parameters() {
    for (parameters, expected) in [
        (
            json!({"temperature": "0.5", "top_p": 1, "top_k": 40.0}),
            json!({"temperature": "0.5", "top_p": "1", "top_k": "40"}),
        ),
        (
            json!({"temperature": "hot", "top_p": null, "seed": 1.5}),
            json!({"temperature": null, "top_p": null, "seed": null}),
        ),
        (
            json!({"temperature": "nan", "top_p": true, "stream": "True"}),
            json!({"temperature": null, "top_p": null, "stream": "true"}),
        ),
        (json!({"max_completion_tokens": 50, "seed": -3}), json!({"max_tokens": "50", "seed": "-3"})),
        (json!({"max_tokens": null, "max_output_tokens": 9}), json!({"max_tokens": "9"})),
        (json!({"stop": "END", "n": 1}), json!({"stop_sequences": r#"["END"]"#, "choice.count": null})),
        (json!({"stop": ["a", "b"], "n": 2}), json!({"stop_sequences": r#"["a","b"]"#, "choice.count": "2"})),
        (json!({"model": "m-1", "frequency_penalty": 0}), json!({"model": "m-1", "frequency_penalty": "0"})),
        (json!([1]), json!({"model": null})),
        (json!("{broken"), json!({"model": null})),
    ] {
        let text = parameters.as_str().map_or_else(|| parameters.to_string(), str::to_owned);
        let expected: Map<String, Value> = expected
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (format!("gen_ai.request.{name}"), value.clone()))
            .collect();
        assert_attributes(
            json!({"span_kind": "LLM", "attributes": {"llm.invocation_parameters": text}}),
            Value::Object(expected),
        );
    }
    for (format, expected) in [
        (json!({"type": "json_schema"}), json!("json")),
        (json!("text"), json!("text")),
        (json!({"type": ["json"]}), json!(null)),
        (json!("yaml"), json!(null)),
    ] {
        let parameters = json!({"response_format": format}).to_string();
        assert_attributes(
            json!({"attributes": {"llm.invocation_parameters": parameters}}),
            json!({"gen_ai.output.type": expected}),
        );
    }
}
