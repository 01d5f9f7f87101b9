//! Each row of a table is reached, by a span that has that attribute alone.

use serde_json::{Value, json};
use spanlift_conventions::{
    FIRST_BYTE, SpanView, TRANSCRIPTS, Told, ToolCall, kept_kind, stated_first_byte, stated_transcript, tool,
};
use spanlift_model::json::Map;

fn words(name: &str, value: &Value) -> Map {
    [(name.to_owned(), value.clone().into())].into_iter().collect()
}

fn view(words: &Map) -> SpanView<'_> {
    SpanView { name: "", scope: None, words, words_are_inherited: false, told: Told::Nothing, has_counts: false }
}

#[test]
fn rows_of_tools() {
    type Part = fn(&ToolCall) -> &Option<String>;
    let parts: [(&[(&str, &str)], Part); 4] = [
        (tool::NAMES, |call| &call.name),
        (tool::IDS, |call| &call.id),
        (tool::ARGUMENTS, |call| &call.arguments),
        (tool::RESULTS, |call| &call.result),
    ];
    for (table, part) in parts {
        for (name, _) in table {
            let words = words(name, &json!("said"));
            let call = ToolCall::of(&view(&words), [], None, None);
            assert_eq!(part(&call).as_deref(), Some("said"), "{name}");
        }
    }
}

#[test]
fn rows_of_first_bytes_and_transcripts() {
    for row in FIRST_BYTE.iter().filter(|row| row.only_in.is_none()) {
        for name in [row.name, row.in_metadata[0], row.in_metadata[1]] {
            let stated = json!(row.per_second / 4.0);
            let value = row.member.map_or_else(|| stated.clone(), |member| json!(json!({member: stated}).to_string()));
            let words = words(name, &value);
            assert_eq!(stated_first_byte(&view(&words)), Some(0.25), "{name}");
        }
    }
    for (name, _) in TRANSCRIPTS {
        assert_eq!(stated_transcript(&words(name, &json!(" said "))).as_deref(), Some("said"), "{name}");
    }
}

#[test]
fn what_was_said_is_content() {
    for (name, _) in [tool::ARGUMENTS, tool::RESULTS, TRANSCRIPTS].into_iter().flatten() {
        assert_eq!(kept_kind(name), None, "{name}");
    }
}
