use spanlift_model::Role;
use spanlift_model::names::gen_ai;

use crate::row::look_up_any_case;
use crate::view::{SpanView, Told, Words};
use crate::vocabularies::{self, ALL, coval, openai_agents, openinference, pipecat};

/// What a span stands for, by the order of evidence: what it says by an attribute made for that, or by a name of Coval's
/// own; the SDK's name within its scope; what the platform was told; at last, that a model is named.
///
/// Of spans around one another for one call, a vocabulary names the one that stands for it; the others keep their names.
#[must_use]
pub fn role_of(view: &SpanView<'_>) -> Role {
    let written: Vec<_> =
        ALL.iter().filter(|vocabulary| !vocabulary.names.is_empty() && vocabulary.wrote(view)).collect();
    let rows = || written.iter().filter_map(|vocabulary| vocabulary.row(view));
    if let Some(row) = rows().find(|row| row.is_wrapper) {
        return row.role;
    }
    stated(view)
        .or_else(|| coval::role_of_name(view.name))
        .or_else(|| rows().next().map(|row| row.role))
        .or_else(|| of_platform(view, written.iter().any(|vocabulary| vocabulary.is_closed)))
        .unwrap_or(Role::Other)
}

/// The kind of speech that a name speaks of, on a span that had a model at work: `tts_request`, `deepgram.stt`.
#[must_use]
pub fn speech_of_name(name: &str) -> Option<Role> {
    Role::of_last_segment(name).or_else(|| look_up_any_case(vocabularies::SPEECH_NAMES, name))
}

/// What it says of itself by an attribute. Attributes that may be those of a span above come after what the SDK set.
pub(crate) fn stated(view: &SpanView<'_>) -> Option<Role> {
    let by_sdk = match view.told {
        Told::BySdk(role) => Some(narrowed(role, view)),
        _ => None,
    };
    let by_word = || {
        let role = ALL.iter().flat_map(|vocabulary| vocabulary.kinds).find_map(|kind| kind.role(view.words))?;
        Some(match role {
            Role::ModelCall => pipecat::SERVICE.role(view.words).unwrap_or(role),
            Role::ToolCall if hands_over(view.name) => Role::Other,
            role => role,
        })
    };
    if view.words_are_inherited { by_sdk.or_else(by_word) } else { by_word().or(by_sdk) }
}

fn of_platform(view: &SpanView<'_>, is_closed: bool) -> Option<Role> {
    // Whoever states an operation, even one that is not known here, needs no guess; nor does a vocabulary that is known whole.
    let is_open = !is_closed && view.words.word(gen_ai::OPERATION_NAME).is_none();
    match view.told {
        Told::ByAgent(role) | Told::BySdk(role) => Some(narrowed(role, view)),
        Told::Guess(role) if is_open => Some(narrowed(role, view)),
        Told::Nothing if is_open && names_a_model(view.words) => Some(narrowed(Role::ModelCall, view)),
        Told::Guess(_) | Told::Nothing => None,
    }
}

/// "A model was at work" and "a tool" say little: speech has models too, and some tell the end of a tool call as a tool.
fn narrowed(role: Role, view: &SpanView<'_>) -> Role {
    let narrower = match role {
        Role::ModelCall | Role::Speech => pipecat::SERVICE
            .role(view.words)
            .or_else(|| Role::of_last_segment(view.name))
            .or_else(|| speech_of_name(view.name).filter(|_| !view.has_counts)),
        Role::ToolCall if hands_over(view.name) || openai_agents::is_guardrail(view.words) => Some(Role::Other),
        Role::ToolCall => pipecat::end_of_tool_call(view.name),
        _ => None,
    };
    narrower.unwrap_or(role)
}

/// Does one agent hand over to another, where something else says that it is a tool?
fn hands_over(name: &str) -> bool {
    name.starts_with(openinference::HAND_OVER)
}

/// Does it name a model?
#[must_use]
pub fn names_a_model(words: &dyn Words) -> bool {
    vocabularies::MODELS.iter().any(|name| words.word(name).is_some_and(|model| !model.trim().is_empty()))
}
