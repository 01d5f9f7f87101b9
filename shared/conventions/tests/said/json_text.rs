//! Attributes that hold JSON text, and JSON put together again.

use serde_json::json;
use spanlift_conventions::{JSON_ATTRIBUTES, json_attribute, put_together};
use spanlift_model::json::Value;

#[test]
fn the_attribute_that_a_name_lies_below() {
    for (name, attribute) in [
        ("function.arguments", Some("function.arguments")),
        ("function.arguments.a.b", Some("function.arguments")),
        ("function.argument", None),
        ("function.arguments2", None),
        ("function", None),
        ("", None),
        ("gen_ai.tool.definitions", Some("gen_ai.tool.definitions")),
        ("lk.llm_metrics.ttft", Some("lk.llm_metrics")),
        ("gcp.vertex.agent.llm_request.config.tools", Some("gcp.vertex.agent.llm_request")),
        // Of several the longest.
        ("ai.prompt.system", Some("ai.prompt")),
        ("ai.prompt.messages", Some("ai.prompt.messages")),
        ("ai.prompt.format", None),
        ("llm.tools.12.tool.json_schema.name", Some("llm.tools.12.tool.json_schema")),
        ("llm.tools..tool.json_schema", None),
        ("retrieval.documents.0.document.metadata.page", Some("retrieval.documents.0.document.metadata")),
        ("retrieval.documents.0.document.content", None),
        ("function.arguments.", Some("function.arguments")),
    ] {
        assert_eq!(json_attribute(name), attribute, "{name}");
    }
    for (row, _) in JSON_ATTRIBUTES {
        let name = row.replace('*', "7");
        assert_eq!(json_attribute(&name), Some(name.as_str()));
        assert_eq!(json_attribute(&format!("{name}.deeper.down")), Some(name.as_str()));
    }
}

#[test]
fn members_become_an_object_or_a_list() {
    let values = [
        ("legs.0.from", json!("MAD")),
        ("legs.1.from", json!("CDG")),
        ("pax.adults", json!(2)),
        ("pax", json!("lost")),
        ("gap.0", json!(1)),
        ("gap.2", json!({"b": 1, "a": 2})),
    ];
    let values = values.map(|(name, value)| (name, Value::from(value)));
    let whole = put_together(values.iter().map(|(name, value)| (*name, value)));
    let expected = r#"{"gap":{"0":1,"2":{"a":2,"b":1}},"legs":[{"from":"MAD"},{"from":"CDG"}],"pax":{"adults":2}}"#;
    assert_eq!(whole.as_deref(), Some(expected));
    assert_eq!(put_together([]), None);
    let one = Value::from(1);
    let dots = ".a".repeat(1_000_000);
    assert!(put_together([(dots.as_str(), &one)]).is_some());
    assert_eq!(json_attribute(&dots), None);
    assert_eq!(json_attribute(&format!("function.arguments{dots}")), Some("function.arguments"));
}
