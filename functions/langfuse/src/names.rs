//! Langfuse's official attribute names (docs/platforms/langfuse.md#82-attribute-names), and those marked as ours.

/// The trace's name.
pub(crate) const TRACE_NAME: &str = "langfuse.trace.name";
/// The trace's tags, a JSON list.
pub(crate) const TRACE_TAGS: &str = "langfuse.trace.tags";
/// What went into the trace.
pub(crate) const TRACE_INPUT: &str = "langfuse.trace.input";
/// What came out of the trace.
pub(crate) const TRACE_OUTPUT: &str = "langfuse.trace.output";
/// In front of a key of the trace's metadata.
pub(crate) const TRACE_METADATA: &str = "langfuse.trace.metadata.";
/// `span`, `generation`, …
pub(crate) const OBSERVATION_TYPE: &str = "langfuse.observation.type";
/// In front of a key of the observation's metadata.
pub(crate) const OBSERVATION_METADATA: &str = "langfuse.observation.metadata.";
/// `DEFAULT`, `ERROR`, …
pub(crate) const OBSERVATION_LEVEL: &str = "langfuse.observation.level";
/// Why.
pub(crate) const OBSERVATION_STATUS_MESSAGE: &str = "langfuse.observation.status_message";
/// What went in.
pub(crate) const OBSERVATION_INPUT: &str = "langfuse.observation.input";
/// What came out.
pub(crate) const OBSERVATION_OUTPUT: &str = "langfuse.observation.output";
/// When the answer began.
pub(crate) const OBSERVATION_COMPLETION_START_TIME: &str = "langfuse.observation.completion_start_time";
/// The model.
pub(crate) const OBSERVATION_MODEL: &str = "langfuse.observation.model.name";
/// Its parameters, JSON.
pub(crate) const OBSERVATION_MODEL_PARAMETERS: &str = "langfuse.observation.model.parameters";
/// Tokens by name, JSON.
pub(crate) const OBSERVATION_USAGE_DETAILS: &str = "langfuse.observation.usage_details";
/// Dollars by name, JSON.
pub(crate) const OBSERVATION_COST_DETAILS: &str = "langfuse.observation.cost_details";
/// Dollars in all. Ours.
pub(crate) const OBSERVATION_TOTAL_COST: &str = "langfuse.observation.total_cost";
/// The observation above it, as Langfuse names it. Ours.
pub(crate) const OBSERVATION_PARENT_ID: &str = "langfuse.observation.parent_id";
/// The prompt's name.
pub(crate) const OBSERVATION_PROMPT_NAME: &str = "langfuse.observation.prompt.name";
/// The prompt's version.
pub(crate) const OBSERVATION_PROMPT_VERSION: &str = "langfuse.observation.prompt.version";
/// The environment.
pub(crate) const ENVIRONMENT: &str = "langfuse.environment";
/// The agent's release.
pub(crate) const RELEASE: &str = "langfuse.release";
/// The agent's version.
pub(crate) const VERSION: &str = "langfuse.version";
/// The project. Ours.
pub(crate) const PROJECT_ID: &str = "langfuse.project.id";
