//! Where accounts of a call's usage stand: among attributes, and in what came out.

use spanlift_model::Attributes;
use spanlift_model::json::{Map, Value};

use super::account::{Account, Reading};
use crate::python_repr;
use crate::sent::Usage;

/// Attributes with an account.
#[derive(Clone, Copy, Debug)]
pub struct AttributePlace {
    /// The attribute with all of it as JSON, or what the names of its parts begin with.
    pub name: &'static str,
    /// What follows that beginning.
    pub separator: char,
    /// The member of the JSON that is the account.
    pub member: Option<&'static str>,
    /// How it is read.
    pub reading: Reading,
    /// Who writes it.
    pub seen: &'static str,
}

/// In the order in which they count.
pub const ATTRIBUTE_PLACES: &[AttributePlace] = &[
    place("gen_ai.usage", Reading::Attributes, "OpenTelemetry GenAI of all ages, and whoever adds names to it"),
    place("llm.token_count", Reading::Attributes, "OpenInference"),
    place("llm.usage", Reading::Attributes, "OpenLLMetry"),
    place("ai.usage", Reading::Attributes, "AI SDK 4 to 6"),
    AttributePlace { member: Some("openai"), ..place(AI_SDK_DETAILS, Reading::Attributes, "AI SDK 4 with OpenAI") },
    AttributePlace {
        member: Some("anthropic"),
        ..place(AI_SDK_DETAILS, Reading::Attributes, "AI SDK 4 with Anthropic")
    },
    place("lk.llm_metrics", Reading::Metrics, "LiveKit"),
    place("lk.realtime_model_metrics", Reading::Metrics, "LiveKit"),
    AttributePlace { separator: '_', ..place("lk_llm_metrics", Reading::Metrics, "LiveKit, by LangSmith's processor") },
    AttributePlace {
        separator: '_',
        ..place("lk_realtime_model_metrics", Reading::Metrics, "LiveKit, by LangSmith's processor")
    },
    place("langsmith.usage_metadata", Reading::Object, "LangSmith's exporter for OpenTelemetry"),
    place("usage_metadata", Reading::Object, "LangSmith's SDKs, as metadata"),
    place("metadata.usage_object", Reading::Object, "LiteLLM, as Python shows it"),
    AttributePlace {
        member: Some("usage_metadata"),
        ..place("gcp.vertex.agent.llm_response", Reading::Object, "Google ADK")
    },
];

/// Where an account stands in what came out, in the order in which they count. `*` is any member or item, `[]` the items of a
/// list or of lists in it.
pub const OUTPUT_PLACES: &[(&str, &str)] = &[
    ("usage_metadata", "LangSmith's wrappers, LangChain's messages, Gemini"),
    (STATED, ""),
    ("generations.[].message.kwargs.usage_metadata", "LangChain's chat models"),
    ("generations.[].message.usage_metadata", "LangChain's chat models"),
    ("generations.[].generation_info.usage_metadata", "LangChain's completion models with Google"),
    ("llm_output.token_usage", "LangChain's completion models, OpenAI"),
    ("llm_output.usage", "LangChain with Anthropic"),
    ("llm_output.usage_metadata", "LangChain with Vertex AI"),
    ("usage", "OpenAI, Anthropic, AI SDK, Bedrock"),
    ("*.usage_metadata", "a message or answer returned as it is"),
    ("*.kwargs.usage_metadata", "a message returned as it is"),
    ("*.usage", "an answer returned as it is"),
    ("generations.[].message.kwargs.response_metadata.token_usage", "LangChain with OpenAI"),
    ("generations.[].message.kwargs.response_metadata.usage", "LangChain with Anthropic, Bedrock"),
    ("response_metadata.token_usage", "LangChain's messages"),
    ("response_metadata.usage", "LangChain's messages"),
    ("kwargs.usage_metadata", "LangChain's messages"),
    ("kwargs.response_metadata.token_usage", "LangChain's messages"),
];

/// Where AI SDK 4 leaves the details of a call's usage, by the provider.
const AI_SDK_DETAILS: &str = "ai.response.providerMetadata";

/// What the agent set as the usage beside the outputs, where a platform has a place for it.
pub const STATED: &str = "(set by the agent)";

const fn place(name: &'static str, reading: Reading, seen: &'static str) -> AttributePlace {
    AttributePlace { name, separator: '.', member: None, reading, seen }
}

impl Usage {
    /// By attributes of every vocabulary.
    #[must_use]
    pub fn of_attributes(attributes: &Attributes) -> Option<Self> {
        let found = ATTRIBUTE_PLACES.iter().filter_map(|place| place.account(attributes).usage(place.reading));
        found.reduce(|usage, next| usage.joined(Some(next)))
    }

    /// By an account as models' APIs, `LangChain` and the AI SDK have it.
    #[must_use]
    pub fn of_object(object: &Map) -> Option<Self> {
        Account::of_object(object).usage(Reading::Object)
    }

    /// By what came out of a call; see [`usage_objects`].
    #[must_use]
    pub fn of_outputs(outputs: &Value, stated: Option<&Value>) -> Option<Self> {
        Self::of_objects(usage_objects(outputs, stated))
    }

    /// By several accounts of one call, in the order in which they count.
    #[must_use]
    pub fn of_objects<'a>(objects: impl IntoIterator<Item = &'a Map>) -> Option<Self> {
        objects.into_iter().filter_map(Self::of_object).reduce(|usage, next| usage.joined(Some(next)))
    }
}

/// All accounts in what came out of a call, and what the agent set beside it as its usage, in the order in which they count.
pub fn usage_objects<'a>(outputs: &'a Value, stated: Option<&'a Value>) -> impl Iterator<Item = &'a Map> {
    // One message in a list is that message.
    let outputs = match outputs {
        Value::Array(items) if items.len() == 1 => items.first().unwrap_or(outputs),
        outputs => outputs,
    };
    let found = OUTPUT_PLACES.iter().flat_map(move |(path, _)| match *path {
        STATED => stated.into_iter().collect(),
        path => at(outputs, path),
    });
    found.filter_map(Value::as_object)
}

/// The values at a path. Members are found by their names in snake and in camel case.
pub(crate) fn at<'a>(value: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut found = Vec::new();
    find(value, Some(path), &mut found);
    found
}

fn find<'a>(value: &'a Value, path: Option<&str>, found: &mut Vec<&'a Value>) {
    let Some(path) = path else {
        found.push(value);
        return;
    };
    let (step, rest) = path.split_once('.').map_or((path, None), |(step, rest)| (step, Some(rest)));
    match (step, value) {
        ("*", Value::Object(members)) => members.values().for_each(|member| find(member, rest, found)),
        ("[]", Value::Array(items)) => items.iter().for_each(|item| match item {
            Value::Array(items) => items.iter().for_each(|item| find(item, rest, found)),
            item => find(item, rest, found),
        }),
        ("*" | "[]", _) => {}
        (name, Value::Object(members)) => {
            let alike = || members.iter().find(|(other, _)| is_camel_case_of(name, other)).map(|(_, value)| value);
            if let Some(member) = members.get(name).or_else(alike) {
                find(member, rest, found);
            }
        }
        _ => {}
    }
}

/// `usageMetadata` of `usage_metadata`.
fn is_camel_case_of(snake: &str, name: &str) -> bool {
    let mut is_hump = false;
    let letters = snake.bytes().filter_map(|byte| {
        let letter = if is_hump { byte.to_ascii_uppercase() } else { byte };
        is_hump = byte == b'_';
        (!is_hump).then_some(letter)
    });
    name.len() < snake.len() && letters.eq(name.bytes())
}

impl AttributePlace {
    fn account(&self, attributes: &Attributes) -> Account {
        let mut account = attributes.get(self.name).and_then(object_of).map_or_else(Account::default, |object| {
            let object = match self.member {
                Some(member) => object.get(member).and_then(Value::as_object),
                None => Some(&object),
            };
            object.map(Account::of_object).unwrap_or_default()
        });
        for (name, text) in attributes.below(self.name).filter(|_| self.member.is_none()) {
            let rest = name.strip_prefix(self.name).and_then(|rest| rest.strip_prefix(self.separator));
            let Some(path) = rest else { continue };
            match object_of(text) {
                Some(members) => account.tell_group(path, &members),
                None => match path.rsplit_once('.') {
                    Some((group, name)) => account.tell(Some(group), name, &Value::from(text)),
                    None => account.tell(None, path, &Value::from(text)),
                },
            }
        }
        account
    }
}

/// JSON, or what Python shows of a dict: `LangSmith`'s exporter writes `str(details)`.
fn object_of(text: &str) -> Option<Map> {
    let text = text.trim();
    let value = text.starts_with('{').then(|| serde_json::from_str(text).ok().or_else(|| python_repr::read(text)))?;
    match value {
        Some(Value::Object(object)) => Some(object),
        _ => None,
    }
}
