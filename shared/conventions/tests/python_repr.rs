//! What Python's `repr` shows, as JSON.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use spanlift_conventions::python_repr::{fields, object, read};

#[test]
fn what_python_shows() {
    for (text, value) in [
        (
            r#"{'city': 'Rome', 'note': "l'alba", 'now': True, 'tag': None}"#,
            json!({"city": "Rome", "note": "l'alba", "now": true, "tag": null}),
        ),
        (r"{'a': 'it\'s \\ \n \x1b é \u200b \U0001f600'}", json!({"a": "it's \\ \n \u{1b} é \u{200b} 😀"})),
        (
            "[1, -2.5, 1e+16, 18446744073709551615, (3,), (), {'x', 'y'}]",
            json!([1, -2.5, 1e16, u64::MAX, [3], [], ["x", "y"]]),
        ),
        ("{1: {'b': []}, (1, 2): False}", json!({"1": {"b": []}, "[1,2]": false})),
        (" {} ", json!({})),
    ] {
        assert_eq!(read(text), Some(value.into()), "{text}");
    }
    for text in [
        "",
        "Rome",
        "'Rome'",
        "12",
        "None",
        "{",
        "{'a'",
        "{'a': }",
        "{'a': 1} and more",
        "{'a': 1, 'b'}",
        "{a: 1}",
        "['a' 'b']",
        "[1, 2",
        "{'a': datetime.date(2026, 1, 1)}",
        "[nan]",
        "[inf]",
        "[123456789012345678901234567890]",
        r"['\q']",
        "['a\\",
        "(not a repr)",
        "{not: one}",
        "[,]",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
    assert_eq!(read(&"[".repeat(100_000)), None);
    assert_eq!(read(&format!("{}1{}", "[".repeat(200), "]".repeat(200))), None);
    let message = r#"content="it's" name='find' additional_kwargs={} tool_call_id='call_1'"#;
    assert_eq!(fields(message).unwrap().get("tool_call_id"), Some(&"call_1".into()));
    assert_eq!(fields("content is text"), None);
    let command = "Command(graph='__parent__', update={'messages': [Note(content='ok', tags=[])]}, goto='desk')";
    let told = json!({"graph": "__parent__", "update": {"messages": [{"content": "ok", "tags": []}]}, "goto": "desk"});
    assert_eq!(object(command, &["Command", "Note"]), Some(told.into()));
    for other in ["Command", "Command(1)", "Command(a=1", "Command(a=1) and more", "Commander(a=1)", "{'a': 1}"] {
        assert_eq!(object(other, &["Command"]), None, "{other}");
    }
    assert_eq!(object(command, &["Command"]), None);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_value_comes_back(value in a_container()) {
        prop_assert_eq!(read(&shown(&value)), Some(value.into()));
    }

    #[test]
    fn no_text_is_too_much(text in "[\\[\\](){}'\",:\\\\xuU0-9a-fTN .=-]{0,40}|.{0,40}") {
        let _ = (read(&text), fields(&text));
    }
}

fn a_container() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_filter("JSON has no others", |float| float.is_finite()).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    let value = scalar.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..5)
                .prop_map(|pairs| Value::Object(Map::from_iter(pairs))),
        ]
    });
    prop::collection::vec(value, 0..4).prop_map(Value::from)
}

/// As `repr` shows it.
fn shown(value: &Value) -> String {
    let joined = |items: Vec<String>| items.join(", ");
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => shown_text(text),
        Value::Array(items) => format!("[{}]", joined(items.iter().map(shown).collect())),
        Value::Object(members) => {
            let pair = |(name, value): (&String, &Value)| format!("{}: {}", shown_text(name), shown(value));
            format!("{{{}}}", joined(members.iter().map(pair).collect()))
        }
    }
}

/// Single quotes, unless there are such and no double ones inside; what cannot be printed is escaped.
fn shown_text(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut shown = String::from(quote);
    for character in text.chars() {
        match character {
            '\\' => shown.push_str("\\\\"),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            _ if character == quote => shown.extend(['\\', quote]),
            _ if character.is_control() && u32::from(character) < 0x100 => {
                shown.extend(format!("\\x{:02x}", u32::from(character)).chars());
            }
            '\u{2028}'..='\u{202f}' | '\u{e000}'..='\u{f8ff}' => {
                shown.extend(format!("\\u{:04x}", u32::from(character)).chars());
            }
            '\u{e0000}'..='\u{10ffff}' => shown.extend(format!("\\U{:08x}", u32::from(character)).chars()),
            _ => shown.push(character),
        }
    }
    shown.push(quote);
    shown
}
