//! The filter language (docs/platforms/langsmith.md#44-filters).

use stand_in_langsmith::filter::parse;

#[test]
fn takes_what_the_documentation_shows() {
    for text in [
        r#"and(in(metadata_key, ["session_id","conversation_id","thread_id"]), eq(metadata_value, "v"))"#,
        "and(neq(metadata_key,'conversation_id'), eq(metadata_value,'it\\'s'))",
        r#"has(metadata, '{"k":"v"}')"#,
        r#"gte(start_time, "2026-11-20T15:00:00Z")"#,
        r#"lt(start_time, "2026-11-20T15:00:00.123456")"#,
        "not(in(trace_id, []))",
        "or(eq(is_root, true), gt(latency, 1.5), eq(error,false))",
        r#" and( eq( name , "a\"\\é" ) , has(tags,"t") ) "#,
    ] {
        assert!(parse(text).is_ok(), "{text}");
    }
}

#[test]
fn refuses_everything_else() {
    for text in [
        "",
        "eq",
        "eq(name)",
        r#"eq(name, "a"#,
        r#"eq(name, "a") eq(name, "b")"#,
        "eq(name, a)",
        r#"equals(name, "a")"#,
        // One wrong attribute fails the whole query.
        r#"and(eq(name, "a"), eq(total_tokens, 1))"#,
        r#"eq(start_time, "yesterday")"#,
        r#"in(name, "a")"#,
        r#"eq(name, ["a"])"#,
        "and()",
        r#"in(name, ["a",])"#,
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
    let deep = format!("{}eq(name,1){}", "not(".repeat(1_000), ")".repeat(1_000));
    assert!(parse(&deep).unwrap_err().to_string().contains("deep"));
}

#[test]
fn a_literal_cannot_become_a_part_of_the_language() {
    let literal = serde_json::Value::from("x\")), or(eq(name, \"y\n\\").to_string();
    let filter = parse(&format!("eq(name, {literal})")).unwrap();
    assert!(format!("{filter:?}").starts_with("Compare(Equal, Name, String("));
}
