//! Maps of free names, and the total.

use serde_json::{Value, json};
use spanlift_conventions::SentSpan;
use spanlift_model::{Role, Timestamp};

use crate::{attributes, of_details, some, usage};

#[test]
fn details_of_free_names() {
    for (of, expected) in [
        (json!({"input": 812, "output": 57, "total": 869}), [812, 57, 869, -1, -1, -1]),
        (json!({"input": 100, "input_cached_tokens": 28}), [128, -1, -1, 28, -1, -1]),
        (json!({"output": 5, "output_reasoning_tokens": 4}), [-1, 9, -1, -1, -1, 4]),
        (
            json!({"input": 1, "input_cache_creation_5m": 2, "input_cache_creation_1h": 3, "input_cache_read": 4}),
            [10, -1, -1, 4, 5, -1],
        ),
        (
            json!({"input": 2, "input_cached_tokens": 47105, "input_cache_creation": 0, "input_cache_creation_1h": 1076, "output": 714}),
            [48183, 714, -1, 47105, 1076, -1],
        ),
        (json!({"input": 7, "output": 0}), [7, 0, -1, -1, -1, -1]),
        // Audio beside, and names that nobody knows.
        (json!({"input": 50, "input_audio_tokens": 50, "output": 3, "my_input": 1}), [101, 3, -1, -1, -1, -1]),
        // The case of LiveKit's realtime models: 292 + 229 are 329 + 192 once more, and 20 + 100 are 120.
        (
            json!({"input": 329, "output": 120, "input_cached_tokens": 192, "input_text_tokens": 292, "input_audio_tokens": 229,
                "output_text_tokens": 20, "output_audio_tokens": 100}),
            [521, 120, -1, 192, -1, -1],
        ),
        // With the server's own sum of all of that, and the conventions' names for it beside.
        (
            json!({"input": 329, "output": 120, "input_cached_tokens": 192, "input_text_tokens": 292, "input_audio_tokens": 229,
                "output_text_tokens": 20, "output_audio_tokens": 100, "total": 1282}),
            [521, 120, -1, 192, -1, -1],
        ),
        (
            json!({"input": 329, "output": 120, "input_cached_tokens": 192, "cache_read.input_tokens": 192,
                "input_text_tokens": 292, "text.input_tokens": 292, "input_audio_tokens": 229, "audio.input_tokens": 229,
                "image.input_tokens": 0}),
            [521, 120, -1, 192, -1, -1],
        ),
        // A total that was told shows what is inside.
        (json!({"input": 100, "output": 50, "output_reasoning_tokens": 20, "total": 150}), [100, 50, 150, -1, -1, 20]),
        (json!({"input": 100, "output": 50, "output_reasoning_tokens": 20, "total": 170}), [100, 70, 170, -1, -1, 20]),
        (json!({"input": 80, "input_audio_tokens": 20, "output": 20, "total": 100}), [80, 20, 100, -1, -1, -1]),
        // No name says in or out.
        (json!({"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}), [3, 2, 5, -1, -1, -1]),
        (json!({"promptTokens": 3, "completionTokens": 2}), [3, 2, -1, -1, -1, -1]),
        (json!({"total": 5}), [-1, -1, 5, -1, -1, -1]),
        // The server's own sum of a detail alone is no total.
        (json!({"reasoning_tokens": 32, "total": 32}), [-1, -1, -1, -1, -1, 32]),
    ] {
        assert_eq!(of_details(&of), some(expected), "{of}");
    }
    for nothing in [json!({}), json!({"input": 0, "output": 0, "total": 0}), json!({"searches": 3})] {
        assert_eq!(of_details(&nothing), None, "{nothing}");
    }
}

#[test]
fn the_total_is_as_told_or_the_sum_of_what_is_stored() {
    let total = |own: Value, of: [i64; 6]| {
        let mut span = SentSpan::new("trace", "span", None, "call", Timestamp::EPOCH);
        span.attributes = attributes(&own);
        span.platform.usage = Some(usage(of));
        let stored = spanlift_conventions::attributes(Role::ModelCall, span);
        stored.get("gen_ai.usage.total_tokens").map(str::to_owned)
    };
    for (own, of, expected) in [
        (json!({}), [3, 2, -1, -1, -1, -1], Some("5")),
        (json!({}), [3, 2, 6, -1, -1, -1], Some("6")),
        (json!({}), [3, -1, -1, -1, -1, -1], Some("3")),
        // Of another call than what the platform counted.
        (json!({"gen_ai.usage.input_tokens": 9}), [3, 2, -1, -1, -1, -1], Some("9")),
        (json!({"gen_ai.usage.total_tokens": 9}), [3, 2, 6, -1, -1, -1], Some("9")),
        (json!({"gen_ai.usage.input_tokens": "many"}), [3, 2, -1, -1, -1, -1], None),
        (json!({}), [-1, -1, -1, 4, -1, -1], None),
    ] {
        assert_eq!(total(own.clone(), of).as_deref(), expected, "{own} {of:?}");
    }
}
