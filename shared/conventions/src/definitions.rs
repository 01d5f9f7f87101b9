//! The tools that a model may call: `gen_ai.tool.definitions`.

use spanlift_model::json::{Map, Sorted, Value, to_text};
use spanlift_model::names::gen_ai;
use spanlift_model::{Attributes, Role};

use crate::derived::Derived;
use crate::messages::{Entries, indexed, tool_definition, value};
use crate::parameters::Parameters;
use crate::payload::Carried;
use crate::sent::{SentSpan, json_of};

/// How tools are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tools {
    /// JSON of a list of tools, or of their JSON texts.
    List,
    /// JSON of an object, with the list under these members.
    Under(&'static [&'static str]),
    /// Members of each are attributes of their own: name, description, and parameters or the whole as JSON.
    Members(&'static [(&'static str, &'static str)]),
}

/// Attributes that hold tools, in the order in which they are asked, how, and who writes them.
pub const TOOLS: &[(&str, Tools, &str)] = &[
    (gen_ai::TOOL_DEFINITIONS, Tools::List, "OpenTelemetry GenAI"),
    (
        "llm.tools",
        Tools::Members(&[("tool.json_schema", ""), ("tool.name", "name"), ("tool.description", "description")]),
        "OpenInference",
    ),
    (
        "llm.request.functions",
        Tools::Members(&[("name", "name"), ("description", "description"), ("parameters", "parameters")]),
        "OpenLLMetry, LiteLLM",
    ),
    ("ai.prompt.tools", Tools::List, "AI SDK 5, 6"),
    ("tools", Tools::List, "Pipecat"),
    ("tools.definitions", Tools::List, "Pipecat, realtime"),
    ("gcp.vertex.agent.llm_request", Tools::Under(&["config", "tools"]), "google-adk 2.13"),
    ("model_request_parameters", Tools::Under(&["function_tools"]), "pydantic-ai 2.68"),
    ("llm.invocation_parameters", Tools::Under(&["tools"]), "OpenInference"),
];

/// Names that APIs have for the schema of a tool's arguments.
const SCHEMAS: &[&str] = &["input_schema", "inputSchema", "parameters_json_schema", "parametersJsonSchema"];
const KNOWN: &[&str] = &["name", "description", "parameters"];

/// Derives them: as attributes have them, else as the platform or the request has them.
pub(crate) fn derive(
    role: Role,
    span: &SentSpan,
    parameters: &Parameters<'_>,
    input: Option<&Carried<'_>>,
    derived: &mut Derived<'_>,
) {
    if derived.get(gen_ai::TOOL_DEFINITIONS).is_some() {
        return;
    }
    let of_attributes = || {
        let mut rows = TOOLS.iter().filter(|_| !span.is_inherited || role == Role::ModelCall);
        rows.find_map(|(name, tools, _)| tools.read(name, &span.attributes))
    };
    let of_call = || {
        let request = || input?.json()?.get("tools");
        definitions(parameters.value(&["tools", "functions"]).or_else(request).filter(|_| role == Role::ModelCall)?)
    };
    let among_messages = || {
        let json = input.filter(|_| role == Role::ModelCall)?.json()?;
        let messages = json.as_array().or_else(|| json.get("messages")?.as_array())?;
        told(messages.iter().filter_map(tool_definition).cloned().filter_map(object).filter_map(definition).collect())
    };
    derived.derive_some(gen_ai::TOOL_DEFINITIONS, of_attributes().or_else(of_call).or_else(among_messages));
}

impl Tools {
    fn read(self, name: &str, attributes: &Attributes) -> Option<String> {
        match self {
            // The conventions' own list stays as it was sent.
            Self::List if name == gen_ai::TOOL_DEFINITIONS => {
                attributes.get(name).filter(|text| !text.trim().is_empty()).map(str::to_owned)
            }
            Self::List => definitions(&json_of(attributes.get(name)?)?),
            Self::Under(path) => {
                let json = json_of(attributes.get(name)?)?;
                definitions(path.iter().try_fold(&json, |json, member| json.get(member))?)
            }
            Self::Members(members) => {
                let tools = indexed(attributes, name);
                told(tools.values().filter_map(|entries| of_members(entries, members)).collect())
            }
        }
    }
}

fn definitions(list: &Value) -> Option<String> {
    let declared = |tool: &Value| {
        let declarations = ["function_declarations", "functionDeclarations"].iter().find_map(|name| tool.get(name));
        declarations.and_then(Value::as_array).cloned()
    };
    let tools = list.as_array()?.iter().flat_map(|tool| declared(tool).unwrap_or_else(|| vec![tool.clone()]));
    told(tools.filter_map(object).filter_map(definition).collect())
}

fn told(definitions: Vec<Value>) -> Option<String> {
    (!definitions.is_empty()).then(|| to_text(&Sorted(&Value::Array(definitions))))
}

/// An object, or the JSON text of one.
fn object(tool: Value) -> Option<Map> {
    match tool {
        Value::Object(members) => Some(members),
        Value::String(text) => serde_json::from_str(&text).ok(),
        _ => None,
    }
}

fn of_members(entries: &Entries<'_>, members: &[(&str, &str)]) -> Option<Value> {
    let mut tool = Map::new();
    for (name, target) in members {
        let Some(text) = value(entries, name) else { continue };
        match *target {
            "" => tool = serde_json::from_str(text).map(unfolded).unwrap_or_default(),
            "parameters" => {
                let schema = json_of(text).unwrap_or_else(|| Value::from(text));
                tool.insert(*target, schema);
            }
            target => tool.insert(target, Value::from(text)),
        }
    }
    definition(tool)
}

/// A tool as the conventions write it: `{type, name, description, parameters}`, whichever API's shape it has. A shape
/// that is not known stays as it is.
fn definition(tool: Map) -> Option<Value> {
    let mut tool = unfolded(tool);
    if !tool.contains_key("parameters")
        && let Some(schema) = SCHEMAS.iter().find_map(|name| tool.remove(name))
    {
        tool.insert("parameters", schema);
    }
    let is_one = KNOWN.iter().any(|name| tool.contains_key(name));
    if is_one && !tool.contains_key("type") {
        tool.insert("type", Value::from("function"));
    }
    (!tool.is_empty()).then_some(Value::Object(tool))
}

/// `OpenAI` has a tool's members in a `function`.
fn unfolded(mut tool: Map) -> Map {
    if let Some(Value::Object(function)) = tool.remove("function") {
        tool.retain(|name, _| name == "type");
        tool.extend(function.into_iter().filter(|(name, value)| KNOWN.contains(&name.as_str()) && !value.is_null()));
    }
    tool
}
