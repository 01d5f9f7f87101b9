//! JSON as an attribute's text.

use proptest::prelude::*;
use serde_json::{Value, json};
use spanlift_model::json::{Map, Sorted, Value as Own, into_text, to_text};

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
        assert_eq!(into_text(value.clone().into()).as_deref(), text, "{value}");
    }
}

#[test]
fn the_order_of_members_does_not_count() {
    let texts = [r#"{"b": 1, "a": [{"z": 1, "y": 2}]}"#, r#"{"a": [{"y": 2, "z": 1}], "b": 1}"#].map(|json| {
        let value: Own = serde_json::from_str(json).unwrap();
        to_text(&Sorted(&value))
    });
    assert_eq!(texts[0], texts[1]);
}

#[test]
fn a_name_counts_once() {
    let many = (0..40).map(|number| format!(r#""n{number}": {number}"#)).collect::<Vec<_>>().join(", ");
    for (json, read) in [
        (r#"{"b": 1, "a": 2, "b": 3}"#.to_owned(), r#"{"b":3,"a":2}"#.to_owned()),
        (format!(r#"{{"b": 1, {many}, "b": 3}}"#), format!(r#"{{"b":3,{}}}"#, many.replace(' ', ""))),
    ] {
        let mut members: Map = serde_json::from_str(&json).unwrap();
        assert_eq!(to_text(&members), read);
        members.add_missing([("b".to_owned(), 4.into()), ("c".to_owned(), 5.into()), ("c".to_owned(), 6.into())]);
        assert_eq!((members.get("b"), members.get("c")), (Some(&3.into()), Some(&5.into())));
        members.extend([("b".to_owned(), 7.into())]);
        assert_eq!(members.remove("b"), Some(7.into()));
        assert_eq!(members.get("b"), None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The same as a library reads, writes and compares.
    #[test]
    fn any_json(value in any_value(), other in any_value()) {
        let json = value.to_string();
        let own: Own = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(own.to_string(), json);
        prop_assert_eq!(&own, &Own::from(value.clone()));
        prop_assert_eq!(own == Own::from(other.clone()), value == other);
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    scalar.prop_recursive(3, 60, 20, |inner| {
        let members = proptest::collection::vec(("[a-c]{0,3}", inner.clone()), 0..20);
        prop_oneof![
            proptest::collection::vec(inner, 0..4).prop_map(Value::from),
            members.prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}
