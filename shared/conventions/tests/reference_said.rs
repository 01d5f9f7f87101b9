//! The sections of `docs/REFERENCE.md` about what was said: the crate's own tables.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy's test exemptions do not reach helpers in integration tests"
)]

#[path = "../../../tests/documents/section.rs"]
mod section;

use spanlift_conventions::messages::{
    ANSWERS, DETAILS, EVENTS, FINISH_REASONS, HOLDERS, INPUT_MESSAGES, INSTRUCTIONS, MEDIA, Media, MessageRow,
    OUTPUT_MESSAGES, PART_TYPES, PartKind, ROLES, Reading,
};
use spanlift_conventions::{
    CARRIED_INPUTS, CARRIED_OUTPUTS, HEARD_BY_MODELS, INPUTS, JSON_ATTRIBUTES, OUTPUTS, REASONS, RESPONSE_IDS, Side,
    TOOLS, TRANSCRIPTS, Tools, VECTORS,
};
use spanlift_model::Role;
use spanlift_model::names::{self, gen_ai};

use crate::section::{code, table};

fn check(name: &str, wanted: &str) {
    section::check(env!("CARGO_MANIFEST_DIR"), name, wanted);
}

fn side(side: Side) -> String {
    match side {
        Side::Input => "in".to_owned(),
        Side::Output => "out".to_owned(),
    }
}

fn message_row(of_side: Side, row: &MessageRow) -> Vec<String> {
    let (below, read) = match row.reading {
        Reading::AsSent => ("", "as it was sent"),
        Reading::Members(_) => (".N.*", "each member an attribute"),
        Reading::Texts(..) => ("", "texts, a list or an attribute each"),
        Reading::Chat => ("", "JSON of a chat"),
        Reading::Prompt => ("", "JSON of `system` with `prompt` or `messages`"),
        Reading::Request => ("", "JSON of a request to Gemini"),
        Reading::Answer => ("", "JSON of one answer"),
        Reading::Events => ("", "JSON of events"),
        Reading::Conversation => ("", "JSON of a conversation: what a model said last came out, the rest went in"),
    };
    vec![format!("`{}{below}`", row.attribute), side(of_side), read.to_owned(), row.seen.to_owned()]
}

#[test]
fn messages() {
    let inputs = INPUT_MESSAGES.iter().map(|row| message_row(Side::Input, row));
    let outputs = OUTPUT_MESSAGES.iter().map(|row| message_row(Side::Output, row));
    let answers = ANSWERS.iter().flat_map(|row| {
        let parts = [(row.texts, "what it said"), (row.reasoning, "what it thought"), (row.calls, "JSON of its calls")];
        parts.into_iter().flat_map(move |(names, is)| {
            names.iter().map(move |name| vec![code(name), side(Side::Output), is.to_owned(), row.seen.to_owned()])
        })
    });
    check(
        "conventions messages",
        &table(&["attribute", "side", "read as", "who writes it"], inputs.chain(outputs).chain(answers)),
    );
    let details = DETAILS.iter().map(|(name, seen)| {
        vec![code(name), "both".to_owned(), "attributes as on a span".to_owned(), (*seen).to_owned()]
    });
    let events = EVENTS.iter().map(|(name, of_side, role, seen)| {
        vec![code(name), side(*of_side), format!("a message of the {role}"), (*seen).to_owned()]
    });
    check("conventions message events", &table(&["event", "side", "is", "who writes it"], details.chain(events)));
}

#[test]
fn shapes_of_chats() {
    let holders = HOLDERS.iter().map(|(name, _, seen)| vec![code(name), (*seen).to_owned()]);
    check("conventions chats", &table(&["member", "of"], holders));
    let instructions = INSTRUCTIONS.iter().map(|(name, only, seen)| {
        vec![code(name), only.map_or_else(|| "any of these".to_owned(), code), (*seen).to_owned()]
    });
    check("conventions instructions", &table(&["member", "beside", "of"], instructions));
    let kinds = PART_TYPES.iter().map(|(name, kind, seen)| {
        let kind = match kind {
            PartKind::Text => "text",
            PartKind::Reasoning => "reasoning",
            PartKind::Call => "tool_call",
            PartKind::Response => "tool_call_response",
            PartKind::Refusal => "refusal",
        };
        vec![code(name), code(kind), (*seen).to_owned()]
    });
    let media = MEDIA.iter().map(|(name, media, seen)| {
        let kind = match media {
            Media::Image => "an image",
            Media::Audio => "sound",
            Media::Video => "a video",
            Media::File => "a file",
        };
        vec![code(name), kind.to_owned(), (*seen).to_owned()]
    });
    check("conventions parts", &table(&["type", "is", "of"], kinds.chain(media)));
    let words = ROLES.iter().chain(FINISH_REASONS).map(|(word, ours)| vec![code(word), code(ours)]);
    check("conventions words", &table(&["in any case", "stored"], words));
}

#[test]
fn values() {
    let plain = |target: &'static str, rows: &'static [(&'static str, &'static str)]| {
        let row = move |(name, seen): &(&'static str, &'static str)| {
            vec![code(target), code(name), String::new(), (*seen).to_owned()]
        };
        rows.iter().map(row)
    };
    let only = |role: Option<Role>| role.map(|role| format!("only on spans of {role:?}")).unwrap_or_default();
    let of_role = |target: &'static str, rows: &'static [(&'static str, Option<Role>, &'static str)]| {
        rows.iter().map(move |(name, role, seen)| vec![code(target), code(name), only(*role), (*seen).to_owned()])
    };
    let typed = |target: &'static str, rows: &'static [(&'static str, Option<&'static str>, &'static str)]| {
        let by = |mime_type: Option<&str>| mime_type.map(|name| format!("its type: `{name}`")).unwrap_or_default();
        rows.iter()
            .map(move |(name, mime_type, seen)| vec![code(target), code(name), by(*mime_type), (*seen).to_owned()])
    };
    let tools = TOOLS.iter().map(|(name, tools, seen)| {
        let (below, how) = match tools {
            Tools::List => ("", "JSON of a list".to_owned()),
            Tools::Under(path) => ("", format!("JSON, the list under `{}`", path.join("."))),
            Tools::Members(_) => (".N.*", "each member an attribute".to_owned()),
        };
        vec![code(gen_ai::TOOL_DEFINITIONS), format!("`{name}{below}`"), how, (*seen).to_owned()]
    });
    let rows = plain(names::LLM_FINISH_REASON, REASONS)
        .chain(plain(gen_ai::RESPONSE_ID, RESPONSE_IDS))
        .chain(tools)
        .chain(plain(gen_ai::EMBEDDINGS_DIMENSION_COUNT, VECTORS))
        .chain(plain(names::TRANSCRIPT, TRANSCRIPTS))
        .chain(HEARD_BY_MODELS.iter().map(|(name, seen)| {
            vec![code(names::TRANSCRIPT), code(name), "on the call of a realtime model".to_owned(), (*seen).to_owned()]
        }))
        .chain(typed(names::INPUT, CARRIED_INPUTS))
        .chain(of_role(names::INPUT, INPUTS))
        .chain(typed(names::OUTPUT, CARRIED_OUTPUTS))
        .chain(of_role(names::OUTPUT, OUTPUTS));
    check("conventions values", &table(&["stored attribute", "from", "", "who writes it"], rows));
}

#[test]
fn json_attributes() {
    let rows = JSON_ATTRIBUTES.iter().map(|(name, seen)| vec![code(name), (*seen).to_owned()]);
    check("conventions json", &table(&["attribute", "who writes it"], rows));
}
