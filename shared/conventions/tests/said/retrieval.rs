//! Queries, documents, vectors.

use serde_json::json;
use spanlift_model::Role;

use crate::assert_derived;

#[test]
fn queries() {
    for (fields, query) in [
        (json!({"attributes": {"input.value": "fares"}}), json!("fares")),
        (json!({"attributes": {"input.value": "{}", "input.mime_type": "application/json"}}), json!(null)),
        (json!({"input": "fares"}), json!("fares")),
        (json!({"input": "{\"query\":\"refund window\"}"}), json!("refund window")),
        (json!({"input": {"input": "rooms"}}), json!("rooms")),
        (json!({"input": {"x": "rooms"}}), json!(null)),
        (json!({"input": "x", "attributes": {"gen_ai.retrieval.query.text": "own"}}), json!("own")),
    ] {
        assert_derived(Role::Retrieval, &fields, &json!({"gen_ai.retrieval.query.text": query}));
    }
    assert_derived(Role::Workflow, &json!({"input": "fares"}), &json!({"gen_ai.retrieval.query.text": null}));
}

#[test]
fn documents() {
    let exploded = json!({"retrieval.documents.1.document.content": "7", "retrieval.documents.1.document.id": "2",
        "retrieval.documents.0.document.id": "1", "retrieval.documents.0.document.score": 0.5,
        "retrieval.documents.0.document.metadata.page": 3, "retrieval.documents.0.document.metadata.version": "1.10",
        "retrieval.documents.2.other": "x"});
    let whole = json!({"retrieval.documents.0.document.metadata": r#"{"page": 3}"#});
    for (attributes, expected) in [
        (exploded, r#"[{"id":"1","metadata":{"page":3,"version":"1.10"},"score":0.5},{"content":"7","id":"2"}]"#),
        (whole, r#"[{"metadata":{"page":3}}]"#),
    ] {
        assert_derived(
            Role::Retrieval,
            &json!({"attributes": attributes}),
            &json!({"gen_ai.retrieval.documents": expected}),
        );
    }
    let documents = json!([{"page_content": "Room 12", "metadata": {}}]);
    let expected = json!(r#"[{"metadata":{},"page_content":"Room 12"}]"#);
    for output in [
        json!({"documents": documents}),
        json!({"output": documents}),
        json!({"outputs": documents}),
        documents.clone(),
    ] {
        assert_derived(Role::Retrieval, &json!({"output": output}), &json!({"gen_ai.retrieval.documents": expected}));
        assert_derived(Role::Workflow, &json!({"output": output}), &json!({"gen_ai.retrieval.documents": null}));
    }
    assert_derived(
        Role::Retrieval,
        &json!({"output": {"documents": "none"}}),
        &json!({"gen_ai.retrieval.documents": null}),
    );
}

#[test]
fn of_vectors_the_length_is_kept() {
    let one = "embedding.embeddings.0.embedding.vector";
    let two = "embedding.embeddings.1.embedding.vector";
    assert_derived(
        Role::Embedding,
        &json!({"attributes": {one: [1, 2, 3], two: "[1, 2]"}}),
        &json!({one: null, two: null, "gen_ai.embeddings.dimension.count": "3"}),
    );
    assert_derived(
        Role::Other,
        &json!({"attributes": {"ai.embeddings": ["[0.1, 2]", "[3, 4]"], "my.embedding.vector": "a word"}}),
        &json!({"ai.embeddings": null, "my.embedding.vector": "a word", "gen_ai.embeddings.dimension.count": "2"}),
    );
    assert_derived(
        Role::Embedding,
        &json!({"inherited": true, "attributes": {"ai.embedding": "[1]"}}),
        &json!({"langsmith.metadata.ai.embedding": null, "gen_ai.embeddings.dimension.count": "1"}),
    );
    assert_derived(Role::Embedding, &json!({"attributes": {"ai.embeddings": "[]"}}), &json!({"ai.embeddings": "[]"}));
}
