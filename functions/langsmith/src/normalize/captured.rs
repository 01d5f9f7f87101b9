use spanlift_model::names;

const METADATA: &str = "langsmith.metadata.";

/// What integrations put into metadata that was said, beside the names that everybody uses.
const SAID: &[&str] = &["inputs", "outputs", "messages", "invocation_params", "ls_invocation_params"];

/// Does the attribute hold what was said? Metadata is anybody's, so that common names count there too.
#[must_use]
pub fn is_content(name: &str) -> bool {
    name.strip_prefix(METADATA).is_some_and(|key| SAID.contains(&key) || names::is_content(key))
}
