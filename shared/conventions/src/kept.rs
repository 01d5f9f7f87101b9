//! What is kept where a connection does not capture content: one table a vocabulary (docs/adr/0020-content-off-is-an-allow-list.md).

mod coval;
mod frameworks;
mod langchain;
mod langfuse;
mod langsmith;
mod livekit;
mod openinference;
mod openllmetry;
mod otel;
mod pipecat;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use crate::value_kind::{ValueKind, names_a_number};

/// Attributes of one vocabulary that hold nothing of what was said, on spans and on events.
#[derive(Clone, Copy, Debug)]
pub struct KeptTable {
    /// Whose they are.
    pub of: &'static str,
    /// Since which version, or where they were seen.
    pub seen: &'static str,
    /// Names by what their values may be. `*` at the end stands for words of [`crate::NUMBER_WORDS`].
    pub rows: &'static [(ValueKind, &'static [&'static str])],
}

/// All of them. No name stands in two.
pub const KEPT: &[KeptTable] = &[
    coval::SPANLIFT,
    coval::COVAL,
    otel::GENERAL,
    otel::GEN_AI,
    openinference::OPENINFERENCE,
    openllmetry::OPENLLMETRY,
    livekit::LIVEKIT,
    pipecat::PIPECAT,
    pipecat::INSTRUMENTOR,
    langchain::LANGCHAIN,
    frameworks::AI_SDK,
    frameworks::PYDANTIC_AI,
    frameworks::STRANDS,
    frameworks::ADK,
    frameworks::LITELLM,
    frameworks::CREWAI,
    frameworks::ANTHROPIC,
    langfuse::LANGFUSE,
    langsmith::LANGSMITH,
];

/// What other names stand behind: the rest of the name decides.
pub const KEPT_BEHIND: &[(&str, &str)] = &[
    ("langsmith.metadata.", "LangSmith"),
    ("langfuse.observation.metadata.", "Langfuse"),
    ("langfuse.trace.metadata.", "Langfuse"),
    ("metadata.", "OpenInference, LangSmith"),
    ("resourceAttributes.", "Langfuse, of a span's resource"),
    ("traceloop.association.properties.", "OpenLLMetry"),
    ("ai.telemetry.metadata.", "AI SDK"),
];

/// Metadata in metadata in metadata.
const MOST_PREFIXES: usize = 3;

/// Whole names, those of LiveKit also as its processor for LangSmith writes them: `lk_e2e_latency`.
static NAMES: LazyLock<HashMap<Cow<'static, str>, ValueKind>> = LazyLock::new(|| {
    let whole = rows().filter(|(_, name)| !name.ends_with('*'));
    let flat = whole.clone().filter(|(_, name)| name.starts_with("lk."));
    let flat = flat.map(|(kind, name)| (Cow::Owned(name.replace('.', "_")), kind));
    whole.map(|(kind, name)| (Cow::Borrowed(name), kind)).chain(flat).collect()
});

/// Beginnings of names.
static BEGINNINGS: LazyLock<Vec<(Cow<'static, str>, ValueKind)>> = LazyLock::new(|| {
    let beginnings = rows().filter_map(|(kind, name)| Some((kind, name.strip_suffix('*')?)));
    let flat = beginnings.clone().filter(|(_, name)| name.starts_with("lk."));
    let flat = flat.map(|(kind, name)| (Cow::Owned(name.replace('.', "_")), kind));
    beginnings.map(|(kind, name)| (Cow::Borrowed(name), kind)).chain(flat).collect()
});

/// What the value of an attribute may be that is kept without content; `None` for one that is dropped.
#[must_use]
pub fn kept_kind(name: &str) -> Option<ValueKind> {
    std::iter::successors(Some(name), |name| KEPT_BEHIND.iter().find_map(|(prefix, _)| name.strip_prefix(prefix)))
        .take(MOST_PREFIXES + 1)
        .find_map(kind_of)
}

fn kind_of(name: &str) -> Option<ValueKind> {
    NAMES.get(name).copied().or_else(|| {
        let is_of = |(beginning, _): &&(Cow<'static, str>, ValueKind)| {
            name.strip_prefix(beginning.as_ref()).is_some_and(names_a_number)
        };
        BEGINNINGS.iter().find(is_of).map(|(_, kind)| *kind)
    })
}

fn rows() -> impl Iterator<Item = (ValueKind, &'static str)> + Clone {
    let of_row = |(kind, names): &'static (ValueKind, &'static [&'static str])| names.iter().map(|name| (*kind, *name));
    KEPT.iter().flat_map(move |table| table.rows.iter().flat_map(of_row))
}
