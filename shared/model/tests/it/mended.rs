//! What `mended` makes of JSON, against what `serde_json` makes of it.

use std::borrow::Cow;

use proptest::prelude::*;
use serde_json::{Value, json};
use spanlift_model::CUT_MARKER;
use spanlift_model::json::{Room, mended};

fn read(json: &str, mut room: Room) -> Value {
    serde_json::from_str(&mended(json, &mut room)).unwrap()
}

#[test]
fn sound_json_stays_as_it_is() {
    for json in [r#"{"a": [1, 2.5e3, "x\n\ud83d\ude00"], "b": null}"#, "7", r#""""#, "[]", "{ }", "true"] {
        assert!(matches!(mended(json, &mut Room { ..Room::OF_ROW }), Cow::Borrowed(_)), "{json}");
    }
}

#[test]
fn numbers_out_of_range_and_halves_of_pairs_are_text() {
    let long = "9".repeat(400);
    for (json, expected) in [
        (r#"{"a": 1e400, "b": -1E999, "c": 1e3}"#.to_owned(), json!({"a": "1e400", "b": "-1E999", "c": 1000.0})),
        (format!("[{long}]"), json!([long])),
        (
            r#"["\ud83d", "\ude00\ud83d", "\uD83D\uDE00x", "\\ud83d", "\ud83d\ud83d\ude00"]"#.to_owned(),
            json!(["\u{fffd}", "\u{fffd}\u{fffd}", "\u{1f600}x", "\\ud83d", "\u{fffd}\u{1f600}"]),
        ),
    ] {
        assert_eq!(read(&json, Room::ENDLESS), expected);
    }
}

#[test]
fn a_hundred_levels_and_more_are_read() {
    for levels in [95, 96, 97, 127, 128, 129, 10_000] {
        let json = format!(r#"{{"deep": {}"x"{}, "beside": 1}}"#, "[".repeat(levels), "]".repeat(levels));
        assert_eq!(read(&json, Room::ENDLESS)["beside"], 1, "{levels}");
    }
}

#[test]
fn long_strings_are_cut_between_characters() {
    let room = Room { value_bytes: 40, nodes: 1_000 };
    for unit in ["a", "é", "\\n", "\\u00e9", "\\ud83d\\ude00", "\\\\"] {
        for shift in 0..7 {
            let json = format!("[\"{}{}\", 5]", "x".repeat(shift), unit.repeat(100));
            let value = read(&json, room);
            let text = value[0].as_str().unwrap();
            assert!(text.ends_with(CUT_MARKER) && text.len() <= 40, "{text}");
            assert_eq!(value[1], 5);
        }
    }
}

#[test]
fn what_has_too_many_nodes_is_text_and_what_stands_beside_it_stays() {
    let room = Room { value_bytes: 100, nodes: 1_000 };
    let numbers = format!("[{}0]", "1,".repeat(5_000));
    let nested = format!("[{}[]]", "[1,2,3],".repeat(900));
    for large in [&numbers, &nested] {
        let value = read(&format!(r#"{{"before": [1, 2], "large": {large}, "behind": {{"a": {{"b": 1}}}}}}"#), room);
        assert_eq!((&value["before"], &value["behind"]), (&json!([1, 2]), &json!({"a": {"b": 1}})));
        let text = value["large"].as_str().unwrap();
        assert!(text.starts_with('[') && text.ends_with(CUT_MARKER) && text.len() <= 100, "{text}");
    }
}

#[test]
fn a_row_has_room_once() {
    let mut room = Room { value_bytes: 100, nodes: 1_000 };
    let list = format!("[{}0]", "1,".repeat(600));
    assert!(matches!(mended(&list, &mut room), Cow::Borrowed(_)));
    assert!(mended(&list, &mut room).starts_with("\"[1,1"));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_filter("finite", |float| float.is_finite()).prop_map(Value::from),
        ".{0,80}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((".{0,6}", inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn means_the_same_where_there_is_room(value in any_json()) {
        prop_assert_eq!(read(&value.to_string(), Room::ENDLESS), value.clone());
        prop_assert_eq!(read(&serde_json::to_string_pretty(&value).unwrap(), Room::OF_ROW), value);
    }

    #[test]
    fn is_json_in_any_room(value in any_json(), value_bytes in 8_usize..40, nodes in 0_usize..40) {
        read(&value.to_string(), Room { value_bytes, nodes });
    }
}
