use spanlift_model::json::{each_member, items, string};

#[test]
fn objects_and_lists_are_taken_apart() {
    let mut taken = Vec::new();
    let json = r#"{"a": 1e400, "\u0062": {"c": []}, "\ud83d": 7, "a": "x"}"#;
    assert!(each_member(json, |name, value| taken.push(format!("{name}={value}"))));
    assert_eq!(taken, ["a=1e400", r#"b={"c": []}"#, "\u{FFFD}=7", r#"a="x""#]);
    assert_eq!(items(r#"[1, {"a": 2}, "]"]"#, 3).unwrap(), ["1", r#"{"a": 2}"#, r#""]""#]);
    for (json, text) in [
        (r#""a""#, Some("a")),
        (r#""\n""#, Some("\n")),
        ("7", None),
        ("\"", None),
        ("\"\n\"", None),
        (r#""a" "b""#, None),
    ] {
        assert_eq!(string(json).as_deref(), text, "{json}");
    }
}

#[test]
fn everything_else_is_refused() {
    for json in ["", "null", "7", "\"x\"", "[[], null]", "{}, {}", r#"{"a": }"#] {
        assert!(!each_member(json, |_, _| {}), "{json}");
    }
    for json in ["", "null", "{}", "[1, 2, 3, 4]", "[1", "[] []"] {
        assert!(items(json, 3).is_none(), "{json}");
    }
}
