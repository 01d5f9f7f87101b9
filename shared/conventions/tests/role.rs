//! What spans stand for, by the order of evidence.

#![expect(clippy::panic, reason = "clippy's test exemptions do not reach helpers in integration tests")]

use serde_json::{Value, json};
use spanlift_conventions::vocabularies::ALL;
use spanlift_conventions::{SpanView, Told, role_of};
use spanlift_model::json::Map;
use spanlift_model::{Role, names};

const ROLES: [Role; 11] = [
    Role::ModelCall,
    Role::ToolCall,
    Role::ToolResult,
    Role::SpeechToText,
    Role::TextToSpeech,
    Role::Speech,
    Role::Embedding,
    Role::Retrieval,
    Role::Agent,
    Role::Workflow,
    Role::Other,
];

const COLOUR: &str = "langfuse.observation.metadata.color";
const INPUTS: &str = "langfuse.observation.metadata.inputs";

fn words(attributes: Value) -> Map {
    let Value::Object(words) = attributes else { panic!("attributes are an object") };
    words.into()
}

const fn view<'a>(name: &'a str, scope: Option<&'a str>, words: &'a Map, told: Told) -> SpanView<'a> {
    SpanView { name, scope, words, words_are_inherited: false, told, has_counts: false }
}

fn role(name: &str, scope: Option<&str>, attributes: Value, told: Told) -> Role {
    role_of(&view(name, scope, &words(attributes), told))
}

#[test]
fn canonical_names_and_operations_stand_for_their_roles() {
    for canonical in ROLES {
        if let Some(name) = canonical.span_name() {
            assert_eq!(role(name, None, json!({}), Told::Nothing), canonical, "{name}");
        }
        if let Some(operation) = canonical.operation() {
            let attributes = json!({(names::gen_ai::OPERATION_NAME): operation});
            assert_eq!(role("x", None, attributes, Told::Nothing), canonical, "{operation}");
        }
    }
    for name in ["LLM", "llm ", "", "llm_call", "llm_request", "tts_node", "function_tool"] {
        assert_eq!(role(name, None, json!({}), Told::Nothing), Role::Other, "{name}");
    }
    assert_eq!(role("x", None, json!({"gen_ai.operation.name": "CHAT"}), Told::Nothing), Role::Other);
}

#[test]
fn better_evidence_wins() {
    let chat = json!({"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"});
    let model = json!({"gen_ai.request.model": "m"});
    let livekit = Some("livekit-agents");
    for (name, scope, attributes, told, expected) in [
        ("tts", None, chat.clone(), Told::Nothing, Role::ModelCall),
        ("tts", livekit, model.clone(), Told::ByAgent(Role::ModelCall), Role::TextToSpeech),
        ("user_turn", livekit, model.clone(), Told::ByAgent(Role::ModelCall), Role::Speech),
        ("user_turn", livekit, chat, Told::Guess(Role::ModelCall), Role::ModelCall),
        ("warm_up", livekit, model.clone(), Told::ByAgent(Role::ToolCall), Role::ToolCall),
        ("warm_up", livekit, model.clone(), Told::Guess(Role::ModelCall), Role::Other),
        ("warm_up", Some("livekit-agents-of-mine"), model.clone(), Told::Guess(Role::ModelCall), Role::ModelCall),
        ("warm_up", None, model.clone(), Told::ByAgent(Role::Retrieval), Role::Retrieval),
        ("warm_up", None, model, Told::Nothing, Role::ModelCall),
        ("warm_up", None, json!({"gen_ai.request.model": " "}), Told::Nothing, Role::Other),
        // OpenInference calls OpenAI Agents' hand-over a tool. It is not one.
        ("handoff to desk", None, json!({"openinference.span.kind": "TOOL"}), Told::Nothing, Role::Other),
        ("handoff to desk", None, json!({}), Told::BySdk(Role::ToolCall), Role::Other),
        ("handoff_to_desk", None, json!({"openinference.span.kind": "TOOL"}), Told::Nothing, Role::ToolCall),
        // LangSmith's processor calls a guardrail of OpenAI Agents a tool, too.
        (
            "polite",
            None,
            json!({"openai_span_id": "span_1", "triggered": false}),
            Told::BySdk(Role::ToolCall),
            Role::Other,
        ),
        ("polite", None, json!({"openai_span_id": "span_1"}), Told::BySdk(Role::ToolCall), Role::ToolCall),
        ("polite", None, json!({"triggered": false}), Told::BySdk(Role::ToolCall), Role::ToolCall),
        (
            "polite",
            None,
            json!({"openai_span_id": "span_1", "triggered": "by hand"}),
            Told::BySdk(Role::ToolCall),
            Role::ToolCall,
        ),
        // Older handlers of Langfuse for LangChain tell tools as spans.
        ("find", None, json!({(COLOUR): "green", (INPUTS): {}}), Told::Nothing, Role::ToolCall),
        ("find", None, json!({(COLOUR): "green"}), Told::Nothing, Role::Other),
        ("find", None, json!({(COLOUR): "red", (INPUTS): {}}), Told::Nothing, Role::Other),
    ] {
        assert_eq!(role(name, scope, attributes.clone(), told), expected, "{name} {scope:?} {attributes} {told:?}");
    }
}

#[test]
fn every_row_is_reached_in_its_scope() {
    for vocabulary in ALL {
        let Some(scope) = vocabulary.scopes.first().or_else(|| vocabulary.prefixes.first()) else { continue };
        for row in vocabulary.names {
            let name = row.name.replace('*', "x");
            let mut attributes = words(json!({}));
            for prefix in vocabulary.prefixes.iter().copied().chain(row.only_with) {
                attributes.insert(format!("{prefix}x"), "x".into());
            }
            let found = role_of(&view(&name, Some(scope), &attributes, Told::Guess(Role::ModelCall)));
            assert_eq!(found, row.role, "{} {name}", vocabulary.name);
            assert!(!row.seen.is_empty());
        }
    }
}
