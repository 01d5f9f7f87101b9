//! What a model was asked for: the parameters of a request.

use std::borrow::Cow;

use spanlift_model::json::{Map, Sorted, Value, to_text};
use spanlift_model::names::gen_ai;
use spanlift_model::{Attributes, Role, canonical_text, look_up};

use crate::derived::Derived;
use crate::names::is_same;
use crate::sent::SentSpan;
use crate::vocabularies::pipecat::NOT_GIVEN;

/// How a parameter is read. What does not fit is left out; the original stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// A number.
    Number,
    /// A whole number.
    Integer,
    /// A whole number that says nothing when it is 1.
    Count,
    /// Yes or no.
    Bool,
    /// A text, or a list of them.
    Texts,
    /// `json_object` and the like, or an object whose `type` says so.
    Format,
}

/// A parameter.
#[derive(Clone, Copy, Debug)]
pub struct ParameterRow {
    /// The conventions' name.
    pub target: &'static str,
    /// How it is read.
    pub read: Read,
    /// Its names in the request, the first that is there counts. Names are compared without case and `_`: `topP` is `top_p`.
    pub names: &'static [&'static str],
    /// Attributes of its own, and who writes them.
    pub attributes: &'static [(&'static str, &'static str)],
}

/// All.
pub const PARAMETERS: &[ParameterRow] = &[
    ParameterRow {
        attributes: &[("ls_temperature", LANGCHAIN)],
        ..row(gen_ai::REQUEST_TEMPERATURE, Read::Number, &["temperature"])
    },
    row(gen_ai::REQUEST_TOP_P, Read::Number, &["top_p"]),
    ParameterRow { attributes: &[("llm.top_k", OPENLLMETRY)], ..row(gen_ai::REQUEST_TOP_K, Read::Number, &["top_k"]) },
    ParameterRow {
        attributes: &[("ls_max_tokens", LANGCHAIN), ("gen_ai.request.max_completion_tokens", "OpenLLMetry")],
        ..row(
            gen_ai::REQUEST_MAX_TOKENS,
            Read::Integer,
            &["max_tokens", "max_completion_tokens", "max_output_tokens", "max_tokens_to_sample"],
        )
    },
    ParameterRow {
        attributes: &[("llm.frequency_penalty", OPENLLMETRY)],
        ..row(gen_ai::REQUEST_FREQUENCY_PENALTY, Read::Number, &["frequency_penalty"])
    },
    ParameterRow {
        attributes: &[("llm.presence_penalty", OPENLLMETRY)],
        ..row(gen_ai::REQUEST_PRESENCE_PENALTY, Read::Number, &["presence_penalty"])
    },
    ParameterRow {
        attributes: &[("gen_ai.openai.request.seed", "older OpenTelemetry GenAI")],
        ..row(gen_ai::REQUEST_SEED, Read::Integer, &["seed"])
    },
    ParameterRow {
        attributes: &[
            ("llm.is_streaming", OPENLLMETRY),
            ("gen_ai.is_streaming", "OpenLLMetry"),
            ("langsmith.request.streaming", "LangSmith's exporter for OpenTelemetry"),
        ],
        ..row(gen_ai::REQUEST_STREAM, Read::Bool, &["stream"])
    },
    ParameterRow {
        attributes: &[("ls_stop", LANGCHAIN), ("llm.chat.stop_sequences", OPENLLMETRY)],
        ..row(gen_ai::REQUEST_STOP_SEQUENCES, Read::Texts, &["stop_sequences", "stop"])
    },
    ParameterRow {
        attributes: &[("gen_ai.request.n", "OpenLLMetry")],
        ..row(gen_ai::REQUEST_CHOICE_COUNT, Read::Count, &["n", "choice_count", "candidate_count"])
    },
    row(gen_ai::REQUEST_ENCODING_FORMATS, Read::Texts, &["encoding_formats", "encoding_format"]),
    ParameterRow {
        attributes: &[("gen_ai.openai.request.response_format", "older OpenTelemetry GenAI")],
        ..row(gen_ai::OUTPUT_TYPE, Read::Format, &["response_format"])
    },
];

/// Attributes that hold all parameters as JSON, in the order in which they count.
pub const PARAMETER_OBJECTS: &[(&str, &str)] = &[
    ("llm.invocation_parameters", "OpenInference"),
    ("embedding.invocation_parameters", "OpenInference"),
    ("invocation_params", LANGCHAIN),
    ("ls_invocation_params", LANGCHAIN),
];

/// What stands in front of a parameter's name, where each is an attribute.
pub const PARAMETER_PREFIXES: &[(&str, &str)] =
    &[("ai.settings.", "AI SDK"), ("llm.request.", OPENLLMETRY), ("llm.", "older LangChain, people's own")];

/// The kind of API, among the parameters of `LangChain`.
pub(crate) const TYPE: &str = "_type";

const LANGCHAIN: &str = "LangChain";
const OPENLLMETRY: &str = "older OpenLLMetry";

const FORMATS: &[(&str, &str)] =
    &[("json", "json"), ("json_object", "json"), ("json_schema", "json"), ("text", "text")];

const fn row(target: &'static str, read: Read, names: &'static [&'static str]) -> ParameterRow {
    ParameterRow { target, read, names, attributes: &[] }
}

/// Derives the request's parameters.
///
/// Where attributes may be those of a span above, they count only on a span that calls a model.
pub(crate) fn derive(role: Role, span: &SentSpan, parameters: &Parameters<'_>, derived: &mut Derived<'_>) {
    if span.is_inherited && !role.calls_a_model() {
        return;
    }
    let apart = apart(&span.attributes);
    for row in PARAMETERS {
        if span.attributes.get(row.target) == Some(NOT_GIVEN) {
            derived.leave_out(row.target);
        }
        derived.derive_some(row.target, row.text(parameters, &apart, &span.attributes));
    }
}

/// Parameters that are attributes of their own, without what stands in front, in the order in which they count.
fn apart(attributes: &Attributes) -> Vec<(&str, &str)> {
    let mut apart = Vec::new();
    for (prefix, _) in PARAMETER_PREFIXES {
        let behind = attributes.below(prefix).filter_map(|(name, text)| Some((name.strip_prefix(prefix)?, text)));
        apart.extend(behind.filter(|(name, _)| !name.contains('.')));
    }
    apart
}

/// All objects with parameters that a span has: the platform's, and attributes with JSON.
pub(crate) struct Parameters<'a>(Vec<Cow<'a, Map>>);

impl<'a> Parameters<'a> {
    pub(crate) fn of(span: &'a SentSpan) -> Self {
        let stated = PARAMETER_OBJECTS.iter().filter_map(|(name, _)| span.attributes.get(name));
        let stated = stated.filter_map(|text| serde_json::from_str(text).ok()).map(Cow::Owned);
        let told = Cow::Borrowed(&span.platform.parameters);
        Self([told].into_iter().chain(stated).filter(|object| !object.is_empty()).collect())
    }

    /// The first value under exactly one of these names.
    pub(crate) fn value(&self, names: &[&str]) -> Option<&Value> {
        self.0.iter().find_map(|object| names.iter().find_map(|name| object.get(name)))
    }

    /// A text that is not blank, under exactly this name.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let mut said = self.0.iter().filter_map(|object| object.get(name).and_then(Value::as_str));
        said.find(|text| !text.trim().is_empty()).map(str::to_owned)
    }
}

impl ParameterRow {
    fn text(&self, parameters: &Parameters<'_>, apart: &[(&str, &str)], attributes: &Attributes) -> Option<String> {
        let of_object = |object: &Cow<'_, Map>| {
            self.names.iter().find_map(|name| {
                let exact = object.get(name).and_then(|value| self.read.text(value));
                exact.or_else(|| {
                    let mut alike = object.iter().filter(|(other, _)| is_same(name, other));
                    alike.find_map(|(_, value)| self.read.text(value))
                })
            })
        };
        parameters.0.iter().find_map(of_object).or_else(|| {
            let own =
                self.attributes.iter().map(|(name, _)| *name).find_map(|name| self.of_text(attributes.get(name)?));
            own.or_else(|| {
                let of_name = |name: &&str| {
                    let mut alike = apart.iter().filter(|(other, _)| is_same(name, other));
                    alike.find_map(|(_, text)| self.of_text(text))
                };
                self.names.iter().find_map(of_name)
            })
        })
    }

    /// An attribute: lists and objects are JSON in it.
    fn of_text(&self, text: &str) -> Option<String> {
        let json = text.trim_start().starts_with(['[', '{']).then(|| serde_json::from_str(text).ok()).flatten();
        self.read.text(&json.unwrap_or_else(|| Value::from(text)))
    }
}

impl Read {
    fn text(self, value: &Value) -> Option<String> {
        // A number or a text that may be one, in one spelling.
        let scalar = || canonical_text(value).map(|text| text.trim().to_lowercase());
        match self {
            Self::Number => scalar().filter(|text| text.parse().is_ok_and(f64::is_finite)),
            Self::Integer => scalar().filter(|text| text.parse::<i64>().is_ok()),
            Self::Count => Self::Integer.text(value).filter(|text| text != "1"),
            Self::Bool => scalar().filter(|text| matches!(text.as_str(), "true" | "false")),
            Self::Texts => match value {
                Value::String(text) if !text.is_empty() => Some(to_text(&[text])),
                value => value.as_array().filter(|list| !list.is_empty()).map(|_| to_text(&Sorted(value))),
            },
            Self::Format => {
                let format = value.get("type").unwrap_or(value).as_str()?.to_lowercase();
                look_up(FORMATS, &format).map(str::to_owned)
            }
        }
    }

    /// In a document's words.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Integer => "a whole number",
            Self::Count => "a whole number, not 1",
            Self::Bool => "true or false",
            Self::Texts => "a text, or a list",
            Self::Format => "json or text",
        }
    }
}
