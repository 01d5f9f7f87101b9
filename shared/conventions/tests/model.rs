//! Which model, who serves it, and what it was asked for.

#![expect(clippy::panic, reason = "clippy's test exemptions do not reach helpers in integration tests")]

use serde_json::{Map, Value, json};
use spanlift_conventions::model::{
    LATE_REQUEST_MODELS, MODELS, PROVIDER_ATTRIBUTES, PROVIDERS, REQUEST_MODELS, RESPONSE_MODELS, model_provider,
};
use spanlift_conventions::parameters::{PARAMETER_OBJECTS, PARAMETER_PREFIXES, PARAMETERS, Read};
use spanlift_conventions::{Payload, PlatformWords, SentSpan, Usage, attributes};
use spanlift_model::json::text_of;
use spanlift_model::{Attributes, Role, SpanId, SpanKind, StatusCode, Timestamp, TraceId};

const REQUEST: &str = "gen_ai.request.model";
const RESPONSE: &str = "gen_ai.response.model";
const PROVIDER: &str = "gen_ai.provider.name";

fn object(members: &Value) -> Map<String, Value> {
    let Value::Object(members) = members else { panic!("an object") };
    members.clone()
}

fn span(attributes: &Value) -> SentSpan {
    SentSpan {
        trace_id: TraceId::from_source("trace"),
        span_id: SpanId::from_source("trace", "span"),
        parent_span_id: None,
        source_trace_id: String::new(),
        source_span_id: String::new(),
        name: String::new(),
        scope: None,
        kind: SpanKind::Internal,
        started_at: Timestamp::from_nanos(0),
        ended_at: None,
        status: StatusCode::Unset,
        status_message: String::new(),
        attributes: object(attributes)
            .into_iter()
            .filter_map(|(name, value)| Some((name, text_of(&value)?.into_owned())))
            .collect(),
        prefix: "",
        is_inherited: false,
        events: Vec::new(),
        platform: PlatformWords::default(),
    }
}

fn derived(role: Role, span: &SentSpan) -> Attributes {
    // Behind a prefix the names of what was sent do not stand in the way of what is derived.
    attributes(role, SentSpan { prefix: "metadata.", ..span.clone() })
}

fn assert_derived(role: Role, span: &SentSpan, expected: &Value) {
    let attributes = derived(role, span);
    for (name, value) in object(expected) {
        assert_eq!(attributes.get(&name), value.as_str(), "{name}");
    }
}

#[test]
fn models() {
    for (attributes, expected) in [
        (json!({"llm.model_name": "m"}), json!({REQUEST: "m", RESPONSE: null})),
        (
            json!({"llm.request.model_name": "asked", "llm.model_name": "m", "llm.response.model_name": "answered"}),
            json!({REQUEST: "asked", RESPONSE: "answered"}),
        ),
        (json!({"embedding.model_name": "m"}), json!({REQUEST: "m"})),
        // Over OpenAI's client the model that answered is written over the one that was asked.
        (
            json!({"llm.model_name": "m-1", "llm.invocation_parameters": "{\"model\": \"m\"}"}),
            json!({REQUEST: "m", RESPONSE: "m-1"}),
        ),
        (
            json!({"llm.model_name": "m", "llm.invocation_parameters": "{\"model\": \"m\"}"}),
            json!({REQUEST: "m", RESPONSE: null}),
        ),
        // The same model without what stands in front of it says nothing of an answer.
        (
            json!({"llm.model_name": "m", "llm.invocation_parameters": "{\"model\": \"openai/m\"}"}),
            json!({REQUEST: "openai/m", RESPONSE: null}),
        ),
        (json!({"ai.model.id": "m", "ai.response.model": "m-1"}), json!({REQUEST: "m", RESPONSE: "m-1"})),
        (json!({"llm.invocation_parameters": "{\"model\": \"m\", \"model_name\": \"n\"}"}), json!({REQUEST: "m"})),
        (json!({"ls_model_name": "late", "invocation_params": "{\"model\":\"n\"}"}), json!({REQUEST: "n"})),
        (json!({"ls_model_name": "m"}), json!({REQUEST: "m"})),
        (json!({"gen_ai.request.model": "late", "invocation_params": "{\"model\":\"n\"}"}), json!({REQUEST: "n"})),
        (json!({"model_name": "m"}), json!({REQUEST: "m"})),
        (json!({"llm.model_name": " "}), json!({REQUEST: null})),
        (json!({"ai.response.model": "m-1"}), json!({REQUEST: "m-1", RESPONSE: "m-1"})),
        (json!({"llm.invocation_parameters": "{broken"}), json!({REQUEST: null})),
        (json!({"llm.invocation_parameters": "[1]"}), json!({REQUEST: null})),
    ] {
        assert_derived(Role::ModelCall, &span(&attributes), &expected);
    }
    let answer = |output: Value| {
        let mut call = span(&json!({}));
        call.platform.output = Payload::of_json(output);
        call
    };
    for output in [
        json!({"model": "m-1", "choices": []}),
        json!({"generations": [[{"message": {"kwargs": {"response_metadata": {"model_name": "m-1"}}}}]]}),
        json!({"generations": [[{"message": {"kwargs": {"response_metadata": {"model": "m-1"}}}}]]}),
        json!({"generations": [[{"generation_info": {"model_name": "m-1"}}]]}),
        json!({"llm_output": {"model_name": "m-1"}}),
        json!({"llmOutput": {"model": "m-1"}}),
        json!({"output": {"kwargs": {"response_metadata": {"model_name": "m-1"}}}}),
        json!({"modelVersion": "m-1"}),
    ] {
        let call = answer(output.clone());
        assert_derived(Role::ModelCall, &call, &json!({RESPONSE: "m-1", REQUEST: "m-1"}));
        // A tool's result may say anything.
        assert_derived(Role::ToolCall, &call, &json!({RESPONSE: null, REQUEST: null}));
    }
    // An answer about a model names another.
    let about = answer(json!({"model": "a car's", "price": 1}));
    assert_derived(Role::ModelCall, &about, &json!({RESPONSE: null, REQUEST: null}));
    let mut call = answer(json!({"model": ["m"], "choices": []}));
    assert_derived(Role::ModelCall, &call, &json!({RESPONSE: null}));
    call.platform.model = Some("told".to_owned());
    assert_derived(Role::ModelCall, &call, &json!({REQUEST: "told"}));
    call.platform.input = Payload::of_json(json!({"model": "a car's"}));
    assert_derived(Role::ModelCall, &call, &json!({REQUEST: "told"}));
    call.platform.input = Payload::of_json(json!({"model": "m", "messages": []}));
    assert_derived(Role::ModelCall, &call, &json!({REQUEST: "m"}));
}

#[test]
fn what_the_source_set_stays() {
    let attributes = attributes(
        Role::ModelCall,
        span(&json!({
            REQUEST: "own", PROVIDER: "own", "gen_ai.request.top_p": "own",
            "llm.model_name": "m", "llm.provider": "openai", "llm.invocation_parameters": "{\"top_p\":1}",
        })),
    );
    assert_eq!([REQUEST, PROVIDER, "gen_ai.request.top_p"].map(|name| attributes.get(name)), [Some("own"); 3]);
}

#[test]
fn what_may_be_of_the_span_above() {
    let mut inherited = span(&json!({"ls_model_name": "m", "ls_provider": "openai", "ls_temperature": 0.5}));
    inherited.is_inherited = true;
    let all = json!({REQUEST: "m", PROVIDER: "openai", "gen_ai.request.temperature": "0.5"});
    let none = json!({REQUEST: null, PROVIDER: null, "gen_ai.request.temperature": null});
    assert_derived(Role::ModelCall, &inherited, &all);
    assert_derived(Role::ToolCall, &inherited, &none);
    assert_derived(Role::TextToSpeech, &inherited, &json!({REQUEST: null, PROVIDER: null}));
    inherited.is_inherited = false;
    assert_derived(Role::ToolCall, &inherited, &all);
}

#[test]
fn providers_by_name() {
    for (name, expected) in [
        ("openai.chat", Some("openai")),
        ("openai.responses", Some("openai")),
        ("OpenAI", Some("openai")),
        ("anthropic.messages", Some("anthropic")),
        ("google.generative-ai", Some("gcp.gemini")),
        ("google.vertex.chat", Some("gcp.vertex_ai")),
        ("vertex.anthropic.messages", Some("gcp.vertex_ai")),
        ("azure-openai.chat", Some("azure.ai.openai")),
        ("azure.responses", Some("azure.ai.openai")),
        ("azure", Some("azure.ai.openai")),
        ("az.ai.inference", Some("azure.ai.inference")),
        ("amazon-bedrock", Some("aws.bedrock")),
        ("amazon_bedrock_converse", Some("aws.bedrock")),
        ("gcp.vertex.agent", Some("gcp.vertex_ai")),
        ("vertex_ai", Some("gcp.vertex_ai")),
        ("google_genai", Some("gcp.gemini")),
        ("mistral.chat", Some("mistral_ai")),
        ("xai.chat", Some("x_ai")),
        ("x_ai", Some("x_ai")),
        ("ibm.watsonx.ai", Some("ibm.watsonx.ai")),
        ("azure.speech", None),
        ("aws", None),
        ("together", None),
        ("chat", None),
        (".chat", None),
        ("", None),
    ] {
        assert_eq!(model_provider(name), expected, "{name}");
    }
    // The conventions' own names are known by themselves.
    for row in PROVIDERS {
        assert_eq!(model_provider(row.is), Some(row.is), "{}", row.is);
    }
}

#[test]
fn providers_of_spans() {
    for (attributes, expected) in [
        (json!({"llm.provider": "openai", "llm.system": "openai"}), json!("openai")),
        (json!({"llm.provider": "azure", "llm.system": "OpenAI"}), json!("azure.ai.openai")),
        (json!({"llm.provider": "azure"}), json!("azure.ai.inference")),
        (json!({"llm.provider": "aws", "llm.system": "anthropic"}), json!("aws.bedrock")),
        (json!({"llm.provider": "google", "llm.system": "vertexai"}), json!("gcp.vertex_ai")),
        (json!({"llm.provider": "google"}), json!("gcp.gen_ai")),
        (json!({"llm.system": "vertexai"}), json!("gcp.vertex_ai")),
        (json!({"llm.provider": "Together", "llm.system": "openai"}), json!("together")),
        (json!({"llm.provider": " "}), json!(null)),
        (json!({"gen_ai.system": "az.ai.openai"}), json!("azure.ai.openai")),
        (json!({"gen_ai.system": "strands-agents"}), json!(null)),
        (json!({"gen_ai.system": "Langchain", "ai.model.provider": "groq.chat"}), json!("groq")),
        (json!({"ls_provider": "mistral"}), json!("mistral_ai")),
        (json!({"ls_provider": "NewOne"}), json!("newone")),
        (json!({"langfuse.observation.metadata.ls_provider": "\"NewOne\""}), json!("newone")),
        (json!({"invocation_params": "{\"_type\":\"azure-openai-chat\"}"}), json!("azure.ai.openai")),
        (json!({"invocation_params": "{\"_type\":\"my-own\"}"}), json!(null)),
    ] {
        assert_derived(Role::ModelCall, &span(&attributes), &json!({PROVIDER: expected}));
    }
}

#[test]
fn parameters_in_whatever_place_and_spelling() {
    for (given, expected) in [
        (
            json!({"temperature": "0.5", "top_p": 1, "top_k": 40.0}),
            json!({"temperature": "0.5", "top_p": "1", "top_k": "40"}),
        ),
        (
            json!({"temperature": "hot", "top_p": null, "seed": 1.5}),
            json!({"temperature": null, "top_p": null, "seed": null}),
        ),
        (
            json!({"temperature": "nan", "top_p": true, "stream": "True"}),
            json!({"temperature": null, "top_p": null, "stream": "true"}),
        ),
        (json!({"max_completion_tokens": 50, "seed": -3}), json!({"max_tokens": "50", "seed": "-3"})),
        (json!({"max_tokens": null, "maxOutputTokens": "9"}), json!({"max_tokens": "9"})),
        (
            json!({"topP": 0.9, "topK": [], "frequencyPenalty": 0}),
            json!({"top_p": "0.9", "top_k": null, "frequency_penalty": "0"}),
        ),
        (json!({"stop": "END", "n": 1}), json!({"stop_sequences": "[\"END\"]", "choice.count": null})),
        (json!({"stopSequences": ["a", "b"], "n": 2}), json!({"stop_sequences": "[\"a\",\"b\"]", "choice.count": "2"})),
        (
            json!({"encoding_format": "float", "stop": []}),
            json!({"encoding_formats": "[\"float\"]", "stop_sequences": null}),
        ),
    ] {
        let expected: Map<String, Value> =
            object(&expected).into_iter().map(|(name, value)| (format!("gen_ai.request.{name}"), value)).collect();
        let text = given.to_string();
        for (name, _) in PARAMETER_OBJECTS {
            assert_derived(Role::ModelCall, &span(&json!({*name: text})), &Value::Object(expected.clone()));
        }
        for (prefix, _) in PARAMETER_PREFIXES {
            let attributes: Map<String, Value> =
                object(&given).into_iter().map(|(name, value)| (format!("{prefix}{name}"), value)).collect();
            assert_derived(Role::ModelCall, &span(&Value::Object(attributes)), &Value::Object(expected.clone()));
        }
        let mut call = span(&json!({}));
        call.platform.parameters = object(&given);
        assert_derived(Role::ModelCall, &call, &Value::Object(expected));
    }
    for (format, expected) in [
        (json!({"type": "json_schema"}), json!("json")),
        (json!("text"), json!("text")),
        (json!({"type": ["json"]}), json!(null)),
        (json!("yaml"), json!(null)),
    ] {
        let mut call = span(&json!({}));
        call.platform.parameters = object(&json!({"response_format": format}));
        assert_derived(Role::ModelCall, &call, &json!({"gen_ai.output.type": expected}));
    }
}

#[test]
fn rows_are_reached() {
    let tables = [REQUEST_MODELS, LATE_REQUEST_MODELS, MODELS, RESPONSE_MODELS].map(<[_]>::iter).into_iter().flatten();
    for (name, _) in tables {
        assert_derived(Role::ModelCall, &span(&json!({*name: "m"})), &json!({REQUEST: "m"}));
    }
    for (name, _) in PROVIDER_ATTRIBUTES {
        assert_derived(Role::ModelCall, &span(&json!({*name: "groq"})), &json!({PROVIDER: "groq"}));
    }
    for row in PARAMETERS {
        let (given, expected) = match row.read {
            Read::Number | Read::Integer | Read::Count => (json!(5), "5"),
            Read::Bool => (json!(true), "true"),
            Read::Texts => (json!(["x"]), "[\"x\"]"),
            Read::Format => (json!("json_object"), "json"),
        };
        for (name, _) in row.attributes {
            assert_derived(Role::ModelCall, &span(&json!({*name: given})), &json!({row.target: expected}));
        }
        for name in row.names {
            let mut call = span(&json!({}));
            call.platform.parameters = object(&json!({*name: given}));
            assert_derived(Role::ModelCall, &call, &json!({row.target: expected}));
        }
    }
}

#[test]
fn no_names_twice() {
    for (at, row) in PROVIDERS.iter().enumerate() {
        let twin = PROVIDERS.iter().skip(at + 1).find(|other| (other.name, other.system) == (row.name, row.system));
        assert!(twin.is_none(), "{}", row.name);
        assert!(row.name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit()), "{}", row.name);
    }
    assert!(PROVIDERS.first().unwrap().system.is_some());
}

#[test]
fn usage_of_a_span() {
    let told = |input, output, total| Usage { input: Some(input), output: Some(output), total, ..Usage::default() };
    let mut call = span(&json!({"gen_ai.usage.input_tokens": 521, "gen_ai.usage.output_tokens": 120}));
    assert_eq!(Usage::of(&call), Some(told(521, 120, None)));
    // The platform adds what agrees, and nothing else.
    call.platform.usage = Some(Usage { cache_read: Some(192), ..told(521, 120, Some(641)) });
    assert_eq!(Usage::of(&call), Some(Usage { cache_read: Some(192), ..told(521, 120, Some(641)) }));
    call.platform.usage = Some(Usage { cache_read: Some(192), ..told(1042, 240, Some(1282)) });
    assert_eq!(Usage::of(&call), Some(told(521, 120, None)));
    call.platform.output =
        Payload::of_json(json!({"usage": {"prompt_tokens": 521, "completion_tokens": 120, "total_tokens": 641}}));
    assert_eq!(Usage::of(&call), Some(told(521, 120, Some(641))));
    // Where attributes are handed down, the platform says whose they are.
    call.is_inherited = true;
    call.platform.usage = None;
    assert_eq!(Usage::of(&call), None);
    call.platform.usage = Some(told(7, 1, None));
    assert_eq!(Usage::of(&call), Some(told(7, 1, None)));
    call.platform = PlatformWords::default();
    call.is_inherited = false;
    call.attributes = Attributes::default();
    assert_eq!(Usage::of(&call), None);
}
