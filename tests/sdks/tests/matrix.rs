//! Every recording on every platform is what its oracle says, but for what the platform itself does not hold; docs/SDKS.md says it.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy's test exemptions do not reach helpers in integration tests"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sdks::compare::{Cell, cell, judge};
use sdks::export::sent;
use sdks::oracle::{NotHeld, Oracle, oracle};
use sdks::page;
use sdks::replay::{Column, replay};
use sdks::{Sdk, sdks};
use serde_json::Value;

/// Set, it writes the document in place of comparing.
const SWITCH: &str = "UPDATE_SDKS";

/// Set, it names the one SDK that is looked at; the document is left alone.
const ONLY: &str = "SDK";

fn cells() -> BTreeMap<(String, Column), Cell> {
    let is_sent = |platforms: &[String], column: Column| platforms.iter().any(|name| name == column.platform());
    let only = std::env::var_os(ONLY);
    let named = sdks().into_iter().filter(|sdk| only.as_ref().is_none_or(|name| *name == *sdk.name));
    let all = named.flat_map(|sdk| Column::ALL.map(|column| (sdk.clone(), column)));
    let sent: Vec<_> = all.filter(|(sdk, column)| is_sent(&sdk.platforms, *column)).collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let replayed = |some: &[(Sdk, Column)]| -> Vec<_> {
        some.iter().map(|(sdk, column)| ((sdk.name.clone(), *column), cell(&sdk.name, *column))).collect()
    };
    std::thread::scope(|scope| {
        let parts = sent.chunks(sent.len().div_ceil(threads).max(1)).map(|some| scope.spawn(move || replayed(some)));
        let parts: Vec<_> = parts.collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    })
}

#[test]
fn every_cell_is_equal_to_its_oracle_or_explained() {
    let cells = cells();
    let wrong: Vec<String> = cells
        .iter()
        .flat_map(|((name, column), cell)| {
            cell.wrong.iter().map(move |wrong| format!("{name} {}: {wrong}", column.title()))
        })
        .collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    if std::env::var_os(ONLY).is_some() {
        return;
    }
    check("table", &page::generated(&cells));
    check("tags", &page::tags());
}

/// The comparison finds what is wrong: another value, a reason for what is held, one for what is not missing, a name too many.
#[test]
fn what_is_wrong_is_found() {
    let (name, column) = ("livekit-1.8", Column::Phoenix);
    let (sent, imported) = (sent(name), replay(name, column));
    let wrong = |change: &dyn Fn(&mut Oracle)| {
        let mut oracle = oracle(name);
        change(&mut oracle);
        judge(&sent, &oracle, column, &imported).wrong
    };
    assert!(wrong(&|_| {}).is_empty());
    let call = "llm_request#1";
    let other_count = |oracle: &mut Oracle| {
        let has = &mut oracle.spans.get_mut(call).unwrap().has;
        has.insert("gen_ai.usage.input_tokens".to_owned(), Value::from("1300"));
    };
    assert_eq!(wrong(&other_count).len(), 1);
    let unknown = |oracle: &mut Oracle| _ = oracle.spans.remove(call);
    assert!(wrong(&unknown).iter().any(|wrong| wrong.contains("name")), "a call that no oracle names");
    let reason = |what: &str| NotHeld { spans: call.to_owned(), what: vec![what.to_owned()], why: "…".to_owned() };
    let with = |oracle: &mut Oracle, what: &str| _ = oracle.not_held.insert("phoenix".to_owned(), vec![reason(what)]);
    assert!(wrong(&|oracle| with(oracle, "metrics.ttfb")).iter().any(|wrong| wrong.contains("nothing is missing")));
    let held = |oracle: &mut Oracle| {
        let has = &mut oracle.spans.get_mut(call).unwrap().has;
        has.insert("mine".to_owned(), Value::from("gpt-4.1-mini"));
        with(oracle, "mine");
    };
    assert!(wrong(&held).iter().any(|wrong| wrong.contains("does hold it")));
}

fn check(name: &str, wanted: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/SDKS.md");
    let document = fs::read_to_string(&path).unwrap();
    let (begin, end) = (format!("<!-- begin {name} -->\n"), format!("<!-- end {name} -->"));
    let (before, rest) = document.split_once(&begin).unwrap();
    let (section, after) = rest.split_once(&end).unwrap();
    if section == wanted {
        return;
    }
    if std::env::var_os(SWITCH).is_some() {
        return fs::write(&path, format!("{before}{begin}{wanted}{end}{after}")).unwrap();
    }
    panic!(
        "section {name} of docs/SDKS.md is not what the recordings show. Write it: {SWITCH}=1 cargo test -p sdks\n{wanted}"
    );
}
