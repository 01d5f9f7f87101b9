//! What the documents say of the model, held against the model: the names in `docs/REFERENCE.md`, and the table of
//! events that the JSON Schemas are tested with too.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy's test exemptions do not reach helpers in integration tests"
)]

#[path = "../../../tests/documents/section.rs"]
mod section;

use serde::Deserialize;
use serde_json::{Map, Value};
use spanlift_model::correlation::Key;
use spanlift_model::{
    DeferReason, EmptyReason, FailureReason, ImportJob, SimulationCompleted, Status, Truncation, names,
};

use crate::section::{code, table};

const NAMES: &str = concat!(include_str!("../src/names/mod.rs"), include_str!("../src/names/semconv.rs"));
const OUTCOME_SCHEMA: &str = include_str!("../../../docs/schemas/outcome.schema.json");
/// `tests/documents/test_schemas.py` holds the schemas against the same table.
const CASES: &str = include_str!("cases.json");

fn check(name: &str, wanted: &str) {
    section::check(env!("CARGO_MANIFEST_DIR"), name, wanted);
}

/// The constants of a module of `names` (`""`: of itself), as its source documents them.
fn constants(module: &str) -> Vec<(String, String)> {
    let (mut inside, mut about, mut found) = ("", String::new(), Vec::new());
    for line in NAMES.lines() {
        let text = line.trim();
        if let Some(name) = line.strip_prefix("pub mod ") {
            inside = name.trim_end_matches(" {");
        } else if line == "}" {
            inside = "";
        } else if let Some(more) = text.strip_prefix("/// ") {
            about.push(' ');
            about.push_str(more);
            continue;
        } else if text.starts_with("pub const ") && inside == module {
            let value = text.split('"').nth(1).unwrap_or_else(|| panic!("no text in {text}"));
            found.push((value.to_owned(), about.trim().to_owned()));
        }
        about.clear();
    }
    assert!(!found.is_empty(), "names has nothing in {module:?}");
    found
}

#[test]
fn the_parser_reads_what_the_compiler_reads() {
    assert_eq!(constants("resource").first().unwrap().0, names::resource::SERVICE_NAME);
    assert_eq!(constants("").first().unwrap().0, names::IMPORT_SOURCE_NAME);
    assert_eq!(constants("span").last().unwrap().0, names::span::TEXT_TO_SPEECH);
    assert_eq!(constants("gen_ai").first().unwrap().0, names::gen_ai::OPERATION_NAME);
}

#[test]
fn names_of_the_reference() {
    let row = |(name, about): (String, String)| vec![code(&name), about];
    check("resource", &table(&["resource attribute", ""], constants("resource").into_iter().map(row)));
    check("span names", &table(&["span name", ""], constants("span").into_iter().map(row)));
    let (marks, read): (Vec<_>, Vec<_>) = constants("").into_iter().partition(|(name, _)| name.starts_with("import."));
    check("marks", &table(&["span attribute", ""], marks.into_iter().map(row)));
    let names = read.into_iter().chain(constants("gen_ai")).map(row);
    check("attributes", &table(&["span attribute", ""], names));
}

#[test]
fn keys_of_the_reference() {
    let row = |key: Key| {
        let kind =
            if key.is_specific() { "specific: another value makes the span another simulation's" } else { "session" };
        vec![code(key.as_str()), kind.to_owned()]
    };
    check("keys", &table(&["key", ""], Key::ALL.map(row)));
}

#[test]
fn the_outcomes_words_are_the_ledgers() {
    let schema: Value = serde_json::from_str(OUTCOME_SCHEMA).unwrap();
    let words = |pointer: &str| -> Vec<String> {
        let value = schema.pointer(pointer).unwrap_or_else(|| panic!("the schema has no {pointer}"));
        serde_json::from_value(value.clone()).unwrap()
    };
    assert_eq!(words("/properties/status/enum"), Status::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>());
    assert_eq!(
        words("/properties/truncated/enum"),
        Truncation::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>()
    );
    assert_eq!(
        words("/$defs/defer_reason/enum"),
        DeferReason::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>()
    );
    assert_eq!(
        words("/$defs/empty_reason/enum"),
        EmptyReason::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>()
    );
    assert_eq!(
        words("/$defs/failure_reason/enum"),
        FailureReason::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>()
    );
    let mut methods: Vec<&str> = Key::ALL.iter().map(|key| key.as_str()).collect();
    methods.push(spanlift_model::correlation::WINDOW_METHOD);
    assert_eq!(words("/properties/matched_by/items/enum"), methods);
}

#[derive(Deserialize)]
struct Cases {
    event: Map<String, Value>,
    job: Map<String, Value>,
    events: Vec<Case>,
    jobs: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    /// Members in place of the good one's; `null` is a value.
    #[serde(default)]
    set: Map<String, Value>,
    #[serde(default)]
    remove: Vec<String>,
    /// Why it is refused; absent where it is not.
    reason: Option<String>,
}

impl Case {
    fn body(&self, good: &Map<String, Value>) -> String {
        let mut body = good.clone();
        body.extend(self.set.clone());
        body.retain(|name, _| !self.remove.contains(name));
        serde_json::to_string(&body).unwrap()
    }
}

#[test]
fn the_table_of_events_is_what_the_code_does() {
    let cases: Cases = serde_json::from_str(CASES).unwrap();
    for case in &cases.events {
        let body = case.body(&cases.event);
        let said = SimulationCompleted::parse(&body).err().map(|refusal| refusal.reason().to_owned());
        assert_eq!(said, case.reason, "{body}");
    }
    for case in &cases.jobs {
        let body = case.body(&cases.job);
        let said = ImportJob::parse(&body).err().map(|refusal| refusal.reason().to_owned());
        assert_eq!(said, case.reason, "{body}");
    }
}
