//! `opentelemetry-instrumentation-openai` 0.62 (`OpenLLMetry`), a streamed call: an event a chunk (`shared/chat_wrappers.py`).

use serde_json::json;

use crate::{assert_means, meaning};

#[test]
fn the_first_chunk_is_the_first_byte() {
    for event in ["gen_ai.content.completion.chunk", "llm.content.completion.chunk"] {
        let call = json!({"name": "openai.chat", "t": 1, "d": 2, "up": null, "attrs": {
            "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4.1-mini"},
            "events": [{"name": event, "t": 1.25, "attrs": {}}, {"name": event, "t": 1.5, "attrs": {}}]});
        assert_means(&meaning(&[call]), "openai.chat", "llm", json!({"metrics.ttfb": "0.25"}));
    }
}
