//! Tool calls (docs/platforms/langsmith.md#74-answers-and-tools; docs/REFERENCE.md#attributes).

use spanlift_conventions::{SpanView, ToolCall};
use spanlift_model::{Attributes, Role};

use super::json::said;
use super::role;
use crate::record::LangSmithRun;

/// Derives name, id, arguments and result.
pub(super) fn derive(role: Role, run: &LangSmithRun, attributes: &mut Attributes) {
    let parameter = run.invocation_params().find_map(|parameters| parameters.get("tool_name").and_then(said));
    let view = SpanView { name: parameter.unwrap_or(&run.name), ..role::view(run) };
    ToolCall::of(&view, [], Some(&run.inputs), Some(&run.outputs)).derive(role, attributes);
}
