//! Accounts as models' APIs and frameworks have them, and where they stand in what came out.

use serde_json::{Value, json};
use spanlift_conventions::Usage;
use spanlift_conventions::usage::count_of;

use crate::some;

fn of_object(object: &Value) -> Option<Usage> {
    Usage::of_object(&object.as_object().cloned().unwrap().into())
}

#[test]
fn counts_are_whole_numbers() {
    for (value, count) in [
        (json!(0), Some(0)),
        (json!(12), Some(12)),
        (json!(7.0), Some(7)),
        (json!("12"), Some(12)),
        (json!(" 12.0 "), Some(12)),
        (json!(-5), None),
        (json!("-5"), None),
        (json!(1.5), None),
        (json!("1.5"), None),
        (json!(1e300), None),
        (json!("inf"), None),
        (json!("abc"), None),
        (json!(""), None),
        (json!(true), None),
        (json!([1]), None),
        (json!(null), None),
    ] {
        assert_eq!(count_of(&value.clone().into()), count, "{value}");
    }
}

#[test]
fn objects_of_every_api() {
    for (of, expected) in [
        (json!({"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}), [3, 2, 5, -1, -1, -1]),
        (
            json!({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15,
                "prompt_tokens_details": {"cached_tokens": 4, "audio_tokens": 0}, "completion_tokens_details": {"reasoning_tokens": 3}}),
            [10, 5, 15, 4, -1, 3],
        ),
        (
            json!({"input_tokens": 10, "output_tokens": 5, "input_tokens_details": {"cached_tokens": 4},
                "output_tokens_details": {"reasoning_tokens": 3}}),
            [10, 5, -1, 4, -1, 3],
        ),
        (json!({"promptTokens": 3, "completionTokens": 2, "totalTokens": 5}), [3, 2, 5, -1, -1, -1]),
        // Anthropic counts what has to do with a cache beside the tokens in.
        (
            json!({"input_tokens": 25, "output_tokens": 70, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 1375,
                "cache_creation": {"ephemeral_5m_input_tokens": 1000, "ephemeral_1h_input_tokens": 375}}),
            [1500, 70, -1, 100, 1375, -1],
        ),
        // Through a gateway it may be inside, as the total shows; or the total shows that it is beside.
        (
            json!({"prompt_tokens": 1500, "completion_tokens": 70, "total_tokens": 1570,
                "cache_read_input_tokens": 100, "cache_creation_input_tokens": 1375}),
            [1500, 70, 1570, 100, 1375, -1],
        ),
        (
            json!({"input_tokens": 25, "output_tokens": 70, "total_tokens": 195, "input_token_details": {"cache_read": 100}}),
            [125, 70, 195, 100, -1, -1],
        ),
        // A gateway that gives details says by that that they are inside.
        (
            json!({"prompt_tokens": 1500, "completion_tokens": 70, "prompt_tokens_details": {"cached_tokens": 100},
                "cache_read_input_tokens": 100}),
            [1500, 70, -1, 100, -1, -1],
        ),
        // Bedrock's Converse.
        (
            json!({"inputTokens": 25, "outputTokens": 70, "totalTokens": 195, "cacheReadInputTokens": 100, "cacheWriteInputTokens": 0}),
            [125, 70, 195, 100, 0, -1],
        ),
        // Gemini: thoughts are beside the candidates.
        (
            json!({"promptTokenCount": 100, "candidatesTokenCount": 20, "thoughtsTokenCount": 30,
                "cachedContentTokenCount": 64, "totalTokenCount": 150}),
            [100, 50, 150, 64, -1, 30],
        ),
        (
            json!({"prompt_token_count": 100, "tool_use_prompt_token_count": 7, "candidates_token_count": 20, "total_token_count": 127}),
            [107, 20, 127, -1, -1, -1],
        ),
        (
            json!({"promptTokenCount": 100, "candidatesTokenCount": 50, "thoughtsTokenCount": 30, "totalTokenCount": 150}),
            [100, 50, 150, -1, -1, 30],
        ),
        // LangSmith's wrapper of Gemini leaves them beside, and splits a large cache.
        (
            json!({"input_tokens": 100, "output_tokens": 20, "total_tokens": 150, "output_token_details": {"reasoning": 30}}),
            [100, 50, 150, -1, -1, 30],
        ),
        (
            json!({"input_tokens": 300_000, "output_tokens": 20, "total_tokens": 300_020,
                "input_token_details": {"cache_read": 200_000, "cache_read_over_200k": 50_000, "over_200k": 0}}),
            [300_000, 20, 300_020, 250_000, -1, -1],
        ),
        // A model of the AI SDK 6.
        (
            json!({"inputTokens": {"total": 81, "noCache": 14, "cacheRead": 64, "cacheWrite": 3},
                "outputTokens": {"total": 17, "text": 12, "reasoning": 5}}),
            [81, 17, -1, 64, 3, 5],
        ),
        (json!({"input_tokens": -1, "output_tokens": 2.5, "total_tokens": "31"}), [-1, -1, 31, -1, -1, -1]),
    ] {
        assert_eq!(of_object(&of), some(expected), "{of}");
    }
    for nothing in [
        json!({}),
        json!({"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}),
        json!({"input_token_details": {"cache_read": 5}}),
        json!({"input_tokens": null, "text": "5"}),
    ] {
        assert_eq!(of_object(&nothing), None, "{nothing}");
    }
}

#[test]
fn of_a_general_count_and_its_parts_the_larger_counts() {
    let told =
        |details: Value| of_object(&json!({"input_tokens": 1500, "output_tokens": 70, "input_token_details": details}));
    for (details, creation) in [
        (json!({"cache_creation": 0, "ephemeral_5m_input_tokens": 1000, "ephemeral_1h_input_tokens": 375}), 1375),
        (json!({"ephemeral_5m_input_tokens": 1000, "ephemeral_1h_input_tokens": 375}), 1375),
        (json!({"ephemeral_1hr_input_tokens": 1375}), 1375),
        (json!({"cache_creation": 1375, "ephemeral_5m_input_tokens": 1375, "ephemeral_1h_input_tokens": 0}), 1375),
        (json!({"priority_cache_creation": 1375}), 1375),
    ] {
        assert_eq!(told(details.clone()).unwrap().cache_creation, Some(creation), "{details}");
    }
    for tier in ["priority", "flex"] {
        let (cache, reasoning) = (format!("{tier}_cache_read"), format!("{tier}_reasoning"));
        let of = json!({"input_tokens": 81, "output_tokens": 17, "total_tokens": 98,
            "input_token_details": {cache: 64, tier: 17}, "output_token_details": {reasoning: 5, tier: 12}});
        assert_eq!(of_object(&of), some([81, 17, 98, 64, -1, 5]), "{of}");
    }
}

#[test]
fn the_cases_of_cache_lifetimes() {
    // LangChain now, wrap_anthropic, the Claude Agent SDK, LangChain before, and Anthropic's own answer.
    let details = [
        json!({"cache_read": 100, "cache_creation": 0, "ephemeral_5m_input_tokens": 1000, "ephemeral_1h_input_tokens": 375}),
        json!({"cache_read": 100, "ephemeral_5m_input_tokens": 1000, "ephemeral_1h_input_tokens": 375}),
        json!({"cache_read": 100, "ephemeral_1hr_input_tokens": 1375}),
        json!({"cache_read": 100, "cache_creation": 1375, "ephemeral_5m_input_tokens": 1375, "ephemeral_1h_input_tokens": 0}),
    ];
    for details in details {
        let told =
            json!({"input_tokens": 1500, "output_tokens": 70, "total_tokens": 1570, "input_token_details": details});
        assert_eq!(
            Usage::of_outputs(&json!({"usage_metadata": told}).into(), None),
            some([1500, 70, 1570, 100, 1375, -1])
        );
    }
}

#[test]
fn places_in_what_came_out() {
    let told = json!({"input_tokens": 13, "output_tokens": 3, "total_tokens": 16});
    let openai = json!({"prompt_tokens": 13, "completion_tokens": 3, "total_tokens": 16, "prompt_tokens_details": {"cached_tokens": 5}});
    let js = json!({"promptTokens": 13, "completionTokens": 3, "totalTokens": 16});
    let all = some([13, 3, 16, -1, -1, -1]);
    let cached = some([13, 3, 16, 5, -1, -1]);
    for (outputs, expected) in [
        (json!({"usage_metadata": told}), all),
        (json!({"usageMetadata": {"promptTokenCount": 13, "candidatesTokenCount": 3, "totalTokenCount": 16}}), all),
        (json!({"generations": [[{"text": "hi", "message": {"kwargs": {"usage_metadata": told}}}]]}), all),
        (json!({"generations": [{"message": {"usage_metadata": told}}]}), all),
        (json!({"llm_output": {"token_usage": openai}}), cached),
        (json!({"llmOutput": {"tokenUsage": js}}), all),
        (json!({"llm_output": {"usage": told}}), all),
        (json!({"usage": openai}), cached),
        (json!({"output": {"usage_metadata": told}}), all),
        (json!({"message": {"kwargs": {"usage_metadata": told}}}), all),
        (json!({"outputs": {"usage": openai}}), cached),
        (json!({"generations": [[{"message": {"kwargs": {"response_metadata": {"token_usage": openai}}}}]]}), cached),
        (json!([{"content": "hi", "response_metadata": {"token_usage": openai}}]), cached),
        (json!([{"usage_metadata": told}, {"usage_metadata": told}]), None),
        // Details from a second place.
        (json!({"usage_metadata": told, "llm_output": {"token_usage": openai}}), cached),
        (
            json!({"usage_metadata": told, "usage": {"prompt_tokens": 26, "completion_tokens": 6, "prompt_tokens_details": {"cached_tokens": 5}}}),
            all,
        ),
        (json!({"usage_metadata": {"input_tokens": 0, "output_tokens": 0}, "usage": openai}), cached),
        (json!("usage"), None),
        (json!({"text": "hi"}), None),
    ] {
        assert_eq!(Usage::of_outputs(&outputs.clone().into(), None), expected, "{outputs}");
    }
    let stated = json!({"input_tokens": 1, "output_tokens": 2}).into();
    let generations = json!({"generations": [[{"message": {"usage_metadata": told}}]]});
    assert_eq!(Usage::of_outputs(&generations.into(), Some(&stated)), some([1, 2, -1, -1, -1, -1]));
    assert_eq!(Usage::of_outputs(&json!({"usage_metadata": told}).into(), Some(&stated)), all);
}
