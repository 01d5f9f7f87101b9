//! Answers of a real server (Phoenix 20.26.1), in `../recorded/`; stack traces in them are cut.
//!
//! `genai-mapping.json` has beside each span what Arize's own converter derives from it. The pages of Pipecat and of
//! GenAI spans were sent by an OpenTelemetry SDK with the attribute names that those instrumentors write.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use arize::record::{PhoenixSpan, Rejection};
use serde_json::{Value, json};
use spanlift_conventions::{Kept, withhold_content};
use spanlift_model::{Attributes, Span};

use crate::{normalized, parsed};

type Read = fn(&str) -> Result<PhoenixSpan, Rejection>;
const PLAIN: Read = PhoenixSpan::from_plain;
const OTLP: Read = PhoenixSpan::from_otlp;

#[test]
fn recorded_pages() {
    insta::assert_snapshot!("conversation", readable(&page("conversation", PLAIN)));
    insta::assert_snapshot!("error_tool", readable(&page("error-tool", PLAIN)));
    insta::assert_snapshot!("openinference_pipecat", readable(&page("openinference-pipecat", PLAIN)));
    insta::assert_snapshot!("pipecat_native", readable(&page("pipecat-native", PLAIN)));
    insta::assert_snapshot!("genai_native", readable(&page("genai-native", PLAIN)));
    insta::assert_snapshot!("odd_shapes", readable(&page("odd-shapes", PLAIN)));
    insta::assert_snapshot!("poison_kind", readable(&page("poison-kind-otlpv1", OTLP)));
}

#[test]
fn both_forms_mean_the_same() {
    for name in ["conversation", "openinference-pipecat", "pipecat-native", "genai-native", "odd-shapes"] {
        let plain = page(name, PLAIN);
        let otlp = page(&format!("{name}-otlpv1"), OTLP);
        assert_eq!(plain.len(), otlp.len(), "{name}");
        for (plain, otlp) in plain.iter().zip(&otlp) {
            assert_eq!(readable(std::slice::from_ref(plain)), readable(std::slice::from_ref(otlp)), "{name}");
            assert_eq!(plain, otlp, "{name}");
        }
    }
}

/// What a connection that captures no content keeps: models, tokens, names and times, and nothing that was said.
#[test]
fn without_content() {
    let pages = ["conversation", "error-tool", "openinference-pipecat", "pipecat-native", "genai-native"];
    let mut spans: Vec<Span> = pages.into_iter().flat_map(|name| page(name, PLAIN)).collect();
    for span in &mut spans {
        withhold_content(span, &Kept::default());
    }
    let kept: BTreeSet<_> = spans.iter().flat_map(|span| span.attributes.iter().map(|(name, _)| name)).collect();
    insta::assert_snapshot!(kept.into_iter().collect::<Vec<_>>().join("\n"));
}

/// What Arize's own converter makes of one span per kind. Where we differ, we say why.
#[test]
fn agrees_with_arize() {
    let examples = recorded("genai-mapping");
    for (kind, example) in examples.as_object().unwrap() {
        let span = normalized(PLAIN(&example["span"].to_string()).unwrap());
        for (name, theirs) in example["gen_ai"].as_object().unwrap() {
            let ours = span.attributes.get(name).unwrap_or_else(|| panic!("{kind}: no {name}"));
            let mut ours = parsed(ours);
            if name == "gen_ai.retrieval.documents" {
                // We put exploded metadata together again; their converter does not look for it.
                for document in ours.as_array_mut().unwrap() {
                    assert!(document.as_object_mut().unwrap().remove("metadata").is_some(), "{kind}");
                }
            }
            if kind.starts_with("LLM") && name == "gen_ai.request.model" {
                // Theirs is `llm.model_name`, which here is the model that answered; the request's own parameters name the other.
                assert_eq!((ours, span.attributes.get("gen_ai.response.model")), (json!("gpt-4o"), theirs.as_str()));
                continue;
            }
            let theirs = theirs.as_str().map_or_else(|| theirs.clone(), parsed);
            assert_eq!(ours, theirs, "{kind}: {name}");
        }
    }
}

fn recorded(name: &str) -> Value {
    let path = format!("{}/tests/recorded/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn page(name: &str, read: Read) -> Vec<Span> {
    let page = recorded(name);
    let spans = page["data"].as_array().unwrap().iter();
    spans.map(|span| normalized(read(&span.to_string()).unwrap())).collect()
}

/// The spans of a page as people read them. Long values are cut.
fn readable(spans: &[Span]) -> String {
    let mut text = String::new();
    let attributes = |text: &mut String, indent: &str, attributes: &Attributes| {
        for (name, value) in attributes.iter() {
            let shown: String = value.escape_debug().take(300).collect();
            writeln!(text, "{indent}{name} = {shown}").unwrap();
        }
    };
    for span in spans {
        let parent = span.parent_span_id.map_or("-".to_owned(), |parent| parent.to_string());
        let end = span.ended_at.map_or("-".to_owned(), |end| end.to_string());
        writeln!(text, "{} {} {}", span.name, span.kind.as_str(), span.status.as_str()).unwrap();
        writeln!(text, "  {} {} < {parent}", span.trace_id, span.span_id).unwrap();
        writeln!(text, "  {} to {end} {:?}", span.started_at, span.status_message).unwrap();
        attributes(&mut text, "  ", &span.attributes);
        for event in &span.events {
            writeln!(text, "  event {} at {}", event.name, event.at).unwrap();
            attributes(&mut text, "    ", &event.attributes);
        }
    }
    text
}
