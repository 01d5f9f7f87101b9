//! What is left of a span without content: an allow-list.

#![expect(clippy::unwrap_used, reason = "clippy's test exemptions do not reach helpers in integration tests")]

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use spanlift_conventions::vocabularies::ALL;
use spanlift_conventions::{
    FIRST_BYTE, KEPT, KEPT_BEHIND, Kept, LONGEST_NAME, NOT_KEPT, NUMBER_WORDS, TOOL_FAILURES, ValueKind, kept_kind,
    tool, withhold_content,
};
use spanlift_model::{Attributes, Span, SpanEvent, SpanId, SpanKind, StatusCode, Timestamp, TraceId, names};

const HINT: &str = "3zfmuDbVQsi4GaseDtiVcS";
/// What must not be left. No type of an error, no identifier and no number can hold it.
const MARK: &str = "my card is 4111 ✋";

fn span(attributes: &[(&str, &str)]) -> Span {
    let at = Timestamp::parse("2026-11-28T09:00:00Z").unwrap();
    Span {
        trace_id: TraceId::from_source("trace"),
        span_id: SpanId::from_source("trace", "span"),
        parent_span_id: None,
        name: "llm".to_owned(),
        kind: SpanKind::Client,
        started_at: at,
        ended_at: Some(at),
        status: StatusCode::Unset,
        status_message: String::new(),
        attributes: texts(attributes),
        events: Vec::new(),
        resource: Arc::default(),
    }
}

fn texts(attributes: &[(&str, &str)]) -> Attributes {
    attributes.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
}

fn event(name: &str, attributes: &[(&str, &str)]) -> SpanEvent {
    SpanEvent { name: name.to_owned(), at: Timestamp::EPOCH, attributes: texts(attributes) }
}

fn kept(keep_attributes: &[&str]) -> Kept {
    let keep_attributes = keep_attributes.iter().map(|name| (*name).to_owned()).collect();
    Kept { keep_attributes, hints: vec![HINT.to_owned(), "call-7".to_owned()] }
}

fn withheld(mut span: Span, keep_attributes: &[&str]) -> Span {
    withhold_content(&mut span, &kept(keep_attributes));
    span
}

/// What becomes of one attribute.
fn left(name: &str, value: &str) -> Option<String> {
    withheld(span(&[(name, value)]), &[]).attributes.get(name).map(str::to_owned)
}

/// Rows with a name that a span may have: words in place of `*`.
fn rows() -> Vec<(ValueKind, String)> {
    let name =
        |name: &str| name.strip_suffix('*').map_or_else(|| name.to_owned(), |begin| format!("{begin}input_tokens"));
    let rows = KEPT.iter().flat_map(|table| table.rows);
    rows.flat_map(|(kind, names)| names.iter().map(|own| (*kind, name(own)))).collect()
}

const fn fits(kind: ValueKind) -> &'static str {
    match kind {
        ValueKind::Number => "0.25",
        ValueKind::Flag => "true",
        ValueKind::Identifier => "gpt-4.1-mini",
        ValueKind::Identifiers => r#"["stop","tool_calls"]"#,
        ValueKind::Path => "20261128T093125000000Zdd1e192f-6f45-447f-8977-67c245871626",
        ValueKind::Name => "Travel desk",
        ValueKind::CutName => "find_booking",
        ValueKind::Time => "2026-11-28T09:00:00.5Z",
        ValueKind::Numbers => r#"{"input_tokens":3,"output":{"total":4.5}}"#,
        ValueKind::Hint => HINT,
        ValueKind::Hints => r#"["call-7"]"#,
    }
}

#[test]
fn every_row_keeps_what_fits_and_drops_what_does_not() {
    for (kind, name) in rows() {
        assert_eq!(kept_kind(&name), Some(kind), "{name}");
        if name == names::IMPORT_WITHHELD {
            continue;
        }
        assert_eq!(left(&name, fits(kind)).as_deref(), Some(fits(kind)), "{name}");
        for (prefix, _) in KEPT_BEHIND {
            let behind = format!("{prefix}{name}");
            assert_eq!(left(&behind, fits(kind)).as_deref(), Some(fits(kind)), "{behind}");
        }
        if kind != ValueKind::CutName && kind != ValueKind::Name {
            assert_eq!(left(&name, MARK), None, "{name}");
        }
        assert_eq!(left(&name, &"x ".repeat(300)).is_some(), kind == ValueKind::CutName, "{name}");
    }
}

#[test]
fn no_name_stands_twice_and_words_are_sorted() {
    let all: Vec<&str> =
        KEPT.iter().flat_map(|table| table.rows).flat_map(|(_, names)| names.iter().copied()).collect();
    let mut seen = BTreeSet::new();
    let twice: Vec<&&str> = all.iter().filter(|name| !seen.insert(**name)).collect();
    assert!(twice.is_empty(), "{twice:?}");
    let words: BTreeSet<&str> = NUMBER_WORDS.iter().copied().collect();
    assert!(words.iter().eq(NUMBER_WORDS), "{words:?}");
}

#[test]
fn what_other_tables_measure_and_name_is_kept() {
    let first_bytes = FIRST_BYTE.iter().map(|row| row.name);
    let kinds = ALL.iter().flat_map(|vocabulary| vocabulary.kinds.iter().map(|kind| kind.attribute));
    let tools = tool::NAMES.iter().chain(tool::IDS).map(|(name, _)| *name);
    let failures = TOOL_FAILURES.iter().map(|(name, ..)| *name);
    for name in first_bytes.chain(kinds).chain(tools).chain(failures) {
        assert!(kept_kind(name).is_some(), "{name}");
    }
}

#[test]
fn values_by_kind() {
    let cases = [
        ("gen_ai.request.model", "us.anthropic.claude-sonnet-4-20250514-v1:0", true),
        ("gen_ai.request.model", "@cf/meta/llama-3.1-8b-instruct", true),
        ("gen_ai.request.model", "claude-3-5-sonnet@20240620", true),
        ("gen_ai.request.model", "anna.smith@example.com", false),
        ("gen_ai.request.model", "我想改签明天的航班", false),
        ("gen_ai.request.model", "+15551234567", false),
        ("gen_ai.request.model", "", false),
        ("gen_ai.request.model", "you are a helpful agent", false),
        ("gen_ai.usage.input_tokens", "412", true),
        ("gen_ai.usage.input_tokens", "-1", true),
        ("gen_ai.usage.input_tokens", "1e3", true),
        ("gen_ai.usage.input_tokens", "NaN", false),
        ("gen_ai.usage.input_tokens", "infinity", false),
        ("gen_ai.usage.input_tokens", "+15551234567", false),
        ("gen_ai.usage.anna", "5", false),
        ("gen_ai.usage.cache_creation.ephemeral_5m_input_tokens", "5", true),
        ("ai.usage.cachedInputTokens", "5", true),
        ("ai.usage.cardNumber", "5", false),
        ("llm.token_count.prompt_details.cache_read", "5", true),
        ("lk_e2e_latency", "1.2", true),
        ("lk_llm_metrics_ttft", "0.4", true),
        ("langsmith.metadata.lk_e2e_latency", "1.2", true),
        ("langfuse.observation.metadata.metadata.gen_ai.request.model", "gpt", true),
        ("gen_ai.conversation.id", HINT, true),
        ("gen_ai.conversation.id", "anna-smith", false),
        ("session.id", "call-7", true),
        ("langsmith.metadata.simulation_output_id", HINT, true),
        ("simulation_output_id", "another", false),
        ("gen_ai.response.finish_reasons", r#"["stop"]"#, true),
        ("gen_ai.response.finish_reasons", r#"["it is over now"]"#, false),
        ("gen_ai.request.stop_sequences", r#"["END"]"#, false),
        ("error.type", "openai.APITimeoutError", true),
        ("error.type", "500", true),
        ("error.type", "_OTHER", true),
        ("error.type", "timeout", true),
        ("error.type", "Exception", true),
        ("error.type", "ModelRetry", true),
        // The first word of a text.
        ("error.type", "Anna", false),
        ("error.type", "the card was refused", false),
        ("turn.was_interrupted", "False", true),
        ("turn.was_interrupted", "no", false),
        ("tool.error", "1", true),
        ("tool.error", "card 4111 refused", false),
    ];
    for (name, value, is_kept) in cases {
        assert_eq!(left(name, value).is_some(), is_kept, "{name} = {value}");
    }
}

#[test]
fn what_was_said_and_who_it_is_are_dropped() {
    for name in [
        "input",
        "output",
        "transcript",
        "gen_ai.input.messages",
        "gen_ai.prompt.0.content",
        "gen_ai.tool.description",
        "gcp.vertex.agent.llm_request",
        "gcp.vertex.agent.llm_response",
        "gcp.vertex.agent.data",
        "llm.openai.messages",
        "tool_response",
        "text",
        "exception.stacktrace",
        "error.message",
        "metadata",
        "user.id",
        "user_id",
        "enduser.id",
        "langfuse.user.id",
        "lk.pii.room_name",
        "lk.room_name",
        "lk.pii.participant_identity",
        "participant_identity",
        "lk.participant_id",
        "sip.phoneNumber",
        "lk.pii.sip.phoneNumber",
        "langfuse.observation.input",
        "langfuse.observation.status_message",
        "langsmith.metadata.user_id",
        "langfuse.trace.metadata.note",
        "a.name.of.ones.own",
    ] {
        assert_eq!(left(name, "7"), None, "{name}");
    }
}

#[test]
fn json_keeps_its_numbers() {
    let metrics = r#"{"type":"llm_metrics","label":"openai.LLM","request_id":"anna","ttft":0.4,"cancelled":false,"total_tokens":320,"card":4111,"metadata":{"model_name":"gpt"}}"#;
    let mut kept: serde_json::Value = serde_json::from_str(&left("lk.llm_metrics", metrics).unwrap()).unwrap();
    let expected = serde_json::json!({"ttft": 0.4, "cancelled": false, "total_tokens": 320});
    assert_eq!(kept, expected);
    kept = serde_json::from_str(
        &left("langfuse.observation.model.parameters", r#"{"temperature":0.2,"stop":["x"],"max_tokens":5}"#).unwrap(),
    )
    .unwrap();
    assert_eq!(kept, serde_json::json!({"temperature": 0.2, "max_tokens": 5}));
    for nothing in [r#"{"card":4111}"#, "[0.1,0.2]", "4111", r#"{"input_tokens":[4111]}"#, "{", r#"{"input":"4111"}"#] {
        assert_eq!(left("langfuse.observation.usage_details", nothing), None, "{nothing}");
    }
    let deep = format!("{}1{}", r#"{"input":"#.repeat(100), "}".repeat(100));
    assert_eq!(left("lk.llm_metrics", &deep), None);
    assert_eq!(left("langfuse.trace.tags", r#"["anna","call-7"]"#).as_deref(), Some(r#"["call-7"]"#));
    assert_eq!(left("langsmith.tags", r#"["anna"]"#), None);
}

#[test]
fn messages_become_a_type_and_a_sentence() {
    let failed = Span {
        status: StatusCode::Error,
        status_message: MARK.to_owned(),
        events: vec![
            event(
                "exception",
                &[
                    ("exception.type", "ValidationError"),
                    ("exception.message", MARK),
                    ("exception.stacktrace", MARK),
                    ("exception.escaped", "False"),
                ],
            ),
            event("exception", &[("exception.type", MARK), ("exception.message", MARK)]),
            event("gen_ai.choice", &[("message", MARK), ("finish_reason", "tool_use"), (MARK, "7")]),
        ],
        ..span(&[("error.type", "ValueError"), ("gen_ai.usage.input_tokens", "3"), (MARK, "7")])
    };
    let left = withheld(failed.clone(), &[]);
    assert_eq!(left.status, StatusCode::Error);
    assert_eq!(left.status_message, format!("ValueError: {NOT_KEPT}"));
    let expected = texts(&[("error.type", "ValueError"), ("gen_ai.usage.input_tokens", "3"), ("import.withheld", "7")]);
    assert_eq!(left.attributes, expected);
    assert_eq!(
        left.events[0].attributes,
        texts(&[
            ("exception.type", "ValidationError"),
            ("exception.message", "ValidationError: the message is not kept"),
            ("exception.escaped", "False"),
        ])
    );
    assert_eq!(left.events[1].attributes, texts(&[("exception.message", "the message is not kept")]));
    assert_eq!(left.events[2].attributes, texts(&[("finish_reason", "tool_use")]));
    // Once more changes nothing but the number.
    let mut again = withheld(left.clone(), &[]);
    again.attributes.set(names::IMPORT_WITHHELD, "7");
    assert_eq!(again, left);
}

#[test]
fn a_customers_own_numbers_are_kept_by_their_exact_names() {
    let own = span(&[("desk.waiting", "7 people"), ("desk.waiting.seconds", "3"), ("Desk.waiting", "3")]);
    let left = withheld(own, &["desk.waiting"]);
    assert_eq!(left.attributes, texts(&[("desk.waiting", "7 people"), ("import.withheld", "2")]));
    assert_eq!(withheld(span(&[("llm.finish_reason", "stop")]), &[]).attributes.len(), 1, "nothing went");
}

#[test]
fn names_are_cut_at_256_characters() {
    let long = "ü".repeat(LONGEST_NAME + 1);
    let named = Span {
        name: long.clone(),
        events: vec![event(&long, &[])],
        ..span(&[("gen_ai.tool.name", &long), ("import.source_name", &long), ("gen_ai.agent.name", &long)])
    };
    let left = withheld(named, &[]);
    let cut = format!("{}…[cut]", "ü".repeat(LONGEST_NAME - 6));
    assert_eq!(left.name, cut);
    assert_eq!(left.events[0].name, cut);
    assert_eq!(left.attributes.get("gen_ai.tool.name"), Some(cut.as_str()));
    assert_eq!(left.attributes.get("import.source_name"), Some(cut.as_str()));
    assert_eq!(left.attributes.get("gen_ai.agent.name"), None);
    assert_eq!(withheld(span(&[("gen_ai.tool.name", &"ü".repeat(LONGEST_NAME))]), &[]).attributes.len(), 1);
}

/// Names of a table that may hold any line are names by design.
fn known_name() -> impl Strategy<Value = String> {
    let may_be_a_line = |kind: ValueKind| matches!(kind, ValueKind::Name | ValueKind::CutName);
    let names: Vec<String> =
        rows().into_iter().filter(|(kind, _)| !may_be_a_line(*kind)).map(|(_, name)| name).collect();
    prop_oneof![
        proptest::sample::select(names.clone()),
        (proptest::sample::select(KEPT_BEHIND), proptest::sample::select(names))
            .prop_map(|((begin, _), name)| format!("{begin}{name}")),
    ]
}

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        known_name(),
        ".*",
        "[a-z_]{1,8}(\\.[a-z_]{1,8}){0,3}",
        Just(format!("gen_ai.usage.{MARK}")),
        Just(MARK.to_owned())
    ]
}

fn marked() -> impl Strategy<Value = String> {
    prop_oneof![
        (".{0,20}", ".{0,20}").prop_map(|(before, after)| format!("{before}{MARK}{after}")),
        Just(format!("[\"{MARK}\"]")),
        Just(format!("[\"call-7\",\"{MARK}\"]")),
        Just(format!("{{\"{MARK}\":5,\"input\":\"{MARK}\",\"output\":{{\"total\":5,\"{MARK}\":1}}}}")),
    ]
}

fn attributes() -> impl Strategy<Value = Vec<(String, String)>> {
    vec((any_name(), marked()), 0..8)
}

proptest! {
    #[test]
    fn no_mark_is_left_but_where_a_name_is_kept(
        own in attributes(),
        of_events in vec(attributes(), 0..3),
        message in marked(),
        is_exception in any::<bool>(),
    ) {
        let name = if is_exception { "exception" } else { "gen_ai.choice" };
        let mut marked = span(&[("own.number", MARK)]);
        for (name, value) in &own {
            marked.attributes.set(name.clone(), value.as_str());
        }
        marked.status_message = message;
        for list in &of_events {
            let mut event = event(name, &[("exception.message", MARK), ("exception.type", MARK)]);
            for (name, value) in list {
                event.attributes.set(name.clone(), value.as_str());
            }
            marked.events.push(event);
        }
        let left = withheld(marked, &["own.number"]);
        prop_assert_eq!(left.attributes.get("own.number"), Some(MARK));
        let mut rest = left;
        rest.attributes.remove("own.number");
        let shown = format!("{rest:?}");
        prop_assert!(!shown.contains("4111"), "{}", shown);
        prop_assert!(!shown.contains("my card"), "{}", shown);
    }

    #[test]
    fn hostile_text_is_bounded(name in ".*", value in ".*") {
        let left = withheld(span(&[(&name, &value)]), &[]);
        prop_assert!(left.attributes.iter().all(|(_, kept)| kept.len() <= value.len().max(2)));
    }
}
