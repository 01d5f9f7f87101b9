//! The configuration table of README.md is what the code reads: every variable, its default, and whether it has to be there.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy's test exemptions do not reach helpers in integration tests"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use spanlift_model::MatchedCap;
use spanlift_runtime::{ImporterConfiguration, Variables};

/// A row of the table: a variable and its last cell.
struct Row {
    name: String,
    default: String,
}

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn table() -> Vec<Row> {
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    let (_, section) = readme.split_once("\n## Configuration\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|line| {
        let cells: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [name, _, _, default] = cells[..] else { panic!("four cells: {line}") };
        Row { name: name.trim_matches('`').to_owned(), default: default.to_owned() }
    })
    .collect()
}

/// An importer's configuration, as it is printed, or what is wrong with it.
fn read(values: &[(String, String)]) -> Result<String, String> {
    let mut variables = Variables::new(values.to_vec());
    let configuration = ImporterConfiguration::read(&mut variables, MatchedCap::Spans(1));
    variables.check(format!("{configuration:?}")).map_err(|error| error.to_string())
}

/// The variables that the table says are required, with a value.
fn required() -> Vec<(String, String)> {
    table().into_iter().filter(|row| row.default == "required").map(|row| (row.name, "something".to_owned())).collect()
}

#[test]
fn the_defaults_are_the_codes() {
    let given = table().into_iter().filter(|row| row.default.starts_with('`'));
    let given: Vec<_> = given.map(|row| (row.name, row.default.trim_matches('`').to_owned())).collect();
    assert!(given.len() > 10);
    assert_eq!(read(&[required(), given].concat()), read(&required()));
    assert!(read(&required()).is_ok());
}

/// `PROVIDER_QUEUES` is fanout's alone.
#[test]
fn what_is_required_is_missed_when_it_is_not_there() {
    let missing: BTreeSet<_> = required().into_iter().map(|(name, _)| format!("{name} is missing")).collect();
    let told: BTreeSet<_> = read(&[]).unwrap_err().lines().skip(1).map(ToOwned::to_owned).collect();
    assert_eq!(&missing - &told, BTreeSet::from(["PROVIDER_QUEUES is missing".to_owned()]));
    assert_eq!(&told - &missing, BTreeSet::new());
}

#[test]
fn every_variable_of_the_code_is_in_the_table() {
    let mut files = vec![repository().join("shared/runtime/src/configuration.rs")];
    let functions = fs::read_dir(repository().join("functions")).unwrap();
    files.extend(functions.map(|folder| folder.unwrap().path().join("src/main.rs")));
    let code = files.iter().map(|file| fs::read_to_string(file).unwrap());
    let code: String = code.map(|text| text.split("#[cfg(test)]").next().unwrap().to_owned()).collect();
    let is_variable = |word: &&str| word.contains('_') && word.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    let read: BTreeSet<_> = code.split('"').filter(is_variable).map(ToOwned::to_owned).collect();
    assert_eq!(read, table().into_iter().map(|row| row.name).collect());
}
