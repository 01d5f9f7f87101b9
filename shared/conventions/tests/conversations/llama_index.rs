//! `openinference-instrumentation-llama-index` 4.6 (`_handler.py`): each method of a model's class is a span of the kind `LLM`; counts and messages stand
//! where the class which the others extend was called, and every one has the answer as what came out.

use serde_json::{Value, json};

use crate::{assert_means, meaning};

fn method(name: &str, up: Option<u64>, attributes: &Value) -> Value {
    let mut attrs = json!({"openinference.span.kind": "LLM", "llm.model_name": "gpt-4.1-mini", "llm.invocation_parameters": "{\"num_output\":-1}"});
    attrs.as_object_mut().unwrap().extend(attributes.as_object().unwrap().clone());
    json!({"name": name, "t": 1, "d": 2, "up": up, "attrs": attrs})
}

#[test]
fn one_call_is_one_span() {
    let answer =
        json!({"raw": {"usage": {"prompt_tokens": 81, "completion_tokens": 17, "total_tokens": 98}}}).to_string();
    let answered = json!({"output.value": answer, "output.mime_type": "application/json"});
    let counted = json!({"output.value": answer, "output.mime_type": "application/json", "llm.token_count.prompt": 81,
        "llm.token_count.completion": 17, "llm.token_count.total": 98});
    let spans = meaning(&[
        method("OpenAILike.predict", None, &answered),
        method("Groq.chat", Some(0), &answered),
        method("OpenAI.chat", Some(1), &counted),
        method("OpenAI._prepare_chat_with_tools", None, &json!({})),
    ]);
    for wrapper in ["OpenAILike.predict", "Groq.chat", "OpenAI._prepare_chat_with_tools"] {
        assert_means(&spans, wrapper, wrapper, json!({"gen_ai.usage.input_tokens": null}));
    }
    assert_means(&spans, "OpenAI.chat", "llm", json!({"gen_ai.usage.input_tokens": "81"}));
}

#[test]
fn of_calls_without_counts_the_innermost() {
    let stream =
        json!({"llm.output_messages.0.message.role": "assistant", "llm.output_messages.0.message.content": "hi"});
    let spans = meaning(&[
        method("Groq.astream_chat", None, &json!({})),
        method("OpenAI.astream_chat", Some(0), &stream),
        method("OpenAI.acomplete", None, &json!({})),
    ]);
    assert_means(&spans, "Groq.astream_chat", "Groq.astream_chat", json!({"gen_ai.operation.name": null}));
    assert_means(&spans, "OpenAI.astream_chat", "llm", json!({"gen_ai.operation.name": "chat"}));
    assert_means(&spans, "OpenAI.acomplete", "llm", json!({}));
}

/// Other instrumentors of OpenInference write parameters of a call, too, and people names of their own. `opentelemetry-instrumentation-openai` has the same name for a call, `openinference-instrumentation-anthropic` one that ends as a method of `LlamaIndex` does.
#[test]
fn the_same_name_of_another_is_a_call() {
    assert_means(&meaning(&[method("messages.stream", None, &json!({}))]), "messages.stream", "llm", json!({}));
    let own = json!({"llm.invocation_parameters": "{\"temperature\":0.2}", "llm.token_count.prompt": 7, "llm.token_count.completion": 1});
    for name in ["classifier.predict", "Chat.complete"] {
        let spans = meaning(&[method(name, None, &own), method("OpenAI.chat", Some(0), &own)]);
        assert_means(&spans, name, "llm", json!({"gen_ai.usage.input_tokens": "7"}));
        assert_means(&spans, "OpenAI.chat", "llm", json!({"gen_ai.usage.input_tokens": "7"}));
    }
    let call = json!({"name": "openai.chat", "t": 1, "d": 2, "up": null, "attrs": {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4.1-mini"}});
    assert_means(&meaning(&[call]), "openai.chat", "llm", json!({}));
}
