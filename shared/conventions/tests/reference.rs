//! The sections of `docs/REFERENCE.md` about what SDKs write: the crate's own tables.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy's test exemptions do not reach helpers in integration tests"
)]

#[path = "../../../tests/documents/section.rs"]
mod section;

use spanlift_conventions::vocabularies::ALL;
use spanlift_conventions::{FIRST_BYTE, NameRow, tool};
use spanlift_model::{Role, names};

use crate::section::{code, table};

fn check(name: &str, wanted: &str) {
    section::check(env!("CARGO_MANIFEST_DIR"), name, wanted);
}

fn meaning(role: Role) -> String {
    let own = match role {
        Role::ToolResult => "the end of a tool call",
        Role::Speech => "somebody spoke",
        Role::Embedding => "embeddings",
        Role::Retrieval => "a retrieval",
        Role::Agent => "an agent",
        Role::Workflow => "a workflow",
        _ => "its own name",
    };
    role.span_name().map_or_else(|| own.to_owned(), code)
}

#[test]
fn kinds() {
    let kinds = ALL.iter().flat_map(|vocabulary| vocabulary.kinds.iter().map(|kind| (vocabulary.name, kind)));
    let rows = kinds.flat_map(|(name, kind)| {
        let row = move |(value, role, seen): &(&'static str, Role, &'static str)| {
            vec![name.to_owned(), code(kind.attribute), code(value), meaning(*role), (*seen).to_owned()]
        };
        kind.rows.iter().map(row)
    });
    check("conventions kinds", &table(&["vocabulary", "attribute", "value", "is", "since, seen"], rows));
}

#[test]
fn span_names() {
    let rows = ALL.iter().flat_map(|vocabulary| {
        let scopes = vocabulary.scopes.iter().map(|scope| code(scope));
        let prefixes = vocabulary.prefixes.iter().map(|prefix| format!("`{prefix}*`"));
        let within: Vec<String> = scopes.chain(prefixes).collect();
        let row = move |row: &NameRow| {
            let only = row.only_with.map(|prefix| format!(" with `{prefix}*`")).unwrap_or_default();
            let is = if row.is_wrapper { "its own name, whatever it states".to_owned() } else { meaning(row.role) };
            vec![
                vocabulary.name.to_owned(),
                within.join(", "),
                format!("`{}`{only}", row.name),
                is,
                row.seen.to_owned(),
            ]
        };
        vocabulary.names.iter().map(row)
    });
    check("conventions names", &table(&["vocabulary", "scope, or an attribute", "name", "is", "since, seen"], rows));
}

#[test]
fn first_bytes() {
    let rows = FIRST_BYTE.iter().map(|row| {
        let member = row.member.map(|member| format!(", member `{member}`")).unwrap_or_default();
        let unit = if row.per_second > 1.0 { "milliseconds" } else { "seconds" };
        let only = row.only_in.map(|vocabulary| format!(", of {}", vocabulary.name)).unwrap_or_default();
        vec![format!("`{}`{member}", row.name), format!("{unit}{only}"), row.seen.to_owned()]
    });
    check("conventions first byte", &table(&["attribute", "read as", "who writes it"], rows));
}

#[test]
fn tools() {
    let places = [
        (names::FUNCTION_NAME, tool::NAMES),
        (names::TOOL_CALL_ID, tool::IDS),
        (names::FUNCTION_ARGUMENTS, tool::ARGUMENTS),
        (names::TOOL_RESULT, tool::RESULTS),
    ];
    let row = |(target, sources): (&str, &[(&str, &str)])| {
        let sources = sources.iter().filter(|(source, _)| *source != target);
        let sources: Vec<String> = sources.map(|(source, who)| format!("`{source}` ({who})")).collect();
        let content = if names::is_content(target) { "yes" } else { "" };
        vec![code(target), sources.join(", "), content.to_owned()]
    };
    check(
        "conventions tools",
        &table(&["stored attribute", "from, the first that is there", "content"], places.map(row)),
    );
}
