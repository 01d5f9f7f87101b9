//! The sections of `docs/REFERENCE.md` about what SDKs write: the crate's own tables.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy's test exemptions do not reach helpers in integration tests"
)]

#[path = "../../../tests/documents/section.rs"]
mod section;

use spanlift_conventions::model::{
    LATE_REQUEST_MODELS, MODEL_PARAMETERS, MODELS, MODELS_IN_JSON, OUTPUT_MODELS, PROVIDER_ATTRIBUTES, PROVIDERS,
    PROVIDERS_IN_JSON, REQUEST_MODELS, RESPONSE_MODELS,
};
use spanlift_conventions::parameters::{PARAMETER_OBJECTS, PARAMETER_PREFIXES, PARAMETERS};
use spanlift_conventions::usage::{
    ATTRIBUTE_PLACES, COUNTS, DETAILS, Detail, Group, INPUT_GROUPS, OUTPUT_GROUPS, OUTPUT_PLACES, Reading, STATED,
};
use spanlift_conventions::vocabularies::ALL;
use spanlift_conventions::{CALLS, FIRST_BYTE, KEPT, KEPT_BEHIND, NUMBER_WORDS, NameRow, plain, tool};
use spanlift_model::names::gen_ai;
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
        let marks = vocabulary.marks.iter().map(|(name, value)| format!("`{name}` = `{value}`"));
        let members = vocabulary.members.iter().map(|(name, member)| format!("`{name}` with `{member}`"));
        let within: Vec<String> = scopes.chain(prefixes).chain(members).chain(marks).collect();
        let row = move |row: &NameRow| {
            let only = row.only_with.map(|prefix| format!(" with `{prefix}*`")).unwrap_or_default();
            let is = match (row.role, row.is_wrapper) {
                (Role::Other, true) => "its own name, whatever it states".to_owned(),
                (role, true) => meaning(role) + ", whatever it states",
                (role, false) => meaning(role),
            };
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
fn calls() {
    let rows = CALLS.iter().map(|call| {
        let layers: Vec<String> = call.layers.iter().map(|name| code(name)).collect();
        let again = call.again.iter().map(|(outer, inner)| format!("; {} around {}", code(outer), code(inner)));
        let spans = layers.join(" around ") + &again.collect::<String>();
        let role = meaning(call.role);
        let alone = call.alone.map(|name| format!(", else {} if it says so", code(name))).unwrap_or_default();
        let asks = call.asks.map(code).unwrap_or_default();
        vec![call.vocabulary.name.to_owned(), spans, role, code(call.named) + &alone, asks, call.seen.to_owned()]
    });
    let heads =
        ["vocabulary", "spans", "the canonical one is", "where none has counts", "no call without", "since, seen"];
    check("conventions calls", &table(&heads, rows));
}

#[test]
fn plain_aliases() {
    let rows = plain::ALIASES.iter().map(|(name, target, who)| vec![code(target), code(name), (*who).to_owned()]);
    check("conventions aliases", &table(&["stored attribute", "from, the first that is there", "who writes it"], rows));
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
        vec![code(target), sources.join(", ")]
    };
    check("conventions tools", &table(&["stored attribute", "from, the first that is there"], places.map(row)));
}

#[test]
fn what_is_kept_without_content() {
    let rows = KEPT.iter().flat_map(|table| {
        table.rows.iter().map(|(kind, names)| {
            let names: Vec<String> = names.iter().map(|name| code(name)).collect();
            vec![table.of.to_owned(), kind.about().to_owned(), names.join(", "), table.seen.to_owned()]
        })
    });
    check("kept", &table(&["vocabulary", "value", "attributes", "since, seen"], rows));
    let behind = KEPT_BEHIND.iter().map(|(prefix, whose)| vec![code(prefix), (*whose).to_owned()]);
    check("kept behind", &table(&["in front", "whose"], behind));
    let words: Vec<String> = NUMBER_WORDS.iter().map(|word| code(word)).collect();
    check("kept words", &format!("{}\n", words.join(", ")));
}

#[test]
fn usage_places() {
    let attributes = ATTRIBUTE_PLACES.iter().map(|place| {
        let member = place.member.map(|member| format!(", member `{member}`")).unwrap_or_default();
        let names = format!("`{}`{member}", place.name);
        let parts =
            if place.member.is_none() { format!(", `{}{}*`", place.name, place.separator) } else { String::new() };
        let zero = match place.reading {
            Reading::Attributes => "is a zero",
            Reading::Metrics => "is unknown",
            Reading::Object => "is unknown, alone",
        };
        vec!["attribute".to_owned(), names + &parts, zero.to_owned(), place.seen.to_owned()]
    });
    let outputs = OUTPUT_PLACES.iter().filter(|(path, _)| *path != STATED);
    let outputs = outputs.map(|(path, seen)| {
        vec!["in what came out".to_owned(), code(path), "is unknown, alone".to_owned(), (*seen).to_owned()]
    });
    check("conventions usage places", &table(&["place", "name", "a zero", "who writes it"], attributes.chain(outputs)));
}

#[test]
fn usage_names() {
    let list = |groups: &[(&str, &str)]| groups.iter().map(|(name, _)| code(name)).collect::<Vec<_>>().join(", ");
    let rows = COUNTS.iter().map(|row| {
        let place = match row.group {
            Group::Top => "",
            Group::Input => "details of tokens in",
            Group::Output => "details of tokens out",
        };
        let apart = if row.is_apart { "beside" } else { "" };
        vec![code(row.name), place.to_owned(), row.is.label().to_owned(), apart.to_owned(), row.seen.to_owned()]
    });
    let groups = format!("Details of tokens in: {}. Of tokens out: {}.\n", list(INPUT_GROUPS), list(OUTPUT_GROUPS));
    let rows = table(&["name", "in", "is", "by itself", "who writes it"], rows);
    check("conventions usage names", &format!("{groups}\n{rows}"));
}

#[test]
fn usage_details() {
    let rows = DETAILS.iter().map(|(name, detail, seen)| {
        let is = match detail {
            Detail::Total => "total".to_owned(),
            Detail::CacheRead => "cache read".to_owned(),
            Detail::CacheCreation => "cache creation".to_owned(),
            Detail::CacheCreationPart => "cache creation, a part".to_owned(),
            Detail::Reasoning => "reasoning".to_owned(),
            Detail::InputOfKind(kind) => format!("tokens in, {kind}"),
            Detail::OutputOfKind(kind) => format!("tokens out, {kind}"),
        };
        vec![code(name), is, (*seen).to_owned()]
    });
    check("conventions usage details", &table(&["name", "is", "where it comes from"], rows));
}

#[test]
fn models() {
    let attributes = |names: &[(&str, &str)]| {
        let names = names.iter().map(|(name, who)| format!("`{name}` ({who})"));
        names.collect::<Vec<_>>().join(", ")
    };
    let in_json = |rows: &[(&str, &str, &str)]| {
        let rows = rows.iter().map(|(name, member, who)| format!("`{member}` in the JSON of `{name}` ({who})"));
        rows.collect::<Vec<_>>().join(", ")
    };
    let parameters = MODEL_PARAMETERS.iter().map(|name| code(name)).collect::<Vec<_>>().join(", ");
    let rows = [
        (
            gen_ai::REQUEST_MODEL,
            format!(
                "{}; {parameters} of the parameters and in what went in; {}; {}; what the platform says; the model that answered; {}",
                attributes(REQUEST_MODELS),
                attributes(LATE_REQUEST_MODELS),
                attributes(MODELS),
                in_json(MODELS_IN_JSON)
            ),
        ),
        (
            gen_ai::RESPONSE_MODEL,
            format!(
                "{}; in what came out: {}; where the request names another model: {}",
                attributes(RESPONSE_MODELS),
                attributes(OUTPUT_MODELS),
                attributes(MODELS)
            ),
        ),
        (
            gen_ai::PROVIDER_NAME,
            format!(
                "{}; `_type` of the parameters, where it is known; {}",
                attributes(PROVIDER_ATTRIBUTES),
                in_json(PROVIDERS_IN_JSON)
            ),
        ),
    ];
    let rows = rows.map(|(target, sources)| vec![code(target), sources]);
    check("conventions models", &table(&["stored attribute", "from, the first that is there"], rows));
}

#[test]
fn providers() {
    let rows = PROVIDERS.iter().map(|row| {
        let system = match row.system {
            Some("*") => ", in `llm.provider`".to_owned(),
            Some(system) => format!(" with system `{system}`"),
            None => String::new(),
        };
        vec![format!("`{}`{system}", row.name), code(row.is), row.seen.to_owned()]
    });
    check("conventions providers", &table(&["name", "`gen_ai.provider.name`", "who writes it"], rows));
}

#[test]
fn parameters() {
    let rows = PARAMETERS.iter().map(|row| {
        let names = row.names.iter().map(|name| code(name)).collect::<Vec<_>>().join(", ");
        let own = row.attributes.iter().map(|(name, who)| format!("`{name}` ({who})")).collect::<Vec<_>>().join(", ");
        vec![code(row.target), names, own, row.read.label().to_owned()]
    });
    let objects = PARAMETER_OBJECTS.iter().map(|(name, who)| format!("`{name}` ({who})"));
    let prefixes = PARAMETER_PREFIXES.iter().map(|(prefix, who)| format!("`{prefix}*` ({who})"));
    let places = objects.chain(prefixes).collect::<Vec<_>>().join(", ");
    let rows = table(&["stored attribute", "names", "attributes of its own", "read as"], rows);
    check("conventions parameters", &format!("Places beside the platform's own: {places}.\n\n{rows}"));
}
