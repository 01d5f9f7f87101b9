//! What was said, in Langfuse's names.

use spanlift_model::names;

use crate::names as langfuse;

/// Names of what was said, and of everything below them.
const CONTENT: &[&str] =
    &[langfuse::TRACE_INPUT, langfuse::TRACE_OUTPUT, langfuse::OBSERVATION_INPUT, langfuse::OBSERVATION_OUTPUT];

/// Does the attribute hold what was said? Metadata is an agent's own: of it only what bears a name that everybody uses.
#[must_use]
pub fn is_content(name: &str) -> bool {
    let metadata = [langfuse::OBSERVATION_METADATA, langfuse::TRACE_METADATA];
    match metadata.iter().find_map(|prefix| name.strip_prefix(prefix)) {
        Some(key) => names::is_content(key),
        None => CONTENT.iter().any(|content| names::is_within(name, content)),
    }
}
