//! `docs/schemas` says of direct requests and their answers what the types say.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "clippy's test exemptions do not reach helpers in integration tests"
)]

use std::fs;
use std::path::PathBuf;

use schemars::{Schema, schema_for};
use serde_json::{Value, json};
use spanlift_importer::direct::{DirectRequest, PreviewAnswer, VerifyAnswer};

const ANSWERS: &str = include_str!("direct-answers.json");
/// Set, it lets the test write the schemas in place of comparing.
const SWITCH: &str = "UPDATE_REFERENCE";

fn repository() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn answers(names: &[&str]) -> Vec<Value> {
    let answers: Value = serde_json::from_str(ANSWERS).unwrap();
    names.iter().map(|name| answers[name].clone()).collect()
}

fn requests() -> Vec<Value> {
    let read = |name: &str| fs::read_to_string(repository().join("events/arize").join(name)).unwrap();
    ["verify.json", "preview.json"].map(|name| serde_json::from_str(&read(name)).unwrap()).to_vec()
}

fn check(name: &str, schema: Schema, examples: Vec<Value>) {
    let path = repository().join("docs/schemas").join(name);
    let mut wanted = schema.to_value();
    wanted["$id"] = json!(name);
    wanted["examples"] = Value::Array(examples);
    let text = serde_json::to_string_pretty(&wanted).unwrap() + "\n";
    if std::env::var_os(SWITCH).is_some() {
        return fs::write(&path, text).unwrap();
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    assert!(known == text, "{name} is not what the type says. Write it: {SWITCH}=1 cargo test --workspace");
}

#[test]
fn the_schemas_are_the_types() {
    check("direct-request.schema.json", schema_for!(DirectRequest), requests());
    check("verify-answer.schema.json", schema_for!(VerifyAnswer), answers(&["verified", "found wanting", "refused"]));
    check("preview-answer.schema.json", schema_for!(PreviewAnswer), answers(&["previewed", "refused"]));
}

#[test]
fn the_examples_are_what_the_types_read() {
    for request in requests() {
        DirectRequest::parse(&request).unwrap();
    }
    for answer in answers(&["verified", "found wanting", "refused"]) {
        let read: VerifyAnswer = serde_json::from_value(answer.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), answer);
    }
    for answer in answers(&["previewed", "refused"]) {
        let read: PreviewAnswer = serde_json::from_value(answer.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap()["ok"], answer["ok"]);
    }
}
