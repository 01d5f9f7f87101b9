//! Tokens, time and parameters of model calls.

use serde_json::{Value, json};

use crate::{assert_attributes, span_with};

fn generation(usage: &Value) -> Value {
    json!({"type": "GENERATION", "usageDetails": usage})
}

#[test]
fn sums_the_right_keys_and_never_says_zero_for_unknown() {
    let input = "gen_ai.usage.input_tokens";
    let output = "gen_ai.usage.output_tokens";
    let total = "gen_ai.usage.total_tokens";
    for (usage, expected) in [
        (json!({"input": 812, "output": 57, "total": 869}), json!({input: "812", output: "57", total: "869"})),
        (json!({"input": 100, "input_cached_tokens": 28}), json!({input: "128", output: null, total: "128"})),
        (json!({"input": 1, "output": 2}), json!({total: "3"})),
        (json!({"input": 3, "total": 3}), json!({input: "3", output: null, total: "3"})),
        (
            json!({"output": 5, "output_reasoning_tokens": 4}),
            json!({output: "9", "gen_ai.usage.reasoning.output_tokens": "4"}),
        ),
        (
            json!({"input": 1, "input_cache_creation_5m": 2, "input_cache_creation_1h": 3, "input_cache_read": 4}),
            json!({input: "10", "gen_ai.usage.cache_creation.input_tokens": "5", "gen_ai.usage.cache_read.input_tokens": "4"}),
        ),
        (json!({}), json!({input: null, output: null, total: null, "langfuse.observation.usage_details": null})),
        (json!({"input": 0, "output": 0, "total": 0}), json!({input: null, output: null, total: null})),
        (json!({"input": 7, "output": 0}), json!({input: "7", output: "0"})),
        (json!({"input": "12", "output": -1, "other": 1.5}), json!({input: "12", output: null})),
        (json!(null), json!({input: null})),
    ] {
        assert_attributes(generation(&usage), expected);
    }
    // Only the span that made the call.
    for kind in ["SPAN", "AGENT", "CHAIN", "TOOL"] {
        assert_attributes(json!({"type": kind, "usageDetails": {"input": 5}}), json!({input: null}));
    }
    let original = json!({"type": "GENERATION", "usageDetails": {"input": 5}, "metadata": {"attributes.gen_ai.usage.input_tokens": 9}});
    assert_attributes(original, json!({input: "9"}));
}

#[test]
fn measures_the_first_byte() {
    let began = "2026-11-20T15:00:00.420Z";
    let ttfb = "metrics.ttfb";
    for (fields, expected) in [
        (json!({"type": "GENERATION", "completionStartTime": began}), Some("0.42")),
        (json!({"type": "GENERATION", "timeToFirstToken": 0.34}), Some("0.34")),
        (json!({"name": "stt", "timeToFirstToken": 0.2}), Some("0.2")),
        (json!({"name": "tts", "metadata": {"metrics": {"ttfb": 0.1}}}), Some("0.1")),
        (
            json!({"name": "tts", "metadata": {"attributes": {"metrics.ttfb": 0.15}}, "timeToFirstToken": 9}),
            Some("0.15"),
        ),
        (json!({"type": "GENERATION", "completionStartTime": "2026-11-20T14:00:00Z"}), None),
        (json!({"type": "GENERATION", "timeToFirstToken": 1e9}), None),
        (json!({"type": "GENERATION", "timeToFirstToken": null}), None),
        (json!({"type": "SPAN", "completionStartTime": began}), None),
    ] {
        assert_attributes(fields, json!({ttfb: expected}));
    }
}

#[test]
fn reads_parameters_model_and_provider() {
    assert_attributes(
        json!({
            "type": "GENERATION", "providedModelName": "older-server", "promptName": "greeting", "promptVersion": 3,
            "modelParameters": {"temperature": "0.3", "topP": 0.9, "max_completion_tokens": "512", "stop": "END", "seed": "x", "top_k": []},
            "metadata": {"attributes.gen_ai.system": "az.ai.openai"},
        }),
        json!({
            "gen_ai.request.model": "older-server", "gen_ai.response.model": null, "gen_ai.request.temperature": "0.3",
            "gen_ai.request.top_p": "0.9", "gen_ai.request.max_tokens": "512", "gen_ai.request.stop_sequences": "[\"END\"]",
            "gen_ai.request.seed": null, "gen_ai.request.top_k": null, "gen_ai.provider.name": "azure.ai.openai",
            "gen_ai.prompt.name": "greeting", "langfuse.observation.prompt.version": "3",
        }),
    );
    let text = json!({"type": "GENERATION", "model": "m", "modelParameters": "{\"temperature\":1}"});
    assert_attributes(
        text,
        json!({"gen_ai.request.temperature": "1", "langfuse.observation.model.parameters": "{\"temperature\":1}"}),
    );
    assert!(span_with(json!({"type": "GENERATION", "model": ""})).attributes.get("gen_ai.request.model").is_none());
}
