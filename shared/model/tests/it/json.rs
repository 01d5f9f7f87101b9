//! JSON as an attribute's text.

use serde_json::{Value, json};
use spanlift_model::json::{Sorted, text_of, to_text};

#[test]
fn a_value_has_one_text() {
    for (value, text) in [
        (Value::Null, None),
        (json!(" as it is "), Some(" as it is ")),
        (json!(true), Some("true")),
        (json!(123), Some("123")),
        (json!(5.0), Some("5")),
        (json!(0.5), Some("0.5")),
        (json!([]), Some("[]")),
        (json!([1.5, null, {"b": "x", "a": {"d": 1, "c": 2}}]), Some(r#"[1.5,null,{"a":{"c":2,"d":1},"b":"x"}]"#)),
    ] {
        assert_eq!(text_of(&value).as_deref(), text, "{value}");
    }
}

#[test]
fn the_order_of_members_does_not_count() {
    let texts = [r#"{"b": 1, "a": [{"z": 1, "y": 2}]}"#, r#"{"a": [{"y": 2, "z": 1}], "b": 1}"#].map(|json| {
        let value: Value = serde_json::from_str(json).unwrap();
        to_text(&Sorted(&value))
    });
    assert_eq!(texts[0], texts[1]);
}
