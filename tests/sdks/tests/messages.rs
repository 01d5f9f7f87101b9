//! The lines that oracles write for messages: another text, role, argument or id is found.

use sdks::messages::{are, lines};
use serde_json::json;

#[test]
fn another_message_is_found() {
    let messages = json!([
        {"role": "system", "parts": [{"type": "text", "content": "help"}]},
        {"role": "assistant", "parts": [{"type": "tool_call", "id": "call_0", "name": "track", "arguments": "{\"number\": \"A17\"}"}]},
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "call_0", "response": "out"}]},
    ]);
    let found = lines(&messages.to_string(), false).unwrap();
    let wanted = |lines: [&str; 2]| lines.map(str::to_owned).to_vec();
    let call = r#"assistant: call track {"number":"A17"} (call_0)"#;
    assert!(are(&found, &wanted([call, "tool: result out (call_0)"])));
    assert!(are(&found, &wanted([call, "tool: result out"])), "a line without an id");
    for other in ["tool: result in (call_0)", "tool: result out (call_1)", "user: result out (call_0)", "tool: out"] {
        assert!(!are(&found, &wanted([call, other])), "{other}");
    }
    assert!(!are(&found, &wanted([r#"assistant: call track {"number":"B17"} (call_0)"#, "tool: result out"])));
    assert!(!are(&found, &[call.to_owned()]), "one is missing");
    assert_eq!(lines(&messages.to_string(), true).unwrap().first().unwrap(), "system: help");
}
