use spanlift_model::names;

const METADATA: &str = "langsmith.metadata.";

/// What integrations put into metadata that was said, beside the names that everybody uses.
const SAID: &[&str] = &[
    "inputs",
    "outputs",
    "messages",
    "invocation_params",
    "ls_invocation_params",
    "lk.chat_ctx",
    "lk.function_tool.arguments",
    "lk.function_tool.output",
    "lk.input_text",
    "lk.instructions",
    "lk.response.function_calls",
    "lk.response.text",
    "lk.user_input",
    "lk.user_transcript",
];

/// Does the attribute hold what was said? Metadata is anybody's, so that common names count there too.
#[must_use]
pub fn is_content(name: &str) -> bool {
    name.strip_prefix(METADATA)
        .is_some_and(|key| SAID.contains(&key) || key.starts_with("lk.pii.") || names::is_content(key))
}
