//! `ai` 5 and 6, a stream that breaks off (`streamText`): only the reason why it finished says so, the status stays unset.

use serde_json::json;

use crate::meaning;

#[test]
fn an_answer_that_ended_with_an_error_failed() {
    let call = |reason: &str| {
        json!({"name": "ai.streamText.doStream", "t": 1, "d": 2, "up": null, "attrs": {
            "operation.name": "ai.streamText.doStream", "ai.operationId": "ai.streamText.doStream", "gen_ai.system": "openai.chat",
            "gen_ai.request.model": "gpt-4.1-mini", "ai.response.finishReason": reason, "ai.response.text": "Your parcel is"}})
    };
    for (reason, status, kind) in
        [("error", "Error", Some("_OTHER")), ("stop", "Unset", None), ("length", "Unset", None)]
    {
        let spans = meaning(&[call(reason)]);
        let span = &spans["ai.streamText.doStream"];
        assert_eq!((span.name.as_str(), span.status.as_str()), ("llm", status), "{reason}");
        assert_eq!(span.attributes.get("error.type"), kind, "{reason}");
    }
}
