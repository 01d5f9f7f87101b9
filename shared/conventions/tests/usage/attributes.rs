//! Attributes of every vocabulary.

use serde_json::{Value, json};
use spanlift_conventions::Usage;

use crate::{attributes, some, usage};

fn of_attributes(members: &Value) -> Option<Usage> {
    Usage::of_attributes(&attributes(members))
}

#[test]
fn conventions_and_voice_agents() {
    for (of, expected) in [
        // OpenTelemetry GenAI 1.42.0.
        (
            json!({"gen_ai.usage.input_tokens": 300, "gen_ai.usage.output_tokens": 20,
                "gen_ai.usage.cache_read.input_tokens": 256, "gen_ai.usage.cache_creation.input_tokens": 8,
                "gen_ai.usage.reasoning.output_tokens": 5}),
            [300, 20, -1, 256, 8, 5],
        ),
        // Strands 1.62: both spellings, cached tokens inside.
        (
            json!({"gen_ai.usage.prompt_tokens": 510, "gen_ai.usage.input_tokens": 510,
                "gen_ai.usage.completion_tokens": 37, "gen_ai.usage.output_tokens": 37, "gen_ai.usage.total_tokens": 547,
                "gen_ai.usage.cache_read_input_tokens": 400, "gen_ai.usage.cache_write_input_tokens": 64}),
            [510, 37, 547, 400, 64, -1],
        ),
        // LiveKit 1.8; its JSON adds the total.
        (
            json!({"gen_ai.usage.input_tokens": 300, "gen_ai.usage.output_tokens": 20,
                "gen_ai.usage.cache_read.input_tokens": 256, "gen_ai.usage.cache_write.input_tokens": 8,
                "lk.llm_metrics": "{\"ttft\": 0.4, \"total_tokens\": 320}"}),
            [300, 20, 320, 256, 8, -1],
        ),
        // LiveKit before 1.8: a field for everything, and zero where nobody knows.
        (
            json!({"lk.llm_metrics": "{\"type\":\"llm_metrics\",\"completion_tokens\":20,\"prompt_tokens\":300,\"prompt_cached_tokens\":256,\"cache_creation_tokens\":0,\"reasoning_tokens\":0,\"total_tokens\":320}"}),
            [300, 20, 320, 256, -1, -1],
        ),
        (
            json!({"lk.realtime_model_metrics": "{\"input_tokens\":521,\"output_tokens\":120,\"total_tokens\":641,\"input_token_details\":{\"audio_tokens\":229,\"text_tokens\":292,\"cached_tokens\":192},\"output_token_details\":{\"text_tokens\":20,\"audio_tokens\":100}}"}),
            [521, 120, 641, 192, -1, -1],
        ),
        (
            json!({"lk_llm_metrics_prompt_tokens": "300", "lk_llm_metrics_completion_tokens": "20.0",
                "lk_llm_metrics_prompt_cached_tokens": 256, "lk_llm_metrics_ttft": 0.4}),
            [300, 20, -1, 256, -1, -1],
        ),
        (
            json!({"lk.realtime_model_metrics.input_tokens": 521, "lk.realtime_model_metrics.output_tokens": 120,
                "lk.realtime_model_metrics.input_token_details.cached_tokens": 192}),
            [521, 120, -1, 192, -1, -1],
        ),
        // Pipecat 1.14, with a model that heard and spoke.
        (
            json!({"gen_ai.usage.input_tokens": 521, "gen_ai.usage.output_tokens": 120,
                "gen_ai.usage.audio.input_tokens": 229, "gen_ai.usage.audio.output_tokens": 100,
                "gen_ai.usage.audio.cache_read.input_tokens": 64, "gen_ai.usage.cache_read.input_tokens": 192}),
            [521, 120, -1, 192, -1, -1],
        ),
    ] {
        assert_eq!(of_attributes(&of), some(expected), "{of}");
    }
}

#[test]
fn instrumentations() {
    for (of, expected) in [
        // OpenInference.
        (
            json!({"llm.token_count.prompt": 81, "llm.token_count.completion": 17, "llm.token_count.total": 98,
                "llm.token_count.prompt_details.cache_read": 64, "llm.token_count.prompt_details.cache_input": 63,
                "llm.token_count.prompt_details.cache_write": 3, "llm.token_count.completion_details.reasoning": 5}),
            [81, 17, 98, 64, 3, 5],
        ),
        // OpenLLMetry, before it took the conventions' names.
        (
            json!({"gen_ai.usage.prompt_tokens": 81, "gen_ai.usage.completion_tokens": 17, "llm.usage.total_tokens": 98,
                "llm.usage.reasoning_tokens": 5, "gen_ai.usage.cache_creation_input_tokens": 3}),
            [81, 17, 98, -1, 3, 5],
        ),
        // OpenLIT.
        (
            json!({"gen_ai.usage.input_tokens": 81, "gen_ai.usage.output_tokens": 17,
                "gen_ai.usage.prompt_tokens_details.cached_tokens": 64,
                "gen_ai.usage.prompt_tokens_details.cache_creation_tokens": 3,
                "gen_ai.usage.completion_tokens_details.reasoning_tokens": 5}),
            [81, 17, -1, 64, 3, 5],
        ),
        // LiteLLM 1.70: details as Python shows them.
        (
            json!({"gen_ai.usage.prompt_tokens": 81, "gen_ai.usage.completion_tokens": 17, "llm.usage.total_tokens": 98,
                "metadata.usage_object": "{'completion_tokens': 17, 'prompt_tokens': 81, 'total_tokens': 98, 'completion_tokens_details': {'reasoning_tokens': 5, 'text_tokens': None}, 'prompt_tokens_details': {'cached_tokens': 64}}"}),
            [81, 17, 98, 64, -1, 5],
        ),
        // Pydantic AI 2.68.
        (
            json!({"gen_ai.usage.input_tokens": 81, "gen_ai.usage.output_tokens": 17, "gen_ai.usage.details.cache_read_tokens": 64,
                "gen_ai.usage.details.cache_write_tokens": 3, "gen_ai.usage.details.reasoning_tokens": 5}),
            [81, 17, -1, 64, 3, 5],
        ),
        // AI SDK 4, 5 and 6, and its embeddings.
        (json!({"ai.usage.promptTokens": 81, "ai.usage.completionTokens": 17}), [81, 17, -1, -1, -1, -1]),
        (
            json!({"ai.usage.promptTokens": 81, "ai.usage.completionTokens": 17,
                "ai.response.providerMetadata": "{\"openai\":{\"reasoningTokens\":5,\"cachedPromptTokens\":64}}"}),
            [81, 17, -1, 64, -1, 5],
        ),
        (
            json!({"ai.usage.promptTokens": 14, "ai.usage.completionTokens": 17,
                "ai.response.providerMetadata": "{\"anthropic\":{\"cacheCreationInputTokens\":3,\"cacheReadInputTokens\":64}}"}),
            [14, 17, -1, 64, 3, -1],
        ),
        (
            json!({"ai.usage.inputTokens": 81, "ai.usage.outputTokens": 17, "ai.usage.totalTokens": 98,
                "ai.usage.reasoningTokens": 5, "ai.usage.cachedInputTokens": 64}),
            [81, 17, 98, 64, -1, 5],
        ),
        (
            json!({"ai.usage.inputTokens": 81, "ai.usage.inputTokenDetails.noCacheTokens": 14,
                "ai.usage.inputTokenDetails.cacheReadTokens": 64, "ai.usage.inputTokenDetails.cacheWriteTokens": 3,
                "ai.usage.outputTokens": 17, "ai.usage.outputTokenDetails.textTokens": 12,
                "ai.usage.outputTokenDetails.reasoningTokens": 5, "ai.usage.totalTokens": 98}),
            [81, 17, 98, 64, 3, 5],
        ),
        (json!({"ai.usage.tokens": 9}), [9, -1, -1, -1, -1, -1]),
        // LangSmith's exporter: details as Python shows them.
        (
            json!({"gen_ai.usage.input_tokens": 81, "gen_ai.usage.output_tokens": 17, "gen_ai.usage.total_tokens": 98,
                "gen_ai.usage.input_token_details": "{'cache_read': 64, 'audio': None}",
                "gen_ai.usage.output_token_details": "{'reasoning': 5}"}),
            [81, 17, 98, 64, -1, 5],
        ),
        // Google ADK: the answer tells the details, where its counts agree.
        (
            json!({"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 50,
                "gcp.vertex.agent.llm_response": "{\"usage_metadata\":{\"prompt_token_count\":100,\"candidates_token_count\":20,\"thoughts_token_count\":30,\"cached_content_token_count\":64,\"total_token_count\":150}}"}),
            [100, 50, 150, 64, -1, 30],
        ),
    ] {
        assert_eq!(of_attributes(&of), some(expected), "{of}");
    }
}

#[test]
fn what_says_nothing() {
    for nothing in [
        json!({}),
        json!({"gen_ai.usage.input_tokens": "abc", "llm.token_count.prompt": -5}),
        json!({"lk.realtime_model_metrics": "{\"input_tokens\":0,\"output_tokens\":0,\"total_tokens\":0}"}),
        json!({"lk.llm_metrics": "{broken"}),
        json!({"gen_ai.usages.input_tokens": 5, "gen_ai.usage.cost": 5}),
    ] {
        assert_eq!(of_attributes(&nothing), None, "{nothing}");
    }
    // A zero that the SDK sent is one.
    assert_eq!(of_attributes(&json!({"llm.token_count.prompt": 0})), some([0, -1, -1, -1, -1, -1]));
}

#[test]
fn a_second_place_counts_where_it_agrees() {
    let own = json!({"gen_ai.usage.input_tokens": 5, "llm.token_count.prompt": 9, "llm.token_count.total": 12});
    assert_eq!(of_attributes(&own), some([5, -1, -1, -1, -1, -1]));
    for (first, second, expected) in [
        ([81, 17, -1, -1, -1, -1], [81, 17, 98, 64, -1, 5], [81, 17, 98, 64, -1, 5]),
        ([81, 17, -1, -1, -1, -1], [-1, -1, 98, -1, -1, -1], [81, 17, 98, -1, -1, -1]),
        ([81, 17, -1, 60, -1, -1], [81, 17, -1, 64, 3, -1], [81, 17, -1, 60, 3, -1]),
        ([81, 17, -1, -1, -1, -1], [17, 17, -1, 64, -1, -1], [81, 17, -1, -1, -1, -1]),
        ([81, 17, -1, -1, -1, -1], [-1, -1, 162, 64, -1, -1], [81, 17, -1, -1, -1, -1]),
        ([-1, -1, 10, -1, -1, -1], [20, -1, -1, 64, -1, -1], [-1, -1, 10, -1, -1, -1]),
    ] {
        assert_eq!(Some(usage(first).joined(some(second))), some(expected), "{first:?} {second:?}");
    }
}
