//! `google-adk` 1.0 (`telemetry.py`): a call of a tool is two spans, and no attribute names the tool.

use serde_json::json;

use crate::{assert_means, meaning};

#[test]
fn a_tool_of_two_spans() {
    let answer = json!({"content": {"parts": [{"function_response": {"id": "call_0", "name": "track_parcel", "response": {"result": "sent"}}}]}});
    let spans = meaning(&[
        json!({"name": "call_llm", "t": 0, "d": 3, "up": null, "attrs": {"gen_ai.system": "gcp.vertex.agent", "gcp.vertex.agent.event_id": "1"}}),
        json!({"name": "tool_call [track_parcel]", "t": 1, "d": 1, "up": 0, "attrs": {"gcp.vertex.agent.tool_call_args": "{\"number\": \"A17\"}"}}),
        json!({"name": "tool_response [track_parcel]", "t": 2, "d": 1, "up": 0, "attrs": {"gcp.vertex.agent.tool_response": answer.to_string()}}),
    ]);
    let called = json!({"function.name": "track_parcel", "function.arguments": {"number": "A17"}, "tool.result": null});
    assert_means(&spans, "tool_call [track_parcel]", "llm_tool_call", called);
    let answered =
        json!({"function.name": "track_parcel", "tool_call_id": "call_0", "tool.result": {"result": "sent"}});
    assert_means(&spans, "tool_response [track_parcel]", "tool_response [track_parcel]", answered);
}
