//! What filters find, and what they do not.

use crate::client::{self, Client, PATH, object, span};
use serde_json::{Value, json};
use spanlift_model::Timestamp;
use stand_in_phoenix::{Scenario, Span, StatusCode, Version};

fn with(trace: u64, attributes: Value) -> Span {
    Span { attributes: object(attributes), ..span(trace, 1) }
}

#[tokio::test]
async fn attributes_are_compared_as_stored_json() {
    let spans = [
        with(1, json!({"session.id": "7"})),
        with(2, json!({"session.id": 7})),
        with(3, json!({"session.id": "é"})),
        with(4, json!({"session.id": true, "tags": ["a"]})),
    ];
    let server = Client::holding(spans.clone()).await;
    for (filter, names) in [
        ("session.id:\"7\"", "1/1"),
        ("session.id:7", "2/1"),
        ("session.id:7.0", ""),
        ("session.id:true", "4/1"),
        ("session.id:%C3%A9", ""),
        ("session.id:\"x\"", ""),
        ("session:\"7\"", ""),
        ("tags:a", ""),
        // All of them must hold.
        ("session.id:7&attribute=session.id:\"7\"", ""),
    ] {
        assert_eq!(server.names(&format!("{PATH}?attribute={filter}")).await.join(" "), names, "{filter}");
    }
    // An older server passes over it.
    let old = Client::of(Scenario { version: Version::new(14, 8, 0), ..client::scenario(spans) }).await;
    assert_eq!(old.names(&format!("{PATH}?attribute=session.id:7")).await.len(), 4);
}

/// What is told under the same name is not always found under it.
#[tokio::test]
async fn a_path_leads_through_the_nested_store() {
    let id = json!({"session": {"id": "s"}}).to_string();
    let spans = [
        with(1, json!({"metadata": id})),
        with(2, json!({"metadata": json!({"session.id": "s"}).to_string()})),
        with(3, json!({"metadata.session.id": "s"})),
        // A JSON text in a JSON text stays a text.
        with(4, json!({"metadata": json!(id).to_string()})),
        with(5, json!({"metadata": json!({"inner": id}).to_string()})),
    ];
    let server = Client::holding(spans).await;
    for row in server.json(PATH).await["data"].as_array().unwrap().iter().skip(2) {
        assert_eq!(row["attributes"], json!({"metadata.session.id": "s"}));
    }
    for (path, names) in [("metadata.session.id", "3/1 1/1"), ("session.id", ""), ("metadata.inner.session.id", "")] {
        assert_eq!(server.names(&format!("{PATH}?attribute={path}:\"s\"")).await.join(" "), names, "{path}");
    }
}

#[tokio::test]
async fn columns_are_compared_exactly() {
    let spans = [
        Span { kind: json!("llm"), name: "a b".to_owned(), ..span(1, 1) },
        Span {
            parent_id: Some(span(1, 1).span_id),
            kind: json!("VOICE"),
            status_code: StatusCode::Error,
            ..span(1, 2)
        },
        // It is told as another text, and found by what stands in its columns.
        Span { raw: Some(json!({"span_id": span(9, 9).span_id}).to_string()), ..span(2, 1) },
    ];
    let (one, two, root) = (&spans[0].trace_id, &spans[2].trace_id, &spans[0].span_id);
    let moment = "2026-11-20T15:01:00.304819";
    let filters = [
        (format!("trace_id={one}"), "1/2 1/1"),
        (format!("trace_id={one}&trace_id={two}"), "9/9 1/2 1/1"),
        (format!("trace_id={one},{two}"), ""),
        ("trace_id=2".to_owned(), ""),
        (format!("span_id={root}"), "1/1"),
        (format!("parent_id={root}"), "1/2"),
        ("parent_id=null".to_owned(), "9/9 1/1"),
        ("name=a%20b".to_owned(), "1/1"),
        ("span_kind=LLM".to_owned(), "1/1"),
        ("span_kind=unknown".to_owned(), "9/9 1/2"),
        ("status_code=ERROR&status_code=OK".to_owned(), "1/2"),
        (format!("start_time={moment}Z"), "9/9 1/2 1/1"),
        (format!("end_time={moment}Z"), ""),
        (format!("end_time={moment}999Z"), ""),
        ("start_time=2026-11-20&end_time=2026-11-20T15:02".to_owned(), "9/9 1/2 1/1"),
        ("start_time=1795186860&end_time=1795186861000".to_owned(), "9/9 1/2 1/1"),
        ("start_time=2026-11-20T15:01:00.304820Z".to_owned(), ""),
        (format!("start_time={moment}&end_time=2026-11-20T17:01:00.304820%2B02:00"), "9/9 1/2 1/1"),
    ];
    let server = Client::holding(spans.clone()).await;
    for (query, names) in &filters {
        assert_eq!(server.names(&format!("{PATH}?{query}")).await.join(" "), *names, "{query}");
    }
    // Older servers know of times only.
    let old = Client::of(Scenario { version: Version::new(13, 8, 0), ..client::scenario(spans) }).await;
    for (query, names) in &filters {
        let is_known = query.contains("_time=");
        let names = if is_known { names } else { "9/9 1/2 1/1" };
        assert_eq!(old.names(&format!("{PATH}?{query}")).await.join(" "), names, "{query}");
    }
}

/// What has neither ids nor times is found by no filter, and told where there is none.
#[tokio::test]
async fn rows_without_ids_are_found_by_no_filter() {
    let row = Span { trace_id: String::new(), span_id: String::new(), start_time: Timestamp::EPOCH, ..span(1, 1) };
    let row = Span { raw: Some("null".to_owned()), ..row };
    let server = Client::holding([row.clone(), row, span(1, 1)]).await;
    assert_eq!(server.json(PATH).await["data"].as_array().unwrap().len(), 3);
    for query in [format!("trace_id={}", span(1, 1).trace_id), "start_time=2026-01-01".to_owned()] {
        assert_eq!(server.names(&format!("{PATH}?{query}")).await, ["1/1"], "{query}");
    }
}
