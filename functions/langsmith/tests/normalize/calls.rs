//! Runs around one another for one call, as LiveKit's processor for LangSmith writes them.

use std::collections::BTreeMap;

use langsmith::Row;
use langsmith::attribution::mark;
use langsmith::unwrap::unwrap;
use serde_json::{Value, json};
use spanlift_conventions::{SentSpan, call_groups, interpret};
use spanlift_model::Span;

use crate::json_of;

#[expect(clippy::needless_pass_by_value, reason = "runs are written in place")]
fn run(id: &str, above: &str, run_type: &str, name: &str, metadata: Value, outputs: Value) -> Row {
    let fields = json!({"id": id, "parent_run_ids": [above], "run_type": run_type, "name": name,
        "extra": {"metadata": metadata}, "outputs": outputs});
    Row::read(&json_of(fields).to_string()).unwrap()
}

/// What the runs mean, by their names.
fn meaning(mut rows: Vec<Row>) -> BTreeMap<String, Span> {
    mark(&mut rows);
    let groups = call_groups(&rows, |_| true);
    let grouped: Vec<usize> = groups.iter().flat_map(|group| group.members.clone()).collect();
    let alone = (0..rows.len()).filter(|place| !grouped.contains(place)).map(|place| vec![place]);
    let mut meant = BTreeMap::new();
    for members in groups.iter().map(|group| group.members.clone()).chain(alone) {
        let members: Vec<SentSpan> = members.into_iter().map(|place| unwrap(rows[place].run().unwrap())).collect();
        let spans = interpret(members).into_iter();
        meant.extend(spans.map(|span| (span.attributes.get("import.source_name").unwrap().to_owned(), span)));
    }
    meant
}

#[test]
fn one_turn_of_livekit() {
    let hidden = |mut metadata: Value| {
        metadata["ls_message_view_exclude"] = json!(true);
        metadata
    };
    let usage = json!({"usage_metadata": {"input_tokens": 300, "output_tokens": 20, "total_tokens": 320}});
    let spans = meaning(vec![
        run("turn", "root", "chain", "agent_turn", json!({"lk_e2e_latency": 1.2}), json!({})),
        run("user", "root", "llm", "user_turn", hidden(json!({"lk_pii_user_transcript": "Cancel it"})), json!({})),
        run("node", "turn", "chain", "llm_node", json!({"lk_response_ttft": 0.41}), json!({})),
        run("request", "node", "llm", "llm_request", json!({"lk_retry_count": 0}), usage),
        run("run", "request", "chain", "llm_request_run", json!({"lk_retry_count": 0}), json!({})),
        run("speech", "turn", "llm", "tts_node", hidden(json!({"lk_response_ttfb": 0.22})), json!({})),
        run("tts", "speech", "llm", "tts_request", hidden(json!({"lk_tts_label": "x"})), json!({})),
    ]);
    let names: Vec<(&str, &str)> = spans.iter().map(|(source, span)| (source.as_str(), span.name.as_str())).collect();
    assert_eq!(
        names,
        [
            ("agent_turn", "agent_turn"),
            ("llm_node", "llm_node"),
            ("llm_request", "llm"),
            ("llm_request_run", "llm_request_run"),
            ("tts_node", "tts"),
            ("tts_request", "tts_request"),
            ("user_turn", "user_turn"),
        ]
    );
    let attribute = |span: &str, name: &str| spans[span].attributes.get(name).map(str::to_owned);
    assert_eq!(attribute("llm_request", "gen_ai.usage.total_tokens").as_deref(), Some("320"));
    assert_eq!(attribute("llm_request", "metrics.ttfb").as_deref(), Some("0.41"));
    assert_eq!(attribute("tts_node", "metrics.ttfb").as_deref(), Some("0.22"));
    assert_eq!(attribute("user_turn", "transcript").as_deref(), Some("Cancel it"));
    for wrapper in ["llm_node", "llm_request_run", "tts_request"] {
        assert_eq!(attribute(wrapper, "metrics.ttfb"), None, "{wrapper}");
        assert_eq!(attribute(wrapper, "gen_ai.usage.total_tokens"), None, "{wrapper}");
    }
}
