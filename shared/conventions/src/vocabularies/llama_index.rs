//! `LlamaIndex`, by OpenInference's instrumentor: every method of a model's class is a span of the kind `LLM`, named by class and method.

use spanlift_model::Role;

use crate::row::{CallTable, NameRow, Vocabulary};

/// Where the instrumentor writes the fields of `LLMMetadata` that a model's class sets.
const PARAMETERS: &str = "llm.invocation_parameters";
const SEEN: &str = "openinference-instrumentation-llama-index 4.6";

/// The vocabulary. Where the scope is dropped, what `LlamaIndex` alone says of a model stands for it, among the parameters of a call: those have other
/// members where other instrumentors write them.
pub const VOCABULARY: Vocabulary = Vocabulary {
    scopes: &["openinference.instrumentation.llama_index"],
    members: &[(PARAMETERS, "context_window"), (PARAMETERS, "num_output"), (PARAMETERS, "is_chat_model")],
    names: NAMES,
    ..Vocabulary::named("LlamaIndex")
};

/// A call of a model: a completion by way of a chat, what waits by way of what does not, a class's method by way of that of the class which it extends.
pub const MODEL_CALL: CallTable = CallTable {
    vocabulary: VOCABULARY,
    role: Role::ModelCall,
    layers: &[
        "*.astream_complete",
        "*.acomplete",
        "*.stream_complete",
        "*.complete",
        "*.astream_chat",
        "*.achat",
        "*.stream_chat",
        "*.chat",
    ],
    again: &[
        ("*.astream_complete", "*.astream_complete"),
        ("*.acomplete", "*.acomplete"),
        ("*.stream_complete", "*.stream_complete"),
        ("*.complete", "*.complete"),
        ("*.astream_chat", "*.astream_chat"),
        ("*.achat", "*.achat"),
        ("*.stream_chat", "*.stream_chat"),
        ("*.chat", "*.chat"),
    ],
    named: "*",
    alone: None,
    asks: None,
    waits: true,
    seen: SEEN,
};

/// Methods that lead to a call and make none themselves. `*.stream` is not here: OpenInference's instrumentor of Anthropic's client names a call `messages.stream`.
const NAMES: &[NameRow] = &[
    wrapper("*._prepare_chat_with_tools"),
    wrapper("*.predict"),
    wrapper("*.apredict"),
    wrapper("*.structured_predict"),
    wrapper("*.astructured_predict"),
    wrapper("*.stream_structured_predict"),
    wrapper("*.astream_structured_predict"),
    wrapper("*.predict_and_call"),
    wrapper("*.apredict_and_call"),
];

const fn wrapper(name: &'static str) -> NameRow {
    NameRow::wrapper(name, SEEN)
}
