//! With `capture_content: false` nothing that was said is stored, whatever SDK said it and whatever platform kept it: whole
//! imports of conversations with a marked word in every place that may hold content.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "clippy's test exemptions do not reach helpers in integration tests"
)]

mod conversations;
mod platforms;
#[path = "../../../virtual_time.rs"]
mod virtual_time;

use serde_json::{Value, json};
use spanlift_model::{Span, StatusCode};

use crate::conversations::{Conversation, MARK, Said, all};
use crate::platforms::{Platform, import};

/// How often the marked word stands in what is stored.
fn marks(rows: &[Span]) -> usize {
    rows.iter().map(|row| format!("{row:?}").to_lowercase().matches(MARK).count()).sum()
}

#[test]
fn nothing_that_was_said_is_stored_and_what_was_measured_is() {
    let conversations = all();
    let said: usize = conversations.iter().map(|conversation| conversation.spans.len()).sum();
    for platform in Platform::ALL {
        let whole = import(platform, &conversations, &json!({}));
        assert!(marks(&whole) > 5 * said, "{platform:?}: the marks arrive where content is captured");
        let rows = import(platform, &conversations, &json!({"capture_content": false}));
        for (whole, row) in whole.iter().zip(&rows) {
            assert_eq!(marks(std::slice::from_ref(row)), 0, "{platform:?}: {row:#?}");
            assert!(row.attributes.get("import.withheld").is_some(), "{platform:?}: it is counted");
            assert_is_the_same(whole, row, &format!("{platform:?}"));
        }
    }
}

/// But for content: names, times, status, and what was measured.
fn assert_is_the_same(whole: &Span, row: &Span, platform: &str) {
    assert_eq!((&whole.name, whole.status, whole.kind), (&row.name, row.status, row.kind), "{platform}");
    assert_eq!((whole.started_at, whole.ended_at), (row.started_at, row.ended_at), "{platform}");
    let names = |span: &Span| span.events.iter().map(|event| event.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(whole), names(row), "{platform}");
    for name in MEASURED {
        let value = whole.attributes.get(name).filter(|value| !value.contains(MARK));
        assert_eq!(value, row.attributes.get(name), "{platform}: {name} of {}", row.name);
    }
}

const MEASURED: &[&str] = &[
    "error.type",
    "function.name",
    "gen_ai.operation.name",
    "gen_ai.request.model",
    "gen_ai.tool.name",
    "gen_ai.usage.input_tokens",
    "import.source_name",
    "import.source_span_id",
    "metrics.ttfb",
    "tool_call_id",
];

#[test]
fn a_customers_own_attributes_are_kept_by_name() {
    let own = Conversation {
        scope: "",
        spans: vec![Said::new("step", &json!({"desk.waiting": "7", "desk.note": MARK, "desk.name": MARK}))],
    };
    for (platform, name) in [
        (Platform::Arize, "desk.waiting"),
        (Platform::Langfuse, "desk.waiting"),
        (Platform::Langsmith, "langsmith.metadata.desk.waiting"),
    ] {
        let rows =
            import(platform, std::slice::from_ref(&own), &json!({"capture_content": false, "keep_attributes": [name]}));
        let step = rows.iter().find(|row| row.name == "step").unwrap();
        assert_eq!(step.attributes.get(name), Some("7"), "{platform:?}");
        assert_eq!(marks(&rows), 0, "{platform:?}");
    }
}

/// A small input that came out wrong: a card's number in the texts of exceptions, one of them no failure but a hand-over.
#[test]
fn a_card_in_an_exceptions_text() {
    let card = "4111 1111";
    let command =
        format!("Command(graph='s:1', update=[('messages', [HumanMessage(content='my card is {card}')])], goto=[])");
    let handover = Said::new("supervisor", &json!({})).failed(&format!(
        "ParentCommand({command})Traceback (most recent call last):\n  File \"a.py\", line 1\nlanggraph.errors.ParentCommand: {command}\n"
    ));
    let pay = Said { kind: "tool", ..Said::new("pay", &json!({})) }.failed(&format!(
        "ValidationError(\"1 validation error for pay\\namount\\n  Field required [type=missing, input_value={{'card': '{card}'}}, input_type=dict]\")Traceback (most recent call last):\n  x"
    ));
    let conversation = Conversation { scope: "", spans: vec![handover, pay] };
    let rows = import(Platform::Langsmith, &[conversation], &json!({"capture_content": false}));
    let told = format!("{rows:?}");
    assert!(!told.contains("4111") && !told.contains("my card"), "{told}");
    let pay = rows.iter().find(|row| row.attributes.get("function.name") == Some("pay")).unwrap();
    assert_eq!(pay.status_message, "ValidationError: the message is not kept");
    assert_eq!(pay.attributes.get("error.type"), Some("ValidationError"));
    assert_eq!(pay.events[0].attributes.get("exception.message"), Some("ValidationError: the message is not kept"));
    assert_eq!(pay.events[0].attributes.get("exception.stacktrace"), None);
}

/// As long as a value may hold anything, its place in JSON is of no use either.
pub(crate) fn marked_json() -> Value {
    json!({"messages": [{"role": "user", "content": MARK}], MARK: [MARK, {"deep": {MARK: 7}}], "input_tokens": MARK})
}

/// A conversation means the same, whatever platform kept it. Counts and payloads are not compared: here each platform has its own.
#[test]
fn the_same_conversation_means_the_same_everywhere() {
    let conversations = all();
    let told = |row: &Span| {
        let attributes = ["import.source_name", "metrics.ttfb", "function.name", "transcript"];
        (
            row.name.clone(),
            row.status == StatusCode::Error,
            attributes.map(|name| row.attributes.get(name).map(str::to_owned)),
        )
    };
    let rows = |platform| import(platform, &conversations, &json!({})).iter().map(told).collect::<Vec<_>>();
    let on_phoenix = rows(Platform::Arize);
    for platform in Platform::ALL {
        for (one, other) in on_phoenix.iter().zip(rows(platform)) {
            assert_eq!(*one, other, "{platform:?}");
        }
    }
}
