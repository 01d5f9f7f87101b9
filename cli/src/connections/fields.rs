//! The fields that a person is asked for, by provider (docs/CONNECT.md). What they mean is for the function to say.

/// A field of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    /// What is asked.
    pub(super) question: &'static str,
    /// Never shown, and never taken from an argument.
    pub(super) is_key: bool,
    /// The connection needs it.
    pub(super) is_required: bool,
    /// What an empty answer stands for.
    pub(super) default: Option<&'static str>,
}

const fn field(name: &'static str, question: &'static str) -> Field {
    Field { name, question, is_key: false, is_required: true, default: None }
}

const fn key(name: &'static str, question: &'static str) -> Field {
    Field { is_key: true, ..field(name, question) }
}

const LANGFUSE: &[Field] = &[
    Field { default: Some("https://us.cloud.langfuse.com"), ..field("host", "Langfuse's address (US cloud if empty)") },
    field("public_key", "Public key (pk-lf-…)"),
    key("secret_key", "Secret key (sk-lf-…)"),
];
const ARIZE: &[Field] = &[
    field("host", "Phoenix's address (https://app.phoenix.arize.com/s/<space> in the cloud)"),
    field("project_name", "Project that the agent writes to"),
    Field { is_required: false, ..key("api_key", "API key (empty if Phoenix asks for none)") },
];
const LANGSMITH: &[Field] = &[
    Field {
        default: Some("https://api.smith.langchain.com"),
        ..field("host", "LangSmith's API address (US cloud if empty)")
    },
    field("project_name", "Project that the agent writes to"),
    Field { is_required: false, ..field("workspace_id", "Workspace id (empty unless the key is an organization's)") },
    key("api_key", "API key (lsv2_…)"),
];

/// Fields that every connection may have; nobody is asked for them.
const COMMON: &[&str] = &["capture_content", "keep_attributes", "correlation", "own_traces"];

/// A provider's fields, in the order in which they are asked for; of one that this command does not know, none.
pub(super) fn of(provider: &str) -> &'static [Field] {
    match provider {
        "langfuse" => LANGFUSE,
        "arize" => ARIZE,
        "langsmith" => LANGSMITH,
        _ => &[],
    }
}

/// Is it a name of a field of this provider's connections?
pub(super) fn is_known(provider: &str, name: &str) -> bool {
    of(provider).iter().any(|field| field.name == name) || COMMON.contains(&name)
}

/// Is its value JSON and not just text?
pub(super) fn is_json(name: &str) -> bool {
    COMMON.contains(&name) && name != "correlation"
}

/// May it hold a key? A provider whose fields nobody knows here may have keys in any of them.
pub(super) fn is_key(provider: &str, name: &str) -> bool {
    of(provider).iter().any(|field| field.name == name && field.is_key)
}
